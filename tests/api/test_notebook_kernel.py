"""Runs in a notebook, executed by a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import gitxp

START = "import gitxp\nrun = gitxp.start_run('cells', params={'lr': 0.1, 'tag': '<b>'})"
TRAIN = "for step in range(5):\n    run.log({'loss': 1 / (step + 1)}, step=step)"


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def execute(*cells, timeout=120, allow_errors=True):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=timeout, allow_errors=allow_errors)
    client.interrupt_on_timeout = True
    client.execute()
    return notebook


def kept(repo_dir, run=None):
    """Return the notebook in the record of a run; the newest where None."""
    found = gitxp.get_run(run or "@")
    content = subprocess.run(
        ["git", "show", f"{found.tip}:notebooks/0.ipynb"], capture_output=True, check=True
    ).stdout
    notebook = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(notebook)
    return [(cell.execution_count, cell.source) for cell in notebook.cells]


def test_cells_are_in_the_record_as_they_were_executed(repo_dir):
    execute("x = 1", "%time y = 2", START, TRAIN, "run.finish()", "after = True")
    assert kept(repo_dir) == [
        (1, "x = 1"),
        (2, "%time y = 2"),
        (3, START),
        (4, TRAIN),
        (5, "run.finish()"),
    ]


def test_notebook_that_is_closed_finishes_its_run(repo_dir):
    execute(START, TRAIN)
    found = gitxp.get_run("@")
    assert (found.status, found.points) == ("finished", 5)
    assert kept(repo_dir) == [(1, START), (2, TRAIN)]


def test_kernel_that_is_killed_keeps_points_and_cells(repo_dir):
    kill = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(Exception, match="Kernel died"):
        execute(START, TRAIN, kill)
    subprocess.run([sys.executable, "-m", "gitxp", "list"], check=True, capture_output=True)
    found = gitxp.get_run("@")
    assert (found.status, found.points) == ("crashed", 5)
    assert kept(repo_dir) == [(1, START), (2, TRAIN), (3, kill)]


def test_cell_run_twice_is_two_runs_and_each_has_its_code(repo_dir):
    begin = "import gitxp\nrun = gitxp.start_run('twice')\nrun.log({'x': 1})"
    edit = "from pathlib import Path\nPath('train.py').write_text('edited = True')"
    execute(begin, edit, begin)
    runs = gitxp.runs(experiment="twice")
    assert runs["status"].tolist() == ["finished", "finished"]
    assert runs["code_tree"].nunique() == 2
    assert kept(repo_dir, runs.index[1]) == [(1, begin), (2, edit), (3, begin)]


def test_cell_that_is_interrupted_leaves_the_run_open(repo_dir):
    spin = "while True:\n    pass"
    notebook = execute(
        START, spin, "open_still = not run.is_finished\nopen_still", TRAIN, timeout=3
    )
    assert notebook.cells[1].outputs[-1].ename == "KeyboardInterrupt"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "True"
    assert gitxp.get_run("@").points == 5


def test_cell_that_fails_leaves_the_run_open_and_a_with_block_ends_it(repo_dir):
    block = "with gitxp.start_run('block'):\n    raise ValueError('no')"
    execute("import gitxp", block, START, "1 / 0", TRAIN)
    runs = gitxp.runs()
    assert runs["status"].tolist() == ["finished", "failed"]
    with pytest.raises(CellExecutionError):
        execute("1 / 0", allow_errors=False)


def test_run_shows_as_a_card_while_it_runs_and_after(repo_dir):
    notebook = execute(START, TRAIN, "run", "run.finish()\nrun")
    open_card, closed_card = (notebook.cells[at].outputs[0].data["text/html"] for at in (2, 3))
    assert "running" in open_card
    assert open_card.count("<svg") == 1
    assert "0.2" in open_card
    assert "&lt;b&gt;" in open_card
    assert "<b>'" not in open_card
    assert "finished" in closed_card


def test_secrets_in_cells_do_not_reach_the_record(repo_dir):
    execute('password = "hunter2-hunter2"', START)
    assert "hunter2" not in json.dumps(kept(repo_dir))


def test_path_of_the_notebook_is_told_where_jupyter_tells_it(repo_dir, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/train.ipynb")
    execute(START)
    tip = gitxp.get_run("@").tip
    shown = subprocess.run(
        ["git", "show", f"{tip}:notebooks/0.ipynb"], capture_output=True, check=True
    ).stdout
    assert json.loads(shown)["metadata"]["gitxp"] == {"path": "notebooks/train.ipynb"}
