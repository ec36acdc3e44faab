"""Reading for notebooks: runs and points as pandas frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gitxp.api.recorded import RECORDED_RUNS
from gitxp.api.run_view import RunView
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


class Project:
    """A repository whose runs are to be read; `gitxp.open` makes one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def __repr__(self) -> str:
        return f"<Project {self._repository.work_tree or self._repository.git_dir}>"

    def runs(
        self,
        where: str | None = None,
        *,
        experiment: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a run, the newest first; see `gitxp.runs`."""
        rows = self._found()
        if experiment is not None:
            rows = rows.of_experiment(ExperimentName.slug(experiment))
        if where is not None:
            rows = rows_where(rows, where)
        if sort is not None and len(rows):
            rows = sort_rows(rows, sort)
        return runs_frame(rows.head(limit), columns)

    def get_run(self, run: str) -> RunView:
        """Return one run; see `gitxp.get_run`."""
        return RunView(self._repository, self._resolve(self._found().keys, run))

    def history(
        self,
        runs: pd.DataFrame | Sequence[str] | str | None = None,
        metrics: Sequence[MetricName] | MetricName | None = None,
        *,
        duplicates: Duplicates = "all",
        wide: bool = False,
        steps: Steps | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a point; see `gitxp.history`."""
        rows = self._found()
        if runs is not None:
            rows = rows.take(self._places(rows.keys, _ids(runs)))
        return history_frame(
            self._repository, rows, metrics, duplicates=duplicates, wide=wide, steps=steps
        )

    def _found(self) -> RunRows:
        RECORDED_RUNS.flush()
        return find_rows(self._repository).rows

    def _places(self, keys: Sequence[RunKey], asked: Sequence[str]) -> list[int]:
        by_id = {key.id: key for key in keys}
        found = (by_id.get(text) or self._resolve(keys, text) for text in asked)
        return list(dict.fromkeys(key.place for key in found))

    def _resolve(self, keys: Sequence[RunKey], text: str) -> RunKey:
        return resolve(keys, text, home=clone_id(self._repository))


def open(path: str | os.PathLike[str] | None = None) -> Project:  # noqa: A001  # as `gitxp.open`
    """Return the repository at or above `path`, to ask about its runs.

    Raises:
        NoRepository: If there is none.

    Example:
        >>> import gitxp
        >>> gitxp.open(".")
        <Project ...>
    """
    return Project(open_repository(path))


def runs(
    where: str | None = None,
    *,
    experiment: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`, the newest first.

    Args:
        where: Only the runs that a filter chooses, such as `params.lr > 1e-3 and age < "30d"`.
        experiment: Only its runs, and those of experiments below it.
        sort: A column to sort by; with `-` before it the largest first. Runs without a value
            there come last.
        limit: At most this many runs.
        columns: Only these columns, in this order.

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
    return open().runs(where, experiment=experiment, sort=sort, limit=limit, columns=columns)


def get_run(run: str) -> RunView:
    """Return one run, by id, prefix, name or `@` for the newest; its record is read when asked for.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If a prefix fits several.
    """
    return open().get_run(run)


def history(
    runs: pd.DataFrame | Sequence[str] | str | None = None,
    metrics: Sequence[MetricName] | MetricName | None = None,
    *,
    duplicates: Duplicates = "all",
    wide: bool = False,
    steps: Steps | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a point: every point, never sampled.

    Args:
        runs: A frame of `runs()`, run ids or names; all runs where None.
        metrics: A metric or several, each by name, by glob (`val/*`) or by a compiled regular
            expression, which is searched for in the name; all metrics where None.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.
        wide: A row a step and a column a metric instead.
        steps: Only points at these: a range, or a slice.

    Returns:
        Columns `run`, `metric`, `step` (int64), `time` (UTC), `value` (float64), `writer`.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr") as run:
        ...     run.log({"loss": 0.5}, step=0)
        ...     run.log({"loss": 0.25}, step=1)
        >>> gitxp.history(run.id, "loss")["value"].tolist()
        [0.5, 0.25]
    """
    return open().history(runs, metrics, duplicates=duplicates, wide=wide, steps=steps)


def _ids(runs: pd.DataFrame | Sequence[str] | str) -> list[str]:
    if isinstance(runs, str):
        return [runs]
    ids: Any = getattr(runs, "index") if hasattr(runs, "columns") else runs  # noqa: B009
    return [str(run) for run in ids]
