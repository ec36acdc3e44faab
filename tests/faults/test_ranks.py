"""The ranks of a distributed job write to one run, whichever of them comes, goes or dies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from scripts import points, recover, runs

import gitxp
from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.storage.clone import clone_id
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery
from gitxp.upkeep.verify.verify import verify

# Ranks of a job wait for each other in training, at every step; gitxp never makes them.
BEGIN = """
import os, pathlib, signal, sys, time
import gitxp

RANK = int(os.environ["GITXP_RANK"])

def meet(name, count):
    folder = pathlib.Path(os.environ["MEETING"], name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(RANK)).touch()
    while len(list(folder.iterdir())) < count:
        time.sleep(0.005)

def wait_for(name):
    while not pathlib.Path(os.environ["MEETING"], name).exists():
        time.sleep(0.005)
"""
TRAIN = """
with gitxp.start_run("job", params={"lr": 0.1, "rank": RANK}, tags={"rank": RANK}) as run:
    meet("start", 3)
    for step in range(100):
        run.log({"loss": 1000 * RANK + step, f"own/{RANK}": step}, step=step)
    meet("end", 3)
"""


@pytest.fixture
def job(repo_dir, tmp_path):
    """Start Python code as the ranks of a job."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        code: str, *ranks: int, before=(), job="job", cwd=repo_dir, sampled="0", **variables: str
    ):
        (tmp_path / "train.py").write_text(BEGIN + code)
        for rank in ranks:
            told = {"GITXP_JOB": job, "GITXP_RANK": str(rank), "MEETING": str(tmp_path / job)}
            told["GITXP_SYSTEM_INTERVAL"] = sampled  # never, however slow the machine is
            command = [*before, sys.executable, "-W", "error", str(tmp_path / "train.py")]
            environment = {**os.environ, **told, **variables}
            started.append(subprocess.Popen(command, cwd=cwd, env=environment))
        return started[-len(ranks) :]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait(processes) -> list[int]:
    return [process.wait(timeout=120) for process in processes]


def recorded_run(repo_dir) -> gitxp.Run:
    """Return the only run, which needs no command to be recorded."""
    (run,) = runs(repo_dir)
    assert run.tip is not None
    assert not list_journals(open_repository(repo_dir).private_dir)
    return run


def trained(*ranks: int) -> list[tuple[str, int, float]]:
    found = [("loss", step, 1000 * rank + step) for rank in ranks for step in range(100)]
    return sorted(found + [(f"own/{rank}", step, step) for rank in ranks for step in range(100)])


def check(repo_dir, git) -> None:
    repository = open_repository(repo_dir)
    assert not verify(repository, home=clone_id(repository)).flaws
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_ranks_are_writers_of_one_run(repo_dir, git, job):
    (repo_dir / "train.py").write_text("edited\n")
    assert wait(job(TRAIN, 0, 1, 2)) == [0, 0, 0]
    run = recorded_run(repo_dir)
    (session,) = run.sessions
    assert points(repo_dir, run) == trained(0, 1, 2)
    assert sorted((one.rank, one.points, one.status) for one in session.writers) == [
        (rank, 200, Status.FINISHED) for rank in range(3)
    ]
    assert run.status is Status.FINISHED
    assert git("show", f"{run.tip}^2:train.py", cwd=repo_dir) == "edited\n"
    assert run.environment["python"]
    check(repo_dir, git)


def test_lowest_rank_counts_where_they_differ(repo_dir, job):
    wait(job(TRAIN, 2, 1, 0))
    run = recorded_run(repo_dir)
    assert run.params == {"lr": 0.1, "rank": 0}
    assert run.param_changes == ()
    assert run.tags["rank"].value == 0
    loss = run.metrics["loss"]
    assert (loss.last.value, loss.max.value, loss.count, loss.rank) == (99, 99, 100, 0)
    assert [run.metrics[f"own/{rank}"].rank for rank in range(3)] == [0, 1, 2]
    assert run.points == 600


def test_summaries_are_over_all_ranks_where_the_settings_say_so(repo_dir, git, job):
    wait(job(TRAIN, 0, 1, 2, GITXP_SUMMARY_RANKS="all"))
    loss = recorded_run(repo_dir).metrics["loss"]
    assert (loss.min.value, loss.max.value, loss.count) == (0, 2099, 300)
    check(repo_dir, git)


