"""Runs and points as pandas frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.rows import OWN_COLUMNS, run_row

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Duplicates = Literal["all", "last", "mean"]
_TIMES = ("started", "finished")
_NUMBERS = ("exit_code", "points")


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`.

    Whole numbers are `Int64`, truth values `boolean`, metrics `float64`, times
    `datetime64[us, UTC]`, durations `timedelta64[us]`; a param that is a number in one run and
    text in another keeps both as objects.
    """
    import pandas as pd

    rows = [run_row(run) for run in runs]
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["run", *OWN_COLUMNS]
    columns = {name: _series(name, [row.get(name) for row in rows]) for name in names}
    return pd.DataFrame(columns).set_index("run")


def _series(name: str, values: list[object]) -> pd.Series:
    import pandas as pd

    if name in _TIMES:
        return pd.Series(values, dtype="datetime64[us, UTC]")
    if name == "duration":
        return pd.Series(values, dtype="timedelta64[us]")
    if name.startswith("metrics"):
        is_count = name.endswith(":count")
        return pd.Series(values, dtype="Int64" if is_count else "float64")
    present = [value for value in values if value is not None]
    if name in _NUMBERS or _are_all(present, int):
        return _whole_numbers(values)
    if name == "dirty" or _are_all(present, bool):
        return pd.Series(values, dtype="boolean")
    if _are_all(present, float, int):
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype="object")


def _are_all(values: list[object], *kinds: type) -> bool:
    return bool(values) and all(type(value) in kinds for value in values)


def _whole_numbers(values: list[object]) -> pd.Series:
    import pandas as pd

    try:
        return pd.Series(values, dtype="Int64")
    except OverflowError:  # beyond 64 bits only objects are exact
        return pd.Series(values, dtype="object")


def history_frame(
    tables: Mapping[RunId, pa.Table],
    metrics: Sequence[str] | None = None,
    *,
    duplicates: Duplicates = "all",
    wide: bool = False,
) -> pd.DataFrame:
    """Return a frame with a row a point, or with `wide` a row a step and a column a metric.

    Args:
        tables: Points by run.
        metrics: Names to keep; all where None.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.

    Returns:
        Columns `run`, `metric`, `step` (int64), `time` (UTC), `value` (float64) and `writer`;
        wide: indexed by `run` and `step`, a float64 column a metric.

    Raises:
        UnknownMetric: If no run has one of `metrics`.
        InvalidValue: If `wide` meets a repeated step and `duplicates` is `all`.
    """
    frame = _concatenated(tables)
    if metrics is not None:
        _check_metrics(frame, metrics)
        frame = frame[frame["metric"].isin(list(metrics))]
    frame = _without_duplicates(frame, duplicates)
    if wide:
        return _wide(frame)
    return frame.reset_index(drop=True)


def _concatenated(tables: Mapping[RunId, pa.Table]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for run, table in tables.items():
        frame = table.to_pandas()
        frame = frame.astype({"metric": "object", "writer": "object"})
        frame.insert(0, "run", str(run))
        frames.append(frame)
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _POINT_DTYPES.items()})
    joined: pd.DataFrame = pd.concat(frames, ignore_index=True)
    return joined


def _check_metrics(frame: pd.DataFrame, metrics: Sequence[str]) -> None:
    known = set(frame["metric"].unique())
    for name in metrics:
        if name not in known:
            raise UnknownMetric(
                f"no selected run has the metric {name!r}",
                hint=f"known are: {', '.join(sorted(known)[:10])}",
            )


def _without_duplicates(frame: pd.DataFrame, duplicates: Duplicates) -> pd.DataFrame:
    keys = ["run", "metric", "step"]
    if duplicates == "all":
        return frame
    if duplicates == "last":
        in_time = frame.sort_values("time", kind="stable")
        latest: pd.DataFrame = in_time.drop_duplicates(keys, keep="last")
        return latest.sort_index()
    if duplicates == "mean":
        # Not groupby's own mean, which passes over NaN: a point that is NaN was logged, too.
        means = frame.groupby(keys, sort=False)["value"].transform(
            lambda one: one.mean(skipna=False)
        )
        averaged: pd.DataFrame = frame.assign(value=means).drop_duplicates(keys, keep="last")
        return averaged
    raise InvalidValue(f"duplicates is {duplicates!r}: expected 'all', 'last' or 'mean'")


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    repeated = frame[frame.duplicated(["run", "metric", "step"])]
    if len(repeated):
        first = repeated.iloc[0]
        raise InvalidValue(
            f"metric {first['metric']!r} of run {first['run'][:7]} has step {first['step']} twice",
            hint="history(…, wide=True, duplicates='last')",
        )
    pivoted: pd.DataFrame = frame.pivot(index=["run", "step"], columns="metric", values="value")
    return pivoted


_POINT_DTYPES: Mapping[str, Any] = {
    "run": "str",
    "metric": "object",
    "step": "int64",
    "time": "datetime64[us, UTC]",
    "value": "float64",
    "writer": "object",
}
