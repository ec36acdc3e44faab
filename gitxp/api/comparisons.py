"""What a project says of runs beside each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from gitxp.api.references import RunReference
from gitxp.api.unread import Unread
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.policy.settings import Settings
from gitxp.query.run_rows import RunRows
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.api.choosing import Runs
    from gitxp.api.comparing import By
    from gitxp.comparison.curves.curves import Grid
    from gitxp.comparison.differences.comparison import Comparison
    from gitxp.model.run import Run
    from gitxp.statistics.methods import BandKind, IntervalMethod


class Comparisons(ABC):
    """The half of `gitxp.Project` that compares; what it needs of the other half is abstract."""

    @property
    @abstractmethod
    def repository(self) -> Repository:
        """Whose runs are compared."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force; what is wrong in them counts as not set, with a warning."""

    @abstractmethod
    def choose(
        self, runs: Runs = None, unread: Unread | None = None, *, allows_copies: bool = False
    ) -> RunRows:
        """Return the rows of runs; see `gitxp.history` for how they are named.

        Args:
            unread: What was told of before for the same question.
            allows_copies: Whether a run may be among them here and as it was fetched.
        """

    @abstractmethod
    def read(self, rows: RunRows, unread: Unread) -> list[Run]:
        """Return the runs of rows, each read whole; of one that cannot be read it is warned.

        Raises:
            DamagedRecord: If that is the first, or all others.
        """

    @abstractmethod
    def read_known(self, ids: Collection[str], unread: Unread) -> Sequence[Run]:
        """Return those runs with these ids that are here; of one that is damaged it is warned."""

    def compare(
        self,
        *runs: Runs,
        all: bool = False,  # noqa: A002  # as `--all`
        baseline: RunReference | None = None,
    ) -> Comparison:
        """Return what sets runs apart; see `gitxp.compare`."""
        from gitxp.comparison.differences.baselines import (
            measured_against,
            stands_over_seeds,
        )
        from gitxp.comparison.differences.compare import check_count, compare_runs

        if not runs:
            raise InvalidValue("no runs to compare", hint='gitxp.compare("@", "@~1")')
        asked: Any = runs[0] if len(runs) == 1 else runs
        unread = Unread()
        rows = self.choose(asked, unread, allows_copies=True)
        check_count(len(rows))
        if len(runs) == 1:
            _check_several(rows, keeps_same=all)
        compared = self.read(rows, unread)
        against = None
        if baseline is not None:
            (against,) = self.read(self.choose([baseline], unread), unread)
        baselines = measured_against(compared, against, partial(self.read_known, unread=unread))
        settings = self.settings
        return compare_runs(
            self.repository,
            compared,
            settings,
            keeps_same=all,
            baselines=baselines,
            stands=stands_over_seeds(
                compared, baselines, partial(self.choose, unread=unread), settings.goals
            ),
        )

    def curves(
        self,
        runs: Runs,
        metric: str,
        *,
        x: str = "step",
        grid: Grid = None,
        smooth: float = 0.0,
        best: bool = False,
        goal: Goal | None = None,
        by: By = None,
        band: BandKind = "ci",
        confidence: float = 0.95,
        only_finished: bool = True,
    ) -> pd.DataFrame:
        """Return the curves of a metric at the same places; see `gitxp.curves`."""
        from gitxp.comparison.curves.curves import (
            Shape,
            align_curves,
            bands_frame,
            curves_frame,
            group_bands,
        )
        from gitxp.comparison.curves.direction import direction_of
        from gitxp.comparison.groups.labels import grouped_by
        from gitxp.query.metric_names import one_metric

        unread = Unread()
        rows = self.choose(runs, unread)
        name = one_metric(rows, metric)
        shape = Shape(
            x, grid, smooth, direction_of(name, goal, self.settings.goals) if best else None
        )
        if by is None:
            return curves_frame(align_curves(self.repository, rows, name, shape, unread.warn))
        labels = grouped_by(rows, by, name, only_finished=only_finished)
        members = labels.members(rows)
        aligned = align_curves(self.repository, members, name, shape, unread.warn)
        return bands_frame(group_bands(aligned, labels, band, confidence))

    def convergence(
        self,
        runs: Runs,
        metric: str,
        to: float | str,
        *,
        hold: int = 1,
        x: str = "step",
        goal: Goal | None = None,
    ) -> pd.DataFrame:
        """Return when runs reached a value and held it; see `gitxp.convergence`."""
        from gitxp.comparison.curves.convergence import (
            convergence_frame,
            find_convergence,
            parse_target,
        )
        from gitxp.comparison.curves.direction import direction_of
        from gitxp.query.metric_names import one_metric

        unread = Unread()
        rows = self.choose(runs, unread)
        name, target = one_metric(rows, metric), parse_target(to)
        towards = direction_of(name, goal, self.settings.goals)
        found = find_convergence(
            self.repository,
            rows,
            name,
            target,
            pass_over=unread.warn,
            goal=towards,
            hold=hold,
            x=x,
        )
        return convergence_frame(found)

    def groups(
        self,
        runs: Runs = None,
        metric: str | None = None,
        *,
        by: Sequence[str] | str | None = None,
        baseline: RunReference | None = None,
        interval: IntervalMethod = "t",
        confidence: float = 0.95,
        resamples: int = 10_000,
        only_finished: bool = True,
    ) -> pd.DataFrame:
        """Return a frame with a row a group of runs; see `gitxp.groups`."""
        from gitxp.comparison.groups.group_frame import group_frame
        from gitxp.comparison.groups.spread import Settled, against_group, spread_of

        settled, unread = Settled(interval, confidence, resamples, only_finished), Unread()
        rows = self.choose(runs, unread)
        spread = spread_of(rows, metric, self.settings.goals, by=by, settled=settled)
        if baseline is not None:
            (key,) = self.choose([baseline], unread).keys
            spread = against_group(spread, key.id, self.choose(unread=unread), by)
        return group_frame(spread, rows)

    def suite(
        self,
        runs: Runs = None,
        metric: str | None = None,
        *,
        task: str,
        by: Sequence[str] | str | None = None,
        baseline: RunReference | None = None,
        confidence: float = 0.95,
        resamples: int = 10_000,
        only_finished: bool = True,
    ) -> pd.DataFrame:
        """Return a frame with a row a group of runs over several tasks; see `gitxp.suite`."""
        from gitxp.comparison.groups.spread import Settled
        from gitxp.comparison.groups.suite import against_suite_group, suite_frame, suite_of

        settled, unread = Settled("percentile", confidence, resamples, only_finished), Unread()
        rows = self.choose(runs, unread)
        made = suite_of(rows, metric, self.settings.goals, task=task, by=by, settled=settled)
        if baseline is not None:
            (key,) = self.choose([baseline], unread).keys
            made = against_suite_group(made, key.id)
        return suite_frame(made, rows)


def _check_several(rows: RunRows, *, keeps_same: bool) -> None:
    """Refuse to compare what one argument means, where nothing could differ.

    Args:
        keeps_same: Whether what all runs have the same is to be told, too: of one that is all.

    Raises:
        InvalidValue: If it means no run, or one.
    """
    if not len(rows):
        raise InvalidValue(
            "no runs to compare: none fits", hint="gitxp.runs() shows those that there are"
        )
    if len(rows) == 1 and not keeps_same:
        raise InvalidValue(
            f"run {rows.keys[0].label!r} alone: expected two runs or more to compare",
            hint="name another; all=True tells all that is known of one",
        )
