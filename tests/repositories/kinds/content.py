"""What lies in the working tree: bytes, names, links, and what is no file."""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

import pytest

from kinds.made import Made, commit, edit, edited, git, run_here, scenario, written
from kinds.nobody import as_nobody

# 100000 for a size that takes minutes on a slow disk.
FILES = int(os.environ.get("GITXP_TEST_FILES", "20000"))


# Names.


@scenario
def case_rename(top, request):
    git("mv", "README.md", "readme.md", cwd=top)
    return edited(top)


@scenario
def ignore_case(top, request):
    if (top / ".gIt").exists():
        pytest.skip("names of either case are one file here")
    git("config", "core.ignoreCase", "true", cwd=top)
    (top / "README.md").rename(top / "readme.md")
    (top / "readme.md").write_text("# edited\n")
    (top / "TRAIN.py").write_text("beside the other\n")
    return edited(top)


@scenario
def ignore_case_with_index(top, request):
    """Edits so large, or staged, are captured by way of an index."""
    made = ignore_case(top, request)
    (top / "Staged.py").write_text("staged\n")
    git("add", "Staged.py", cwd=top)
    (top / "staged.py").write_text("not staged\n")
    return made


@scenario
def file_mode(top, request):
    (top / "run.sh").write_text("run\n")
    commit(top)
    git("config", "core.fileMode", "false", cwd=top)
    for name in ("run.sh", "new.sh"):
        (top / name).write_text("edited\n")
        (top / name).chmod(0o755)
    return edited(top, differs={"run.sh": b"edited\n", "new.sh": b"edited\n"})


@scenario
def names_not_utf8(top, request):
    for name in (b"caf\xe9.py", b"\xff\xfe.txt"):
        (top / os.fsdecode(name)).write_text("tracked\n")
    commit(top)
    (top / os.fsdecode(b"caf\xe9.py")).write_text("edited\n")
    (top / os.fsdecode(b"new\xe9.py")).write_text("new\n")
    return Made(top)


@scenario
def names_with_newlines(top, request):
    for name in ("a\nb.py", 'quoted".py', "back\\slash.py", " lead.py", "-dash.py", "tab\t.py"):
        (top / name).write_text("tracked\n")
    commit(top)
    (top / "a\nb.py").write_text("edited\n")
    (top / "new\nline.py").write_text("new\n")
    return Made(top)


# What lies inside the working tree.


@scenario
def nested_with_commit(top, request):
    shutil.copytree(top, top / "inner")
    return edited(top, left_out=("inner/",))


@scenario
def nested_without_commit(top, request):
    git("init", "--quiet", top / "inner", cwd=top)
    (top / "inner" / "a.py").write_text("inside\n")
    return edited(top, left_out=("inner/",))


@scenario
def link_outside(top, request):
    (top.parent / "outside.txt").write_text("outside\n")
    (top / "outside").symlink_to("../outside.txt")
    (top / "root").symlink_to("/")
    (top / "dangling").symlink_to("nowhere")
    return Made(top)


@scenario
def link_loop(top, request):
    (top / "a").symlink_to("b")
    (top / "b").symlink_to("a")
    (top / "folder").mkdir()
    (top / "folder" / "up").symlink_to("..")
    return Made(top)


@scenario
def fifo(top, request):
    os.mkfifo(top / "pipe")
    return edited(top)


@scenario
def unix_socket(top, request):
    bound = socket.socket(socket.AF_UNIX)
    request.addfinalizer(bound.close)
    here = Path.cwd()
    os.chdir(top)  # the name of a socket may not be long
    bound.bind("socket")
    os.chdir(here)
    return edited(top)


@scenario
def unreadable(top, request):
    edit(top)
    (top / "secret.py").write_text("secret\n")
    (top / "secret.py").chmod(0)
    start = as_nobody(top, request)

    def take_back():
        for path in (top, *top.rglob("*")):
            os.chown(path, 0, 0)

    return Made(top, left_out=("secret.py",), start=start, before_reading=take_back)


# More than belongs into a repository.


def bytes_read() -> int:
    """Return how much this process and its ended children have read."""
    if not Path("/proc/self/io").exists():
        return 0
    return int(re.findall(r"rchar: (\d+)", Path("/proc/self/io").read_text())[0])


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run_bounded(top: Path) -> str:
    """Make a run that reads and keeps little, whatever lies there."""
    held, read = bytes_below(top / ".git"), bytes_read()
    run = run_here()
    assert bytes_read() - read < 1 << 26
    assert bytes_below(top / ".git") - held < 1 << 20
    return run


@scenario
def huge_file(top, request):
    with (top / "model.bin").open("wb") as file:
        file.truncate(4 << 30)
    return edited(top, left_out=("model.bin",), start=lambda: run_bounded(top))


@scenario
def environment(top, request):
    written(top, {"env/pyvenv.cfg": "home = /usr\n"})
    for number in range(FILES):
        folder = top / "env" / "lib" / f"package{number // 200}"
        if number % 200 == 0:
            folder.mkdir(parents=True)
        (folder / f"module{number}.py").write_text(f"x = {number}\n" * 20)
    return edited(top, left_out=("env/",), start=lambda: run_bounded(top))