def test_rank_that_is_killed_leaves_its_points_and_the_others_go_on(repo_dir, git, job):
    code = TRAIN.replace(
        '    meet("end", 3)\n',
        "    if RANK == 1: os.kill(os.getpid(), signal.SIGKILL)\n"
        '    wait_for("killed")\n'
        "    run.log({'after': RANK}, step=0)\n",
    )
    processes = job(code, 0, 1, 2)
    assert processes[1].wait(timeout=120) == -signal.SIGKILL
    (repo_dir.parent / "job" / "killed").touch()
    assert wait(processes) == [0, -signal.SIGKILL, 0]
    run = recorded_run(repo_dir)
    after = [("after", 0, 0), ("after", 0, 2)]
    assert points(repo_dir, run) == sorted(trained(0, 1, 2) + after)
    ends = {writer.rank: writer.status for writer in run.sessions[-1].writers}
    assert ends == {0: Status.FINISHED, 1: Status.CRASHED, 2: Status.FINISHED}
    assert run.status is Status.CRASHED
    check(repo_dir, git)
    command = [sys.executable, "-m", "gitxp", "show", run.id]
    shown = subprocess.run(command, cwd=repo_dir, check=True, capture_output=True, text=True)
    assert "; rank 1 crashed\n" in shown.stdout


def test_run_is_running_while_any_rank_is(repo_dir, job):
    code = (
        'run = gitxp.start_run("job")\n'
        "run.log({'x': RANK}, step=0)\n"
        'meet("start", 2)\n'
        "if RANK == 0: run.finish()\n"
        'meet("half", 2)\n'
        'wait_for("go")\n'
    )
    processes = job(code, 0, 1)
    meeting = Path(repo_dir.parent / "job")
    while len(list(meeting.glob("half/*"))) < 2:
        assert all(process.poll() is None for process in processes)
    (run,) = runs(repo_dir)
    assert (run.status, run.tip) == (Status.RUNNING, None)
    assert [one.status for one in run.sessions[-1].writers] == [Status.FINISHED, None]
    (meeting / "go").touch()
    assert wait(processes) == [0, 0]
    assert recorded_run(repo_dir).status is Status.FINISHED


def test_rank_that_fails_tells_why_the_job_did(repo_dir, job):
    code = (
        'with gitxp.start_run("job") as run:\n'
        '    meet("start", 3)\n'
        "    if RANK == 2: raise ValueError('diverged')\n"
        "    time.sleep(60)\n"
    )
    processes = job(code, 0, 1, 2)
    assert processes[2].wait(timeout=120) == 1
    for process in processes[:2]:  # as a launcher does
        process.terminate()
    assert wait(processes[:2]) == [-signal.SIGTERM] * 2
    run = recorded_run(repo_dir)
    assert run.status is Status.FAILED
    assert run.sessions[-1].error.endswith("ValueError: diverged\n")
    ends = {writer.rank: str(writer.status) for writer in run.sessions[-1].writers}
    assert ends == {0: "killed", 1: "killed", 2: "failed"}


def test_all_ranks_killed_at_once_are_recorded_by_the_next_command(repo_dir, git, job):
    code = TRAIN.replace('    meet("end", 3)\n', '    meet("end", 3)\n    time.sleep(60)\n')
    processes = job(code, 0, 1, 2)
    while len(list((repo_dir.parent / "job" / "end").glob("*"))) < 3:
        assert all(process.poll() is None for process in processes)
    for process in processes:
        process.kill()
    wait(processes)
    assert recover(repo_dir) == [Recovery.RECORDED]
    run = recorded_run(repo_dir)
    assert (run.status, points(repo_dir, run)) == (Status.CRASHED, trained(0, 1, 2))
    check(repo_dir, git)


def test_rank_0_need_not_come(repo_dir, job):
    assert wait(job(TRAIN.replace(", 3)", ", 2)"), 1, 2)) == [0, 0]
    run = recorded_run(repo_dir)
    assert (run.params["rank"], run.metrics["loss"].rank) == (1, 1)
    assert points(repo_dir, run) == trained(1, 2)
    assert run.code.commit is not None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_rank_that_comes_when_the_others_are_done_adds_a_session(repo_dir, git, job, order):
    alone = TRAIN.replace(", 3)", ", 1)")
    for rank in order:
        assert wait(job(alone, rank)) == [0]
    run = recorded_run(repo_dir)
    assert len(run.sessions) == 2
    assert points(repo_dir, run) == trained(0, 1)
    assert (run.params["rank"], run.tags["rank"].value) == (0, 0)
    loss = run.metrics["loss"]
    assert (loss.last.value, loss.count, loss.rank) == (99, 100, 0)
    assert run.metrics["own/1"].rank == 1
    check(repo_dir, git)


def test_ranks_that_end_at_the_same_moment_leave_no_run_unrecorded(repo_dir, git, job):
    code = (
        "for number in range(12):\n"
        "    with gitxp.start_run('job', f'run {number}') as run:\n"
        "        run.log({'x': RANK}, step=RANK)\n"
        "        meet(f'end {number}', 4)\n"
    )
    assert wait(job(code, 0, 1, 2, 3)) == [0] * 4
    found = runs(repo_dir)
    assert sorted(run.name for run in found) == sorted(f"run {number}" for number in range(12))
    assert not list_journals(open_repository(repo_dir).private_dir)
    for run in found:
        assert (len(run.sessions), run.points, run.status) == (1, 4, Status.FINISHED)
    check(repo_dir, git)


