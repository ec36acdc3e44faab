"""Runs as a table: what varies between them, and what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.columns import column, param_columns
from gitxp.ui.format import age, cell, duration, number, value
from gitxp.ui.table import TableColumn

_MOST_PARAMS: Final = 6
_MOST_METRICS: Final = 4
STATUS_COLOURS: Final = {
    "running": "cyan",
    "finished": "green",
    "failed": "red",
    "killed": "red",
    "crashed": "red",
    "unknown": "yellow",
}
_OWN_TITLES: Final = ("run", "experiment", "name", "status", "started", "took")
# Where not all columns fit, those of the highest rank are left out first: the first metric is
# worth more than the first param, and that more than the second metric.
_NEEDED: Final = 0
_RESULT, _CAUSE, _STEP = 1, 2, 2
_EXPERIMENT, _STARTED, _TOOK = 3, 5, 7


def run_table(runs: Sequence[Run], *, goals: Collection[str] = ()) -> list[TableColumn]:
    """Return the columns of a table of runs, which must not be empty.

    Args:
        goals: Metrics that the team's settings name; they come before others.
    """
    params = [param_columns(run.params) for run in runs]
    varying, metrics = _varying(params), _headlines(runs, goals)
    titles = _titles(varying, metrics)
    return [
        *_own_columns(runs),
        *(
            TableColumn(
                titles[name],
                [value(given[name]) if name in given else "" for given in params],
                is_number=_are_numbers(given.get(name) for given in params),
                rank=_CAUSE + _STEP * place,
            )
            for place, name in enumerate(varying)
        ),
        *(
            TableColumn(
                titles[column("metrics", name)],
                [_last(run, name) for run in runs],
                is_number=True,
                rank=_RESULT + _STEP * place,
            )
            for place, name in enumerate(metrics)
        ),
    ]


def _own_columns(runs: Sequence[Run]) -> Iterator[TableColumn]:
    now = datetime.now(UTC)

    def made(title: str, text: Callable[[Run], str], rank: int, **more: Any) -> TableColumn:
        return TableColumn(title, [text(run) for run in runs], rank=rank, **more)

    yield made("run", lambda run: run.id.short, _NEEDED)
    if len({run.experiment for run in runs}) > 1:
        yield made("experiment", lambda run: str(run.experiment), _EXPERIMENT)
    if any(run.name for run in runs):
        yield made("name", lambda run: cell(run.name), _NEEDED)
    yield made("status", lambda run: str(run.status), _NEEDED, colours=STATUS_COLOURS)
    yield made("started", lambda run: age(run.started, now), _STARTED)
    yield made("took", lambda run: duration(run.duration), _TOOK)


def _varying(params: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for given in params for name in given)
    found = [
        name for name in names if len({repr(given.get(name, "absent")) for given in params}) > 1
    ]
    return found[:_MOST_PARAMS]


def _headlines(runs: Sequence[Run], goals: Collection[str]) -> list[str]:
    counts = Counter(
        name for run in runs for name in run.metrics if name in goals or not is_system_metric(name)
    )

    def place(name: str) -> tuple[bool, int, bool, str]:
        return (name not in goals, -counts[name], not name.startswith("val"), name)

    return sorted(counts, key=place)[:_MOST_METRICS]


def _titles(params: Sequence[str], metrics: Sequence[str]) -> dict[str, str]:
    """Return the heading of each column: short, and in full where two would be the same."""
    short = {name: name.removeprefix("params").removeprefix(".") for name in params}
    short |= {column("metrics", name): name for name in metrics}
    counts = Counter([*short.values(), *_OWN_TITLES])
    return {name: cell(name if counts[title] > 1 else title) for name, title in short.items()}


def _last(run: Run, metric: str) -> str:
    return number(run.metrics[metric].last.value) if metric in run.metrics else ""


def _are_numbers(values: Iterator[Any]) -> bool:
    present = [one for one in values if one is not None]
    return all(type(one) in (int, float) for one in present)
