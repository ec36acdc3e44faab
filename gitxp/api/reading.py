"""Reading for notebooks: runs and points as pandas frames."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from gitxp.api.arguments import check_path, check_texts, checked_columns, checked_limit
from gitxp.api.choosing import chosen_rows
from gitxp.api.comparisons import Comparisons
from gitxp.api.run_view import RunView
from gitxp.api.unread import Unread
from gitxp.errors import DamagedRecord, GitxpError, InvalidSettings, UnknownRun
from gitxp.model.run import Run
from gitxp.policy.resolve import load_settings
from gitxp.policy.settings import Settings
from gitxp.query.each_run import read_compared
from gitxp.query.fetched import find_run
from gitxp.query.found import FoundRows, find_rows, read_run
from gitxp.query.history import Duplicates, history_frame
from gitxp.query.lookup import refuse_unreadable
from gitxp.query.metric_names import MetricName
from gitxp.query.of_experiment import rows_of_experiment
from gitxp.query.order import sort_rows
from gitxp.query.recent import doubted
from gitxp.query.run_frame import runs_frame
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.runs import find_runs
from gitxp.query.steps import Steps
from gitxp.query.where import rows_where
from gitxp.storage.clone import clone_id
from gitxp.storage.repository import Repository, open_repository
from gitxp.tracking.trouble import warn_at_script

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.api.choosing import Runs


class Project(Comparisons):
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
        columns: Sequence[str] | str | None = None,
        remote: str | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a run, the newest first; see `gitxp.runs`."""
        check_texts(where=where, experiment=experiment, sort=sort, remote=remote)
        count, names = checked_limit(limit), checked_columns(columns)
        found = find_rows(self._repository, self._remote if remote is None else remote)
        rows = _told(found, Unread())
        if experiment is not None:
            rows = rows_of_experiment(rows, experiment, found.problems)
        if where is not None:
            rows = rows_where(rows, where)
        if sort is not None:
            rows = sort_rows(rows, sort)
        return runs_frame(rows.head(count), names)

    def get_run(self, run: str) -> RunView:
        """Return one run; see `gitxp.get_run`."""
        check_texts(run=run)
        found, home = find_rows(self._repository, self._remote), clone_id(self._repository)
        keys = found.rows.keys
        try:
            one = find_run(self._repository, keys, run, home=home)
        except UnknownRun:  # which may be one that cannot be read
            refuse_unreadable(found.problems, [run], keys, home=home, remote=self._remote)
            _told(found, Unread())
            raise
        doubt = doubted(self._repository, found.problems, [run], home=home, remote=self._remote)
        _told(FoundRows(found.rows, tuple(doubt)), Unread())
        return RunView(self._repository, one.key, one.remote or self._remote)

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
        check_texts(remote=remote)
        unread = Unread()
        return history_frame(
            self._repository,
            self._chosen(unread, runs, remote),
            metrics,
            pass_over=unread.warn,
            duplicates=duplicates,
            wide=wide,
            steps=steps,
        )

    @property
    def repository(self) -> Repository:
        """The repository itself."""
        return self._repository

    @property
    def settings(self) -> Settings:
        """The settings in force; what is wrong in them counts as not set, with a warning."""
        return load_settings(self._repository, dict(os.environ), pass_over=_warn)

    def choose(
        self, runs: Runs = None, unread: Unread | None = None, *, allows_copies: bool = False
    ) -> RunRows:
        """Return the rows of runs, as whoever compares or draws them takes these.

        Args:
            unread: What was told of before for the same question.
            allows_copies: Whether a run may be among them here and as it was fetched.
        """
        return self._chosen(unread or Unread(), runs, allows_copies=allows_copies)

    def read(self, rows: RunRows, unread: Unread) -> list[Run]:
        """Return the runs of rows, each read whole; of one that cannot be read it is warned.

        Raises:
            DamagedRecord: If that is the first, or all others.
        """

        def read(key: RunKey) -> Run:
            return read_run(self._repository, key, self._remote)

        return read_compared(self._repository, rows.keys, read, unread.warn)

    def read_known(self, ids: Collection[str], unread: Unread) -> Sequence[Run]:
        """Return those runs with these ids that are here; of one that is damaged it is warned."""
        found = find_runs(self._repository, only=ids, remote=self._remote)
        for problem in found.problems:
            if problem.run in ids:
                unread.warn(problem)
        return found.runs

    def _chosen(
        self,
        unread: Unread,
        runs: Runs,
        remote: str | None = None,
        *,
        allows_copies: bool = False,
    ) -> RunRows:
        remote = self._remote if remote is None else remote
        found, home = find_rows(self._repository, remote), clone_id(self._repository)
        try:
            chosen = chosen_rows(
                self._repository, found, runs, home=home, remote=remote, allows_copies=allows_copies
            )
        except DamagedRecord:  # which says itself what cannot be read
            raise
        except GitxpError:
            _told(found, unread)
            raise
        _told(found, unread)
        return chosen


