"""No setting, hook or variable of the user reaches into a snapshot, or is set off by one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitxp.capture.code.look import look
from gitxp.capture.code.scratch_index import scratch_index
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.unfiltered import unfiltered_tree
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.model.run import Code
from gitxp.storage.repository import open_repository

LIMITS = SnapshotLimits(file_bytes=1 << 22, total_bytes=1 << 24, files=1000)


def capture(folder: Path) -> Code:
    repository = open_repository(folder)
    code = capture_code(repository, limits=LIMITS, pack_path=repository.private_dir / "x/code.pack")
    assert code.failure == ""
    return code


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(params=["plain", "staged"])
def edited(request, repo_dir, git):
    """A working tree whose snapshot is made without, and with, a copy of the index."""
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "new.py").write_text("new\n")
    if request.param == "staged":
        (repo_dir / "staged.py").write_text("staged\n")
        git("add", "staged.py", cwd=repo_dir)
    return repo_dir


@pytest.mark.parametrize("is_configured", [False, True])
def test_no_hook_runs(edited, git, is_configured):
    hooks = edited.parent / "hooks" if is_configured else edited / ".git/hooks"
    marker = edited.parent / "ran"
    for name in ("post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        script(hooks / name, f"echo $0 >> {marker}")
    if is_configured:
        git("config", "core.hooksPath", str(hooks), cwd=edited)
    capture(edited)
    assert not marker.exists()


@pytest.mark.parametrize("version", ["1", "2"])
def test_monitor_that_lies_hides_no_edit_and_is_not_run(edited, git, version):
    marker = edited.parent / "ran"
    hook = script(edited.parent / "monitor", f"echo >> {marker}; printf 'token\\0'")
    git("config", "core.fsmonitor", str(hook), cwd=edited)
    git("config", "core.fsmonitorHookVersion", version, cwd=edited)
    git("checkout", "--", "train.py", cwd=edited)
    git("update-index", "--fsmonitor", cwd=edited)
    git("status", cwd=edited)
    (edited / "train.py").write_text("edited behind its back\n")
    marker.unlink(missing_ok=True)
    git("status", cwd=edited)
    assert marker.exists()
    marker.unlink()
    code = capture(edited)
    assert not marker.exists()
    assert git("show", f"{code.commit}:train.py", cwd=edited) == "edited behind its back\n"


def test_no_monitor_is_started(edited, git):
    git("config", "core.fsmonitor", "true", cwd=edited)
    capture(edited)
    assert not (edited / ".git/fsmonitor--daemon").exists()
    assert not (edited / ".git/fsmonitor--daemon.ipc").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("update-index", "--split-index"),
        ("update-index", "--untracked-cache"),
        ("update-index", "--index-version", "4"),
        ("config", "core.splitIndex", "true"),
        ("config", "core.untrackedCache", "true"),
        ("config", "core.preloadIndex", "false"),
        ("config", "core.checkStat", "minimal"),
        ("config", "core.trustctime", "false"),
        ("config", "feature.manyFiles", "true"),
        ("config", "index.version", "4"),
        ("config", "index.skipHash", "true"),
        ("config", "index.threads", "4"),
        ("config", "index.recordEndOfIndexEntries", "true"),
        ("config", "pack.packSizeLimit", "1m"),
        ("config", "core.bigFileThreshold", "1"),
        ("config", "core.compression", "0"),
        ("config", "core.quotePath", "false"),
        ("config", "core.excludesFile", "/nonexistent"),
        ("config", "status.showUntrackedFiles", "no"),
        ("config", "submodule.recurse", "true"),
    ],
    ids=" ".join,
)
def test_setting_or_form_of_the_index_changes_nothing(edited, git, command):
    (edited / "large").write_bytes(os.urandom(1 << 21))
    expected = capture(edited).commit
    git(*command, cwd=edited)
    git("status", cwd=edited)
    own = {path: path.read_bytes() for path in (edited / ".git").iterdir() if path.is_file()}
    assert capture(edited).commit == expected
    assert {path: path.read_bytes() for path in own} == own
    assert {path for path in (edited / ".git").iterdir() if path.is_file()} == set(own)


@pytest.mark.parametrize("target", ["/dev/stdout", "1"])
@pytest.mark.parametrize(
    "variable",
    ["GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE_SETUP", "GIT_TRACE_PERFORMANCE"],
)
def test_traces_do_not_get_among_the_answers(edited, monkeypatch, variable, target):
    expected = capture(edited).commit
    monkeypatch.setenv(variable, target)
    assert capture(edited).commit == expected


def commit_shouting_attributes(repo_dir, git) -> None:
    git("config", "filter.shout.clean", "tr a-z A-Z", cwd=repo_dir)
    (repo_dir / "folder").mkdir()
    (repo_dir / "folder/new.py").write_text("new\n")
    (repo_dir / "folder/.gitattributes").write_text("*.py filter=shout\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=attributes", cwd=repo_dir)


def test_attributes_that_are_deleted_count_no_more(repo_dir, git):
    commit_shouting_attributes(repo_dir, git)
    (repo_dir / "folder/.gitattributes").unlink()
    (repo_dir / "folder/new.py").write_text("edited\n")
    code = capture(repo_dir)
    assert git("show", f"{code.commit}:folder/new.py", cwd=repo_dir) == "edited\n"


def test_attributes_that_a_sparse_checkout_lacks_still_count(repo_dir, git):
    commit_shouting_attributes(repo_dir, git)
    git("sparse-checkout", "set", "--no-cone", "*.py", cwd=repo_dir)
    assert not (repo_dir / "folder/.gitattributes").exists()
    (repo_dir / "folder/new.py").write_text("edited\n")
    code = capture(repo_dir)
    assert git("show", f"{code.commit}:folder/new.py", cwd=repo_dir) == "EDITED\n"


@pytest.mark.parametrize("autocrlf", ["true", "input"])
def test_line_endings_that_the_index_has_already_stay(repo_dir, git, autocrlf):
    (repo_dir / "old.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo_dir / "unix.txt").write_bytes(b"one\ntwo\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=endings", cwd=repo_dir)
    git("config", "core.autocrlf", autocrlf, cwd=repo_dir)
    for name in ("old.txt", "unix.txt", "new.txt"):
        (repo_dir / name).write_bytes(b"one\r\ntwo\r\nthree\r\n")
    code = capture(repo_dir)
    git("add", "--all", cwd=repo_dir)
    assert git("write-tree", cwd=repo_dir).strip() == code.tree


@pytest.mark.parametrize("setting", ["core.fileMode", "core.symlinks"])
def test_modes_that_git_does_not_trust_are_those_of_the_index(repo_dir, git, setting):
    (repo_dir / "link").symlink_to("train.py")
    (repo_dir / "run.sh").write_text("run\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=modes", cwd=repo_dir)
    git("config", setting, "false", cwd=repo_dir)
    (repo_dir / "link").unlink()
    (repo_dir / "link").write_text("README.md")
    (repo_dir / "run.sh").chmod(0o755)
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "train.py").chmod(0o755)
    (repo_dir / "new.sh").write_text("new\n")
    (repo_dir / "new.sh").chmod(0o755)
    code = capture(repo_dir)
    git("add", "--all", cwd=repo_dir)
    assert git("write-tree", cwd=repo_dir).strip() == code.tree


def test_both_ways_give_the_same_tree(repo_dir, git):
    for name in ("a/b/c", "a/b.c", "a-b", "file", "folder/x", "folder.x", "gone/only", "mode"):
        (repo_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (repo_dir / name).write_text(f"{name}\n")
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=many", cwd=repo_dir)
    (repo_dir / "file").unlink()
    (repo_dir / "file/deep/er").mkdir(parents=True)
    (repo_dir / "file/deep/er/new").write_text("new\n")
    (repo_dir / "folder/x").unlink()
    (repo_dir / "folder").rmdir()
    (repo_dir / "folder").symlink_to("a")
    (repo_dir / "gone/only").unlink()
    (repo_dir / "mode").chmod(0o755)
    (repo_dir / "a/b/c").write_text("edited\n")
    (repo_dir / os.fsdecode(b"\xff\r")).write_text("odd\n")
    (repo_dir / '"quoted\n\\').write_text("odd\n")
    repository = open_repository(repo_dir)
    with look(repository, (), lambda _: None) as seen:
        found = unfiltered_tree(repo_dir, seen, seen.read_base(), seen.tree.untracked)
        assert found is not None
        with scratch_index(repository, (), repo_dir.parent) as index:
            index.remove(seen.tree.deleted)
            assert index.add([*seen.tree.changed, *seen.tree.untracked]) == []
            assert index.write_tree() == found[0]
    git("add", "--all", cwd=repo_dir)
    assert git("write-tree", cwd=repo_dir).strip() == found[0]
