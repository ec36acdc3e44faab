"""`metrics.toml`: the summary of each metric."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gitxp.errors import DamagedRecord, InvalidName
from gitxp.model.metric import At, MetricSummary
from gitxp.model.names import check_metric_name
from gitxp.storage.codecs.toml import INT64, Table, dumps, loads
from gitxp.storage.layout import METRICS

_FLOATS = ("first", "last", "min", "max", "mean")
_INTEGERS = ("first_step", "last_step", "min_step", "max_step", "count", "nonfinite")
_USUAL = {*_FLOATS, *_INTEGERS}


def encode_summaries(summaries: Mapping[str, MetricSummary]) -> bytes:
    """Return `metrics.toml`, a table per metric in the order of names."""
    return dumps({name: _encode(summaries[name]) for name in sorted(summaries)})


def decode_summaries(content: bytes) -> dict[str, MetricSummary]:
    """Return the summaries by name.

    Raises:
        DamagedRecord: If the bytes break the format.
    """
    document = loads(content, METRICS)
    tables = Table(document, METRICS)
    return {
        _checked(name): _decode_usual(table) or _decode(tables.table(name))
        for name, table in document.items()
    }


@lru_cache(maxsize=4096)  # the runs of an experiment have the same metrics
def _checked(name: str) -> str:
    try:
        return check_metric_name(name)
    except InvalidName as error:
        raise DamagedRecord(f"{METRICS}: {error}") from error


def _encode(summary: MetricSummary) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for reducer in ("first", "last", "min", "max"):
        at: At | None = getattr(summary, reducer)
        if at is not None:
            table[reducer] = at.value
            table[f"{reducer}_step"] = at.step
    if summary.mean is not None:
        table["mean"] = summary.mean
    table |= {"count": summary.count, "nonfinite": summary.nonfinite}
    return {**table, "rank": summary.rank} if summary.rank else table


def _decode_usual(table: Any) -> MetricSummary | None:
    """Return the summary in a table that has every key as it is written; None for any other.

    Most of what listing many runs reads are such tables: this takes a quarter of the time.
    """
    if not isinstance(table, dict) or table.keys() != _USUAL:
        return None
    values = [table[key] for key in _FLOATS]
    numbers = [table[key] for key in _INTEGERS]
    if not all(type(value) is float for value in values):
        return None
    if not all(type(number) is int and number in INT64 for number in numbers):
        return None
    first, last, lowest, highest, mean = values
    first_step, last_step, min_step, max_step, count, nonfinite = numbers
    return MetricSummary(
        At(first, first_step),
        At(last, last_step),
        At(lowest, min_step),
        At(highest, max_step),
        mean,
        count,
        nonfinite,
    )


def _decode(table: Table) -> MetricSummary:
    def at(reducer: str) -> At:
        return At(table.number(reducer), table.integer(f"{reducer}_step"))

    return MetricSummary(
        first=at("first"),
        last=at("last"),
        min=at("min") if "min" in table else None,
        max=at("max") if "max" in table else None,
        mean=table.number("mean") if "mean" in table else None,
        count=table.integer("count"),
        nonfinite=table.integer("nonfinite", 0),
        rank=table.integer("rank", 0),
    )
