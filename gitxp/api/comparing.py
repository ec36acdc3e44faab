"""Comparing runs in notebooks: the module's functions, about the repository one stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.api.reading import open  # noqa: A004  # as `gitxp.open`
from gitxp.api.references import RunReference
from gitxp.model.goal import Goal

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.api.choosing import Runs
    from gitxp.comparison.curves.curves import Grid
    from gitxp.comparison.differences.comparison import Comparison
    from gitxp.statistics.methods import BandKind, IntervalMethod

    By = str | Sequence[str] | Mapping[str, Any] | pd.Series[Any] | None


def compare(
    *runs: Runs,
    all: bool = False,  # noqa: A002  # as `--all`
    baseline: RunReference | None = None,
    remote: str | None = None,
) -> Comparison:
    """Return what sets runs apart: params, code, environment, data, metrics and the rest.

    Args:
        runs: Two runs or more (ids, names, or runs themselves), or one argument that means
            several: a frame of `runs()`, a list, a filter. The first is what others are measured
            against; a run that is named twice counts once, but for its record here and another
            one that was fetched (`"lr-0.1", "origin/lr-0.1"`).
        all: Also what all of them have the same.
        baseline: A run from which each metric's difference is told, too, in a row `… on baseline`;
            where None, from the baseline that each run has, if that is here. There is no such row
            where differences from the first of `runs` say the same. Beside each difference, in the
            table, stands what the seeds of both say.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Raises:
        UnknownRun: If there is no such run.
        AmbiguousRun: If a prefix fits several.
        InvalidValue: If an argument names no runs, or the only one means none, or a single run
            without `all`.
        TooManyRuns: If there are more than 100.
        DamagedRecord: If the record of the first cannot be read, or that of no other; where one of
            several others cannot, it is warned.

    Example:
        >>> import gitxp
        >>> for lr in (0.1, 0.2):
        ...     with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr, "epochs": 3}) as run:
        ...         run.log({"val/loss": lr})
        >>> found = gitxp.compare("lr-0.1", "lr-0.2")
        >>> found.frame.loc[("params", "lr")].tolist()
        [0.1, 0.2]
        >>> [section.title for section in gitxp.compare("params.lr > 0").sections]
        [...'metrics', 'params'...]
        >>> found = gitxp.compare("lr-0.1", "lr-0.2", baseline="lr-0.2")
        >>> found.frame.loc[("metrics", "val/loss on baseline"), found.runs[0].id]
        -0.1
    """
    return open(remote=remote).compare(*runs, all=all, baseline=baseline)


def curves(
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
    remote: str | None = None,
) -> pd.DataFrame:
    """Return the curves of a metric at the same places: a row a place, a column a run.

    Between two of its points a run has the value of the straight line, outside of its own points
    and next to a value that is not finite none (`NaN`). Runs without the metric have no column.

    Args:
        runs: As `gitxp.history` takes them; all where None.
        x: `step`, `time` (seconds since the run began, pauses between its sessions left out), or
            the name of another metric, which is joined by step.
        grid: The places: so many, evenly spaced, or the places themselves. Where None every step
            that one of the runs has; along time or a metric 1,000 places.
        smooth: Weight of an exponential moving average, as in TensorBoard: from 0, none, to less
            than 1.
        best: The best value so far instead of each value.
        goal: Which way is better, `max` or `min`; as the settings, else the metric's name, say
            where None. Only `best` asks.
        by: Groups instead of runs: a column such as `params.lr` or several, or a mapping of ids of
            runs to labels, such as a column of `gitxp.runs()`. Of each group there are the columns
            `mean`, `low`, `high` (the band) and `n`, how many of its runs have a value there. The
            band is where two runs or more have one.
        band: `ci`, Student's t interval of the mean; `bootstrap`, the percentile interval of the
            mean; `std`, the standard deviation to each side; `minmax`, all that there is.
        confidence: Of the first two.
        only_finished: With `by` by columns: leave out runs that go on, failed, or were killed, as
            `gitxp.groups` does. Of runs with the same seed the newest counts, there and here. A
            mapping is taken as it stands.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        float64, indexed by `step` (int64 where the places are steps), `time` or the metric; with
        `by` the columns have a level for each column named there, and one called `statistic`.

    Raises:
        UnknownMetric: If no run has the metric, or the one that is `x`, or with `by` no run counts.
        DamagedRecord: If the points of no run can be read.
        InvalidValue: If an argument is out of range, or `best` meets a metric without a goal.

    Example:
        >>> import gitxp
        >>> for seed, losses in enumerate([(4.0, 2.0, 1.0), (6.0, 4.0)]):
        ...     with gitxp.start_run("seeds", params={"lr": 0.1}, seeds=seed) as run:
        ...         for step, loss in enumerate(losses):
        ...             run.log({"loss": loss}, step=step)
        >>> runs = gitxp.runs(experiment="seeds")
        >>> gitxp.curves(runs, "loss").loc[1].tolist()
        [4.0, 2.0]
        >>> gitxp.curves(runs, "loss", by="params.lr", band="minmax")[0.1]
        statistic  mean  low  high  n
        step
        0           5.0  4.0   6.0  2
        1           3.0  2.0   4.0  2
        2           1.0  NaN   NaN  1
    """
    return open(remote=remote).curves(
        runs,
        metric,
        x=x,
        grid=grid,
        smooth=smooth,
        best=best,
        goal=goal,
        by=by,
        band=band,
        confidence=confidence,
        only_finished=only_finished,
    )


def convergence(
    runs: Runs,
    metric: str,
    to: float | str,
    *,
    hold: int = 1,
    x: str = "step",
    goal: Goal | None = None,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return when runs reached a value and held it: a row a run; none where they did not.

    Args:
        runs: As `gitxp.history` takes them; all where None.
        to: A threshold; or a share of the way from a run's first value to its best, as `"95%"`,
            which a run that never got better than at first has not reached.
        hold: At how many points in a row it must be reached.
        x: Along what the areas are taken; see `gitxp.curves`.
        goal: Which way is better, `max` or `min`; as the settings, else the metric's name, say
            where None.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        Columns, `NA` or `NaN` where there is nothing: `step` (Int64) and `seconds`, where the
        threshold was reached first and held, and `x`, the same along that axis;
        `threshold`; `first`, `best`, `best_step` (Int64) and `last`; `area` under the curve and
        `best_area` under the best value so far, both divided by the length of the axis;
        `points` (Int64).

    Raises:
        UnknownMetric: If no run has the metric, or the one that is `x`.
        DamagedRecord: If the points of no run can be read.
        InvalidValue: If an argument is out of range, or nothing says which way is better.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", "quick") as run:
        ...     for step, loss in enumerate((4.0, 2.0, 1.0, 1.0)):
        ...         run.log({"loss": loss}, step=step)
        >>> found = gitxp.convergence("quick", "loss", to="90%", hold=2).iloc[0]
        >>> int(found["step"]), float(found["threshold"].round(3)), float(found["area"])
        (2, 1.3, 1.8333333333333333)
    """
    return open(remote=remote).convergence(runs, metric, to, hold=hold, x=x, goal=goal)


