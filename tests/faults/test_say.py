"""Many who say something at once, and who are killed amid it: no word is lost, none stands half."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from at_once import go, start, tell

import gitxp
from gitxp.model.event import Noting
from gitxp.query.runs import find_runs
from gitxp.storage.events.pending import pending_events
from gitxp.storage.layout import pending_dir
from gitxp.storage.operations import read_operations
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.pending import record_pending
from gitxp.tracking.say import say_of_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.verify.verify import verify

SAY = """
import sys
from gitxp.model.event import Noting, Tagging
from gitxp.query.runs import find_runs
from gitxp.tracking.say import say_of_runs
from gitxp.tracking.workspace import Workspace

word, *names = sys.argv[1:]
workspace = Workspace.open(None, {})
runs = [run for run in find_runs(workspace.repository).runs if run.name in names]
print("ready", flush=True)
sys.stdin.readline()
say_of_runs(workspace, runs, [Tagging("word", word), Noting(word)], command="git xp test")
"""


@pytest.fixture
def repository(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return open_repository(repo_dir)


def words(run):
    return sorted(note.text for note in run.notes)


def test_same_tag_set_by_eight_processes_at_once_is_kept_eight_times(repository, repo_dir, git):
    with gitxp.start_run("lr", "a"):
        pass
    assert go(*(start(repo_dir, SAY, str(number), "a") for number in range(8))) == [0] * 8
    (run,) = find_runs(repository).runs
    assert words(run) == [str(number) for number in range(8)]
    events = RecordReader(repository).events(run.tip)
    assert len({event.clock for event in events}) == 8
    assert run.tags["word"].value == events[-1].said[0].value
    assert verify(repository, home=run.home).flaws == ()
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_same_tag_set_at_once_of_a_run_that_goes_on_is_kept_too(repository, repo_dir):
    with gitxp.start_run("lr", "a") as live:
        assert go(*(start(repo_dir, SAY, str(number), "a") for number in range(8))) == [0] * 8
        seen = gitxp.get_run(live.id)
    (run,) = find_runs(repository).runs
    assert words(run) == words(seen) == [str(number) for number in range(8)]
    events = RecordReader(repository).events(run.tip)
    assert run.tags["word"].value == seen.tags["word"].value == events[-1].said[0].value


TRAIN = """
import sys
import time
import gitxp

print("ready", flush=True)
for number in range(40):
    with gitxp.start_run("lr", str(number)) as run:
        print(run.id, flush=True)
        run.log({"loss": number})
        time.sleep(number / 200)
"""


def test_no_word_is_lost_that_comes_while_runs_end(repository, repo_dir, git):
    """Runs end before they are spoken of, at that very moment, and after it."""
    workspace = Workspace.open(repo_dir, {})
    training = start(repo_dir, TRAIN)
    told, were_running = [], 0
    assert training.stdout is not None
    for line in training.stdout:
        run = gitxp.get_run(line.strip())
        say_of_runs(workspace, [run], [Noting(run.id)], command="git xp note")
        told.append(run.id)
        were_running += run.tip is None
    training.communicate()
    assert training.returncode == 0
    assert len(told) == 40
    assert were_running
    before = {run.id: words(run) for run in find_runs(repository).runs}
    assert before == {run: [run] for run in told}
    record_pending(repository)
    assert {run.id: words(run) for run in find_runs(repository).runs} == before
    assert not list(pending_dir(repository.private_dir).rglob("*.toml"))
    for run in find_runs(repository).runs:
        assert len(RecordReader(repository).events(run.tip)) == 1
    git("fsck", "--full", "--strict", cwd=repo_dir)


FAST = TRAIN.replace("time.sleep(number / 200)", "pass")


def test_run_that_ends_while_runs_are_listed_is_never_missed(repository, repo_dir):
    training = start(repo_dir, FAST)
    seen: set[str] = set()
    while training.poll() is None:
        listed = {run.id for run in find_runs(repository).runs}
        assert seen <= listed
        seen = listed
    training.communicate()
    assert training.returncode == 0
    assert len(find_runs(repository).runs) == 40


def settled(repository) -> list[list[str]]:
    """What is said of each run, once a Git left behind has come to its end."""
    deadline = time.monotonic() + 10
    while True:
        said = [words(run) for run in find_runs(repository).runs]
        if all(one == said[0] for one in said):
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.05)


@pytest.mark.parametrize("milliseconds", [0, 3, 6, 9, 12, 15, 20, 25, 30, 40, 60])
def test_killed_command_has_told_all_runs_or_none(repository, repo_dir, git, milliseconds):
    for name in "abc":
        gitxp.start_run("lr", name).finish()
    process = start(repo_dir, SAY, "first", "a", "b", "c")
    tell(process)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.02)
    first = settled(repository)
    assert go(start(repo_dir, SAY, "second", "a", "b", "c")) == [0]
    assert settled(repository) == [[*one, "second"] for one in first]
    told = [one for one in read_operations(repository.private_dir) if one.said]
    assert len(told) >= len(first[0]) + 1
    assert not list((repo_dir / ".git").rglob("*.lock"))
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_full_disk_says_nothing_and_room_lets_it_be_said(repo_dir, disk, monkeypatch):
    with gitxp.start_run("lr", "a", repo=repo_dir):
        pass
    place = disk.take(repo_dir)
    monkeypatch.chdir(place)
    workspace = Workspace.open(place, {})
    (run,) = find_runs(workspace.repository).runs
    disk.fill()
    with pytest.raises((OSError, gitxp.GitxpError)):
        say_of_runs(workspace, [run], [Noting("x" * 5000)], command="git xp note")
    disk.make_room()
    (after,) = find_runs(workspace.repository).runs
    assert after == run
    say_of_runs(workspace, [run], [Noting("x" * 5000)], command="git xp note")
    (after,) = find_runs(workspace.repository).runs
    assert len(after.notes) == 1


def test_full_disk_keeps_no_half_of_what_was_said_of_a_run_that_goes_on(
    repo_dir, disk, monkeypatch
):
    place = disk.take(repo_dir)
    monkeypatch.chdir(place)
    workspace = Workspace.open(place, {})
    with gitxp.start_run("lr", "a", repo=place) as live:
        (run,) = find_runs(workspace.repository).runs
        disk.fill()
        with pytest.raises((OSError, gitxp.GitxpError)):
            say_of_runs(workspace, [run], [Noting("x" * 5000)], command="git xp note")
        assert pending_events(workspace.repository.private_dir, live.id) == ()
        assert not list(pending_dir(workspace.repository.private_dir).glob("*/*"))
        disk.make_room()
        say_of_runs(workspace, [run], [Noting("y")], command="git xp note")
    assert words(gitxp.get_run(live.id)) == ["y"]


def test_read_only_repository_says_why_nothing_is_said(repo_dir, disk, monkeypatch):
    with gitxp.start_run("lr", "a", repo=repo_dir):
        pass
    place = disk.take(repo_dir)
    monkeypatch.chdir(place)
    disk.set_read_only(True)
    program = str(Path(sys.executable).with_name("git-xp"))
    done = subprocess.run(
        [program, "note", "a", "-m", "x"], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 128
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    listed = subprocess.run(
        [program, "show", "a", "--json"], cwd=place, capture_output=True, text=True, check=True
    )
    assert json.loads(listed.stdout)["notes"] == []
