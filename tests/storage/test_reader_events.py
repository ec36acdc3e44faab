"""A run is read as its events say, and an event that somebody broke harms nobody else."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.model.event import Event, EventId, Tagging, UnknownStatement, Untagging
from gitxp.query.runs import find_runs
from gitxp.storage.bounds import LARGEST_EVENT
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import event_path
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import open_repository

DAY = datetime(2026, 1, 2, tzinfo=UTC)
# Every run of a test is recorded long before it.
LATE = 9_000_000_000_000
GOOD = EventId("ab" * 16)


@pytest.fixture
def ref(repo_dir, monkeypatch):
    """The ref of a run with two tags, beside a run that nobody says anything of."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "silent"):
        pass
    with gitxp.start_run("lr", "spoken of", tags={"a": 1, "b": 1}) as run:
        pass
    return run_ref(run.experiment, run.id)


def event(clock, *said, name=GOOD):
    return Event(name, clock, DAY, "Ada", said)


def file(made):
    return {event_path(made.clock, made.id): encode_event(made)}


def read(repo_dir, tip):
    return RecordReader(open_repository(repo_dir)).run(tip)


def values(run):
    return {key: tag.value for key, tag in run.tags.items()}


def test_run_stands_as_its_events_say(repo_dir, ref, put_files):
    first = event(LATE, Tagging("a", 2), Untagging("b"), Tagging("c", "x"))
    second = event(LATE + 1, Tagging("a", 3), name=EventId("cd" * 16))
    tip = put_files(ref, {**file(second), **file(first)})
    assert values(read(repo_dir, tip)) == {"a": 3, "c": "x"}
    assert RecordReader(open_repository(repo_dir)).events(tip) == (first, second)
    (found,) = gitxp.runs().query("name == 'spoken of'").to_dict("records")
    assert found["tags.a"] == 3


def test_what_was_said_before_a_tag_was_set_does_not_undo_it(repo_dir, ref, put_files):
    tip = put_files(ref, file(event(1, Untagging("a"), Tagging("b", 7), Tagging("c", 7))))
    assert values(read(repo_dir, tip)) == {"a": 1, "b": 1, "c": 7}


def test_resumed_run_keeps_what_was_said_of_it(repo_dir, ref, put_files):
    put_files(ref, file(event(LATE, Untagging("a"), Tagging("c", "x"))))
    with gitxp.start_run("lr", resume=ref.rpartition("/")[2]) as run:
        run.log({"loss": 1.0})
    found = gitxp.get_run(run.id)
    assert values(found) == {"b": 1, "c": "x"}
    assert RecordReader(open_repository(repo_dir)).events(found.tip)


def test_what_a_newer_gitxp_said_is_passed_over(repo_dir, ref, put_files):
    later = UnknownStatement("later", {"is": "good", "key": "a"})
    others = {"events/README": b"hello", "events/ab/0-x.toml": b"?", "events/ab/x/y.toml": b"?"}
    wrong_folder = {f"events/00/{LATE}000-{GOOD}.toml": b"?"}
    tip = put_files(ref, {**file(event(LATE, later, Tagging("c", 1))), **others, **wrong_folder})
    assert values(read(repo_dir, tip)) == {"a": 1, "b": 1, "c": 1}
    (said,) = RecordReader(open_repository(repo_dir)).events(tip)
    assert said.said[0] == later


PATH = event_path(LATE, GOOD)
CONTENT = encode_event(event(LATE, Tagging("a", 2)))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({PATH: b"not = = TOML"}, f"{PATH} is not TOML"),
        ({PATH: b"\xff\xfe"}, f"{PATH} is not TOML"),
        ({PATH: b""}, f"{PATH}: format is missing"),
        ({event_path(LATE, "ef" * 16): CONTENT}, f"holds the event {GOOD} of clock {LATE}"),
        ({event_path(LATE + 1, GOOD): CONTENT}, f"holds the event {GOOD} of clock {LATE}"),
        ({PATH: CONTENT.replace(b"format = 1", b"format = 9")}, "format 9"),
        ({PATH: CONTENT + b"#" * 100_000_000}, f"expected at most {LARGEST_EVENT}"),
        ({PATH: b"a." * 100_000 + b"a = 1"}, "cannot be read|is not TOML"),
        ({"events": b"a file"}, "no readable folder 'events/'"),
    ],
    ids=["not TOML", "not UTF-8", "empty", "id", "clock", "newer", "large", "deep", "no folder"],
)
def test_broken_event_is_told_and_the_other_runs_are_listed(
    repo_dir, git, ref, put_files, files, message
):
    tip = put_files(ref, files)
    with pytest.raises(gitxp.GitxpError, match=message):
        read(repo_dir, tip)
    found = find_runs(open_repository(repo_dir))
    assert [run.name for run in found.runs] == ["silent"]
    assert [problem.ref for problem in found.problems] == [ref]


@pytest.mark.parametrize("entry", ["160000 commit", "040000 tree"])
def test_events_whose_objects_are_not_there_are_damage(repo_dir, git, ref, entry):
    listing = git("ls-tree", ref, cwd=repo_dir) + f"{entry} {'1' * 40}\tevents\n"
    made = subprocess.run(
        ["git", "mktree", "--missing"],
        cwd=repo_dir,
        input=listing,
        check=True,
        capture_output=True,
        text=True,
    )
    tree = made.stdout.strip()
    tip = git("commit-tree", tree, "-p", ref, "-m", "by hand", cwd=repo_dir).strip()
    with pytest.raises(DamagedRecord, match="no readable folder 'events/'"):
        read(repo_dir, tip)
