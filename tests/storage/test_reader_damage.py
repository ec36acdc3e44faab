"""Bytes that were damaged on the disk are a clear error of one run, and of no other."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.query.runs import find_runs
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository


@pytest.mark.parametrize("seed", range(40))
def test_flipped_byte_in_a_pack_is_a_problem_and_no_crash(repo_dir, monkeypatch, seed):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("sound"):
        pass
    before = set((repo_dir / ".git/objects/pack").glob("*.pack"))
    with gitxp.start_run("damaged", params={"lr": 0.1}) as run:
        run.log({"loss": 1.0}, step=0)
        run.log_text("text", "notes.txt")
    (pack,) = set((repo_dir / ".git/objects/pack").glob("*.pack")) - before
    content = bytearray(pack.read_bytes())
    content[random.Random(seed).randrange(12, len(content) - 20)] ^= 0xFF
    pack.chmod(0o644)
    pack.write_bytes(content)
    repository = open_repository()
    found = find_runs(repository)
    assert "sound" in {one.experiment for one in found.runs}
    assert len(found.runs) + len(found.problems) == 2
    for one in found.runs:
        with suppress(DamagedRecord):
            RecordReader(repository).points(one.tip)
