"""What sets runs apart is told whole, with its types; and what does not is passed over."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

import gitxp
from gitxp.comparison.differences.compare import compare_runs
from gitxp.comparison.differences.comparison import Cell
from gitxp.errors import TooManyRuns
from gitxp.model.dataset import Dataset, Strength
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Artifact, Run, Session, Status
from gitxp.policy.settings import Settings
from gitxp.storage.repository import open_repository

START = datetime(2026, 1, 2, tzinfo=UTC)


def run(number=0, **told):
    session = Session(START, START + timedelta(minutes=1), Status.FINISHED)
    known = {"sessions": (session,), "name": f"run-{number}", "tip": "f" * 40}
    return Run(RunId(f"{number:032x}"), ExperimentName("lr"), **{**known, **told})


def series(last, *, low=None, high=None, step=9):
    low, high = last if low is None else low, last if high is None else high
    return MetricSummary(At(last, 0), At(last, step), At(low, 1), At(high, 2), last, 10)


@pytest.fixture
def compared(repo_dir):
    """Compare runs that differ in what is given of each."""

    def compare(*told, goals=(), **named):
        runs = [run(number, **one) for number, one in enumerate(told)]
        settings = Settings(goals=dict(goals))
        return compare_runs(open_repository(repo_dir), runs, settings, **named)

    return compare


def rows(comparison, title):
    found = {section.title: section.rows for section in comparison.sections}
    return {
        row.field: [None if one is None else one.value for one in row.cells]
        for row in found.get(title, ())
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, "1"),
        (1, True),
        (None, "None"),
        ([1], [1.0]),
        ((1,), [1]),
        ({}, None),
        (0.1, 0.2),
    ],
)
def test_values_of_other_types_are_other_values(compared, one, other):
    found = rows(compared({"params": {"x": one}}, {"params": {"x": other}}), "params")
    assert found == {"x": [one, other]}
    assert [type(value) for value in found["x"]] == [type(one), type(other)]


@pytest.mark.parametrize("value", [1, math.nan, None, [1, {"a": math.nan}], {}, {(1, 2): 3}])
def test_what_is_the_same_is_passed_over_and_named(compared, value):
    found = compared({"params": {"x": value}}, {"params": {"x": value}})
    assert (rows(found, "params"), "params" in found.same) == ({}, True)


def test_absent_is_told_from_none(compared):
    found = compared({"params": {"x": None, "model": {"depth": 3}}}, {"params": {"x": None}}, {})
    (x, depth) = next(one for one in found.sections if one.title == "params").rows
    assert (x.field, x.cells) == ("x", (Cell(None), Cell(None), None))
    assert (depth.field, depth.cells) == ("model.depth", (Cell(3), None, None))


def test_everything_is_told_where_it_is_asked_for(compared):
    same = {"params": {"x": 1, "y": 2}, "host": "node", "metrics": {"system/cpu": series(1.0)}}
    found = compared(same, {**same, "params": {"x": 1, "y": 3}}, keeps_same=True)
    assert rows(found, "params") == {"x": [1, 1], "y": [2, 3]}
    assert rows(found, "hardware") == {"host": ["node", "node"]}
    assert rows(found, "machine") == {"system/cpu (mean)": [1.0, 1.0]}
    assert {"hardware", "machine", "metrics"} & set(found.same) == {"hardware", "machine"}
    assert "machine" not in [one.title for one in compared(same, same).sections]


def test_sections_stand_in_order_the_most_telling_first(compared):
    told = {"metrics": {"loss": series(1.0)}, "params": {"x": 1}, "seeds": {"s": 1}, "host": "a"}
    other = {"metrics": {"loss": series(2.0)}, "params": {"x": 2}, "seeds": {"s": 2}, "host": "b"}
    titles = [section.title for section in compared(told, other).sections]
    assert titles == ["metrics", "params", "seeds", "hardware"]


def test_gains_are_measured_against_the_first_run_in_the_metrics_direction(compared):
    found = compared(
        {"metrics": {"val/loss": series(0.5), "zeta": series(1.0), "eta": series(1.0)}},
        {"metrics": {"val/loss": series(0.25), "zeta": series(3.0), "eta": series(0.5)}},
        {"metrics": {"val/loss": series(0.75)}},
        goals={"zeta": "min"},
    )
    by_field = {row.field: row for row in found.sections[0].rows}
    assert list(by_field) == ["zeta", "val/loss", "eta"]
    assert by_field["val/loss"].cells == (
        Cell(0.5), Cell(0.25, -0.25, is_better=True), Cell(0.75, 0.25, is_better=False),
    )  # fmt: skip
    assert by_field["zeta"].cells == (Cell(1.0), Cell(3.0, 2.0, is_better=False), None)
    assert by_field["eta"].cells == (Cell(1.0), Cell(0.5, -0.5), None)
    assert [by_field[name].goal is None for name in ("zeta", "val/loss", "eta")] == [
        False,
        False,
        True,
    ]


def test_metric_that_the_first_run_lacks_has_no_gain(compared):
    found = compared({}, {"metrics": {"loss": series(1.0)}})
    (row,) = next(one for one in found.sections if one.title == "metrics").rows
    assert row.cells == (None, Cell(1.0))


def test_best_stands_below_the_last_only_where_it_is_another(compared):
    first = {
        "metrics": {"loss": series(0.5), "acc": series(0.9, high=0.95), "zeta": series(1, high=2)}
    }
    other = {"metrics": {"loss": series(0.4), "acc": series(0.8), "zeta": series(0)}}
    assert rows(compared(first, other), "metrics") == {
        "acc": [0.9, 0.8], "acc (best)": [0.95, 0.8], "loss": [0.5, 0.4], "zeta": [1, 0],
    }  # fmt: skip


def test_metric_without_a_finite_value_is_told_as_it_is(compared):
    never = MetricSummary(At(math.nan, 0), At(math.nan, 3), None, None, None, 4, 4)
    found = compared({"metrics": {"loss": never}}, {"metrics": {"loss": series(math.inf)}})
    (last,) = next(one for one in found.sections if one.title == "metrics").rows
    assert math.isnan(last.cells[0].value)
    assert (last.cells[1].value, last.cells[1].is_better) == (math.inf, None)


def test_last_step_tells_how_far_each_came(compared):
    found = compared(
        {"metrics": {"acc": series(0.92, step=3), "system/cpu": series(1.0, step=99)}},
        {"metrics": {"acc": series(0.93, step=30)}},
    )
    assert rows(found, "outcome") == {"last step": [3, 30]}


def test_packages_appear_go_and_change(compared):
    found = compared(
        {"environment": {"packages": {"numpy": "1.26", "torch": "2.4", "same": "1"}}},
        {"environment": {"packages": {"numpy": "2.0", "same": "1", "new": "3"}}},
    )
    assert rows(found, "packages") == {
        "numpy": ["1.26", "2.0"], "torch": ["2.4", None], "new": [None, "3"],
    }  # fmt: skip


def test_environment_and_hardware_are_told_apart(compared):
    def told(version, count, memory):
        gpus = [{"name": "H100", "driver": "550", "memory": 80 << 30}] * count
        return {
            "environment": {
                "python": {"version": version, "implementation": "cpython"},
                "variables": {"OMP_NUM_THREADS": str(count)},
                "lock_files": [{"path": "uv.lock", "digest": f"sha256:{count:064x}"}],
                "memory": {"total": memory},
                "accelerators": gpus,
            }
        }

    found = compared(told("3.11.7", 1, 1 << 34), told("3.12.1", 8, 1 << 35))
    assert rows(found, "environment") == {
        "python.version": ["3.11.7", "3.12.1"],
        "variables.OMP_NUM_THREADS": ["1", "8"],
        "lock file uv.lock": [f"sha256:{count:064x}" for count in (1, 8)],
    }
    assert rows(found, "hardware") == {
        "gpu": ["H100", "8 x H100"], "memory.total": [1 << 34, 1 << 35],
    }  # fmt: skip


@pytest.mark.parametrize("odd", [1, "text", [1, "x"], {"name": 1}, [{"driver": 5}], [[]], {}])
def test_environment_of_another_shape_stops_nothing(compared, odd):
    names = ("packages", "accelerators", "cpu", "memory", "lock_files", "python")
    found = compared({"environment": dict.fromkeys(names, odd)}, {}, keeps_same=True)
    assert "outcome" in [one.title for one in found.sections]


def test_data_sets_are_told_by_name_and_role(compared):
    def digits(version, rows=10, role="train"):
        return Dataset("digits", "version", Strength.VERSION, role, version, rows=rows)

    found = compared(
        {"datasets": (digits("v1"), digits("v1", role="test"))},
        {"datasets": (digits("v2"), digits("v1", role="test"), digits("v3", rows=9))},
    )
    assert rows(found, "data") == {
        "digits (train) version": ["v1", "v2"],
        "digits (train) #2 version": [None, "v3"],
        "digits (train) #2 rows": [None, 9],
        "digits (train) #2 kind": [None, "version"],
        "digits (train) #2 identified by": [None, "version"],
    }


def test_artifacts_are_told_by_what_they_hold(compared):
    def file(path, oid):
        return Artifact(path, 3, oid * 40, is_lfs=False)

    found = compared(
        {"artifacts": (file("a", "1"), file("b", "2"), file("gone", "3"))},
        {"artifacts": (file("a", "1"), file("b", "4"))},
    )
    contents = rows(found, "artifacts")
    assert list(contents) == ["b", "gone"]
    assert [one.digest[0] for one in contents["b"]] == ["2", "4"]
    assert contents["gone"][1] is None


def test_more_runs_than_anybody_looks_at_are_refused(compared):
    with pytest.raises(TooManyRuns, match="101 runs") as refused:
        compared(*[{}] * 101)
    assert "--limit" in refused.value.hint
    assert len(compared(*[{}] * 100).runs) == 100


def test_one_run_differs_from_none(compared):
    found = compared({"params": {"x": 1}})
    assert (found.sections, "params" in found.same) == ((), True)
    assert rows(compared({"params": {"x": 1}}, keeps_same=True), "params") == {"x": [1]}


def test_runs_of_one_name_are_told_apart_by_their_ids(compared):
    found = compared({"name": "a"}, {"name": "a"}, {"name": "b"}, {"name": ""})
    assert found.labels == (f"a {'0' * 7}", f"a {'0' * 7}", "b", "0" * 7)


def test_secrets_of_a_run_that_goes_on_are_told_as_its_record_will(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    told = {"params": {"api_key": "hunter2abc", "lr": 0.1}}
    with gitxp.start_run("lr", "recorded", **told):
        pass
    with gitxp.start_run("lr", "going", **told):
        found = gitxp.compare("recorded", "going", all=True)
    assert rows(found, "params") == {"api_key": ["<redacted>"] * 2, "lr": [0.1, 0.1]}
    assert {"params", "packages", "environment", "command"} <= set(found.same)
    assert "hunter2" not in found._repr_html_()
