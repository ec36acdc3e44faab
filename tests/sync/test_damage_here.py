"""What this clone has lost is not blamed on the remote, and comes back from it."""

from __future__ import annotations

import os

import pytest
from object_files import loosen, lose, object_file

from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import INCOMING
from gitxp.storage.refstore import list_refs

# Clones in which nobody can tell what is lost from what is only out of reach.
PARTLY = ["--depth=1", "--filter=blob:none"]


@pytest.fixture
def pair(clones, tmp_path):
    """Two clones; the second has pulled three runs of the first, which has one more there now."""
    ada, bob, _ = clones
    for number in range(3):
        ada.start(lr=number)
    ada.push()
    bob.pull()
    loosen(bob.top / ".git", tmp_path)
    ada.start(lr=4)
    ada.push()
    return ada, bob


@pytest.mark.parametrize("command", ["pull", "fetch"])
def test_lost_run_stops_no_other_and_comes_back(pair, command):
    ada, bob = pair
    lost = next(iter(bob.refs()))
    lose(bob.top / ".git", lost)
    done = bob.xp(command)
    assert done.returncode == 0, done.stderr
    assert f"warning: removed {lost}, whose objects are gone" in done.stderr
    assert "does not come" not in done.stderr
    bob.merge()
    assert bob.refs() == ada.refs()


def test_file_that_git_can_neither_read_nor_replace_stops_no_other(pair):
    ada, bob = pair
    lost = next(iter(bob.refs()))
    path = object_file(bob.top / ".git", lost)
    path.unlink()
    path.touch()
    done = bob.xp("pull")
    assert done.returncode == 1, done.stderr
    assert f"{lost.rpartition('/')[2][:7]} lr does not come from origin: cannot read" in done.stderr
    assert bob.refs().keys() == ada.refs().keys() - {lost}
    path.unlink()
    assert bob.xp("pull").returncode == 0
    assert bob.refs() == ada.refs()


def test_broken_branch_of_the_users_is_told_and_no_remote_blamed(pair, git):
    _, bob = pair
    git("branch", "mine", cwd=bob.top)
    git("commit", "--quiet", "--allow-empty", "-m", "mine", cwd=bob.top)
    git("branch", "--force", "mine", cwd=bob.top)
    git("reset", "--quiet", "--hard", "HEAD~", cwd=bob.top)
    lose(bob.top / ".git", "mine")
    before = bob.refs()
    done = bob.xp("pull")
    assert done.returncode == 128
    assert "bad object refs/heads/mine" in done.stderr
    assert "hint: it is this clone that is damaged: git fsck" in done.stderr
    assert "did not send" not in done.stderr
    assert bob.refs() == before


def test_run_that_was_mended_away_comes_back(pair):
    ada, bob = pair
    lost = next(iter(bob.refs()))
    bob.pull()
    lose(bob.top / ".git", lost)
    assert f"removed {lost}" in bob.xp("list").stderr
    assert lost not in bob.refs()
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    assert bob.refs() == ada.refs()


def test_fetched_record_that_is_gone_is_fetched_again(pair, tmp_path):
    ada, bob = pair
    bob.fetch()
    waiting = list_refs(bob.repository, INCOMING)
    loosen(bob.top / ".git", tmp_path)
    lose(bob.top / ".git", next(iter(waiting)))
    done = bob.xp("fetch")
    assert "1 new" in done.stdout, done.stderr
    assert list_refs(bob.repository, INCOMING) == waiting
    bob.merge()
    assert bob.refs() == ada.refs()


def partly(make_clone, bare, option):
    """Two clones, the second with an option of Git's; it has pulled two runs of the first."""
    ada = make_clone(bare, "ada")
    for number in range(2):
        ada.start(lr=number)
    ada.push()
    bob = make_clone(bare.as_uri(), "bob", option)
    bob.pull()
    return ada, bob


@pytest.mark.parametrize("option", PARTLY)
def test_lost_run_of_a_part_clone_stops_no_pull(option, bare, make_clone, tmp_path):
    """Nobody can tell there whether it is only out of reach: the ref stays, and its run comes."""
    ada, bob = partly(make_clone, bare, option)
    mine = bob.start(lr=7)
    loosen(bob.top / ".git", tmp_path)
    there, here = next(iter(ada.refs())), next(ref for ref in bob.refs() if ref.endswith(mine))
    ada.start(lr=4)
    ada.push()
    for lost in (there, here):
        lose(bob.top / ".git", lost)
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert done.stderr == f"brought back the missing objects of {there}\n"
    assert bob.refs().items() >= ada.refs().items()
    assert object_file(bob.top / ".git", here).exists() is False
    assert not missing_objects(bob.repository, ada.refs().values())
    assert bob.xp("pull").returncode == 0


@pytest.mark.parametrize("what", ["", "^{tree}", ":params.toml"])
@pytest.mark.parametrize("option", PARTLY)
def test_what_a_list_missed_in_a_part_clone_comes_by_a_pull(
    option, what, bare, make_clone, tmp_path
):
    ada, bob = partly(make_clone, bare, option)
    loosen(bob.top / ".git", tmp_path)
    lost = next(iter(ada.refs()))
    lose(bob.top / ".git", f"{lost}{what}")
    told = bob.xp("list")
    assert told.returncode == 128
    assert "hint: what is missing here comes from a remote that has it: git xp pull" in told.stderr
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: nothing new\n"), done.stderr
    assert done.stderr == f"brought back the missing objects of {lost}\n"
    assert bob.xp("list").returncode == 0
    assert bob.refs() == ada.refs()
    assert bob.xp("pull").stderr == ""