def test_each_program_that_a_rank_runs_starts_the_next_run_of_the_job(repo_dir, job):
    code = (
        "import subprocess\n"
        "with gitxp.start_run('job', 'first') as run:\n"
        '    meet("first", 2)\n'
        "    run.log({'x': RANK}, step=0)\n"
        "    inner = \"import gitxp; gitxp.start_run('other').finish()\"\n"
        "    subprocess.run([sys.executable, '-c', inner], check=True)\n"
        '    meet("inner", 2)\n'
    )
    assert wait(job(code, 0, 1)) == [0, 0]
    again = code.replace("first", "second").replace("inner", "more")
    assert wait(job(again, 0, 1)) == [0, 0]
    named = [run for run in runs(repo_dir) if run.experiment == "job"]
    assert sorted((run.name, run.points) for run in named) == [("first", 2), ("second", 2)]
    # What a rank starts itself is no rank: a run of its own each.
    others = [run for run in runs(repo_dir) if run.experiment == "other"]
    assert [len(run.sessions[-1].writers) for run in others] == [1] * 4


def test_job_that_is_started_again_goes_on_where_that_is_asked_for(repo_dir, git, job):
    code = (
        "with gitxp.start_run('job', 'long', resume='auto') as run:\n"
        '    meet("start", 3)\n'
        "    run.log({'x': RANK})\n"
        '    meet("end", 3)\n'
        "    if RANK == 1 and 'FAILS' in os.environ: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert wait(job(code, 0, 1, 2, job="one", FAILS="1")) == [0, -signal.SIGKILL, 0]
    assert wait(job(code, 0, 1, 2, job="two")) == [0, 0, 0]
    run = recorded_run(repo_dir)
    assert [session.status for session in run.sessions] == [Status.CRASHED, Status.FINISHED]
    assert [len(session.writers) for session in run.sessions] == [3, 3]
    expected = [("x", step, rank) for step in range(2) for rank in range(3)]
    assert points(repo_dir, run) == sorted(expected)
    check(repo_dir, git)


def test_nodes_with_clones_of_their_own_have_runs_in_one_group(repo_dir, tmp_path, git, job):
    other = tmp_path / "clone"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=tmp_path)
    alone = TRAIN.replace(", 3)", ", 2)")
    processes = [*job(alone, 0), *job(alone, 1, cwd=other)]
    assert wait(processes) == [0, 0]
    here, there = recorded_run(repo_dir), recorded_run(other)
    assert here.id != there.id
    assert here.group == there.group == "job"


def test_ranks_under_a_recorded_command_join_its_run(repo_dir, job):
    code = (
        "with gitxp.start_run('inner') as run: run.log({'loss': RANK}, step=0)\n"
        "with gitxp.start_run('inner') as run:\n"
        '    meet("child", 2)\n'
        "    run.log({'child': RANK}, step=0)\n"
        '    meet("end", 2)\n'
    )
    (repo_dir.parent / "train.py").write_text(BEGIN + code)
    launch = " & ".join(
        f"GITXP_RANK={rank} {sys.executable} {repo_dir.parent / 'train.py'}" for rank in (1, 0)
    )
    told = {"GITXP_JOB": "job", "MEETING": str(repo_dir.parent / "job")}
    command = [sys.executable, "-m", "gitxp", "run", "-e", "outer", "--", "sh", "-c"]
    done = subprocess.run(
        [*command, f"{launch} & wait"], cwd=repo_dir, env={**os.environ, **told}, check=False
    )
    assert done.returncode == 0
    by_name = {str(run.experiment): run for run in runs(repo_dir)}
    outer, inner = by_name["outer"], by_name["inner"]
    assert sorted(one.rank for one in outer.sessions[-1].writers if one.rank is not None) == [0, 1]
    assert (outer.metrics["loss"].last.value, outer.status) == (0, Status.FINISHED)
    assert (inner.parent, inner.metrics["child"].last.value, inner.points) == (outer.id, 0, 2)


