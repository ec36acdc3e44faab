"""A purged run is gone for good: no ref, trash, journal, kept pack or object has it."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import gitxp
from gitxp.storage.operations import (
    append_operation,
    cut_commands,
    new_operation,
    read_operations,
)
from gitxp.storage.repository import open_repository

SECRET = "correct horse battery staple"


@pytest.fixture
def xp(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("git-xp"))
        return subprocess.run([program, *words], cwd=repo_dir, capture_output=True, text=True)

    return run


def record(repo_dir):
    (repo_dir / "oops.py").write_text(f"PASSPHRASE = {SECRET!r}\n")
    with gitxp.start_run("purge", "oops", params={"passphrase": SECRET}, snapshot="each") as run:
        run.log_text(SECRET, "notes.txt")
    (repo_dir / "oops.py").unlink()
    return run


def everything(repo_dir, git) -> str:
    """Return the content of every object in the store, and of every file of gitxp's own."""
    objects = git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", cwd=repo_dir)
    contents = [
        subprocess.run(
            ["git", "cat-file", kind, oid], cwd=repo_dir, capture_output=True
        ).stdout.decode(errors="replace")
        for oid in objects.split()
        for kind in ("blob", "commit")
    ]
    own = [path for path in (repo_dir / ".git/gitxp").rglob("*") if path.is_file()]
    return "".join([*contents, *(path.read_bytes().decode(errors="replace") for path in own)])


@pytest.mark.parametrize("is_removed_before", [False, True])
def test_nothing_of_it_is_left_after_a_gc(xp, repo_dir, git, is_removed_before):
    run = record(repo_dir)
    assert SECRET in everything(repo_dir, git)
    if is_removed_before:
        xp("remove", "--yes", run.id)
    done = xp("remove", "--purge", "--yes", run.id)
    assert done.returncode == 0
    assert "git gc --prune=now" in done.stdout
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert SECRET not in everything(repo_dir, git)
    assert xp("list", "--json").stdout.strip() == "[]"
    git("fsck", "--full", "--strict", cwd=repo_dir)


@pytest.mark.parametrize("is_removed_before", [False, True])
def test_nothing_tells_of_it_beside_a_run_that_stays(xp, repo_dir, git, is_removed_before):
    with gitxp.start_run("purge", "stays", params={"lr": 0.1}) as stays:
        stays.log({"loss": 1.0}, step=0)
    params = {"lr": 0.2, "PURGEME1": "PURGEME2"}
    with gitxp.start_run("purge", "PURGEME3", params=params, tags={"PURGEME4": "PURGEME5"}) as run:
        run.log({"PURGEME6": 1.0}, step=0)
    xp("list")
    assert len(gitxp.runs()) == 2
    for words in (("tag", "PURGEME7=1", run.id), ("note", "-m", "PURGEME8", run.id)):
        assert xp(*words).returncode == 0
    assert xp("tag", "kind=PURGEME9", run.id, stays.id).returncode == 0
    assert "PURGEME9" in xp("list", "--json").stdout
    if is_removed_before:
        assert xp("remove", "--yes", "PURGEME3").returncode == 0
    assert {f"PURGEME{number}" for number in range(1, 9)} <= marks_in(repo_dir, git)
    assert xp("remove", "--purge", "--yes", run.id).returncode == 0
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    # What was said of both in one breath stays with the other.
    assert marks_in(repo_dir, git) == {"PURGEME9"}
    assert xp("remove", "--purge", "--yes", stays.id).returncode == 0
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert marks_in(repo_dir, git) == set()


def marks_in(repo_dir, git) -> set[str]:
    """Return what is found of the marks in objects, and in all files of the repository."""
    files = [path for path in (repo_dir / ".git").rglob("*") if path.is_file()]
    raw = "".join(f"{path} {path.read_bytes().decode(errors='replace')}" for path in files)
    return set(re.findall("PURGEME[0-9]", raw + everything(repo_dir, git)))


def test_operations_that_others_append_meanwhile_stay_whole(repo_dir):
    private = open_repository(repo_dir).private_dir
    words = [new_operation(f"git xp tag word{number}=1", []) for number in range(300)]
    for operation in words[:100]:
        append_operation(private, operation)
    appending = threading.Thread(target=lambda: [append_operation(private, o) for o in words[100:]])
    appending.start()
    while appending.is_alive():
        cut_commands(private, lambda operation: operation.command.endswith("7=1"))
    cut_commands(private, lambda operation: operation.command.endswith("7=1"))
    found = read_operations(private)
    assert [one.id for one in found] == [one.id for one in words]
    for one, before in zip(found, words, strict=True):
        is_cut = before.command.endswith("7=1")
        assert one.command == ("git xp tag" if is_cut else before.command)


def test_it_cannot_be_taken_back_and_others_stay(xp, repo_dir):
    run = record(repo_dir)
    with gitxp.start_run("purge", "other", snapshot="each") as other:
        pass
    xp("remove", "--purge", "--yes", "oops")
    assert xp("undo").returncode == 128
    assert list(gitxp.runs().index) == [other.id]
    assert run.id not in xp("undo", "--list").stdout


def test_without_a_terminal_it_wants_yes_and_a_dry_run_only_says(xp, repo_dir):
    record(repo_dir)
    refused = xp("remove", "--purge", "oops")
    assert refused.returncode == 128
    assert "--purge oops --yes" in refused.stderr
    assert xp("remove", "--purge", "-n", "oops").stdout.startswith("would delete for good")
    assert len(gitxp.runs()) == 1


def test_where_else_it_may_be_is_said(xp, repo_dir, git):
    git("remote", "add", "origin", "nowhere", cwd=repo_dir)
    (repo_dir / "large.bin").write_bytes(b"\1" * (2 << 20))
    with gitxp.start_run("purge", "large") as run:
        run.log_artifact("large.bin")
    digest = gitxp.get_run(run.id).artifacts[0].oid
    said = xp("remove", "--purge", "--yes", "large").stdout
    assert "origin" in said
    assert digest in said


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
def test_large_files_of_the_code_are_said_too(xp, repo_dir, git):
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (repo_dir / "data.bin").write_bytes(b"data of customers")
    digest = hashlib.sha256(b"data of customers").hexdigest()
    with gitxp.start_run("purge", "large"):
        pass
    done = xp("remove", "--purge", "--yes", "large")
    assert digest in done.stdout
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    git("lfs", "prune", cwd=repo_dir)
    objects = (repo_dir / ".git/lfs/objects").rglob("*")
    assert not [path for path in objects if path.is_file()]
    assert digest not in "".join(map(str, (repo_dir / ".git/gitxp").rglob("*")))


def test_running_run_is_refused(xp, repo_dir):
    run = gitxp.start_run("purge", "alive")
    done = xp("remove", "--purge", "--yes", "alive")
    assert (done.returncode, "still running" in done.stderr) == (128, True)
    run.finish()


def test_code_that_a_running_run_shares_is_kept(xp, repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    with gitxp.start_run("purge", "done"):
        pass
    run = gitxp.start_run("purge", "alive")
    xp("remove", "--purge", "--yes", "done")
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    run.finish()
    code = gitxp.get_run(run.id).code.commit
    assert git("show", f"{code}:train.py", cwd=repo_dir) == "edited\n"
