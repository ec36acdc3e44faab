"""Threads that log at once: with no room on the disk or in the file, amid forks and signals."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from scripts import points, run_script, runs

import gitxp
from gitxp.model.run import Status

COUNT = 4
START = f"""
import itertools, os, resource, signal, sys, threading
import gitxp

run = gitxp.start_run("threads")

def log(number, steps):
    for step in steps:
        run.log({{f"x{{number}}": step, f"y{{number}}": -step}}, step=step)

def start(log, *arguments):
    threads = [threading.Thread(target=log, args=(who, *arguments)) for who in range({COUNT})]
    for thread in threads: thread.start()
    return threads

def log_from_all(steps):
    for thread in start(log, steps): thread.join()

log_from_all(range(500))
"""
# At each word somebody fills the disk, or makes room on it.
FULL_DISK = """
for word, steps in ("fill", range(500, 1000)), ("make room", range(1000, 1500)):
    print(word, flush=True)
    sys.stdin.readline()
    log_from_all(steps)
run.finish()
"""
LIMITED = """
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

limit(run.writer.points_path.stat().st_size + 10_017)
log_from_all(range(500, 600))
limit(resource.RLIM_INFINITY)
log_from_all(range(600, 1000))
run.finish()
"""
FORKS = """
is_over = False

def go_on(number):
    for step in itertools.count(500):
        if is_over:
            break
        log(number, [step])

def log_in_child(who, number):
    for step in range(200):
        run.log({f"child{number}/{who}": step, f"{number}/{who}": -step}, step=step)

threads = start(go_on)
for number in range(5):
    child = os.fork()
    if child == 0:
        for thread in start(log_in_child, number): thread.join()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
is_over = True
for thread in threads: thread.join()
run.finish()
"""
SIGNALS = """
caught, is_over = itertools.count(), False

def handler(*_):
    global is_over
    step = next(caught)  # another one may come amid this one
    run.log({"caught": step, "again": -step}, step=step)
    is_over = is_over or step == 50

def go_on(number):
    for step in itertools.count(500):
        if is_over:
            break
        log(number, [step])

signal.signal(signal.SIGALRM, handler)
threads = start(go_on)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
go_on("main")
signal.setitimer(signal.ITIMER_REAL, 0)
for thread in threads: thread.join()
run.finish()
print(next(caught))
"""


def steps_by_metric(repo_dir: Path) -> tuple[gitxp.Run, dict[str, list[int]]]:
    """Return the only run and the steps of each metric; each value is its step, or that below 0."""
    (run,) = runs(repo_dir)
    assert run.status is Status.FINISHED
    steps = defaultdict(list)
    for metric, step, value in points(repo_dir, run):
        assert abs(value) == step
        steps[metric].append(step)
    return run, steps


def steps_by_thread(steps: dict[str, list[int]]) -> list[list[int]]:
    kept = [steps[f"x{number}"] for number in range(COUNT)]
    for number, own in enumerate(kept):
        assert own == sorted(set(own))
        # Of a call for which there was less room the first point may be there.
        assert set(steps[f"y{number}"]) <= set(own)
    return kept


def assert_all_kept(steps: dict[str, list[int]]) -> None:
    for number, own in enumerate(steps_by_thread(steps)):
        assert len(own) > 500
        assert own == steps[f"y{number}"] == list(range(len(own)))


def test_full_disk_takes_from_threads_only_what_they_log_meanwhile(disk, repo_dir, git):
    project = disk.take(repo_dir)
    status, _, complaint = disk.fill_amid(START + FULL_DISK, project)
    assert status == 0, complaint
    assert complaint.count("GitxpWarning") == 1, complaint
    run, steps = steps_by_metric(project)
    kept = steps_by_thread(steps)
    assert all({*range(500), *range(1000, 1500)} <= set(own) for own in kept)
    assert sum(map(len, kept)) < COUNT * 1500
    assert run.failures > 0
    git("fsck", "--full", "--strict", cwd=project)


def test_file_that_may_not_grow_takes_from_threads_what_it_had_no_room_for(repo_dir, git):
    command = [sys.executable, "-c", START + LIMITED]
    done = subprocess.run(command, cwd=repo_dir, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("GitxpWarning") == 1, done.stderr
    run, steps = steps_by_metric(repo_dir)
    kept = steps_by_thread(steps)
    assert all({*range(500), *range(600, 1000)} <= set(own) for own in kept)
    # Two points a call: 156 calls fit into 10,017 bytes, and one point of another one.
    assert sum(map(len, kept)) == COUNT * 900 + 157
    assert run.failures == COUNT * 100 - 156
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_forks_amid_threads_that_log_take_and_double_nothing(repo_dir):
    run_script(repo_dir, START + FORKS)
    run, steps = steps_by_metric(repo_dir)
    assert_all_kept(steps)
    for child in range(5):
        for who in range(COUNT):
            assert steps[f"child{child}/{who}"] == list(range(200))
            assert steps[f"{child}/{who}"] == list(range(200))
    assert run.failures == 0


def test_signal_handler_that_logs_beside_threads_that_log_loses_nothing(repo_dir):
    caught = int(run_script(repo_dir, START + SIGNALS))
    run, steps = steps_by_metric(repo_dir)
    assert_all_kept(steps)
    assert steps["xmain"] == list(range(500, 500 + len(steps["xmain"])))
    assert steps["caught"] == steps["again"] == list(range(caught))
    assert run.failures == 0