def groups(
    runs: Runs = None,
    metric: str | None = None,
    *,
    by: Sequence[str] | str | None = None,
    baseline: RunReference | None = None,
    interval: IntervalMethod = "t",
    confidence: float = 0.95,
    resamples: int = 10_000,
    only_finished: bool = True,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a group of runs: how a metric spreads over seeds.

    Args:
        runs: A frame of `runs()`, a run or several (ids, names, or runs themselves), or a filter;
            all runs where None.
        metric: Its last value counts, or another summary: `val/accuracy:max`. The metric that
            `git xp list` shows first where None.
        by: A column or several to group by, such as `params.lr`, `tags.group` or `code_tree`;
            `params`, `data` and `tags` stand for all of theirs but for seeds. Where None, runs are
            in one group that differ in nothing but seeds: their params, the versions of their data
            and their code are the same. A param is a seed whose name ends in `seed`, `seeds` or
            `random_state`.
        baseline: A run; each group is compared with the one that it belongs to.
        interval: How `low` and `high` are found: `t`, Student's; or by the bootstrap `bca` or
            `percentile`, which are too narrow of fewer than 10 runs.
        confidence: That of the intervals; the rest to 1 is the level of tests.
        resamples: How many resamples are drawn, or permutations; always the same ones, and at most
            1,000,000.
        only_finished: Leave out runs that go on, failed, or were killed.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        The columns in which the groups differ, `n`, `nonfinite`, `unfinished` and `reruns` (runs
        that came out as NaN or infinite, that are left out, and that a later one with the same
        seed made anew; none is in `n`), `mean`, `std`, `sem`,
        `low`, `high`, `median`, `min`, `max`; with a baseline `difference`, `difference_low`,
        `difference_high`, `effect`, `p_welch`, `p_permutation`, `p_corrected` and `conclusion`
        (`better`, `worse`, `within the noise` or `cannot be said`); `runs`, the ids. The best
        group comes first.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has a column to group by.
        InvalidValue: If no statistics can be made with the arguments.

    Example:
        >>> import gitxp
        >>> for seed in range(5):
        ...     with gitxp.start_run("spread", params={"lr": 0.1, "seed": seed}) as run:
        ...         run.log({"loss": 0.5 + seed / 100})
        >>> found = gitxp.groups('experiment == "spread"', "loss")
        >>> found[["n", "mean", "std"]].round(4).values.tolist()
        [[5.0, 0.52, 0.0158]]
    """
    return open(remote=remote).groups(
        runs,
        metric,
        by=by,
        baseline=baseline,
        interval=interval,
        confidence=confidence,
        resamples=resamples,
        only_finished=only_finished,
    )


def suite(
    runs: Runs = None,
    metric: str | None = None,
    *,
    task: str,
    by: Sequence[str] | str | None = None,
    baseline: RunReference | None = None,
    confidence: float = 0.95,
    resamples: int = 10_000,
    only_finished: bool = True,
    remote: str | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a group of runs: what each comes to over several tasks.

    The aggregates are those of Agarwal et al., "Deep Reinforcement Learning at the Edge of the
    Statistical Precipice", NeurIPS 2021: of few runs a task they say more than mean or median.

    Args:
        runs: See `gitxp.groups`.
        metric: See `gitxp.groups`; its unit has to be the same in all tasks, as that of an accuracy
            or a normalised score is.
        task: The column that says which task a run is of, such as `params.env` or `data.corpus`;
            runs without it are passed over.
        by: See `gitxp.groups`; by params and code, but for the task, where None.
        baseline: A run among `runs`; each group is compared with the one that it belongs to.
        confidence: That of the intervals, which are percentiles of a bootstrap within each task.
        resamples: How many resamples are drawn; always the same ones.
        only_finished: Leave out runs that go on, failed, or were killed.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        The columns in which the groups differ, `n`, `tasks`, `missing` (of how many tasks a group
        has no run: then nothing is said of it), `nonfinite`, `unfinished`, `reruns`, the
        interquartile mean `iqm` with `iqm_low` and `iqm_high`, the probability of improvement on
        the baseline `improvement` with `improvement_low` and `improvement_high`; `runs`, the ids.
        The best group comes first.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has the column of the task, or one to group by.
        InvalidValue: If the baseline is none of the runs, or nothing says which way the metric is
            better.

    Example:
        >>> import gitxp
        >>> for task, score in (("pong", 0.5), ("chess", 0.7)):
        ...     for seed in range(3):
        ...         with gitxp.start_run("games", params={"task": task}, seeds=seed) as run:
        ...             run.log({"score": score + seed / 10})
        >>> gitxp.suite(metric="score", task="params.task")[["n", "tasks", "iqm"]].values.tolist()
        [[6.0, 2.0, 0.7]]
    """
    return open(remote=remote).suite(
        runs,
        metric,
        task=task,
        by=by,
        baseline=baseline,
        confidence=confidence,
        resamples=resamples,
        only_finished=only_finished,
    )
