"""What a row tells of a run's environment, whatever a fetched record holds there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session
from gitxp.query.rows import OWN_COLUMNS, run_row

START = datetime(2026, 1, 1, tzinfo=UTC)
H100 = {"name": "NVIDIA H100", "driver": "550"}


def row_of(environment):
    run = Run(
        RunId("0" * 32), ExperimentName("lr"), sessions=(Session(START),), environment=environment
    )
    return run_row(run)


def test_row_has_every_column_of_its_own():
    assert list(row_of({})) == ["run", *OWN_COLUMNS]


@pytest.mark.parametrize(
    ("environment", "python", "gpu"),
    [
        ({}, None, None),
        ({"python": {"version": "3.12.1"}, "accelerators": []}, "3.12.1", None),
        ({"accelerators": [H100, H100]}, None, "NVIDIA H100"),
        ({"accelerators": [H100, {"name": "A100"}]}, None, "NVIDIA H100, A100"),
        ({"python": "3.12", "accelerators": {"name": "x"}}, None, None),
        ({"python": {}, "accelerators": [1, {}]}, None, "unknown"),
    ],
)
def test_environment_is_told_as_far_as_it_is_known(environment, python, gpu):
    row = row_of(environment)
    assert (row["env.python"], row["env.gpu"]) == (python, gpu)
