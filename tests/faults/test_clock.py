"""A clock that is set back while a run runs: nothing goes backwards in the record."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

SCRIPT = """
import os
import signal
import sys
import time
import gitxp

def set_clock(seconds):
    before = time.time()
    with open(os.environ["CLOCK_MOVED"], "w") as file:
        file.write(str(seconds))
    assert abs(time.time() - before) > 1000, "the clock did not move"

run = gitxp.start_run("clock")
run.set_tag("order", "first")
run.log_param("lr", 1)
run.log({"x": 1.0}, step=0)
set_clock(-86_400)
run.set_tag("order", "second")
run.log_param("lr", 2)
run.log({"x": 2.0}, step=1)
set_clock(86_400)
run.set_tag("order", "third")
run.log_param("lr", 3)
run.log({"x": 3.0}, step=2)
set_clock(-2 * 86_400)
run.log({"x": 4.0}, step=3)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
run.finish()
with gitxp.start_run("later"):
    pass
"""


@pytest.mark.parametrize("ending", ["finish", "kill"])
def test_clock_that_is_set_back_turns_nothing_around(repo_dir, git, clock, ending):
    (repo_dir.parent / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-W", "ignore", str(repo_dir.parent / "script.py"), ending]
    done = subprocess.run(command, cwd=repo_dir, env=clock, check=False)
    assert done.returncode == (-9 if ending == "kill" else 0)
    repository = open_repository(repo_dir)
    if ending == "kill":
        ((_, folder),) = list_journals(repository.private_dir)
        for path in folder.iterdir():  # the kernel's clock was not moved: as if it had been
            os.utime(path, (1, 1))
        outcomes = recover_runs(repository, Workspace.open(repo_dir, {}).limits)
        assert [one.outcome for one in outcomes] == [Recovery.RECORDED]
    (run,) = [run for run in find_runs(repository).runs if run.experiment == "clock"]
    times = read_points(repository, run).column("time").to_pylist()
    assert times == sorted(times)
    assert times[-1] - times[0] < timedelta(hours=1)
    assert run.started <= run.finished
    assert timedelta() <= run.duration < timedelta(hours=1)
    assert run.tags["order"].value == "third"
    assert run.params == {"lr": 3}
    assert [change.before for change in run.param_changes] == [1, 2]
    assert run.status is (Status.CRASHED if ending == "kill" else Status.FINISHED)
    git("fsck", "--full", "--strict", cwd=repo_dir)


YEAR = 366 * 86_400
YEAR_SCRIPT = """
import os
import sys
import gitxp

run = gitxp.start_run("clock", sys.argv[1])
run.log({"x": 1.0}, step=0)
with open(os.environ["CLOCK_MOVED"], "w") as file:
    file.write(sys.argv[2])
run.log({"x": 2.0}, step=1)
run.log_text("kept", "kept.txt")
run.finish()
"""


def run_as_the_clock_moves(repo_dir, clock, name: str, at_start: int, at_end: int) -> None:
    (repo_dir.parent / "moved").write_text(str(at_start))
    command = [sys.executable, "-W", "error", "-c", YEAR_SCRIPT, name, str(at_end)]
    subprocess.run(command, cwd=repo_dir, env=clock, check=True)


@pytest.mark.parametrize("years", [1, -1])
def test_clock_that_is_a_year_off_at_the_end_makes_no_run_of_a_year(repo_dir, git, clock, years):
    (repo_dir / "train.py").write_text("edited\n")
    run_as_the_clock_moves(repo_dir, clock, "moved", 0, years * YEAR)
    repository = open_repository(repo_dir)
    (run,) = find_runs(repository).runs
    assert timedelta() <= run.duration < timedelta(hours=1)
    times = read_points(repository, run).column("time").to_pylist()
    assert times == sorted(times)
    assert run.status is Status.FINISHED
    git("fsck", "--full", "--strict", cwd=repo_dir)


@pytest.mark.parametrize("years", [1, -1])
def test_clock_that_is_a_year_off_for_one_run_harms_no_other(
    repo_dir, git, clock, years, monkeypatch
):
    import gitxp

    (repo_dir / "train.py").write_text("edited\n")
    run_as_the_clock_moves(repo_dir, clock, "first", 0, 0)
    run_as_the_clock_moves(repo_dir, clock, "off", years * YEAR, years * YEAR)
    run_as_the_clock_moves(repo_dir, clock, "last", 0, 0)
    monkeypatch.chdir(repo_dir)
    for words in (["list"], ["show", "off"], ["remove", "--yes", "off"], ["undo"], ["recover"]):
        command = [sys.executable, "-m", "gitxp", *words]
        for moved in (0, years * YEAR):
            if words[0] in ("remove", "undo") and moved:
                continue
            (repo_dir.parent / "moved").write_text(str(moved))
            subprocess.run(command, cwd=repo_dir, env=clock, check=True, capture_output=True)
    by_name = {run.name: run for run in find_runs(open_repository(repo_dir)).runs}
    assert set(by_name) == {"first", "off", "last"}
    for run in by_name.values():
        assert timedelta() <= run.duration < timedelta(hours=1)
        assert gitxp.history(run.id)["value"].tolist() == [1.0, 2.0]
        assert git("show", f"{run.tip}^2:train.py", cwd=repo_dir) == "edited\n"
    with gitxp.start_run("clock", resume=by_name["off"].id) as again:
        again.log({"x": 3.0})
    resumed = gitxp.get_run(again.id)
    assert [session.status for session in resumed.sessions] == [Status.FINISHED] * 2
    assert gitxp.history(again.id)["step"].tolist() == [0, 1, 2]
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    git("fsck", "--full", "--strict", cwd=repo_dir)