@pytest.mark.parametrize("option", PARTLY)
def test_run_that_is_named_is_looked_at_whole(option, bare, make_clone, tmp_path):
    """What it shares with others that lack it, too, comes though Git is told of those."""
    ada, bob = partly(make_clone, bare, option)
    bob.start(lr=0)
    bob.start(lr=1)
    loosen(bob.top / ".git", tmp_path)
    lost = next(iter(ada.refs()))
    lose(bob.top / ".git", f"{lost}:params.toml")
    done = bob.xp("fetch", "origin", lost.rpartition("/")[2][:7])
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"brought back the missing objects of {lost}\n"
    assert bob.xp("list").returncode == 0
    assert bob.xp("fetch", "origin", lost.rpartition("/")[2][:7]).stderr == ""


@pytest.mark.parametrize("what", ["", "^{tree}"])
@pytest.mark.parametrize("option", PARTLY)
def test_run_that_is_edited_and_lost_in_a_part_clone_is_what_the_remote_has(
    option, what, bare, make_clone, tmp_path
):
    ada, bob = partly(make_clone, bare, option)
    lost = next(iter(ada.refs()))
    bob.xp("tag", "good", lost.rpartition("/")[2])
    edited = bob.refs()[lost]
    loosen(bob.top / ".git", tmp_path)
    lose(bob.top / ".git", f"{lost}{what}")
    bob.xp("list")
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert f"removed {lost}, whose objects are gone (it was {edited})" in done.stderr
    assert bob.refs() == ada.refs()
    assert bob.xp("list").returncode == 0
    assert bob.xp("push").returncode == 0
    assert "1 not pushed" not in bob.xp("status").stdout


def test_record_that_breaks_the_rules_takes_no_place_of_a_lost_one(bare, make_clone, tmp_path, git):
    ada, bob = partly(make_clone, bare, "--depth=1")
    lost = next(iter(ada.refs()))
    bob.xp("tag", "good", lost.rpartition("/")[2])
    other = next(ref for ref in ada.refs() if ref != lost)
    git("push", "--quiet", "--force", "origin", f"{other}:{lost}", cwd=ada.top)
    loosen(bob.top / ".git", tmp_path)
    lose(bob.top / ".git", lost)
    before = bob.refs()
    assert bob.xp("pull").returncode == 1
    assert bob.refs() == before


@pytest.mark.parametrize("option", ["--no-tags", "--depth=1"])
@pytest.mark.parametrize("what", ["", "^{tree}"])
def test_lost_run_that_others_removed_stops_no_pull(option, what, bare, make_clone, tmp_path):
    ada, bob = partly(make_clone, bare, option)
    loosen(bob.top / ".git", tmp_path)
    lost = next(iter(ada.refs()))
    lose(bob.top / ".git", f"{lost}{what}")
    ada.xp("remove", "--yes", lost.rpartition("/")[2])
    ada.push()
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 experiment record\n")
    assert f"removed {lost}, whose objects are gone" in done.stderr
    assert bob.refs() == ada.refs()


@pytest.mark.parametrize("option", ["--no-tags", "--depth=1"])
def test_run_whose_ref_git_took_away_comes_again(option, bare, make_clone, git):
    ada, bob = partly(make_clone, bare, option)
    gone, removed = ada.refs()
    bob.xp("remove", "--yes", removed.rpartition("/")[2])
    git("update-ref", "-d", gone, cwd=bob.top)
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    assert gone in bob.refs()
    assert removed not in bob.refs()


def test_disk_that_is_full_here_is_not_the_remotes(bare, disk, make_clone, git):
    ada, bob = make_clone(bare, "ada"), make_clone(bare.as_uri(), "bob")
    bob = type(bob)(disk.take(bob.top))
    (ada.top / "noise.bin").write_bytes(os.urandom(3 << 20))
    ada.start(lr=0.1)
    ada.xp("push", "--allow-secret", "noise.bin")
    done = bob.xp("pull")
    assert done.returncode == 128
    assert "No space left" in done.stderr
    assert "hint: it is the disk of this clone that cannot be written" in done.stderr
    assert "warning" not in done.stderr
    assert bob.refs() == {}
    git("fsck", "--full", cwd=bob.top)


def test_what_plain_git_fetched_of_a_partial_clone_is_told_and_comes_by_plain_git(
    bare, make_clone, git
):
    """Git takes what it was promised for what is here, so that no fetch brings it."""
    ada = make_clone(bare, "ada")
    run = ada.start(lr=1)
    ada.push()
    git("config", "uploadpack.allowFilter", "true", cwd=bare)
    bob = make_clone(bare.as_uri(), "bob", "--filter=blob:none")
    git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=bob.top)
    before = bob.refs()
    assert bob.xp("list").returncode == 128
    done = bob.xp("pull")
    assert done.returncode == 1, done.stderr
    assert f"{run[:7]} lr does not come from origin: what this clone lacks of it" in done.stderr
    assert "git archive REF" in done.stderr
    assert bob.refs() == before
    git("archive", "--output=out.tar", f"refs/experiments/lr/{run}", cwd=bob.top)
    assert bob.xp("list").returncode == 0
    assert ada.xp("tag", "mine", run).returncode == 0
    ada.push()
    assert bob.xp("pull").returncode == 0
    assert bob.refs() == ada.refs()
