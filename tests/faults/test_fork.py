"""Children of a process with an open run: what they log is kept, and they keep nothing open."""

from __future__ import annotations

import os

import pytest
from scripts import points, run_script, runs

from gitxp.model.run import Status
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def only_run(repo_dir):
    (run,) = runs(repo_dir)
    return run, points(repo_dir, run)


def test_children_of_multiprocessing_lose_and_double_nothing(repo_dir, git):
    run_script(
        repo_dir,
        "import multiprocessing\n"
        "import gitxp\n"
        "def work(number):\n"
        "    for step in range(200):\n"
        "        gitxp.log({'shared': number, f'own/{number}': step}, step=step)\n"
        "    gitxp.log_param(f'p{number}', number)\n"
        "    gitxp.set_tag(f't{number}', number)\n"
        "    gitxp.log_text(str(number), f'{number}.txt')\n"
        "if __name__ == '__main__':\n"
        "    with gitxp.start_run('fork') as run:\n"
        "        run.log({'parent': 0}, step=0)\n"
        "        fork = multiprocessing.get_context('fork')\n"
        "        children = [fork.Process(target=work, args=(number,)) for number in range(3)]\n"
        "        for child in children: child.start()\n"
        "        for step in range(1, 200): run.log({'parent': step, 'late': step}, step=step)\n"
        "        for child in children: child.join()\n"
        "        assert [child.exitcode for child in children] == [0] * 3\n",
    )
    run, points = only_run(repo_dir)
    expected = [("parent", step, step) for step in range(200)]
    expected += [("late", step, step) for step in range(1, 200)]
    for number in range(3):
        expected += [("shared", step, number) for step in range(200)]
        expected += [(f"own/{number}", step, step) for step in range(200)]
    assert points == sorted(expected)
    assert run.status is Status.FINISHED
    assert run.params == {"p0": 0, "p1": 1, "p2": 2}
    assert {key: tag.value for key, tag in run.tags.items()} == {"t0": 0, "t1": 1, "t2": 2}
    assert [one.path for one in run.artifacts] == ["0.txt", "1.txt", "2.txt"]
    assert len(run.sessions[-1].writers) == 4
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_steps_go_on_in_the_child_where_the_parent_stood(repo_dir):
    run_script(
        repo_dir,
        "import os, gitxp\n"
        "with gitxp.start_run('fork') as run:\n"
        "    run.log({'x': 1})\n"
        "    run.log({'x': 2})\n"
        "    if os.fork() == 0:\n"
        "        run.log({'x': 3})\n"
        "        os._exit(0)\n"
        "    os.wait()\n",
    )
    _, points = only_run(repo_dir)
    assert points == [("x", 0, 1), ("x", 1, 2), ("x", 2, 3)]


def test_fork_while_other_threads_log_does_not_deadlock(repo_dir):
    run_script(
        repo_dir,
        "import os, threading, gitxp\n"
        "run = gitxp.start_run('fork')\n"
        "stop = threading.Event()\n"
        "def busy(number):\n"
        "    step = 0\n"
        "    while not stop.is_set():\n"
        "        run.log({f'busy/{number}/{step % 50}': step}, step=step)\n"
        "        run.log_param(f'busy{number}', number)\n"
        "        step += 1\n"
        "threads = [threading.Thread(target=busy, args=(number,)) for number in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "for number in range(20):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        run.log({'child': number}, step=number)\n"
        "        run.log_param(f'child{number}', number)\n"
        "        run.set_tag('child', number)\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "stop.set()\n"
        "for thread in threads: thread.join()\n"
        "run.finish()\n",
    )
    run, points = only_run(repo_dir)
    assert [value for name, _, value in points if name == "child"] == list(range(20))
    assert {f"child{number}" for number in range(20)} <= set(run.params)
    assert run.failures == 0


@pytest.mark.parametrize("ending", ["sys.exit()", "run.finish()", "raise SystemExit(3)"])
def test_child_that_leaves_the_block_does_not_end_the_run(repo_dir, ending):
    run_script(
        repo_dir,
        "import os, sys, gitxp\n"
        "with gitxp.start_run('fork') as run:\n"
        "    run.log({'x': 0}, step=0)\n"
        "    if os.fork() == 0:\n"
        "        run.log({'x': 1}, step=1)\n"
        f"        {ending}\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    assert gitxp.get_run(run.id).status == 'running'\n"
        "    run.log({'x': 2}, step=2)\n",
    )
    run, points = only_run(repo_dir)
    assert points == [("x", 0, 0), ("x", 1, 1), ("x", 2, 2)]
    assert run.status is Status.FINISHED


