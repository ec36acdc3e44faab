"""The machine beside a run: its series, and that nothing of them disturbs the training."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import gitxp
from gitxp.model.names import is_system_metric
from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace

STAND_IN = Path(__file__).parents[1] / "capture/nvml"
OWN = {"system/process/cpu", "system/process/memory", "system/cpu", "system/memory"}
BEGIN = """
import os, sys, threading, time
import gitxp

def wait_for(run, samples, metric="system/memory"):
    while metric not in run.metrics or len(run.series(metric)) < samples:
        time.sleep(0.01)
"""


def run_script(repo_dir, code, *, python=(), **variables):
    """Run a script that samples ten times a second, and return what it printed."""
    path = repo_dir.parent / "script.py"
    path.write_text(BEGIN + code)
    done = subprocess.run(
        [sys.executable, *python, str(path)],
        cwd=repo_dir,
        env={**os.environ, "GITXP_SYSTEM_INTERVAL": "0.1", **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


def with_stand_in(mode=""):
    path = f"{STAND_IN}:{os.environ.get('PYTHONPATH', '')}"
    return {"PYTHONPATH": path, "NVML_STAND_IN": mode}


def only_run(repo_dir):
    found = find_runs(open_repository(repo_dir))
    assert not found.problems
    (run,) = found.runs
    return run


def points_of(repo_dir, run):
    points = read_points(open_repository(repo_dir), run).to_pylist()
    return {
        metric: [(point["step"], point["value"]) for point in points if point["metric"] == metric]
        for metric in run.metrics
    }


def test_machine_is_sampled_step_by_step(repo_dir):
    run_script(
        repo_dir,
        "data = bytearray(os.urandom(1)) * (300 << 20)\n"
        "with gitxp.start_run('s') as run:\n"
        "    wait_for(run, 3)\n"
        "    run.log({'loss': 0.5}, step=7)\n",
    )
    run = only_run(repo_dir)
    series = points_of(repo_dir, run)
    assert set(series) >= {*OWN, "system/disk/free", "system/network/sent", "loss"}
    steps = [step for step, _ in series["system/memory"]]
    assert steps == list(range(len(steps)))
    assert series["loss"] == [(7, 0.5)]
    assert all(value > 300 << 20 for _, value in series["system/process/memory"])
    total = psutil.virtual_memory().total
    assert all(value < total for _, value in series["system/memory"])
    assert all(0 <= value <= 100.5 for _, value in series["system/cpu"])
    assert run.failures == 0
    (session,) = run.sessions
    assert len(session.writers) == 1


def test_work_of_children_counts_while_they_run_and_when_they_have_ended(repo_dir):
    run_script(
        repo_dir,
        "import psutil, subprocess\n"
        "busy = [sys.executable, '-c', 'x = bytearray(200 << 20)\\nwhile True: pass']\n"
        "with gitxp.start_run('s') as run:\n"
        "    wait_for(run, 1)\n"
        "    child = subprocess.Popen(busy)\n"
        "    while psutil.Process(child.pid).memory_info().rss < 200 << 20: time.sleep(0.01)\n"
        "    wait_for(run, len(run.series('system/memory')) + 4)\n"
        "    child.kill(); child.wait()\n"
        "    wait_for(run, len(run.series('system/memory')) + 2)\n",
    )
    series = points_of(repo_dir, only_run(repo_dir))
    memory = [value for _, value in series["system/process/memory"]]
    assert max(memory) > memory[0] + (150 << 20)
    assert memory[-1] < max(memory) - (150 << 20)
    assert max(value for _, value in series["system/process/cpu"]) > 1


def test_run_that_is_over_sooner_has_no_sample(repo_dir):
    run_script(
        repo_dir,
        "with gitxp.start_run('s') as run: run.log({'loss': 0.5})\n",
        GITXP_SYSTEM_INTERVAL="3600",
    )
    assert set(only_run(repo_dir).metrics) == {"loss"}


def test_nothing_is_sampled_or_loaded_where_nobody_wants_it(repo_dir):
    done = run_script(
        repo_dir,
        "with gitxp.start_run('s') as run: time.sleep(0.3)\nprint('psutil' in sys.modules)\n",
        GITXP_SYSTEM_INTERVAL="0",
    )
    assert done.stdout.split() == ["False"]
    assert only_run(repo_dir).metrics == {}


def test_settings_decide(repo_dir, monkeypatch):
    (repo_dir / ".gitxp.toml").write_text("[system]\ninterval = 0.2\n")
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("s") as run:
        while "system/memory" not in run.metrics:
            time.sleep(0.01)
    assert "system/memory" in gitxp.get_run(run.id).metrics


def test_thread_writes_nothing_after_finish_and_serves_the_next_run(repo_dir):
    done = run_script(
        repo_dir,
        "def samplers(): return [one for one in threading.enumerate() if 'sampler' in one.name]\n"
        "for _ in range(3):\n"
        "    run = gitxp.start_run('s')\n"
        "    wait_for(run, 1)\n"
        "    (sampler,) = samplers()\n"
        "    assert sampler.daemon\n"
        "    run.finish()\n"
        "    time.sleep(0.5)\n"
        "print(len(samplers()), threading.active_count())\n",
        python=("-W", "error"),
    )
    assert done.stdout.split() == ["1", "2"]
    assert done.stderr == ""


def test_forked_child_has_no_sampler_and_the_parent_keeps_its_own(repo_dir):
    done = run_script(
        repo_dir,
        "with gitxp.start_run('s') as run:\n"
        "    wait_for(run, 2)\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        run.log({'child': 1.0}, step=0)\n"
        "        time.sleep(0.5)\n"
        "        names = [name for name in run.metrics if name.startswith('system/')]\n"
        "        print(threading.active_count(), names, flush=True)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    wait_for(run, len(run.series('system/memory')) + 2)\n",
    )
    assert done.stdout.split() == ["1", "[]"]
    run = only_run(repo_dir)
    points = read_points(open_repository(repo_dir), run).to_pylist()
    samplers = {point["writer"] for point in points if is_system_metric(point["metric"])}
    assert len(samplers) == 1
    assert run.metrics["child"].count == 1


def test_killed_run_keeps_its_samples(repo_dir):
    script = repo_dir.parent / "script.py"
    script.write_text(
        f"{BEGIN}run = gitxp.start_run('s')\n"
        "wait_for(run, 2)\nprint('sampled', flush=True)\ntime.sleep(3600)\n"
    )
    variables = {**os.environ, "GITXP_SYSTEM_INTERVAL": "0.1"}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=repo_dir, env=variables, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"sampled\n"
        process.kill()
    workspace = Workspace.open(repo_dir, dict(os.environ))
    recover_runs(workspace.repository, workspace.limits)
    run = only_run(repo_dir)
    assert run.status is Status.CRASHED
    assert run.metrics["system/memory"].count >= 2


def test_steps_of_a_run_that_is_resumed_go_on(repo_dir):
    run_script(
        repo_dir,
        "run = gitxp.start_run('s')\n"
        "wait_for(run, 3)\n"
        "run.finish('failed')\n"
        "with gitxp.start_run('s', resume='auto') as again:\n"
        "    wait_for(again, 2)\n"
        "    run.log({'loss': 1.0})\n",
    )
    run = only_run(repo_dir)
    assert len(run.sessions) == 2
    steps = [step for step, _ in points_of(repo_dir, run)["system/memory"]]
    assert steps == list(range(len(steps)))
    assert len(steps) >= 5


def test_script_that_samples_by_hand_under_the_same_name_loses_nothing(repo_dir):
    run_script(
        repo_dir,
        "with gitxp.start_run('s') as run:\n"
        "    for step in range(200):\n"
        "        run.log({'system/mine': step, 'loss': step}); run.log({'loss': step})\n"
        "        time.sleep(0.005)\n",
    )
    run = only_run(repo_dir)
    series = points_of(repo_dir, run)
    assert series["system/mine"] == [(step, step) for step in range(200)]
    assert [step for step, _ in series["loss"]] == list(range(400))


def test_gpus_have_series_and_stand_in_the_environment(repo_dir):
    run_script(
        repo_dir,
        "with gitxp.start_run('s') as run:\n    wait_for(run, 2, 'system/gpu/1/power')\n",
        **with_stand_in(),
    )
    run = only_run(repo_dir)
    gpu = {"name": "NVIDIA H100", "driver": "550.54.14", "memory": 80 << 30}
    assert run.environment["accelerators"] == [gpu, gpu]
    assert run.environment["cuda"] == {"driver": "12.4"}
    assert run.environment["packages"]["psutil"]
    assert run.metrics["system/gpu/0/power"].last.value == pytest.approx(350.5)
    assert run.metrics["system/gpu/1/temperature"].last.value == 62.0


def test_second_run_of_a_process_knows_of_the_gpus_from_the_start(repo_dir):
    done = run_script(
        repo_dir,
        "from gitxp.storage.journal.reader import list_journals, read_journal\n"
        "from gitxp.storage.repository import open_repository\n"
        "def told():\n"
        "    ((run, folder),) = list_journals(open_repository().private_dir)\n"
        "    lines = read_journal(run, folder).writers[0].said('environment')\n"
        "    return [line['text'] for line in lines]\n"
        "with gitxp.start_run('s') as run:\n"
        "    while len(told()) < 2: time.sleep(0.01)\n"
        "with gitxp.start_run('s') as run:\n"
        "    print(len(told()), 'H100' in told()[0])\n",
        GITXP_SYSTEM_INTERVAL="0",
        **with_stand_in(),
    )
    assert done.stdout.split() == ["1", "True"]


@pytest.mark.parametrize("options", ["", ", strict=True"])
def test_fault_in_sampling_is_one_warning_and_the_rest_is_sampled(repo_dir, options):
    done = run_script(
        repo_dir,
        f"with gitxp.start_run('s'{options}) as run:\n"
        "    wait_for(run, 4)\n    run.log({'loss': 0.5}, step=0)\n",
        **with_stand_in("raises"),
    )
    assert done.stderr.count("the driver answered nonsense; training goes on") == 1
    run = only_run(repo_dir)
    assert run.status is Status.FINISHED
    assert run.failures == 0
    assert {*OWN, "loss"} <= set(run.metrics)
    assert not any(name.startswith("system/gpu") for name in run.metrics)


def test_fault_is_printed_where_warnings_are_errors(repo_dir):
    done = run_script(
        repo_dir,
        "with gitxp.start_run('s') as run: wait_for(run, 4)\n",
        python=("-W", "error"),
        **with_stand_in("raises"),
    )
    assert done.stderr.count("the driver answered nonsense") == 1


def test_driver_that_hangs_holds_up_neither_start_nor_finish(repo_dir):
    done = run_script(
        repo_dir,
        "with gitxp.start_run('s') as run: run.log({'loss': 0.5}, step=0)\n"
        "print(any(one.name == 'gitxp-sampler' for one in threading.enumerate()))\n",
        **with_stand_in("hangs"),
    )
    assert done.stdout.split() == ["True"]
    run = only_run(repo_dir)
    assert run.metrics["loss"].last.value == 0.5
    assert run.environment["python"]


def test_handler_of_a_signal_may_finish_the_run_that_is_being_sampled(repo_dir):
    run_script(
        repo_dir,
        "import signal\n"
        "run = gitxp.start_run('s')\n"
        "signal.signal(signal.SIGALRM, lambda *_: run.finish('killed'))\n"
        "wait_for(run, 1)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
        "step = 0\n"
        "while not run.is_finished: run.log({'loss': 1.0}, step=step); step += 1\n",
    )
    run = only_run(repo_dir)
    assert run.status is Status.KILLED
    assert "system/memory" in run.metrics


def test_machine_is_no_headline(repo_dir, git):
    card = run_script(
        repo_dir,
        "with gitxp.start_run('s') as run:\n"
        "    wait_for(run, 2)\n    run.log({'val/accuracy': 0.5}, step=0)\n"
        "    print(run._repr_html_())\n",
    ).stdout
    assert "val/accuracy" in card
    assert "system/" not in card
    message = git("log", "--all", "--format=%B", "--grep=Run-Id", cwd=repo_dir)
    assert "val/accuracy 0.5" in message
    assert "system/" not in message
    program = str(Path(sys.executable).with_name("git-xp"))
    listed = subprocess.run([program, "list"], cwd=repo_dir, capture_output=True, text=True)
    assert "val/accuracy" in listed.stdout
    assert "system/" not in listed.stdout
    shown = subprocess.run([program, "show"], cwd=repo_dir, capture_output=True, text=True)
    results, machine = shown.stdout.split("machine:\n")
    assert "system/" not in results
    assert "system/memory" in machine
    charts = subprocess.run(
        [program, "metrics", "--chart"], cwd=repo_dir, capture_output=True, text=True
    )
    assert "val/accuracy" in charts.stdout
    assert "system/" not in charts.stdout
    asked = subprocess.run(
        [program, "metrics", "--chart", "-m", "system/memory"],
        cwd=repo_dir,
        capture_output=True,
        text=True,
    )
    assert "system/memory" in asked.stdout
