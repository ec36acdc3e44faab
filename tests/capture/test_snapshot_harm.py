"""A snapshot changes nothing of the user's, and the user's settings change nothing of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.model.run import Code
from gitxp.storage.code.code_commit import code_diff
from gitxp.storage.repository import open_repository

LIMITS = SnapshotLimits(file_bytes=1 << 20, total_bytes=1 << 24, files=1000)
SCRIPT = """
import sys
from pathlib import Path
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.repository import open_repository
code = capture_code(
    open_repository(sys.argv[1]),
    limits=SnapshotLimits(1 << 20, 1 << 30, 1 << 20),
    pack_path=Path(sys.argv[2]),
)
print(code.commit or code.failure)
"""


def capture(folder: Path) -> Code:
    repository = open_repository(folder)
    return capture_code(repository, limits=LIMITS, pack_path=repository.private_dir / "x/code.pack")


def files(top: Path, *, of_git: bool = False) -> dict[str, tuple[str, bytes]]:
    """Return kind and content of every file in the working tree; or of Git's own that matter."""
    found = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        inside = name.split("/")[0] == ".git"
        if inside and (not of_git or name.startswith((".git/gitxp", ".git/objects", ".git/refs/"))):
            continue
        if path.is_symlink():
            found[name] = ("link", os.fsencode(path.readlink()))
        elif path.is_file():
            found[name] = (oct(path.stat().st_mode & 0o100), path.read_bytes())
    return found


def make_a_mess(top: Path, git) -> None:
    """Bring the working tree into every state at once that `git status` has a letter for."""
    (top / "folder").mkdir()
    for name in ("folder/inner", "file", "gone", "mode", "stashed", "staged"):
        (top / name).write_text(f"{name}\n")
    git("add", "--all", cwd=top)
    git("commit", "--quiet", "--message=more", cwd=top)
    (top / "stashed").write_text("stashed away\n")
    git("stash", "--quiet", cwd=top)
    (top / "staged").write_text("staged\n")
    git("add", "staged", cwd=top)
    (top / "staged").write_text("and edited again\n")
    (top / "gone").unlink()
    (top / "mode").chmod(0o755)
    (top / "file").unlink()
    (top / "file").mkdir()
    (top / "file/now a folder").write_text("x\n")
    (top / "folder/inner").unlink()
    (top / "folder").rmdir()
    (top / "folder").symlink_to("train.py")
    (top / "binary").write_bytes(bytes(range(256)))
    (top / "intended").write_text("intended\n")
    git("add", "--intent-to-add", "intended", cwd=top)
    (top / os.fsdecode(b"odd \xff\n\"name'")).write_text("odd\n")


def test_checkout_of_the_snapshot_is_the_working_tree(repo_dir, git, tmp_path):
    make_a_mess(repo_dir, git)
    code = capture(repo_dir)
    git(
        "worktree", "add", "--quiet", "--detach", str(tmp_path / "again"), code.commit, cwd=repo_dir
    )
    assert files(tmp_path / "again") == files(repo_dir)


def test_nothing_of_the_user_is_changed(repo_dir, git):
    make_a_mess(repo_dir, git)
    looks = [("status", "--porcelain=v2"), ("stash", "list"), ("for-each-ref", "refs/heads")]
    said = [git(*look, cwd=repo_dir) for look in looks]
    before = files(repo_dir, of_git=True)
    capture(repo_dir)
    assert files(repo_dir, of_git=True) == before
    assert [git(*look, cwd=repo_dir) for look in looks] == said


def test_diff_of_the_mess_gives_the_tree_of_the_snapshot(repo_dir, git, monkeypatch, tmp_path):
    make_a_mess(repo_dir, git)
    code = capture(repo_dir)
    diff = code_diff(open_repository(repo_dir), code.base, code.commit)
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    git("read-tree", code.base, cwd=repo_dir)
    subprocess.run(["git", "apply", "--cached", "-"], cwd=repo_dir, input=diff, check=True)
    assert git("write-tree", cwd=repo_dir).strip() == code.tree


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("color.ui", "always"),
        ("commit.gpgSign", "true"),
        ("core.splitIndex", "true"),
        ("core.untrackedCache", "true"),
        ("diff.external", "false"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.noprefix", "true"),
        ("pack.packSizeLimit", "1m"),
        ("status.branch", "false"),
        ("status.showUntrackedFiles", "no"),
    ],
)
def test_settings_of_the_user_change_nothing(repo_dir, git, key, value):
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "large").write_bytes(os.urandom(1 << 20))
    (repo_dir / "larger").write_bytes(os.urandom(1 << 20))
    expected = capture(repo_dir).commit
    git("config", key, value, cwd=repo_dir)
    own = sorted(path.name for path in (repo_dir / ".git").iterdir())
    assert capture(repo_dir).commit == expected
    assert sorted(path.name for path in (repo_dir / ".git").iterdir()) == own


