"""Modes in a shared repository are those that Git itself gives."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from gitxp.errors import InvalidSettings
from gitxp.storage import sharing
from gitxp.storage.repository import open_repository
from gitxp.storage.sharing import Sharing, make_folder, open_file, share

UMASKS = (0o022, 0o077, 0o002, 0o007)
VALUES = (
    *("group", "true", "1", "", "all", "world", "everybody", "2", "9"),
    *("umask", "false", "0", "0660", "0640", "0600", "0664", "0666", "0777"),
)


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """No repository of another test is known to be shared."""
    monkeypatch.setattr(sharing, "_shared", {})


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode_of(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.mark.parametrize("mask", UMASKS, ids=oct)
@pytest.mark.parametrize("value", VALUES)
def test_folders_and_files_get_the_modes_that_git_gives(repo_dir, git, umask, value, mask):
    git("config", "core.sharedRepository", value, cwd=repo_dir)
    private = open_repository(repo_dir).private_dir
    umask(mask)
    git("update-ref", "refs/some/thing/made", "HEAD", cwd=repo_dir)
    hashed = ["git", "hash-object", "-w", "--stdin"]
    oid = subprocess.run(hashed, cwd=repo_dir, input=b"new", capture_output=True, check=True)
    name = oid.stdout.decode().strip()
    make_folder(private / "some" / "thing")
    os.close(open_file(private / "some" / "file", os.O_CREAT | os.O_WRONLY))
    sealed = private / "some" / "sealed"
    os.close(os.open(sealed, os.O_CREAT, 0o444))
    share(sealed)
    by_git = repo_dir / ".git" / "refs" / "some"
    ours = private / "some"
    assert [mode_of(ours), mode_of(ours / "thing")] == [mode_of(by_git), mode_of(by_git / "thing")]
    assert mode_of(ours / "file") == mode_of(by_git / "thing" / "made")
    of_object = repo_dir / ".git" / "objects" / name[:2] / name[2:]
    assert mode_of(sealed) == mode_of(of_object)


@pytest.mark.parametrize("value", ["0400", "3", "everyone"])
def test_value_that_git_refuses_is_refused(repo_dir, git, value):
    git("config", "core.sharedRepository", value, cwd=repo_dir)
    command = ["git", "hash-object", "-w", "--stdin"]
    done = subprocess.run(command, cwd=repo_dir, input=b"x", capture_output=True, check=False)
    assert done.returncode != 0
    with pytest.raises(InvalidSettings, match="sharedRepository"):
        open_repository(repo_dir)


def test_what_is_there_keeps_its_mode(repo_dir, git):
    git("config", "core.sharedRepository", "group", cwd=repo_dir)
    private = open_repository(repo_dir).private_dir
    private.mkdir(mode=0o700)
    make_folder(private / "below")
    assert mode_of(private) == "0o700"
    assert mode_of(private / "below") == "0o2775"


def test_file_in_the_way_of_a_folder_is_refused(repo_dir, git):
    git("config", "core.sharedRepository", "group", cwd=repo_dir)
    private = open_repository(repo_dir).private_dir
    make_folder(private)
    (private / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(private / "file")
    with pytest.raises(NotADirectoryError):
        make_folder(private / "file" / "below")


def test_setting_of_an_included_file_counts(repo_dir, git):
    (repo_dir / "team.config").write_text("[core]\n\tsharedRepository = group\n")
    git("config", "include.path", str(repo_dir / "team.config"), cwd=repo_dir)
    private = open_repository(repo_dir).private_dir
    make_folder(private)
    assert mode_of(private) == "0o2775"


def test_other_repositories_of_the_process_are_left_to_the_umask(repo_dir, git, tmp_path, umask):
    git("config", "core.sharedRepository", "group", cwd=repo_dir)
    open_repository(repo_dir)
    git("init", "--quiet", str(tmp_path / "other"), cwd=repo_dir)
    private = open_repository(tmp_path / "other").private_dir
    umask(0o077)
    make_folder(private)
    assert mode_of(private) == "0o700"


def test_widening_keeps_what_a_mode_has_already():
    assert Sharing.parse("group").mode(stat.S_IFREG | 0o644) == stat.S_IFREG | 0o664
    assert Sharing.parse("0600").mode(stat.S_IFDIR | 0o755) == stat.S_IFDIR | 0o700
