"""What is said of runs that are recorded: an event a command and run, each a commit that grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import gitxp
from gitxp.errors import InvalidValue, RefChanged, UnknownRun
from gitxp.model.clock import DAY_MS
from gitxp.model.event import Event, EventId, Noting, Removal, Tagging
from gitxp.model.identity import RunId
from gitxp.query.runs import find_runs
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.layout import event_path, scratch_dir
from gitxp.storage.operations import RefChange, read_operations
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import read_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.verify.verify import verify


@pytest.fixture
def repository(repo_dir):
    return open_repository(repo_dir)


@pytest.fixture
def runs(repository, repo_dir, monkeypatch):
    """Two runs with code that was never committed, as recorded."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    for name in ("a", "b"):
        with gitxp.start_run("lr", name, tags={"t": 1}) as run:
            run.log({"loss": 0.5})
            run.log_text("kept", "folder/file.txt")
    return find_runs(repository).runs


def now():
    return datetime.now(UTC)


def new(run, *said, when=None):
    return NewEvent(run.experiment, said, "Eve <eve@example.org>", when or now(), run.id)


def say(repository, *events, changes=()):
    return change_refs_and_say(repository, changes, events, command="git xp test")


def ref_of(run):
    return run_ref(run.experiment, run.id)


def test_event_is_a_commit_that_changes_nothing_else(repository, runs, repo_dir, git):
    run = runs[0]
    before = git("ls-tree", "-r", run.tip, cwd=repo_dir).splitlines()
    say(repository, new(run, Noting("one"), Tagging("t", 2)))
    tip = read_ref(repository, ref_of(run))
    (event,) = RecordReader(repository).events(tip)
    files = git("ls-tree", "-r", tip, cwd=repo_dir).splitlines()
    (added,) = set(files) - set(before)
    assert added.endswith(event_path(event.clock, event.id))
    assert set(before) < set(files)
    assert git("log", "-1", "--format=%P", tip, cwd=repo_dir).split() == [run.tip, run.code.commit]
    assert git("log", "-1", "--format=%an <%ae>%n%B", tip, cwd=repo_dir) == (
        "Eve <eve@example.org>\n"
        f"lr: {run.name} (note, tag)\n\n"
        f"Run-Id: {run.id}\nEvent-Id: {event.id}\nExperiment: lr\nStatus: finished\nFormat: 1\n\n"
    )
    git("fsck", "--full", "--strict", cwd=repo_dir)
    assert verify(repository, home=run.home).flaws == ()


def test_what_many_runs_are_told_is_one_pack_and_one_operation(repository, runs, repo_dir, git):
    def packs():
        return set((repo_dir / ".git/objects/pack").glob("*.pack"))

    before = packs()
    operation = say(repository, *(new(run, Tagging("bulk", True)) for run in runs))
    assert len(packs() - before) == 1
    assert [change.ref for change in operation.changes] == [ref_of(run) for run in runs]
    assert [one.ref for one in operation.said] == [ref_of(run) for run in runs]
    assert read_operations(repository.private_dir)[-1] == operation
    assert all(run.tags["bulk"].value is True for run in find_runs(repository).runs)


def test_fifty_runs_are_told_at_once(repository, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(50):
        gitxp.start_run("many", str(number)).finish()
    runs = find_runs(repository).runs
    say(repository, *(new(run, Noting(run.name)) for run in runs))
    told = find_runs(repository).runs
    assert [[note.text for note in run.notes] for run in told] == [[run.name] for run in runs]


def test_one_of_several_that_is_gone_means_none_is_told(repository, runs):
    gone = NewEvent(runs[0].experiment, (Noting("x"),), "Eve", now(), RunId("f" * 32))
    with pytest.raises(UnknownRun, match="run fffffff is not here any more"):
        say(repository, new(runs[0], Noting("x")), gone)
    assert find_runs(repository).runs == runs
    assert not list(scratch_dir(repository.private_dir).glob("*"))


def test_change_that_cannot_be_made_says_nothing(repository, runs):
    taken = RefChange(ref_of(runs[1]), "1" * 40, None)
    with pytest.raises(RefChanged, match="was changed meanwhile"):
        say(repository, new(runs[0], Noting("x")), changes=[taken])
    assert find_runs(repository).runs == runs


def test_clock_comes_after_tags_and_events_of_the_record(repository, runs, put_files):
    run = runs[0]
    ahead = run.tags["t"].clock + DAY_MS // 2
    for clock in (ahead, run.tags["t"].clock + 3 * DAY_MS):
        event = Event(EventId.random(), clock, now(), "Eve", ())
        put_files(ref_of(run), {event_path(clock, event.id): encode_event(event)})
    say(repository, new(run, Tagging("t", 5)))
    clocks = [
        one.clock for one in RecordReader(repository).events(read_ref(repository, ref_of(run)))
    ]
    assert clocks[:2] == [ahead, ahead + 1]
    assert gitxp.get_run(run.id).tags["t"].value == 5


def test_word_said_by_a_slow_clock_still_outlasts_the_tag_it_changes(repository, runs):
    an_hour_ago = now() - timedelta(hours=1)
    say(repository, new(runs[0], Tagging("t", "late"), when=an_hour_ago))
    assert gitxp.get_run(runs[0].id).tags["t"].value == "late"


def test_removal_cannot_be_retracted_and_all_else_can(repository, runs):
    tip = runs[0].tip
    about = NewEvent(runs[0].experiment, (Removal(runs[0].id, tip),), "Eve", now())
    assert say(repository, about).said == ()
    assert len(say(repository, new(runs[0], Noting("x"))).said) == 1


def test_more_than_a_reader_takes_is_refused(repository, runs, monkeypatch):
    run = runs[0]
    say(repository, new(run, Noting("x" * 1000)))
    monkeypatch.setattr("gitxp.storage.events.appending.LARGEST_EVENTS", 2000)
    with pytest.raises(InvalidValue, match=r"would have \d+ bytes: expected at most 2000"):
        say(repository, new(run, Noting("y" * 1000)))
    assert [len(note.text) for note in gitxp.get_run(run.id).notes] == [1000]


def test_record_reads_the_same_to_plain_git(repository, runs, repo_dir, git):
    say(repository, new(runs[0], Noting("plain words")))
    listed = git("log", "--first-parent", "--format=%s", ref_of(runs[0]), cwd=repo_dir)
    assert listed.splitlines()[:2] == [
        f"lr: {runs[0].name} (note)",
        f"lr: {runs[0].name} (finished)",
    ]
    shown = git("show", ref_of(runs[0]), cwd=repo_dir)
    assert 'text = "plain words"' in shown
