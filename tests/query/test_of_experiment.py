"""The runs of an experiment that somebody names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitxp.errors import UnknownExperiment
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session
from gitxp.query.of_experiment import rows_of_experiment
from gitxp.query.run_rows import rows_of

START = Session(datetime(2026, 1, 1, tzinfo=UTC))


def test_of_many_experiments_some_are_named_where_none_is_like_what_was_typed():
    runs = [
        Run(RunId(f"{number:032x}"), ExperimentName(f"study-{number:04}"), sessions=(START,))
        for number in range(1500)
    ]
    with pytest.raises(UnknownExperiment) as refused:
        rows_of_experiment(rows_of(runs), "zzz", ())
    names = ", ".join(f"study-{number:04}" for number in range(10))
    assert refused.value.hint == f"known are: {names} and 1,490 more"
