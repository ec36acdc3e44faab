"""An experiment's own record only grows, one event after another."""

from __future__ import annotations

from datetime import UTC, datetime

import pygit2
import pytest

from gitxp.errors import DamagedRecord, RefChanged
from gitxp.model.clock import DAY_MS
from gitxp.model.event import Event, EventId, Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.configuration import configured_author
from gitxp.storage.events.about import read_about
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import appended, change_refs_and_say
from gitxp.storage.layout import event_path, scratch_dir
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.storage.refs import about_ref
from gitxp.storage.refstore import list_refs, read_ref
from gitxp.storage.repository import open_repository

LR = ExperimentName("vision/lr")
REF = about_ref(LR)
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
NOW_MS = 1_767_323_045_678


def removal(number):
    return Removal(RunId(f"{number:032x}"), f"{number:040x}")


def new(*numbers, when=NOW, experiment=LR):
    return NewEvent(experiment, tuple(map(removal, numbers)), "Ada <ada@example.org>", when)


def say(repository, *events):
    return change_refs_and_say(repository, [], events, command="test")


@pytest.fixture
def repository(repo_dir):
    return open_repository(repo_dir)


def test_first_event_makes_a_record_of_nothing_but_events(repository, repo_dir, git):
    say(repository, new(1, 2))
    (event,) = read_about(repository, LR)
    assert (event.clock, event.time, event.said) == (NOW_MS, NOW, (removal(1), removal(2)))
    path = event_path(event.clock, event.id)
    assert git("ls-tree", "-r", "--name-only", REF, cwd=repo_dir).split() == [path]
    assert git("log", "--format=%H", REF, cwd=repo_dir).split()[1:] == [EMPTY_ROOT.oid]
    assert git("cat-file", "commit", REF, cwd=repo_dir).split("\n", 2)[2] == (
        "author Ada <ada@example.org> 1767323045 +0000\n"
        "committer Ada <ada@example.org> 1767323045 +0000\n\n"
        "vision/lr: about (removal)\n\n"
        f"Event-Id: {event.id}\nExperiment: vision/lr\nFormat: 1\n"
    )
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_each_event_is_a_commit_that_keeps_those_before(repository, repo_dir, git):
    for number in range(5):
        say(repository, new(number))
    events = read_about(repository, LR)
    assert [event.said for event in events] == [(removal(number),) for number in range(5)]
    assert [event.clock for event in events] == [NOW_MS + number for number in range(5)]
    for number, commit in enumerate(git("rev-list", REF, cwd=repo_dir).split()):
        assert len(git("ls-tree", "-r", commit, cwd=repo_dir).splitlines()) == 5 - number
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_event_writes_only_the_folders_on_its_way(repository, repo_dir, git):
    for number in range(30):
        say(repository, new(number))
    before = read_ref(repository, REF)
    say(repository, new(30))
    made = git("rev-list", "--objects", REF, f"^{before}", cwd=repo_dir).splitlines()
    assert len(made) == len(["commit", "tree", "events", "events/xx", "event"])
    packs = sorted((repo_dir / ".git/objects/pack").glob("*.idx"), key=lambda p: p.stat().st_mtime)
    shared = ["empty root", "empty tree"]
    for pack in packs:
        listed = git("verify-pack", "-v", str(pack), cwd=repo_dir).splitlines()
        objects = [line for line in listed if line[:40].strip("0123456789abcdef") == ""]
        assert len(objects) <= len(made) + len(shared)


def test_clock_moves_on_from_the_highest_seen(repository, put_files):
    say(repository, new(1))
    ahead = NOW_MS + DAY_MS - 1
    for clock in (ahead, NOW_MS + 2 * DAY_MS, 10**16 - 1):
        event = Event(EventId.random(), clock, NOW, "Eve", ())
        put_files(REF, {event_path(clock, event.id): encode_event(event)})
    say(repository, new(2))
    clocks = [event.clock for event in read_about(repository, LR)]
    assert clocks == [NOW_MS, ahead, ahead + 1, NOW_MS + 2 * DAY_MS, 10**16 - 1]