def test_child_that_says_nothing_keeps_no_run_open(repo_dir):
    run_script(
        repo_dir,
        "import os, time, gitxp\n"
        "with gitxp.start_run('fork') as run:\n"
        "    run.log({'x': 0}, step=0)\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "assert gitxp.get_run(run.id).tip is not None\n"
        "os.kill(child, 9)\n",
    )
    assert only_run(repo_dir)[0].status is Status.FINISHED


def test_killed_parent_with_a_living_child_is_seen_to_be_dead(repo_dir):
    child = run_script(
        repo_dir,
        "import os, time, gitxp\n"
        "run = gitxp.start_run('fork')\n"
        "run.log({'x': 0}, step=0)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    for number in (0, 1, 2): os.close(number)\n"
        "    time.sleep(60)\n"
        "    os._exit(0)\n"
        "print(child, flush=True)\n"
        "os.kill(os.getpid(), 9)\n",
        status=-9,
    )
    try:
        repository = open_repository(repo_dir)
        outcomes = recover_runs(repository, Workspace.open(repo_dir, {}).limits)
        assert [one.outcome for one in outcomes] == [Recovery.RECORDED]
    finally:
        os.kill(int(child), 9)
    assert only_run(repo_dir)[0].status is Status.CRASHED


def test_child_that_outlives_its_parent_records_the_run(repo_dir):
    run_script(
        repo_dir,
        "import os, time, gitxp\n"
        "with gitxp.start_run('fork') as run:\n"
        "    reader, writer = os.pipe()\n"
        "    if os.fork() == 0:\n"
        "        parent = os.getppid()\n"
        "        run.log({'x': 1}, step=1)\n"
        "        os.write(writer, b'x')\n"
        "        while os.getppid() == parent: time.sleep(0.01)\n"
        "        run.log({'x': 2}, step=2)\n"
        "        run.finish()\n"
        "        os._exit(0)\n"
        "    os.read(reader, 1)\n",
    )
    run, points = only_run(repo_dir)
    assert points == [("x", 1, 1), ("x", 2, 2)]
    assert (run.status, run.tip is None) == (Status.FINISHED, False)
    assert list_journals(open_repository(repo_dir).private_dir) == []


def test_child_that_speaks_after_the_record_is_warned(repo_dir):
    said = run_script(
        repo_dir,
        "import os, time, warnings, gitxp\n"
        "run = gitxp.start_run('fork')\n"
        "if os.fork() == 0:\n"
        "    parent = os.getppid()\n"
        "    while os.getppid() == parent: time.sleep(0.01)\n"
        "    with warnings.catch_warnings(record=True) as told:\n"
        "        warnings.simplefilter('always')\n"
        "        run.log({'x': 1}, step=1)\n"
        "        run.finish()\n"
        "    print(*[one.message for one in told], flush=True)\n"
        "    os._exit(0)\n"
        "run.finish()\n",
    )
    assert "finished by the process that started it" in said
    assert list_journals(open_repository(repo_dir).private_dir) == []


def test_fork_in_the_middle_of_a_call_that_logs_loses_and_doubles_nothing(repo_dir):
    """The value that is being logged forks the process, with the log's own lock held."""
    run_script(
        repo_dir,
        "import os, gitxp\n"
        "class Forks:\n"
        "    child = None\n"
        "    def __float__(self):\n"
        "        if Forks.child is None:\n"
        "            Forks.child = os.fork()\n"
        "        return 1.0\n"
        "run = gitxp.start_run('fork')\n"
        "run.log({'x': 0}, step=0)\n"
        "for step in (1, 2):  # with care, then by the fast way\n"
        "    Forks.child = None\n"
        "    run.log({'x': Forks()}, step=step)\n"
        "    if Forks.child == 0:\n"
        "        run.log({'child': step}, step=step)\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(Forks.child, 0)[1] == 0\n"
        "run.log({'x': 3}, step=3)\n"
        "run.finish()\n",
    )
    run, points = only_run(repo_dir)
    expected = [("child", step, step) for step in (1, 2)]
    assert points == sorted([*expected, ("x", 0, 0), ("x", 1, 1), ("x", 2, 1), ("x", 3, 3)])
    assert (run.status, run.failures) == (Status.FINISHED, 0)
