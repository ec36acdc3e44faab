"""Children of multiprocessing that start from nothing join the run of the process above them."""

from __future__ import annotations

import pytest
from scripts import points, run_script, runs

from gitxp.model.run import Status
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository


@pytest.fixture(autouse=True)
def nothing_is_sampled(monkeypatch):
    """However slow the machine is, only what the script logs is there."""
    monkeypatch.setenv("GITXP_SYSTEM_INTERVAL", "0")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_log_to_the_run_of_their_parent(repo_dir, git, method):
    run_script(
        repo_dir,
        "import multiprocessing, threading, gitxp\n"
        "def log(number, half):\n"
        "    for step in range(half, 100, 2): gitxp.log({f'own/{number}': step}, step=step)\n"
        "def work(number):\n"
        "    halves = [threading.Thread(target=log, args=(number, half)) for half in (0, 1)]\n"
        "    for one in halves: one.start()\n"
        "    for one in halves: one.join()\n"
        "    gitxp.log_param(f'p{number}', number)\n"
        "if __name__ == '__main__':\n"
        "    with gitxp.start_run('spawn', 'parent') as run:\n"
        "        run.log({'parent': 1}, step=0)\n"
        f"        context = multiprocessing.get_context({method!r})\n"
        "        children = [context.Process(target=work, args=(n,)) for n in range(2)]\n"
        "        for child in children: child.start()\n"
        "        for child in children: child.join()\n"
        "        assert [child.exitcode for child in children] == [0, 0]\n",
    )
    (run,) = runs(repo_dir)
    expected = [(f"own/{number}", step, step) for number in range(2) for step in range(100)]
    assert points(repo_dir, run) == sorted([*expected, ("parent", 0, 1)])
    assert (run.name, run.status, run.params) == ("parent", Status.FINISHED, {"p0": 0, "p1": 1})
    assert [writer.points for writer in run.sessions[-1].writers] == [1, 100, 100]
    assert len(run.sessions) == 1
    assert list_journals(open_repository(repo_dir).private_dir) == []
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_child_that_starts_a_run_has_one_of_its_own(repo_dir):
    run_script(
        repo_dir,
        "import multiprocessing, gitxp\n"
        "def work(parent):\n"
        "    with gitxp.start_run('spawn', 'child', parent=parent) as run:\n"
        "        gitxp.log({'x': 1}, step=0)\n"
        "if __name__ == '__main__':\n"
        "    with gitxp.start_run('spawn', 'parent') as run:\n"
        "        spawn = multiprocessing.get_context('spawn')\n"
        "        child = spawn.Process(target=work, args=(run.id,))\n"
        "        child.start()\n"
        "        run.log({'x': 2}, step=0)\n"
        "        child.join()\n"
        "        assert child.exitcode == 0\n",
    )
    named = {run.name: run for run in runs(repo_dir)}
    assert named["child"].parent == named["parent"].id
    assert [named[name].metrics["x"].last.value for name in ("child", "parent")] == [1, 2]


def test_child_cannot_tell_which_of_several_runs_is_meant(repo_dir):
    said = run_script(
        repo_dir,
        "import multiprocessing, gitxp\n"
        "def work():\n"
        "    try: gitxp.log({'x': 1})\n"
        "    except gitxp.GitxpError as error: print(error.slug, error)\n"
        "if __name__ == '__main__':\n"
        "    with gitxp.start_run('spawn', 'one') as run:\n"
        "        with gitxp.start_run('spawn', 'two', parent=run):\n"
        "            child = multiprocessing.get_context('spawn').Process(target=work)\n"
        "            child.start(); child.join()\n",
    )
    assert said.startswith("no-active-run several runs are open")
    assert "'one'" in said
    assert "'two'" in said


def test_child_of_a_process_without_a_run_has_none(repo_dir):
    said = run_script(
        repo_dir,
        "import multiprocessing, gitxp\n"
        "def work():\n"
        "    print(gitxp.active_run())\n"
        "    try: gitxp.log({'x': 1})\n"
        "    except gitxp.GitxpError as error: print(error.slug)\n"
        "if __name__ == '__main__':\n"
        "    gitxp.start_run('spawn').finish()\n"
        "    child = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    child.start(); child.join()\n",
    )
    assert said.split() == ["None", "no-active-run"]


def test_other_programs_that_a_script_starts_do_not_join(repo_dir):
    inner = "import gitxp; gitxp.log({'x': 1})"
    said = run_script(
        repo_dir,
        "import subprocess, sys, gitxp\n"
        "with gitxp.start_run('outer') as run:\n"
        f"    done = subprocess.run([sys.executable, '-c', {inner!r}], capture_output=True)\n"
        "print(done.stderr.decode())\n",
    )
    assert "NoActiveRun" in said
    assert len(runs(repo_dir)[0].sessions[-1].writers) == 1
