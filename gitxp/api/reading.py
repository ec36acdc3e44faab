"""Reading for notebooks: runs and points as pandas frames."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.api.references import RunReference, id_of
from gitxp.api.run_view import RunView
from gitxp.errors import InvalidFilter, InvalidValue, UnknownRun
from gitxp.model.identity import ExperimentName
from gitxp.query.found import find_rows
from gitxp.query.history import Duplicates, Steps, history_frame
from gitxp.query.lookup import resolve
from gitxp.query.metric_names import MetricName
from gitxp.query.order import sort_rows
from gitxp.query.run_frame import runs_frame
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.where import rows_where
from gitxp.storage.clone import clone_id
from gitxp.storage.repository import Repository, open_repository

if TYPE_CHECKING:
    import pandas as pd

    Runs = pd.DataFrame | Sequence[RunReference] | RunReference | None

# What makes of a text that names no run a filter that somebody meant.
_OPERATOR = re.compile(r"[<>=!(\[]|\s(?:in|is|not|and|or|matches|contains|(?:starts|ends)with)\s")


class Project:
    """A repository whose runs are to be read; `gitxp.open` makes one."""

    def __init__(self, repository: Repository, remote: str | None = None) -> None:
        """Take a repository.

        Args:
            remote: Whose runs are meant, as they were last fetched; those of the repository
                itself where None.
        """
        self._repository = repository
        self._remote = remote

    def __repr__(self) -> str:
        place = self._repository.work_tree or self._repository.git_dir
        return f"<Project {place}{'' if self._remote is None else f' remote={self._remote!r}'}>"

    def runs(
        self,
        where: str | None = None,
        *,
        experiment: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        remote: str | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a run, the newest first; see `gitxp.runs`."""
        rows = self._found(remote)
        if experiment is not None:
            rows = rows.of_experiment(ExperimentName.slug(experiment))
        if where is not None:
            rows = rows_where(rows, where)
        if sort is not None and len(rows):
            rows = sort_rows(rows, sort)
        return runs_frame(rows.head(limit), columns)

    def get_run(self, run: str) -> RunView:
        """Return one run; see `gitxp.get_run`."""
        return RunView(self._repository, self._resolve(self._found().keys, run), self._remote)

    def history(
        self,
        runs: Runs = None,
        metrics: Sequence[MetricName] | MetricName | None = None,
        *,
        duplicates: Duplicates = "all",
        wide: bool = False,
        steps: Steps | None = None,
        remote: str | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a point; see `gitxp.history`."""
        rows = self._chosen(self._found(remote), runs)
        return history_frame(
            self._repository, rows, metrics, duplicates=duplicates, wide=wide, steps=steps
        )

    def _found(self, remote: str | None = None) -> RunRows:
        return find_rows(self._repository, self._remote if remote is None else remote).rows

    def _chosen(self, rows: RunRows, runs: Runs) -> RunRows:
        if runs is None:
            return rows
        one = runs if isinstance(runs, str) else id_of(runs)
        if one is None:
            return rows.take(self._places(rows.keys, _ids(runs)))
        try:
            return rows.take([self._resolve(rows.keys, one).place])
        except UnknownRun as unknown:
            return _fitting(rows, one, unknown)

    def _places(self, keys: Sequence[RunKey], asked: Sequence[str]) -> list[int]:
        by_id = {key.id: key for key in keys}
        found = (by_id.get(text) or self._resolve(keys, text) for text in asked)
        return list(dict.fromkeys(key.place for key in found))

    def _resolve(self, keys: Sequence[RunKey], text: str) -> RunKey:
        return resolve(keys, text, home=clone_id(self._repository))


def open(  # noqa: A001  # as `gitxp.open`
    path: str | os.PathLike[str] | None = None, *, remote: str | None = None
) -> Project:
    """Return the repository at or above `path`, to ask about its runs.

    Args:
        remote: Ask about those that were fetched from it instead, as they stood there.

    Raises:
        NoRepository: If there is none.

    Example:
        >>> import gitxp
        >>> gitxp.open(".")
        <Project ...>
    """
    return Project(open_repository(path), remote)


def runs(
    where: str | None = None,
    *,
    experiment: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    columns: Sequence[str] | None = None,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`, the newest first.

    Args:
        where: Only the runs that a filter chooses, such as `params.lr > 1e-3 and age < "30d"`.
        experiment: Only its runs, and those of experiments below it.
        sort: A column to sort by; with `-` before it the largest first. Runs without a value
            there come last.
        limit: At most this many runs.
        columns: Only these columns, in this order.
        remote: The runs that were fetched from this remote instead, as they stood there.

    Raises:
        InvalidFilter: If `where` is no filter, or names a field that no run has.
        UnknownColumn: If no run has a column that was asked for.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", params={"lr": 0.1}) as run:
        ...     run.log({"loss": 0.5})
        >>> frame = gitxp.runs("params.lr > 0.01")
        >>> float(frame.loc[run.id, "params.lr"]), float(frame.loc[run.id, "metrics.loss"])
        (0.1, 0.5)
    """
    return open(remote=remote).runs(
        where, experiment=experiment, sort=sort, limit=limit, columns=columns
    )


def get_run(run: str) -> RunView:
    """Return one run, by id, prefix, name or `@` for the newest; its record is read when asked for.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If a prefix fits several.
    """
    return open().get_run(run)


def history(
    runs: Runs = None,
    metrics: Sequence[MetricName] | MetricName | None = None,
    *,
    duplicates: Duplicates = "all",
    wide: bool = False,
    steps: Steps | None = None,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a point: every point, never sampled.

    Args:
        runs: A frame of `runs()`, a run or several (ids, names, or runs themselves), or a filter
            such as `params.lr > 1e-3`; a text that is the name of a run means that run. All runs
            where None.
        metrics: A metric or several, each by name, by glob (`val/*`) or by a compiled regular
            expression, which is searched for in the name; all metrics where None.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.
        wide: A row a step and a column a metric instead.
        steps: Only points at these: a range, or a slice.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        Columns `run`, `metric`, `step` (int64), `time` (UTC), `value` (float64), `writer`.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr") as run:
        ...     run.log({"loss": 0.5}, step=0)
        ...     run.log({"loss": 0.25}, step=1)
        >>> gitxp.history(run.id, "loss")["value"].tolist()
        [0.5, 0.25]
        >>> len(gitxp.history("metrics.loss.last < 0.3", steps=range(1)))
        1
    """
    return open(remote=remote).history(runs, metrics, duplicates=duplicates, wide=wide, steps=steps)


def _fitting(rows: RunRows, text: str, unknown: UnknownRun) -> RunRows:
    """Return the rows that a filter chooses.

    Raises:
        InvalidFilter: If the text was meant as a filter, and is none.
        UnknownRun: If it was not.
    """
    try:
        return rows_where(rows, text)
    except InvalidFilter:
        if _OPERATOR.search(text):
            raise
        raise unknown from None


def _ids(runs: object) -> list[str]:
    frame: Any = runs
    if hasattr(frame, "columns"):
        return list(map(str, frame["run"].unique() if "run" in frame.columns else frame.index))
    if hasattr(frame, "iloc") and "experiment" in frame.index:  # one row of a frame
        return [str(frame.name)]
    known = [id_of(run) or run for run in runs] if isinstance(runs, Iterable) else [runs]
    for run in known:
        if not isinstance(run, str):
            raise InvalidValue(
                f"runs are given as {run!r}: expected a frame, runs, ids, names, or a filter",
                hint="gitxp.history(gitxp.runs('params.lr > 0'))",
            )
    return [str(run) for run in known]
