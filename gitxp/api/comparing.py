"""Comparing runs in notebooks: the module's functions, about the repository one stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.api.reading import open  # noqa: A004  # as `gitxp.open`
from gitxp.model.goal import Goal

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.api.reading import Runs
    from gitxp.comparison.curves import Grid
    from gitxp.statistics.bands import BandKind

    By = str | Sequence[str] | Mapping[str, Any] | pd.Series[Any] | None


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
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Returns:
        float64, indexed by `step` (int64 where the places are steps), `time` or the metric; with
        `by` the columns have a level for each column named there, and one called `statistic`.

    Raises:
        UnknownMetric: If no run has the metric, or the one that is `x`.
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
        to: A threshold; or a share of the way from a run's first value to its best, as `"95%"`.
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
