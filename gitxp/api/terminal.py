"""One line where a run starts, and one where it ends, for whoever sits at a terminal."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial

from gitxp.comparison.baseline.words import difference_text
from gitxp.errors import GitxpError
from gitxp.model.run import Status
from gitxp.query.columns import param_columns, param_title
from gitxp.query.headlines import headlines
from gitxp.storage.events.baseline import is_first_hint
from gitxp.storage.ref_files import has_recorded_runs
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import read_ref
from gitxp.storage.repository import Repository
from gitxp.storage.results import recorded_results
from gitxp.text import cell, cut, number, sparkline, value
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.recording.run_name import Naming

_MOST_PARAMS = 6
_MOST_METRICS = 2
_LONGEST = 40


def announce_run(run: ActiveRun, repository: Repository, *, goals: Collection[str]) -> None:
    """Print a line for a run that starts, and see to it that one is printed when it ends.

    Nothing is printed where standard error is no terminal.

    Args:
        goals: Metrics that the team's settings name; they come before others.
    """
    if not _is_terminal():
        return
    _print(_start(run, repository))
    run.before_end(partial(_tell_end, run, repository, goals))


def hint_at_baseline(run: ActiveRun, repository: Repository) -> None:
    """Say once, on a terminal, how to compare runs where there is nothing to compare with."""
    if not _is_terminal() or run.baseline is not None:
        return
    if has_recorded_runs(repository, run.experiment) and is_first_hint(repository, run.experiment):
        told = f"runs of {run.experiment} have no baseline"
        _print([told, "to measure the next ones against one: git xp baseline set RUN"])


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _tell_end(
    run: ActiveRun, repository: Repository, goals: Collection[str], status: Status
) -> None:
    ended = [] if status is Status.FINISHED else [str(status)]
    difference = _on_baseline(run, repository, goals)
    _print([*_start(run, repository)[:-1], *ended, *_curves(run, goals), difference, _where(run)])


def _start(run: ActiveRun, repository: Repository) -> list[str]:
    if run.name:
        name = f"{run.experiment}/{cell(run.name)}"
        return [name, " ".join(_params(run)), _where(run)]
    called = Naming.of(repository, run.experiment, run.params, run.seeds).name
    return [str(run.experiment), called or " ".join(_params(run)), _where(run)]


def _params(run: ActiveRun) -> Iterator[str]:
    given = param_columns(run.params)
    for name, one in list(given.items())[:_MOST_PARAMS]:
        yield f"{cell(param_title(name))}={cut(value(one), _LONGEST)}"
    if len(given) > _MOST_PARAMS:
        yield "\N{HORIZONTAL ELLIPSIS}"


def _curves(run: ActiveRun, goals: Collection[str]) -> Iterator[str]:
    for name in headlines(run.metrics, goals)[:_MOST_METRICS]:
        series = run.series(name)
        if series:
            curve = sparkline(series) if len(series) > 1 else ""
            yield f"{cell(name)} {number(series[-1])} {curve}".rstrip()


def _on_baseline(run: ActiveRun, repository: Repository, goals: Collection[str]) -> str:
    """Return by how much the first metric differs from the baseline's; empty where nobody knows.

    A baseline of another experiment, or one that has not ended, is not looked up.
    """
    names = headlines(run.metrics, goals)
    series = run.series(names[0]) if names and run.baseline else []
    if run.baseline is None or not series:
        return ""
    with suppress(GitxpError, OSError):  # a line for the eye: nothing hangs on it
        tip = read_ref(repository, run_ref(run.experiment, run.baseline))
        results = recorded_results(repository, tip) if tip else {}
        if names[0] in results:
            difference = series[-1] - results[names[0]].last.value
            return "" if math.isnan(difference) else f"{difference_text(difference)} on baseline"
    return ""


def _where(run: ActiveRun) -> str:
    return f"git xp show {run.id.short}"


def _print(parts: list[str]) -> None:
    line = " \N{MIDDLE DOT} ".join(part for part in parts if part)
    encoding = sys.stderr.encoding or "ascii"  # a terminal may know no more
    print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr)  # noqa: T201
