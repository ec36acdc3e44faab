"""Which baseline is in force is told by files alone where they can tell, and never out of date."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from gitxp.errors import DamagedRecord, GitMissing
from gitxp.model.event import ChoosingBaseline, Describing
from gitxp.model.identity import EventId, ExperimentName, RunId
from gitxp.storage.events.about import read_about
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.baseline import standing_baseline
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.layout import baseline_path, event_path
from gitxp.storage.ref_files import has_recorded_runs
from gitxp.storage.refs import about_ref, run_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.undo import undo

LR = ExperimentName("vision/lr")
REF = about_ref(LR)
A, B = RunId("a" * 32), RunId("b" * 32)


@pytest.fixture
def repository(repo_dir):
    return open_repository(repo_dir)


def choose(repository, run, *, experiment=LR):
    said = (ChoosingBaseline(run),)
    event = NewEvent(experiment, said, "Ada", datetime.now(UTC))
    change_refs_and_say(repository, [], [event], command="git xp baseline")


@pytest.fixture
def without_git(monkeypatch):
    """Let no process find the `git` program."""
    return lambda: monkeypatch.setenv("PATH", "")


def test_experiment_of_which_nothing_was_said_needs_no_git(repository, without_git):
    without_git()
    assert standing_baseline(repository, LR) is None


def test_git_is_asked_once_after_each_change(repository, without_git):
    choose(repository, A)
    assert standing_baseline(repository, LR) == A
    choose(repository, B)
    assert standing_baseline(repository, LR) == B
    without_git()
    assert standing_baseline(repository, LR) == B
    baseline_path(repository.private_dir, LR).unlink()
    with pytest.raises(GitMissing):
        standing_baseline(repository, LR)


def test_choice_of_another_process_counts_at_once(repository):
    choose(repository, A)
    assert standing_baseline(repository, LR) == A
    script = (
        "from datetime import UTC, datetime\n"
        "from gitxp.model.event import ChoosingBaseline\n"
        "from gitxp.model.identity import ExperimentName, RunId\n"
        "from gitxp.storage.events.appending import NewEvent\n"
        "from gitxp.storage.events.saying import change_refs_and_say\n"
        "from gitxp.storage.repository import open_repository\n"
        f"said = (ChoosingBaseline(RunId('{B}')),)\n"
        f"event = NewEvent(ExperimentName('{LR}'), said, 'Eve', datetime.now(UTC))\n"
        "change_refs_and_say(open_repository(), [], [event], command='test')\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=repository.work_tree, check=True)
    assert standing_baseline(repository, LR) == B


def test_packed_ref_is_read_without_git(repository, repo_dir, git, without_git):
    choose(repository, A)
    choose(repository, B, experiment=ExperimentName("vision"))
    standing_baseline(repository, LR)
    standing_baseline(repository, ExperimentName("vision"))
    git("pack-refs", "--all", cwd=repo_dir)
    assert not (repo_dir / ".git" / REF).exists()
    without_git()
    assert standing_baseline(repository, LR) == A
    assert standing_baseline(repository, ExperimentName("vision")) == B
    assert standing_baseline(repository, ExperimentName("vision/lr/deep")) is None


def test_packed_ref_that_moves_and_is_packed_again_is_read_anew(repository, repo_dir, git):
    for run in (A, B, None, A):
        choose(repository, run)
        git("pack-refs", "--all", cwd=repo_dir)
        assert standing_baseline(repository, LR) == run


def test_choice_that_is_taken_back_leaves_the_one_before(repository):
    choose(repository, A)
    choose(repository, B)
    undo(repository)
    assert standing_baseline(repository, LR) == A
    undo(repository)
    assert standing_baseline(repository, LR) is None


def test_what_else_is_said_of_the_experiment_changes_nothing(repository):
    choose(repository, A)
    event = NewEvent(LR, (Describing("about"),), "Ada", datetime.now(UTC))
    change_refs_and_say(repository, [], [event], command="test")
    assert standing_baseline(repository, LR) == A


def test_experiment_below_has_its_own(repository):
    choose(repository, A, experiment=ExperimentName("vision"))
    assert standing_baseline(repository, LR) is None


@pytest.mark.parametrize(
    "noise", ["", "null", "[]", '{"tip": 1}', '{"tip": "TIP"}', '{"tip": "TIP", "run": "../x"}']
)
def test_file_that_is_noise_is_written_again(repository, repo_dir, git, noise):
    choose(repository, A)
    tip = git("rev-parse", REF, cwd=repo_dir).strip()
    path = baseline_path(repository.private_dir, LR)
    path.parent.mkdir()
    path.write_text(noise.replace("TIP", tip))
    assert standing_baseline(repository, LR) == A
    assert tip in path.read_text()


def test_folder_that_cannot_be_written_only_costs_time(repository):
    choose(repository, A)
    baseline_path(repository.private_dir, LR).parent.write_text("in the way")
    assert standing_baseline(repository, LR) == A


def test_record_that_is_noise_is_damage(repository, put_files):
    choose(repository, A)
    put_files(REF, {event_path(5, EventId("ab" * 16)): b"not TOML"})
    with pytest.raises(DamagedRecord, match="TOML"):
        standing_baseline(repository, LR)
    put_files(REF, {event_path(6, EventId("cd" * 16)): b"#" * (17 << 20)})
    with pytest.raises(DamagedRecord, match="expected at most"):
        standing_baseline(repository, LR)


@pytest.mark.parametrize("chosen", [A, None], ids=["chosen", "none"])
def test_start_that_asks_spends_little_of_what_a_process_would_cost(repository, chosen):
    if chosen is not None:
        choose(repository, chosen)
    standing_baseline(repository, LR)

    def spent(act):
        begun = time.perf_counter()
        act()
        return time.perf_counter() - begun

    asked = statistics.median(spent(lambda: standing_baseline(repository, LR)) for _ in range(99))
    process = statistics.median(spent(lambda: repository.git("version")) for _ in range(9))
    assert asked < process / 5


def test_it_is_told_without_libgit2(repository):
    choose(repository, A)
    script = (
        "import sys\n"
        "from gitxp.model.identity import ExperimentName\n"
        "from gitxp.storage.events.baseline import standing_baseline\n"
        "from gitxp.storage.repository import open_repository\n"
        f"print(standing_baseline(open_repository(), ExperimentName('{LR}')))\n"
        "assert 'pygit2' not in sys.modules\n"
    )
    words = [sys.executable, "-c", script]
    told = subprocess.run(
        words, cwd=repository.work_tree, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == A
    assert [event.said for event in read_about(repository, LR)] == [(ChoosingBaseline(A),)]


def test_recorded_runs_are_seen_wherever_their_refs_stand(repository, repo_dir, git):
    head = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    choose(repository, A)
    git("update-ref", run_ref(ExperimentName("vision/lr/deep"), A), head, cwd=repo_dir)
    assert not has_recorded_runs(repository, LR)
    git("update-ref", run_ref(LR, A), head, cwd=repo_dir)
    assert has_recorded_runs(repository, LR)
    git("pack-refs", "--all", cwd=repo_dir)
    assert has_recorded_runs(repository, LR)
    assert not has_recorded_runs(repository, ExperimentName("vision"))
