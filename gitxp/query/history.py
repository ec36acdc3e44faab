"""Points of many runs as a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from gitxp.errors import InvalidValue
from gitxp.query.columns import reduced
from gitxp.query.each_run import PassOver, read_some
from gitxp.query.metric_names import MetricName, asked_metrics, matching_metrics
from gitxp.query.points import PointReader
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.steps import ChosenSteps, Steps, chosen_steps
from gitxp.storage.points.arrow_arrays import numbers_of
from gitxp.storage.repository import Repository
from gitxp.text import shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

Duplicates = Literal["all", "last", "mean"]
_KEYS = ["run", "metric", "step"]


def history_frame(
    repository: Repository,
    rows: RunRows,
    metrics: Sequence[MetricName] | MetricName | None = None,
    *,
    pass_over: PassOver,
    duplicates: Duplicates = "all",
    wide: bool = False,
    steps: Steps | None = None,
) -> pd.DataFrame:
    """Return a frame with a row a point, or with `wide` a row a step and a column a metric.

    Args:
        metrics: One or several to keep, see `matching_metrics`; all where None.
        pass_over: Called with each run whose points cannot be read; see `read_some`.
        duplicates: What becomes of points of one run, metric and step: `all` keeps them, `last`
            the one logged last, `mean` their mean.
        steps: Only points at these, see `chosen_steps`.

    Returns:
        Columns `run`, `metric`, `step` (int64), `time` (UTC), `value` (float64) and `writer`;
        wide: indexed by `run` and `step`, a float64 column a metric, those without a point here
        among them that were asked for.

    Raises:
        UnknownMetric: If no run has one of `metrics`.
        InvalidValue: If one of `metrics` is none, an argument is of a wrong kind, or `wide` meets a
            repeated step and `duplicates` is `all`.
        DamagedRecord: If there are such points of runs, and those of none can be read.
    """
    _check_form(duplicates, wide)
    chosen = None if steps is None else chosen_steps(steps)
    wanted = None if metrics is None else matching_metrics(rows, asked_metrics(metrics))
    points = _Points()
    keys, reader = keys_having(rows, wanted), PointReader(repository)
    for key, table in read_some(repository, keys, reader.read, pass_over):
        points.add(key.id, table, wanted, chosen)
    frame = _without_duplicates(points.frame(), duplicates)
    return _wide(frame, wanted) if wide else frame.reset_index(drop=True)


def _check_form(duplicates: Any, wide: Any) -> None:
    """Refuse what is no form of a frame, before any point is read."""
    if not isinstance(duplicates, str) or duplicates not in get_args(Duplicates):
        raise InvalidValue(f"duplicates is {shown(duplicates)}: expected 'all', 'last' or 'mean'")
    if not isinstance(wide, bool):
        raise InvalidValue(f"wide is {shown(wide)}: expected True or False")


class _Points:
    """Points as they come, run by run; each column lies together only once, at the end."""

    def __init__(self) -> None:
        self._columns: dict[str, list[NDArray[Any]]] = {
            name: [] for name in ("run", "metric", "step", "time", "value", "writer")
        }
        self._words: dict[str, dict[str, int]] = {"run": {}, "metric": {}, "writer": {}}

    def add(
        self, run: str, table: pa.Table, wanted: Sequence[str] | None, steps: ChosenSteps | None
    ) -> None:
        """Take those points of a run that are of wanted metrics, and at the steps wanted."""
        for batch in table.to_batches():
            self._add_batch(run, batch, None if wanted is None else set(wanted), steps)

    def _add_batch(
        self, run: str, batch: pa.RecordBatch, wanted: set[str] | None, steps: ChosenSteps | None
    ) -> None:
        import numpy as np

        columns: dict[str, Any] = {
            "step": numbers_of(batch.column("step"), np.int64),
            "time": numbers_of(batch.column("time"), np.int64),
            "value": numbers_of(batch.column("value"), np.float64),
            "metric": self._codes("metric", batch, wanted),
            "writer": self._codes("writer", batch, None),
        }
        kept = _kept(columns["metric"], columns["step"], wanted, steps)
        if kept is not None:
            columns = {name: values[kept] for name, values in columns.items()}
        count = len(columns["step"])
        if not count:
            return
        number = self._words["run"].setdefault(run, len(self._words["run"]))
        columns["run"] = np.full(count, number, np.int32)
        for name, values in columns.items():
            self._columns[name].append(values)

    def _codes(
        self, name: str, batch: pa.RecordBatch, wanted: set[str] | None
    ) -> NDArray[np.int32]:
        """Return a number for each word of a column, the same through all runs; -1: not wanted."""
        import numpy as np

        known = self._words[name]
        words = batch.column(name).dictionary.to_pylist()
        codes = [
            known.setdefault(word, len(known)) if wanted is None or word in wanted else -1
            for word in words
        ]
        indices = numbers_of(batch.column(name).indices, np.int32)
        made: NDArray[np.int32] = np.array(codes, np.int32)[indices]
        return made

    def frame(self) -> pd.DataFrame:
        """Return all points taken; nothing of them is kept here."""
        import numpy as np
        import pandas as pd

        dtypes = {"step": "int64", "time": "int64", "value": "float64"}
        made: dict[str, Any] = {}
        for name in list(self._columns):
            arrays = self._columns.pop(name)
            whole = np.concatenate(arrays) if arrays else np.empty(0, dtypes.get(name, "int32"))
            del arrays
            if name in self._words:
                words = pd.Series(list(self._words[name]), dtype="str")
                made[name] = words.array.take(whole)
            elif name == "time":
                made[name] = pd.DatetimeIndex(whole.view("datetime64[us]")).tz_localize("UTC")
            else:
                made[name] = whole
        return pd.DataFrame(made, copy=False)


def _kept(
    metrics: NDArray[np.int32],
    points: NDArray[np.int64],
    wanted: set[str] | None,
    steps: ChosenSteps | None,
) -> NDArray[np.bool_] | None:
    """Return which points are wanted; None where all are."""
    kept = None if wanted is None else metrics >= 0
    if steps is not None:
        here = steps.among(points)
        kept = here if kept is None else kept & here
    return None if kept is None or kept.all() else kept


def keys_having(rows: RunRows, wanted: Sequence[str] | None) -> Sequence[RunKey]:
    """Return the runs that have one of the metrics wanted; all where None."""
    keys = rows.keys
    if wanted is None:
        return keys
    counts = [rows.values(reduced(name, "count"), 0) for name in wanted]
    return [key for key, *found in zip(keys, *counts, strict=True) if any(found)]


def _without_duplicates(frame: pd.DataFrame, duplicates: Duplicates) -> pd.DataFrame:
    if duplicates == "all":
        return frame
    if duplicates == "last":
        in_time = frame.sort_values("time", kind="stable")
        latest: pd.DataFrame = in_time.drop_duplicates(_KEYS, keep="last")
        return latest.sort_index()
    # Not groupby's own mean, which passes over NaN: a point that is NaN was logged, too.
    means = frame.groupby(_KEYS, sort=False)["value"].transform(lambda one: one.mean(skipna=False))
    averaged: pd.DataFrame = frame.assign(value=means).drop_duplicates(_KEYS, keep="last")
    return averaged


def _wide(frame: pd.DataFrame, wanted: Sequence[str] | None) -> pd.DataFrame:
    repeated = frame[frame.duplicated(_KEYS)]
    if len(repeated):
        first = repeated.iloc[0]
        raise InvalidValue(
            f"metric {first['metric']!r} of run {first['run'][:7]} has step {first['step']} twice",
            hint="history(…, wide=True, duplicates='last')",
        )
    pivoted: pd.DataFrame = frame.pivot(index=["run", "step"], columns="metric", values="value")
    if wanted is None:
        return pivoted
    # A metric of which these runs have no point here was asked for all the same.
    return pivoted.reindex(columns=sorted(wanted)).rename_axis(columns="metric")
