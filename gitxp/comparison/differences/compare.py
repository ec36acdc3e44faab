"""Setting runs beside each other: what differs between them, or all that is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from gitxp.comparison.differences import facts
from gitxp.comparison.differences.code_rows import changed_rows, code_facts
from gitxp.comparison.differences.comparison import Cell, Comparison, Row, Section, labels_of
from gitxp.comparison.differences.metric_rows import machine_rows, metric_rows
from gitxp.errors import TooManyRuns
from gitxp.model.goal import Goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run, Status
from gitxp.policy.settings import Settings
from gitxp.query.outcome import Pair
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.storage.layout import ENVIRONMENT
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.redact import Redactor

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

# More are no longer looked at side by side, and each costs a diff of its code.
MOST_RUNS: Final = 100


def check_count(count: int) -> None:
    """Refuse to set more runs side by side than anybody looks at.

    Raises:
        TooManyRuns: If there are more than 100.
    """
    if count > MOST_RUNS:
        raise TooManyRuns(
            f"{count:,} runs to compare: expected at most {MOST_RUNS}",
            hint="choose fewer, by --limit or --where; git xp list shows any number in a table",
        )


def compare_runs(
    repository: Repository,
    runs: Sequence[Run],
    settings: Settings,
    *,
    keeps_same: bool = False,
    baselines: Mapping[RunId, Run] = MappingProxyType({}),
    stands: Mapping[Pair, Stand] = MappingProxyType({}),
) -> Comparison:
    """Return what sets runs apart.

    Args:
        runs: At least one; the others are measured against the first.
        settings: They say which way metrics are better, and which words are no secrets.
        keeps_same: Whether to tell also what all of them have the same.
        baselines: By run, the one from which its metrics' differences are to be told, too.
        stands: What the seeds say of all differences; see `stands_over_seeds`.

    Raises:
        TooManyRuns: If there are more than 100.
    """
    check_count(len(runs))
    redactor = Redactor(settings.secrets_allowed)
    runs = [_as_recorded(run, redactor) for run in runs]
    sections, same = [], []
    metrics = list(metric_rows(runs, settings.goals, baselines, stands))
    for title, rows in _sections(repository, runs, metrics, settings.goals, keeps_same=keeps_same):
        told = [row for row in rows if keeps_same or row.differs]
        if told:
            sections.append(Section(title, tuple(told)))
        if rows and not any(row.differs for row in rows):
            same.append(title)
    return Comparison(tuple(runs), labels_of(runs), tuple(sections), tuple(same))


def _as_recorded(run: Run, redactor: Redactor) -> Run:
    """Return a run as its record will tell it: only the journal of one that goes on has secrets.

    They would also set it apart from runs that are the same, but are recorded.
    """
    if run.tip is not None and run.status not in (Status.RUNNING, Status.UNKNOWN):
        return run
    environment = redactor.environment(dumps(run.environment))
    return replace(redactor.run(run), environment=loads(environment, ENVIRONMENT))


def _sections(
    repository: Repository,
    runs: Sequence[Run],
    metrics: list[Row],
    goals: Mapping[str, Goal],
    *,
    keeps_same: bool,
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the title of each section and its rows, the most telling first."""
    yield "outcome", _rows(runs, facts.outcome)
    yield "metrics", metrics
    yield "params", _rows(runs, facts.params)
    yield "seeds", _rows(runs, facts.seeds)
    yield "data", _rows(runs, facts.data)
    yield "code", [*_rows(runs, code_facts), *changed_rows(repository, runs)]
    yield "packages", _rows(runs, facts.packages)
    yield "environment", _rows(runs, facts.environment)
    yield "hardware", _rows(runs, facts.hardware)
    yield "command", _rows(runs, facts.command)
    yield "about", _rows(runs, facts.identity)
    yield "artifacts", _rows(runs, facts.artifacts)
    if keeps_same:  # it differs between any two runs, and is the result of none
        yield "machine", list(machine_rows(runs, goals))


def _rows(runs: Sequence[Run], known: Callable[[Run], Mapping[str, Any]]) -> list[Row]:
    """Return a row for each field that any of the runs has."""
    by_run = [known(run) for run in runs]
    fields = dict.fromkeys(field for one in by_run for field in one)
    return [
        Row(field, tuple(Cell(one[field]) if field in one else None for one in by_run))
        for field in fields
    ]
