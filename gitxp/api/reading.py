"""Reading for notebooks: runs and points as pandas frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.query.frames import Duplicates, history_frame, runs_frame
from gitxp.query.lookup import resolve
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
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

    def runs(self, *, experiment: str | None = None) -> pd.DataFrame:
        """Return a frame with a row a run, the newest first; see `gitxp.runs`."""
        name = ExperimentName.slug(experiment) if experiment else None
        return runs_frame(find_runs(self._repository, experiment=name).runs)

    def get_run(self, run: str) -> Run:
        """Return one run; see `gitxp.get_run`."""
        return self._resolve(find_runs(self._repository).runs, run)

    def history(
        self,
        runs: pd.DataFrame | Sequence[str] | str | None = None,
        metrics: Sequence[str] | str | None = None,
        *,
        duplicates: Duplicates = "all",
        wide: bool = False,
    ) -> pd.DataFrame:
        """Return a frame with a row a point; see `gitxp.history`."""
        found = find_runs(self._repository).runs
        chosen = found if runs is None else [self._resolve(found, run) for run in _ids(runs)]
        tables = {run.id: read_points(self._repository, run) for run in chosen}
        names = [metrics] if isinstance(metrics, str) else metrics
        return history_frame(tables, names, duplicates=duplicates, wide=wide)

    def _resolve(self, runs: Sequence[Run], text: str) -> Run:
        return resolve(runs, text, home=clone_id(self._repository))


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


def runs(*, experiment: str | None = None) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`, the newest first.

    Args:
        experiment: Only its runs, and those of experiments below it.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", params={"lr": 0.1}) as run:
        ...     run.log({"loss": 0.5})
        >>> frame = gitxp.runs()
        >>> float(frame.loc[run.id, "params.lr"]), float(frame.loc[run.id, "metrics.loss"])
        (0.1, 0.5)
    """
    return open().runs(experiment=experiment)


def get_run(run: str) -> Run:
    """Return one run, by id, prefix, name or `@` for the newest.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If a prefix fits several.
    """
    return open().get_run(run)


def history(
    runs: pd.DataFrame | Sequence[str] | str | None = None,
    metrics: Sequence[str] | str | None = None,
    *,
    duplicates: Duplicates = "all",
    wide: bool = False,
) -> pd.DataFrame:
    """Return a frame with a row a point: every point, never sampled.

    Args:
        runs: A frame of `runs()`, run ids or names; all runs where None.
        metrics: Names; all metrics where None.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.
        wide: A row a step and a column a metric instead.

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
    return open().history(runs, metrics, duplicates=duplicates, wide=wide)


def _ids(runs: pd.DataFrame | Sequence[str] | str) -> list[str]:
    if isinstance(runs, str):
        return [runs]
    ids: Any = getattr(runs, "index") if hasattr(runs, "columns") else runs  # noqa: B009
    return [str(run) for run in ids]
