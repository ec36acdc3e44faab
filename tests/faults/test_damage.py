"""Journals that are cut or followed by noise: every whole point and word is recorded."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitxp.model.run import Run, Status
from gitxp.query.points import read_points
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.live import live_points
from gitxp.storage.journal.points import RECORD
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.repository import Repository, open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

SCRIPT = """
import os, signal
import gitxp

run = gitxp.start_run("damage")
for step in range(50):
    run.log({"x": step, "y": -step}, step=step)
    run.log_param(f"p{step}", step)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(repo_dir) -> Repository:
    """A repository with the journal of a run that was killed."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=repo_dir, check=False)
    assert done.returncode == -signal.SIGKILL
    return open_repository(repo_dir)


def files(repository: Repository) -> tuple[Path, Path]:
    ((_, folder),) = list_journals(repository.private_dir)
    (points,) = folder.glob("*.points")
    return points, points.with_suffix(".jsonl")


def whole_points(content: bytes) -> int:
    return len(content) // RECORD.size - 1


def whole_params(content: bytes) -> set[str]:
    found = set()
    for line in content.split(b"\n"):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told["kind"] == "params":
            found.add(told["text"].split(" ")[0])
    return found


def recovered(repository: Repository, git) -> Run:
    top = repository.common_dir.parent
    (done,) = recover_runs(repository, Workspace.open(top, {}).limits)
    assert done.outcome is Recovery.RECORDED, done.problem
    assert done.recorded is not None
    git("fsck", "--full", "--strict", cwd=top)
    return done.recorded


def test_every_cut_of_the_points_keeps_all_whole_ones(killed):
    points, _ = files(killed)
    content = points.read_bytes()
    for cut in range(1, 101):
        points.write_bytes(content[:-cut])
        ((run, folder),) = list_journals(killed.private_dir)
        journal = read_journal(run, folder)
        assert journal is not None
        assert live_points(journal).num_rows == whole_points(content[:-cut])


def test_every_cut_of_the_lines_keeps_all_whole_ones(killed):
    _, lines = files(killed)
    content = lines.read_bytes()
    for cut in range(1, 101):
        lines.write_bytes(content[:-cut])
        ((run, folder),) = list_journals(killed.private_dir)
        journal = read_journal(run, folder)
        assert journal is not None
        assert set(fold_journal(journal).run.params) == whole_params(content[:-cut])


@pytest.mark.parametrize("cut", [1, 31, 32, 33, 63, 64, 65, 100])
def test_cut_journal_is_recorded(killed, git, cut):
    points, lines = files(killed)
    wanted_points, wanted_lines = (path.read_bytes()[:-cut] for path in (points, lines))
    points.write_bytes(wanted_points)
    lines.write_bytes(wanted_lines)
    run = recovered(killed, git)
    assert run.status is Status.CRASHED
    assert read_points(killed, run).num_rows == whole_points(wanted_points)
    assert set(run.params) == whole_params(wanted_lines)


@pytest.mark.parametrize("size", [1, 31, 32, 33, 100, 4096])
@pytest.mark.parametrize("seed", [1, 2])
def test_noise_at_the_end_adds_nothing_and_costs_nothing(killed, git, size, seed):
    source = random.Random(seed)
    points, lines = files(killed)
    for path in (points, lines):
        with path.open("ab") as file:
            file.write(source.randbytes(size))
    run = recovered(killed, git)
    assert read_points(killed, run).num_rows == 100
    assert len(run.params) == 50
    assert [writer.points for writer in run.sessions[0].writers] == [100]


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind": "metric"}',
        b'{"kind": "metric", "number": 0}',
        b'{"kind": ["list"]}',
        b'{"kind": "tag", "clock": "late"}',
        b'{"kind": "tag", "clock": 1}',
        b'{"kind": "params", "text": "= =", "clock": 1}',
        b'{"kind": "tag", "key": "a", "value": "b", "clock": 1' + b"0" * 30 + b"}",
        b'{"kind": "metric", "number": [0], "name": "x"}',
        b'{"kind": "writer"}',
        b'{"kind": "writer", "process": {"pid": 1}, "is_locked": true}',
        b'{"kind": "start"}',
        b'{"kind": "end"}',
        b'{"kind": "end", "status": "finished", "time": "noon"}',
        b'{"kind": "end", "status": ["finished"], "time": "2026-01-02T03:04:05+00:00"}',
        b'{"kind": "end", "status": "running", "time": "2026-01-02T03:04:05+00:00"}',
        b"[]",
        b"\xff\xfe",
    ],
)
def test_line_that_is_json_and_says_nothing_is_passed_over(killed, git, line):
    _, lines = files(killed)
    with lines.open("ab") as file:
        file.write(line + b"\n")
    run = recovered(killed, git)
    assert run.status is Status.CRASHED
    assert len(run.params) == 50
    assert read_points(killed, run).num_rows == 100


@pytest.mark.parametrize("line", [b'{"kind": "writer"}', b'{"kind": "metric", "number": {}}'])
def test_such_a_line_in_the_first_place_is_passed_over(killed, git, line):
    _, lines = files(killed)
    lines.write_bytes(line + b"\n" + lines.read_bytes())
    assert read_points(killed, recovered(killed, git)).num_rows == 100


def test_run_has_ended_when_it_was_killed_and_not_when_that_was_found_out(killed, git):
    points, lines = files(killed)
    whole = lines.read_bytes()
    time.sleep(2)
    # Somebody was killed before who would have recorded it.
    lines.write_bytes(whole + b'{"kind": "recorded", "clock": %d}\n' % (time.time() * 1000))
    killed_at = points.stat().st_mtime
    run = recovered(killed, git)
    assert run.finished is not None
    assert abs(run.finished.timestamp() - killed_at) < 1


def test_noise_in_place_of_whole_files_stops_no_other_run(killed, git):
    ((_, folder),) = list_journals(killed.private_dir)
    spoilt = folder.with_name("0" * 32)
    shutil.copytree(folder, spoilt)
    for path in spoilt.iterdir():
        if path.is_file():
            path.write_bytes(os.urandom(1000))
    assert recovered(killed, git).metrics["x"].count == 50
