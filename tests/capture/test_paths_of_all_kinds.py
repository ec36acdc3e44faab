"""One path that cannot be kept never costs the rest of the snapshot, nor holds up the run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.model.run import Code
from gitxp.storage.repository import open_repository

LIMITS = SnapshotLimits(file_bytes=1 << 20, total_bytes=1 << 24, files=1000)
AS_ANOTHER_USER = """
import os, sys
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.repository import open_repository
os.setgroups([]); os.setgid(65534); os.setuid(65534)  # who may not read the interpreter's files
repository = open_repository(sys.argv[1])
code = capture_code(
    repository, limits=SnapshotLimits(1 << 20, 1 << 24, 1000),
    pack_path=repository.private_dir / "x/code.pack",
)
print(code.commit, code.failure, sep="\\n")
for left in code.left_out: print(f"{left.path}: {left.reason}")
"""


def capture(folder: Path) -> Code:
    repository = open_repository(folder)
    return capture_code(repository, limits=LIMITS, pack_path=repository.private_dir / "x/code.pack")


def names(git, folder: Path, code: Code) -> list[str]:
    assert code.failure == ""
    return git("ls-tree", "-r", "-z", "--name-only", code.commit, cwd=folder).split("\0")[:-1]


def reasons(code: Code) -> dict[str, str]:
    return {left.path: left.reason for left in code.left_out}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may not be long
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o020666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.filterwarnings("ignore:unclosed")
@pytest.mark.parametrize("make", [pipe, unix_socket, device])
@pytest.mark.parametrize("content", ["", "print('training')\n"])
def test_tracked_path_that_is_no_file_any_more_is_left_out(repo_dir, git, make, content):
    (repo_dir / "odd").write_text(content)
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=odd", cwd=repo_dir)
    (repo_dir / "odd").unlink()
    make(repo_dir / "odd")
    (repo_dir / "train.py").write_text("edited\n")
    code = capture(repo_dir)
    assert reasons(code) == {"odd": "neither a file nor a link"}
    assert names(git, repo_dir, code) == ["README.md", "train.py"]
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "edited\n"


def test_untracked_pipe_is_passed_over(repo_dir, git):
    os.mkfifo(repo_dir / "pipe")
    (repo_dir / "new.py").write_text("new\n")
    assert names(git, repo_dir, capture(repo_dir)) == ["README.md", "new.py", "train.py"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_files_that_cannot_be_read_are_left_out(repo_dir, git, monkeypatch):
    (repo_dir / "secret.py").write_text("new\n")
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "new.py").write_text("new\n")
    for name in ("secret.py", "train.py"):
        (repo_dir / name).chmod(0)
    for path in (repo_dir, *repo_dir.rglob("*")):
        os.chown(path, 65534, 65534)
    for folder in repo_dir.parents[:-1]:
        if folder.stat().st_mode & 0o5 != 0o5 and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o5)
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    command = [sys.executable, "-c", AS_ANOTHER_USER, str(repo_dir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    commit, failure, *left_out = done.stdout.splitlines()
    assert failure == "", done.stderr
    assert sorted(left_out) == [
        "secret.py: cannot be read: permission denied",
        "train.py: cannot be read: permission denied",
    ]
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    tree = git("ls-tree", "-r", "--name-only", commit, cwd=repo_dir).splitlines()
    assert tree == ["README.md", "new.py"]


@pytest.mark.parametrize(
    ("meanwhile", "expected"),
    [
        ("rm -f z.py", ["README.md", "a.py"]),
        ("rm -f z.py; mkdir z.py; echo x > z.py/in", ["README.md", "a.py"]),
        ("rm -f z.py; mkfifo z.py", ["README.md", "a.py"]),
        ("rm -f z.py; ln -s a.py z.py", ["README.md", "a.py", "z.py"]),
        ("echo later > z.py", ["README.md", "a.py", "z.py"]),
    ],
)
@pytest.mark.parametrize("is_new", [False, True])
def test_path_that_changes_while_git_looks_at_another(repo_dir, git, meanwhile, expected, is_new):
    """The filter of one file is what changes the other, after Git has told what there is."""
    (repo_dir / "train.py").unlink()
    (repo_dir / "a.py").write_text("first\n")
    (repo_dir / "z.py").write_text("first\n")
    git("add", "--all", cwd=repo_dir)
    if is_new:
        git("rm", "--quiet", "--cached", "z.py", cwd=repo_dir)
    git("commit", "--quiet", "--message=more", cwd=repo_dir)
    script = repo_dir.parent / "filter.sh"
    script.write_text(
        f"cd {repo_dir}\nif test -f z.py; then {meanwhile}; fi >&2\nsed s/^/clean:/\n"
    )
    git("config", "filter.busy.clean", f"sh {script}", cwd=repo_dir)
    (repo_dir / ".git/info/attributes").write_text("a.py filter=busy\n")
    (repo_dir / "a.py").write_text("edited again\n")
    (repo_dir / "z.py").write_text("edited again\n")
    code = capture(repo_dir)
    assert names(git, repo_dir, code) == expected
    assert git("show", f"{code.commit}:a.py", cwd=repo_dir) == "clean:edited again\n"
    git("fsck", "--strict", code.commit, cwd=repo_dir)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
@pytest.mark.parametrize("is_staged", [False, True])
def test_edit_that_git_was_told_to_overlook_is_kept(repo_dir, git, flag, is_staged):
    git("update-index", flag, "train.py", cwd=repo_dir)
    (repo_dir / "train.py").write_text("edited in secret\n")
    if is_staged:
        (repo_dir / "staged").write_text("staged\n")
        git("add", "staged", cwd=repo_dir)
    listing = git("ls-files", "-v", "--stage", cwd=repo_dir)
    code = capture(repo_dir)
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "edited in secret\n"
    assert git("ls-files", "-v", "--stage", cwd=repo_dir) == listing


@pytest.mark.parametrize(
    ("flag", "is_kept"), [("--assume-unchanged", False), ("--skip-worktree", True)]
)
def test_overlooked_file_that_is_gone(repo_dir, git, flag, is_kept):
    git("update-index", flag, "train.py", cwd=repo_dir)
    (repo_dir / "train.py").unlink()
    assert ("train.py" in names(git, repo_dir, capture(repo_dir))) is is_kept


def test_overlooked_file_without_an_edit_leaves_the_tree_clean(repo_dir, git):
    git("update-index", "--assume-unchanged", "train.py", cwd=repo_dir)
    code = capture(repo_dir)
    assert (code.commit, code.dirty) == (code.base, False)


@pytest.mark.parametrize("mode", ["--cone", "--no-cone"])
@pytest.mark.parametrize("sparse_index", ["--sparse-index", "--no-sparse-index"])
def test_sparse_checkout_keeps_what_is_not_there(repo_dir, git, mode, sparse_index):
    for folder in ("inside", "outside"):
        (repo_dir / folder).mkdir()
        (repo_dir / folder / "file").write_text(f"{folder}\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=folders", cwd=repo_dir)
    if mode == "--no-cone" and sparse_index == "--sparse-index":
        pytest.skip("Git has a sparse index for cones only")
    git("sparse-checkout", "set", mode, sparse_index, "inside", cwd=repo_dir)
    assert not (repo_dir / "outside").exists()
    assert capture(repo_dir).dirty is False
    (repo_dir / "inside/file").write_text("edited\n")
    code = capture(repo_dir)
    assert "outside/file" in names(git, repo_dir, code)
    assert git("show", f"{code.commit}:inside/file", cwd=repo_dir) == "edited\n"


@pytest.mark.parametrize("setting", ["clean", "process"])
@pytest.mark.parametrize("program", ["/nonexistent/program", "false"])
def test_required_filter_that_does_not_work_leaves_raw_bytes(repo_dir, git, setting, program):
    git("config", f"filter.broken.{setting}", program, cwd=repo_dir)
    git("config", "filter.broken.required", "true", cwd=repo_dir)
    git("config", "filter.shout.clean", "tr a-z A-Z", cwd=repo_dir)
    git("config", "filter.shout.required", "true", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.py filter=broken\n*.txt filter=shout\n")
    (repo_dir / "train.py").write_text("print('edited!!')\n")  # of the same size
    (repo_dir / "new\nline.py").write_text("new\n")
    (repo_dir / "loud.txt").write_text("loud\n")
    code = capture(repo_dir)
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "print('edited!!')\n"
    assert git("show", f"{code.commit}:loud.txt", cwd=repo_dir) == "LOUD\n"
    told = "kept as raw bytes: its filter 'broken' does not work here"
    assert reasons(code) == {"train.py": told, "new\nline.py": told}


def test_required_filter_that_fails_on_one_file_leaves_that_one_raw(repo_dir, git):
    git("config", "filter.picky.clean", "sed /bad/q1", cwd=repo_dir)
    git("config", "filter.picky.required", "true", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.txt filter=picky\n")
    for name in ("a", "bad", "c", "d"):
        (repo_dir / f"{name}.txt").write_text(f"{name}\n")
    code = capture(repo_dir)
    assert reasons(code) == {"bad.txt": "kept as raw bytes: its filter 'picky' does not work here"}
    assert {"a.txt", "bad.txt", "c.txt", "d.txt"} < set(names(git, repo_dir, code))


def test_clean_tree_with_a_broken_filter_is_clean(repo_dir, git):
    (repo_dir / ".gitattributes").write_text("*.py filter=broken\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=attributes", cwd=repo_dir)
    git("config", "filter.broken.clean", "/nonexistent/program", cwd=repo_dir)
    git("config", "filter.broken.required", "true", cwd=repo_dir)
    os.utime(repo_dir / "train.py", (1, 1))
    code = capture(repo_dir)
    assert (code.failure, code.commit, code.dirty) == ("", code.base, False)


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
def test_large_file_of_git_lfs_is_a_pointer(repo_dir, git):
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (repo_dir / "weights.bin").write_bytes(os.urandom(100_000))
    code = capture(repo_dir)
    pointer = git("show", f"{code.commit}:weights.bin", cwd=repo_dir)
    assert pointer.startswith("version https://git-lfs.github.com/spec/v1\n")
    git("add", "--all", cwd=repo_dir)
    assert git("write-tree", cwd=repo_dir).strip() == code.tree
    assert code.left_out == ()
