"""The order of columns tells of the runs alone: not of when, or how often, they were asked for."""

from __future__ import annotations

import random
import re
import shutil

import pytest

import gitxp
from gitxp.storage.layout import index_dir
from gitxp.storage.repository import open_repository


@pytest.fixture
def project(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return gitxp.open(repo_dir)


def forget_index():
    shutil.rmtree(index_dir(open_repository().private_dir))


def record(experiment, params, metrics=()):
    with gitxp.start_run(experiment, params=params) as run:
        run.log(dict.fromkeys(metrics, 1.0))
    return run.id


def of_field(frame, field):
    return [name for name in frame.columns if name.startswith(f"{field}.")]


def test_newest_run_s_columns_come_first_then_by_name(project):
    record("a", {"z": 1, "a10": 2, "a9": 3}, ["loss", "loss/x"])
    record("b", {"a9": 3, "x": 4})
    frame = project.runs()
    assert of_field(frame, "params") == ["params.a9", "params.x", "params.a10", "params.z"]
    reducers = [f"metrics.loss{one}" for one in ("", ":first", ":min", ":max", ":mean", ":count")]
    assert of_field(frame, "metrics")[:6] == reducers
    assert of_field(frame, "metrics")[6] == "metrics.loss/x"
    assert list(project.runs(sort="started").columns) == list(frame.columns)
    assert of_field(project.runs('experiment == "a"'), "params") == [
        "params.a9",
        "params.a10",
        "params.z",
    ]


def test_summaries_stand_together_where_metrics_are_called_by_one_number(project):
    record("a", {}, ["m1", "m01", "m2"])
    metrics = of_field(project.runs(), "metrics")
    assert [name.partition(":")[0].removeprefix("metrics.") for name in metrics] == [
        *["m01"] * 6,
        *["m1"] * 6,
        *["m2"] * 6,
    ]


@pytest.mark.parametrize("seed", range(4))
def test_order_is_that_of_the_runs_however_they_were_indexed(project, seed):
    drawn = random.Random(seed)
    recorded = []
    for number in range(8):
        keys = [f"{drawn.choice('abc')}{drawn.randrange(12)}" for _ in range(3)]
        recorded.append([*dict.fromkeys([*keys, "lr"])])
        record(f"e{number}", dict.fromkeys(recorded[-1], number), ["loss", keys[0]])
        if drawn.random() < 0.4:
            project.runs()
        if drawn.random() < 0.2:
            forget_index()
    expected = {}
    for keys in reversed(recorded):
        split = {key: re.fullmatch("([a-z]+)([0-9]*)", key).groups() for key in keys}
        in_order = sorted(keys, key=lambda key: (split[key][0], int(split[key][1] or 0)))
        expected |= dict.fromkeys(f"params.{key}" for key in in_order)
    warm = project.runs()
    forget_index()
    cold = project.runs()
    assert of_field(warm, "params") == list(expected)
    assert list(warm.columns) == list(cold.columns) == list(project.runs().columns)
