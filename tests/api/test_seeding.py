"""`seed_everything`: what is drawn comes again, and the record tells the seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest

import gitxp
from gitxp.errors import InvalidValue


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def script(code, **variables):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_and_numpy_draw_the_same_again():
    drawn = []
    for _ in range(2):
        assert gitxp.seed_everything(7) == 7
        drawn.append((random.random(), np.random.standard_normal(3).tolist()))
    assert drawn[0] == drawn[1]


def test_torch_is_not_imported_for_it():
    code = "import gitxp, sys; gitxp.seed_everything(7); print('torch' in sys.modules)"
    assert script(code) == "False\n"


def test_numpy_that_is_imported_later_is_seeded_all_the_same():
    code = "import gitxp; gitxp.seed_everything(7)\nimport numpy as np; print(np.random.random())"
    assert script(code) == script(code)


def test_seed_is_recorded_in_the_open_run():
    with gitxp.start_run("seeds") as run:
        gitxp.seed_everything(7)
    with gitxp.start_run("seeds") as later:
        pass
    assert gitxp.get_run(run.id).seeds == {"seed": 7}
    assert gitxp.get_run(later.id).seeds == {}


def test_seed_is_recorded_in_the_next_run_alone():
    gitxp.seed_everything(7)
    gitxp.seed_everything(8)
    ids = []
    for _ in range(2):
        with gitxp.start_run("seeds") as run:
            ids.append(run.id)
    assert [gitxp.get_run(one).seeds for one in ids] == [{"seed": 8}, {}]


def test_seeds_of_the_start_are_kept_beside_it_and_win():
    gitxp.seed_everything(7)
    with gitxp.start_run("seeds", seeds={"split": 3}) as run:
        pass
    gitxp.seed_everything(7)
    with gitxp.start_run("seeds", seeds=5) as other:
        pass
    assert gitxp.get_run(run.id).seeds == {"seed": 7, "split": 3}
    assert gitxp.get_run(other.id).seeds == {"seed": 5}


def test_start_that_fails_forgets_no_seed():
    gitxp.seed_everything(7)
    with pytest.raises(InvalidValue):
        gitxp.start_run("seeds", snapshot="sometimes")
    with gitxp.start_run("seeds") as run:
        pass
    assert gitxp.get_run(run.id).seeds == {"seed": 7}


def test_seed_that_is_drawn_is_told_and_makes_all_come_again():
    seed = gitxp.seed_everything()
    drawn = random.random()
    assert gitxp.seed_everything(np.int64(seed)) == seed
    assert random.random() == drawn
    assert len({gitxp.seed_everything() for _ in range(8)}) > 1
    with gitxp.start_run("seeds"):  # the one that was drawn last is this one's
        pass


@pytest.mark.parametrize("wrong", [-1, 2**32, 1.5, "7", True])
def test_wrong_seed_raises_and_nothing_is_seeded(wrong):
    before = random.getstate()
    with pytest.raises(InvalidValue, match=r"expected a whole number from 0 to 2\*\*32 - 1"):
        gitxp.seed_everything(wrong)
    assert random.getstate() == before


def test_deterministic_without_torch_says_what_to_do():
    code = (
        "import gitxp\n"
        "try: gitxp.seed_everything(7, deterministic=True)\n"
        "except gitxp.GitxpError as error: print(error, '|', error.hint)\n"
    )
    assert script(code) == (
        "deterministic is True, but torch is not imported | import torch above seed_everything\n"
    )