def test_line_endings_that_git_would_refuse_are_kept_as_git_keeps_them(repo_dir, git):
    git("config", "core.autocrlf", "input", cwd=repo_dir)
    git("config", "core.safecrlf", "true", cwd=repo_dir)
    (repo_dir / "train.py").write_bytes(b"one\r\ntwo\r\n")
    code = capture(repo_dir)
    assert code.failure == ""
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "one\ntwo\n"


def test_tree_that_was_staged_and_put_back_is_clean(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    git("add", "train.py", cwd=repo_dir)
    git("show", "HEAD:train.py", cwd=repo_dir)
    (repo_dir / "train.py").write_text("print('training')\n")
    code = capture(repo_dir)
    assert (code.commit, code.dirty) == (code.base, False)


def test_folder_with_a_colon_in_its_name_is_captured(repo_dir, git):
    moved = repo_dir.rename(repo_dir.with_name('with:colon "and quotes"'))
    (moved / "train.py").write_text("edited\n")
    code = capture(moved)
    assert git("show", f"{code.commit}:train.py", cwd=moved) == "edited\n"


@pytest.mark.parametrize("commits", [0, 1])
def test_repository_inside_is_left_out_and_named(repo_dir, git, commits):
    inner = repo_dir / "inner"
    git("init", "--quiet", str(inner), cwd=repo_dir)
    (inner / "file").write_text("inner\n")
    if commits:
        git("add", "--all", cwd=inner)
        git("commit", "--quiet", "--message=inner", cwd=inner)
    code = capture(repo_dir)
    assert [left.path for left in code.left_out] == ["inner/"]
    assert code.commit == code.base


def test_two_processes_at_once_get_the_same_commit(repo_dir, git):
    make_a_mess(repo_dir, git)

    def start(number: int) -> str:
        pack = repo_dir / f".git/gitxp/{number}/code.pack"
        command = [sys.executable, "-c", SCRIPT, str(repo_dir), str(pack)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        commits = set(pool.map(start, range(4)))
    assert len(commits) == 1
    git("fsck", "--strict", commits.pop(), cwd=repo_dir)


@pytest.mark.parametrize("is_staged", [False, True])
def test_killed_capture_leaves_no_lock_and_the_next_one_works(repo_dir, git, is_staged):
    for number in range(900):
        (repo_dir / f"new{number}").write_bytes(os.urandom(4000))
    if is_staged:
        git("add", "new0", cwd=repo_dir)
    pack = repo_dir / ".git/gitxp/code.pack"
    command = [sys.executable, "-c", SCRIPT, str(repo_dir), str(pack)]
    scratch = repo_dir / ".git/gitxp/scratch"
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while not pack.exists() and not list(scratch.glob("*/objects/??")):
        time.sleep(0.0005)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not list((repo_dir / ".git").glob("*.lock"))
    code = capture(repo_dir)
    assert len(git("ls-tree", code.commit, cwd=repo_dir).splitlines()) == 902


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SnapshotLimits(file_bytes=10, total_bytes=100, files=10), "over 10 bytes"),
        (SnapshotLimits(file_bytes=100, total_bytes=30, files=10), "over 30 bytes in all"),
        (SnapshotLimits(file_bytes=100, total_bytes=100, files=1), "more than 1 untracked"),
    ],
)
def test_what_exceeds_a_limit_is_left_out_and_small_code_stays(repo_dir, git, limits, reason):
    (repo_dir / "small.py").write_text("small\n")
    (repo_dir / "large.bin").write_bytes(b"0" * 50)
    repository = open_repository(repo_dir)
    code = capture_code(repository, limits=limits, pack_path=repository.private_dir / "code.pack")
    (left,) = code.left_out
    assert (left.path, left.size) == ("large.bin", 50)
    assert reason in left.reason
    assert git("show", f"{code.commit}:small.py", cwd=repo_dir) == "small\n"
