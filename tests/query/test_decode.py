"""Decoding by several processes: the rows are those of one, whatever becomes of the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gitxp
from gitxp.query.found import find_rows
from gitxp.query.index import decode as decoding
from gitxp.query.rows import run_row
from gitxp.query.runs import find_runs
from gitxp.storage.layout import index_dir
from gitxp.storage.repository import open_repository

ODD = """
import datetime, gitxp
for number in range(6):
    with gitxp.start_run(
        "odd", f"run-{number}", params={
            "n": None if number % 2 else number, "big": 2**70, "day": datetime.date(2026, 1, 1),
            "nested": {"a.b": [1, (2, b"3")], "ü": "\\udcff"}, f"only-{number}": True},
        tags={"weight": 0.5}, seeds={"numpy": 7},
    ) as run:
        run.log({"loss": float("nan"), f"of {number}": -0.0}, step=3)
"""


@pytest.fixture
def project(repo_dir, monkeypatch):
    """A repository of six runs that no index has, which four processes are to decode."""
    monkeypatch.chdir(repo_dir)
    subprocess.run([sys.executable, "-c", ODD], check=True)
    monkeypatch.setattr(decoding, "_FEWEST", 1)
    monkeypatch.setattr(decoding, "_processors", lambda: 4)
    repository = open_repository()
    forget(repository)
    return repository


def forget(repository):
    for path in index_dir(repository.private_dir).glob("*"):
        path.unlink()


def check(repository):
    rows = list(map(told, find_rows(repository).rows.dicts()))
    assert rows == [told(run_row(run)) for run in find_runs(repository).runs]


def told(row):
    """Return a row as text, for NaN is not equal to itself; in any order of its columns."""
    return repr(sorted(row.items()))


def test_rows_are_those_of_whole_records_and_most_are_decoded_elsewhere(project, decoded):
    assert len(find_rows(project).rows) == 6
    assert len(decoded) == 2  # of six that four processes share
    check(project)
    assert len(list(index_dir(project.private_dir).glob("*"))) == 1


def test_few_records_start_no_process(project, decoded, monkeypatch):
    monkeypatch.setattr(decoding, "_FEWEST", 4)
    assert len(find_rows(project).rows) == 6
    assert len(decoded) == 6


def test_damaged_record_is_named_whoever_decodes_it(project, git, repo_dir):
    bad = [f"refs/experiments/odd/{digit * 32}" for digit in "0123"]
    for ref in bad:
        git("update-ref", ref, "HEAD", cwd=repo_dir)
    found = find_rows(project)
    assert sorted(problem.ref for problem in found.problems) == bad
    assert len(found.rows) == 6


@pytest.mark.parametrize(
    "program",
    ["", "/nowhere/python", "/bin/false", "/bin/true", "killed"],
)
def test_process_that_does_not_answer_is_gone_without(
    project, decoded, monkeypatch, tmp_path, program
):
    if program == "killed":
        script = tmp_path / "killed"
        script.write_text("#!/bin/sh\nkill -9 $$\n")
        script.chmod(0o755)
        program = str(script)
    monkeypatch.setattr(sys, "executable", program)
    check(project)
    assert len(decoded) == 12  # for the rows, and for what they are compared with


def test_frozen_application_is_not_started_again(project, decoded, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert len(find_rows(project).rows) == 6
    assert len(decoded) == 6


def test_script_without_a_guard_is_not_run_again(project, repo_dir, tmp_path):
    script = tmp_path / "asks.py"
    script.write_text(
        "import gitxp\n"
        "from gitxp.query.index import decode\n"
        "decode._FEWEST, decode._processors = 1, lambda: 4\n"
        "print('asked', len(gitxp.runs()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=repo_dir
    )
    assert (done.stdout, done.stderr) == ("asked 6\n", "")


def test_modules_in_the_working_folder_are_not_taken_for_others(project, repo_dir, decoded):
    (repo_dir / "pickle.py").write_text("raise RuntimeError('not this one')\n")
    assert len(find_rows(project).rows) == 6
    assert len(decoded) == 2


def test_gitxp_is_found_wherever_this_process_found_it(project, decoded, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert len(gitxp.runs()) == 6
    assert len(decoded) == 2
