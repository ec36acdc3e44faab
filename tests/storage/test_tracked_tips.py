"""What remote-tracking branches lead to is read from the files of refs, as Git would tell it."""

from __future__ import annotations

import pytest

from gitxp.storage.repository import open_repository
from gitxp.storage.tracked_tips import tracked_tips


@pytest.fixture
def clone(repo_dir, git, tmp_path):
    """A clone of two branches."""
    git("branch", "other", cwd=repo_dir)
    commit(git, repo_dir)
    git("clone", "--quiet", str(repo_dir), str(tmp_path / "clone"), cwd=repo_dir)
    return tmp_path / "clone"


def commit(git, folder) -> str:
    git("commit", "--quiet", "--allow-empty", "--message=more", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).strip()


def told_by_git(git, folder) -> set[str]:
    words = ("for-each-ref", "--format=%(objectname)", "refs/remotes")
    return set(git(*words, cwd=folder).split())


@pytest.mark.parametrize("packs", [(), ("--all",), ("--all", "--prune")])
def test_tips_are_those_that_git_tells(clone, git, packs):
    if packs:
        git("pack-refs", *packs, cwd=clone)
    assert tracked_tips(open_repository(clone)) >= told_by_git(git, clone)
    assert len(told_by_git(git, clone)) == 2


def test_branch_that_moved_on_is_no_longer_at_what_was_packed(clone, repo_dir, git):
    git("pack-refs", "--all", cwd=clone)
    packed = git("rev-parse", "HEAD", cwd=clone).strip()
    git("reset", "--quiet", "--hard", "HEAD~1", cwd=repo_dir)
    forced = commit(git, repo_dir)
    git("commit", "--quiet", "--amend", "--allow-empty", "--message=forced", cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=clone)
    assert packed in (clone / ".git/packed-refs").read_text()
    assert packed not in tracked_tips(open_repository(clone))
    assert forced not in tracked_tips(open_repository(clone))
    assert tracked_tips(open_repository(clone)) >= told_by_git(git, clone)


def test_branches_and_tags_of_the_user_do_not_count(clone, git):
    mine = commit(git, clone)
    git("tag", "mine", cwd=clone)
    assert mine not in tracked_tips(open_repository(clone))
    git("pack-refs", "--all", cwd=clone)
    assert mine not in tracked_tips(open_repository(clone))
    (clone / ".git/refs/remotes/origin/new.lock").write_text(f"{mine}\n")
    assert mine not in tracked_tips(open_repository(clone))


def test_of_very_many_branches_git_is_asked(clone, git):
    head = git("rev-parse", "HEAD", cwd=clone).strip()
    folder = clone / ".git/refs/remotes/origin"
    for number in range(300):
        (folder / f"branch{number}").write_text(f"{head}\n")
    assert tracked_tips(open_repository(clone)) == frozenset()


def test_without_a_remote_there_is_none(repo_dir):
    assert tracked_tips(open_repository(repo_dir)) == frozenset()
