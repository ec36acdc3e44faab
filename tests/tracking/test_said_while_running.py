"""What is said of a run that goes on is seen at once, comes into its record, and is never lost."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import gitxp
from gitxp.model.event import Judging, Keeping, Noting, Renaming, Tagging, Untagging
from gitxp.model.run import Status, Verdict
from gitxp.query.runs import find_runs
from gitxp.storage.events.pending import keep_pending, pending_events
from gitxp.storage.layout import pending_dir
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import read_ref
from gitxp.tracking.recording.pending import record_pending
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.say import say_of_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.undo import undo
from gitxp.upkeep.verify.verify import verify


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


@pytest.fixture
def workspace(repo_dir):
    return Workspace.open(repo_dir, {})


def say(workspace, run, *said):
    found = gitxp.get_run(run.id)
    return say_of_runs(workspace, [found], said, command="git xp test").operation


def ref_of(run):
    return run_ref(run.experiment, run.id)


def waiting(workspace):
    folder = pending_dir(workspace.repository.private_dir)
    return sorted(folder.rglob("*.toml")) if folder.exists() else []


def commits(git, repo_dir, run):
    listed = git("log", "--first-parent", "--format=%s", ref_of(run), cwd=repo_dir)
    return listed.splitlines()[:-1]


def test_it_is_seen_while_the_run_goes_on(workspace):
    with gitxp.start_run("lr", "first") as run:
        say(workspace, run, Tagging("kind", "cosine"), Renaming("second"))
        say(workspace, run, Judging(Verdict.REFUTED, "why"), Noting("note"), Keeping())
        found = gitxp.get_run("second")
        assert (found.status, found.tags["kind"].value) == (Status.RUNNING, "cosine")
        assert (found.judgement.verdict, found.notes[0].text) == (Verdict.REFUTED, "note")
        assert found.is_kept
        row = gitxp.runs().loc[run.id]
        assert (row["name"], row["verdict"], row["tags.kind"]) == ("second", "refuted", "cosine")


def test_it_comes_into_the_record_a_commit_an_event(workspace, repo_dir, git):
    with gitxp.start_run("lr", "first") as run:
        say(workspace, run, Noting("one"))
        say(workspace, run, Renaming("second"))
        assert len(waiting(workspace)) == 2
    assert waiting(workspace) == []
    assert not (pending_dir(workspace.repository.private_dir) / run.id).exists()
    assert commits(git, repo_dir, run) == [
        "lr: first (rename)",
        "lr: first (note)",
        "lr: first (finished)",
    ]
    found = gitxp.get_run("second")
    assert [note.text for note in found.notes] == ["one"]
    assert RecordReader(workspace.repository).recorded_run(found.tip).name == "first"
    git("fsck", "--full", "--strict", cwd=repo_dir)
    assert verify(workspace.repository, home=found.home).flaws == ()


def test_of_the_script_and_the_command_the_later_word_counts(workspace):
    with gitxp.start_run("lr") as run:
        run.set_tag("a", "script")
        run.set_tag("b", "script")
        say(workspace, run, Tagging("a", "command"), Untagging("b"), Tagging("c", "command"))
        run.set_tag("c", "script")
    tags = {key: tag.value for key, tag in gitxp.get_run(run.id).tags.items()}
    assert tags == {"a": "command", "c": "script"}


def test_it_is_taken_back_while_the_run_goes_on_and_after(workspace):
    with gitxp.start_run("lr") as run:
        first = say(workspace, run, Tagging("a", 1))
        say(workspace, run, Tagging("b", 1))
        assert first.changes == ()
        undo(workspace.repository)
        assert list(gitxp.get_run(run.id).tags) == ["a"]
    assert list(gitxp.get_run(run.id).tags) == ["a"]
    undo(workspace.repository, first.id)
    assert gitxp.get_run(run.id).tags == {}


KILLED = """
import gitxp, os, signal, sys
run = gitxp.start_run("lr")
run.log({"loss": 0.5})
print(run.id, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_run_that_is_killed_keeps_what_was_said_of_it(workspace, repo_dir):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=repo_dir,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    run = gitxp.get_run(process.stdout.readline().strip())
    say_of_runs(workspace, [run], [Noting("it looks odd")], command="git xp note")
    process.communicate("\n")
    assert process.returncode == -signal.SIGKILL
    recover_runs(workspace.repository, workspace.limits)
    found = gitxp.get_run(run.id)
    assert (found.status, found.points) == (Status.CRASHED, 1)
    assert [note.text for note in found.notes] == ["it looks odd"]
    assert waiting(workspace) == []


def test_word_that_came_when_the_record_was_written_is_seen_and_brought_in(
    workspace, git, repo_dir
):
    with gitxp.start_run("lr") as run:
        say(workspace, run, Tagging("a", 1))
        (event,) = pending_events(workspace.repository.private_dir, run.id)
    # As if the command had found the run running, and had written after the record was made.
    late = gitxp.get_run(run.id)
    with gitxp.start_run("other") as other:
        say(workspace, other, Tagging("late", 1))
        (word,) = pending_events(workspace.repository.private_dir, other.id)
    keep_pending(workspace.repository.private_dir, run.id, word)
    keep_pending(workspace.repository.private_dir, run.id, event)
    assert set(gitxp.get_run(run.id).tags) == {"a", "late"}
    assert late.tip == gitxp.get_run(run.id).tip
    record_pending(workspace.repository)
    assert waiting(workspace) == []
    assert set(gitxp.get_run(run.id).tags) == {"a", "late"}
    assert commits(git, repo_dir, run)[:2] == [f"lr: {run.id.short} (tag)"] * 2
    assert len(RecordReader(workspace.repository).events(gitxp.get_run(run.id).tip)) == 2


def test_what_waits_for_a_run_that_is_gone_waits_on(workspace):
    with gitxp.start_run("lr") as run:
        say(workspace, run, Tagging("a", 1))
        events = pending_events(workspace.repository.private_dir, run.id)
    git_dir = workspace.repository.common_dir
    (git_dir / ref_of(run)).unlink()
    keep_pending(workspace.repository.private_dir, run.id, events[0])
    record_pending(workspace.repository)
    assert len(waiting(workspace)) == 1


def test_noise_beside_what_waits_harms_nobody(workspace):
    with gitxp.start_run("lr") as run:
        say(workspace, run, Tagging("a", 1))
        folder = pending_dir(workspace.repository.private_dir)
        (folder / run.id / ("0" * 16 + "-" + "ab" * 16 + ".toml")).write_bytes(b"\xff not TOML")
        (folder / run.id / "README").write_text("hello")
        (folder / run.id / f"{'0' * 16}-{'cd' * 16}.toml.0123abcd").write_text("half of an ev")
        (folder / "odd").mkdir()
        assert list(gitxp.get_run(run.id).tags) == ["a"]
    assert list(gitxp.get_run(run.id).tags) == ["a"]
    record_pending(workspace.repository)
    assert find_runs(workspace.repository).problems == ()
    assert not list(folder.rglob("*.0123abcd"))


def test_resumed_run_is_spoken_of_while_it_goes_on(workspace, repo_dir, git):
    with gitxp.start_run("lr", "first", tags={"t": 1}) as run:
        run.log({"loss": 1.0})
    say(workspace, run, Tagging("t", 2), Renaming("second"))
    tip = read_ref(workspace.repository, ref_of(run))
    with gitxp.start_run("lr", resume=run.id) as again:
        found = gitxp.get_run(run.id)
        assert (found.tip, found.name, found.tags["t"].value) == (None, "second", 2)
        say(workspace, run, Noting("goes on"))
        assert read_ref(workspace.repository, ref_of(run)) == tip
        again.set_tag("t", 3)
    found = gitxp.get_run("second")
    assert (len(found.sessions), found.tags["t"].value) == (2, 3)
    assert [note.text for note in found.notes] == ["goes on"]
    assert commits(git, repo_dir, run) == [
        "lr: first (note)",
        "lr: first (finished)",
        "lr: first (tag, rename)",
        "lr: first (finished)",
    ]
    assert verify(workspace.repository, home=found.home).flaws == ()


def test_what_was_said_before_a_resume_can_still_be_taken_back(workspace):
    with gitxp.start_run("lr", "first", tags={"t": 1}) as run:
        pass
    operation = say(workspace, run, Tagging("t", 2), Tagging("new", 1), Renaming("second"))
    with gitxp.start_run("lr", resume=run.id):
        pass
    undo(workspace.repository, operation.id)
    found = gitxp.get_run(run.id)
    assert (found.name, {key: tag.value for key, tag in found.tags.items()}) == ("first", {"t": 1})


def test_run_is_resumed_by_either_of_its_names(workspace):
    with pytest.raises(KeyError), gitxp.start_run("lr", "first") as run:
        raise KeyError
    say(workspace, run, Renaming("second"))
    for name in ("first", "second"):
        with pytest.raises(KeyError), gitxp.start_run("lr", name, resume="auto") as again:
            assert again.id == run.id
            raise KeyError
    with gitxp.start_run("lr", "third", resume="auto") as other:
        assert other.id != run.id


def test_record_goes_on_from_what_another_said_of_the_run_meanwhile(workspace):
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1.0}, step=0)
    with gitxp.start_run("lr", resume=run.id) as again:
        again.log({"loss": 0.5}, step=1)
        # Whoever looked before the run was resumed found no journal: it says so in the record.
        aside = again.writer.folder.rename(again.writer.folder.with_name("aside"))
        say(workspace, run, Noting("said at that moment"))
        aside.rename(again.writer.folder)
    found = gitxp.get_run(run.id)
    assert (len(found.sessions), found.points) == (2, 2)
    assert [note.text for note in found.notes] == ["said at that moment"]
    assert verify(workspace.repository, home=found.home).flaws == ()