def test_children_of_a_rank_are_writers_of_its_rank(repo_dir, job):
    code = (
        "with gitxp.start_run('job') as run:\n"
        "    meet('start', 2)\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        run.log({'loss': RANK}, step=1)\n"
        "        gitxp.start_run('own', parent=run).finish()\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    run.log({'loss': RANK}, step=0)\n"
        "    meet('end', 2)\n"
    )
    assert wait(job(code, 0, 1)) == [0, 0]
    by_name: dict[str, list[gitxp.Run]] = {}
    for run in runs(repo_dir):
        by_name.setdefault(run.experiment, []).append(run)
    (run,) = by_name["job"]
    assert sorted(writer.rank for writer in run.sessions[-1].writers) == [0, 0, 1, 1]
    loss = run.metrics["loss"]
    assert (loss.count, loss.max.value, run.status) == (2, 0, Status.FINISHED)
    # A child that starts a run is no rank: its sibling in the other rank has one of its own.
    assert [len(own.sessions[-1].writers) for own in by_name["own"]] == [1, 1]


def test_machine_is_sampled_by_one_of_its_ranks(repo_dir, job):
    code = (
        "with gitxp.start_run('job') as run:\n"
        "    meet('start', 3)\n"
        "    while not pathlib.Path(os.environ['MEETING'], 'sampled').exists():\n"
        "        if 'system/cpu' in run.metrics:\n"
        "            pathlib.Path(os.environ['MEETING'], 'sampled').touch()\n"
        "        time.sleep(0.01)\n"
        "    meet('end', 3)\n"
    )
    assert wait(job(code, 0, 1, 2, sampled="0.1")) == [0, 0, 0]
    run = recorded_run(repo_dir)
    table = read_points(open_repository(repo_dir), run).to_pylist()
    sampled = {one["writer"] for one in table if one["metric"].startswith("system/")}
    assert len(sampled) == 1


def test_clocks_of_two_machines_that_are_apart_turn_nothing_around(repo_dir, git, job, clock):
    """Rank 1 is on another host, a day ahead; its words are no later for that."""
    (repo_dir.parent / "moved").write_text("86400")
    elsewhere = ["unshare", "--uts", "--", "sh", "-c", 'hostname other && exec "$@"', "sh"]
    if subprocess.run([*elsewhere, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no host can be made up here")
    ahead = {name: clock[name] for name in ("LD_PRELOAD", "CLOCK_MOVED")}
    code = TRAIN.replace(", 3)", ", 2)")
    processes = [*job(code, 1, before=elsewhere, **ahead), *job(code, 0)]
    assert wait(processes) == [0, 0]
    run = recorded_run(repo_dir)
    (session,) = run.sessions
    assert {one.rank: one.host for one in session.writers}[1] == "other"
    assert timedelta() <= run.duration < timedelta(hours=1)
    assert (run.params["rank"], run.tags["rank"].value) == (0, 0)
    assert run.metrics["loss"].last.value == 99
    assert points(repo_dir, run) == trained(0, 1)
    table = read_points(open_repository(repo_dir), run).to_pylist()
    times = {
        writer.rank: [p["time"] for p in table if p["writer"] == writer.id]
        for writer in session.writers
    }
    # Each machine's own, as it read them.
    assert min(times[1]) - max(times[0]) > timedelta(hours=12)
    check(repo_dir, git)


LAUNCHED = """
import os, pathlib, sys, time
import gitxp

name, count = sys.argv[1], int(sys.argv[2])
with gitxp.start_run("job", name, params={"lr": 0.1}) as run:
    meeting = pathlib.Path(sys.argv[3], name)
    meeting.mkdir(parents=True, exist_ok=True)
    run.log({"loss": run.rank}, step=0)
    (meeting / str(run.rank)).touch()
    while len(list(meeting.iterdir())) < count:
        time.sleep(0.01)
"""
LAUNCHERS = {
    "mpirun.openmpi": ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "-n", "2"],
    "mpiexec.hydra": ["mpiexec.hydra", "-n", "2"],
    "srun": ["srun", "--ntasks=2", "--overcommit"],
}


def launcher(name: str) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    elif name == "srun" and subprocess.run(["sinfo"], check=False, capture_output=True).returncode:
        pytest.skip("no Slurm runs here")
    return LAUNCHERS[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", LAUNCHERS)
def test_ranks_of_real_launchers_join(repo_dir, tmp_path, name):
    """Twice in a row, by a shell between the launcher and Python, as job scripts have it."""
    command = launcher(name)
    (tmp_path / "train.py").write_text(LAUNCHED)
    train = f"{sys.executable} {tmp_path / 'train.py'}"
    meeting = tmp_path / "meeting"
    script = f"{train} one 2 {meeting} && {train} two 2 {meeting}"
    for _ in range(2):
        done = subprocess.run(
            [*command, "sh", "-c", script],
            cwd=repo_dir,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        shutil.rmtree(meeting)
    found = runs(repo_dir)
    assert sorted(run.name for run in found) == ["one", "one", "two", "two"]
    for run in found:
        (session,) = run.sessions
        assert sorted(writer.rank for writer in session.writers) == [0, 1]
        assert (run.points, run.metrics["loss"].last.value, run.group) == (2, 0, None)