def test_files_that_this_gitxp_does_not_know_stay(repository, repo_dir, git, put_files):
    say(repository, new(1))
    put_files(REF, {"later.toml": b"x = 1\n", "events/README": b"y", "other/a/b": b"z"})
    for number in range(2, 6):
        say(repository, new(number))
    kept = git("ls-tree", "-r", "--name-only", REF, cwd=repo_dir).split()
    assert {"later.toml", "events/README", "other/a/b"} <= set(kept)
    assert len(kept) == 3 + 5
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_several_experiments_are_told_by_one_change(repository):
    other = ExperimentName("vision")
    operation = say(repository, new(1), new(2, experiment=other))
    assert len(operation.changes) == 2
    assert read_about(repository, other)[0].said == (removal(2),)
    assert sorted(list_refs(repository, "refs/experiments/")) == [about_ref(other), REF]


def test_experiment_of_which_nothing_was_said_has_no_events(repository):
    assert read_about(repository, LR) == ()


def test_objects_are_kept_from_gc_until_the_ref_stands(repository, repo_dir, git):
    with appended(repository, [new(1)]) as (made,):
        for _ in range(2):
            git("repack", "-a", "-d", "-q", cwd=repo_dir)
            git("gc", "--quiet", "--prune=now", cwd=repo_dir)
        git("update-ref", made.change.ref, made.change.after, cwd=repo_dir)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert len(read_about(repository, LR)) == 1
    assert not list((repo_dir / ".git/objects/pack").glob("*.keep"))


def test_pack_waits_aside_until_it_is_known_that_nothing_was_lost(repository):
    say(repository, new(1))
    assert not list(scratch_dir(repository.private_dir).iterdir())
    assert len(list((repository.private_dir / "recorded").glob("said-*/said.pack"))) == 1


def test_change_that_fails_leaves_no_file_behind(repository, repo_dir):
    taken = RefChange("refs/experiments/vision/lr/" + "0" * 32, "1" * 40, None)
    with pytest.raises(RefChanged, match="was changed meanwhile") as caught:
        change_refs_and_say(repository, [taken], [new(1)], command="test")
    assert caught.value.hint
    assert read_about(repository, LR) == ()
    assert not list(scratch_dir(repository.private_dir).iterdir())
    assert not (repository.private_dir / "recorded").exists()
    assert not list((repo_dir / ".git/objects/pack").glob("*.keep"))


def test_lock_that_stays_is_told_in_the_words_of_git(repository, repo_dir):
    say(repository, new(1))
    lock = repo_dir / f".git/{REF}.lock"
    lock.mkdir()  # no process has left that, and so it is nobody's to take away
    with pytest.raises(RefChanged, match=r"about\.lock"):
        say(repository, new(2))
    lock.rmdir()
    say(repository, new(3))
    assert [event.said for event in read_about(repository, LR)] == [(removal(1),), (removal(3),)]


def test_record_that_is_no_folder_of_events_is_damage(repository, put_files):
    say(repository, new(1))
    (event,) = read_about(repository, LR)
    without = (event_path(event.clock, event.id),)
    put_files(REF, {"events": b"no folder"}, without=without)
    with pytest.raises(DamagedRecord, match="no readable folder 'events/'"):
        say(repository, new(2))


def test_about_ref_that_is_no_commit_is_damage(repository, repo_dir):
    git_repository = pygit2.Repository(str(repo_dir))
    blob = git_repository.create_blob(b"x")
    git_repository.references.create(REF, blob)
    with pytest.raises(DamagedRecord, match="no commit"):
        say(repository, new(1))


def test_author_is_the_git_user(repository, repo_dir, git):
    assert configured_author(repository) == "Ada Lovelace <ada@example.org>"
    git("config", "user.name", "Zoë", cwd=repo_dir)
    assert configured_author(repository) == "Zoë <ada@example.org>"


def test_git_user_that_is_not_known_is_empty_and_still_makes_a_commit(repository, repo_dir, git):
    git("config", "user.useConfigOnly", "true", cwd=repo_dir)
    git("config", "user.name", "", cwd=repo_dir)
    assert configured_author(repository) == ""
    say(repository, NewEvent(LR, (removal(1),), "", NOW))
    assert git("log", "-1", "--format=%an <%ae>", REF, cwd=repo_dir) == "unknown <>\n"
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_names_alone_tell_the_clocks(repository, put_files):
    say(repository, new(1))
    put_files(REF, {event_path(5, "ab" * 16): b"not TOML"})
    names = RecordReader(repository).event_names(read_ref(repository, REF))
    assert [name.clock for name in names] == [5, NOW_MS]
    with pytest.raises(DamagedRecord, match="TOML"):
        read_about(repository, LR)
