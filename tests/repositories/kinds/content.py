"""What lies in the working tree: bytes, names, links, and what is no file."""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

from kinds.made import Made, commit, edit, git, scenario, written
from kinds.nobody import as_nobody

# 100000 for a size that takes minutes on a slow disk.
FILES = int(os.environ.get("GITXP_TEST_FILES", "20000"))


def bytes_read() -> int:
    """Return how much this process and its ended children have read."""
    if not Path("/proc/self/io").exists():
        return 0
    return int(re.findall(r"rchar: (\d+)", Path("/proc/self/io").read_text())[0])


# Bytes and names.


@scenario
def crlf(top, request):
    (top / "train.py").write_bytes(b"a\r\nb\r\nc\n")
    return Made(top)


@scenario
def autocrlf_true(top, request):
    git("config", "core.autocrlf", "true", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"README.md": b"# project\r\n"})


@scenario
def autocrlf_input(top, request):
    git("config", "core.autocrlf", "input", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"train.py": b"a\nb\n"})


@scenario
def utf_16(top, request):
    (top / ".gitattributes").write_text("*.txt text working-tree-encoding=UTF-16LE eol=lf\n")
    (top / "a.txt").write_bytes("grün\n".encode("utf-16-le"))
    commit(top)
    (top / "a.txt").write_bytes("grüner\n".encode("utf-16-le"))
    return Made(top)


@scenario
def case_rename(top, request):
    git("mv", "README.md", "readme.md", cwd=top)
    edit(top)
    return Made(top)


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
    edit(top)
    return Made(top, left_out=("inner/",))


@scenario
def nested_without_commit(top, request):
    git("init", "--quiet", top / "inner", cwd=top)
    (top / "inner" / "a.py").write_text("inside\n")
    edit(top)
    return Made(top, left_out=("inner/",))


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
    edit(top)
    return Made(top)


@scenario
def unix_socket(top, request):
    bound = socket.socket(socket.AF_UNIX)
    request.addfinalizer(bound.close)
    here = Path.cwd()
    os.chdir(top)  # the name of a socket may not be long
    bound.bind("socket")
    os.chdir(here)
    edit(top)
    return Made(top)


@scenario
def unreadable(top, request):
    (top / "secret.py").write_text("secret\n")
    edit(top)
    (top / "secret.py").chmod(0)
    start = as_nobody(top, request)

    def take_back():
        for path in (top, *top.rglob("*")):
            os.chown(path, 0, 0)

    return Made(top, left_out=("secret.py",), start=start, before_reading=take_back)


@scenario
def huge_file(top, request):
    edit(top)
    with (top / "model.bin").open("wb") as file:
        file.truncate(4 << 30)
    before = bytes_read()

    def is_bounded():
        assert bytes_read() - before < 1 << 29

    return Made(top, left_out=("model.bin",), before_reading=is_bounded)


@scenario
def environment(top, request):
    edit(top)
    written(top, {"env/pyvenv.cfg": "home = /usr\n"})
    for number in range(FILES):
        folder = top / "env" / "lib" / f"package{number // 200}"
        if number % 200 == 0:
            folder.mkdir(parents=True)
        (folder / f"module{number}.py").touch()
    return Made(top, left_out=("env/",))