def open(  # noqa: A001  # as `gitxp.open`
    path: str | os.PathLike[str] | None = None, *, remote: str | None = None
) -> Project:
    """Return the repository at or above `path`, to ask about its runs.

    Args:
        remote: Ask about those that were fetched from it instead, as they stood there.

    Raises:
        NoRepository: If there is none.
        InvalidValue: If an argument is of a wrong kind.

    Example:
        >>> import gitxp
        >>> gitxp.open(".")
        <Project ...>
    """
    check_path(path)
    check_texts(remote=remote)
    return Project(open_repository(path), remote)


def runs(
    where: str | None = None,
    *,
    experiment: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    columns: Sequence[str] | str | None = None,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`, the newest first.

    A record that cannot be read is passed over, with a `GitxpWarning` that names it.

    Args:
        where: Only the runs that a filter chooses, such as `params.lr > 1e-3 and age < "30d"`.
        experiment: Only its runs, and those of experiments below it.
        sort: A column to sort by; with `-` before it the largest first. Runs without a value
            there come last.
        limit: At most this many runs.
        columns: Only these columns, in this order, or by glob, as `params.*`; a name alone means
            that one.
        remote: The runs that were fetched from this remote instead, as they stood there.

    Raises:
        UnknownExperiment: If there are runs, and none of that experiment, nor one of it that
            cannot be read.
        InvalidFilter: If `where` is no filter, or names a field that no run has.
        UnknownColumn: If no run has a column that was asked for.
        InvalidValue: If an argument is of a wrong kind, or `limit` is below 0.

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

    As `origin/<run>` it is the run as it was last fetched from that remote, its points as well.
    Where a record that cannot be read may be the newest, a `GitxpWarning` names it.

    Raises:
        UnknownRun: If there is none.
        DamagedRecord: If it is the id of one that cannot be read.
        AmbiguousRun: If a prefix fits several.
        InvalidValue: If it is no text.
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

    A record that cannot be read is passed over, with a `GitxpWarning` that names it; so are damaged
    points of one of several runs. Where nothing can be read it is an error.

    Args:
        runs: A frame of `runs()`, a run or several (ids, names, `origin/<name>` for one as it was
            last fetched, or runs themselves), or a filter such as `params.lr > 1e-3`; a text that
            is the name of a run means that run. All runs where None.
        metrics: A metric or several, each by name, by glob (`val/*`) or by a compiled regular
            expression, which is searched for in the name; all metrics where None.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.
        wide: A row a step and a column a metric instead.
        steps: Only points at these: a range, or a slice, which is a range that may have no end.
            A slice without a start takes the multiples of its step; one that counts down needs a
            start. The order of the points stays.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        Columns `run`, `metric`, `step` (int64), `time` (UTC), `value` (float64), `writer`.

    Raises:
        UnknownMetric: If no run has a metric that was asked for.
        InvalidValue: If an argument is of a wrong kind, or a run is named as it stands here and as
            it was fetched, where the two differ: nothing in the frame would tell them apart.
        DamagedRecord: If the points of no run can be read, or one is named by the id of a record
            that cannot be.

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


def _told(found: FoundRows, unread: Unread) -> RunRows:
    """Return rows, after it was warned of what could not be read beside them."""
    for problem in found.problems:
        unread.warn(problem)
    return found.rows


def _warn(error: InvalidSettings) -> None:
    warn_at_script(f"{error}; it counts as not set")
