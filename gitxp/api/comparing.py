"""Comparing for notebooks: what runs have in common, and what sets them apart, as frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitxp.api.reading import open as open_project
from gitxp.api.references import RunReference

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.api.reading import Runs
    from gitxp.statistics.interval import IntervalMethod


def groups(
    runs: Runs = None,
    metric: str | None = None,
    *,
    by: Sequence[str] | str | None = None,
    baseline: RunReference | None = None,
    interval: IntervalMethod = "bca",
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
        interval: How `low` and `high` are found: `bca` or `percentile` by the bootstrap, or `t`,
            Student's, which is the better one of few runs.
        confidence: That of the intervals; the rest to 1 is the level of tests.
        resamples: How many resamples are drawn, or permutations; always the same ones.
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
        ...     with gitxp.start_run("lr", params={"lr": 0.1, "seed": seed}) as run:
        ...         run.log({"loss": 0.5 + seed / 100})
        >>> gitxp.groups(metric="loss")[["n", "mean", "std"]].round(4).values.tolist()
        [[5.0, 0.52, 0.0158]]
    """
    return open_project(remote=remote).groups(
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
        InvalidValue: If the baseline is none of the runs.

    Example:
        >>> import gitxp
        >>> for task, score in (("pong", 0.5), ("chess", 0.7)):
        ...     for seed in range(3):
        ...         with gitxp.start_run("games", params={"task": task}, seeds=seed) as run:
        ...             run.log({"score": score + seed / 10})
        >>> gitxp.suite(metric="score", task="params.task")[["n", "tasks", "iqm"]].values.tolist()
        [[6.0, 2.0, 0.7]]
    """
    return open_project(remote=remote).suite(
        runs,
        metric,
        task=task,
        by=by,
        baseline=baseline,
        confidence=confidence,
        resamples=resamples,
        only_finished=only_finished,
    )
