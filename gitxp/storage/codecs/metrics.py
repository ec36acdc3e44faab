"""`metrics.toml`: the summary of each metric."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gitxp.errors import DamagedRecord, InvalidName
from gitxp.model.metric import At, MetricSummary
from gitxp.model.names import check_metric_name
from gitxp.storage.codecs.toml import Table, dumps, loads
from gitxp.storage.layout import METRICS

# A table as `encode_summaries` writes it where no value is left out. What matches is TOML, and
# means there what `float` and `int` make of it.
_FLOAT = r"(nan|-?inf|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:e[-+]?[0-9]+)?|e[-+]?[0-9]+))"
_INTEGER = r"(-?(?:0|[1-9][0-9]{0,17}))"
_TABLE = re.compile(
    r"\n?\[(?:([A-Za-z0-9_-]+)|\"([^\"\\\x00-\x1f\x7f]+)\")\]\n"
    + "".join(
        rf"{reducer} = {_FLOAT}\n{reducer}_step = {_INTEGER}\n"
        for reducer in ("first", "last", "min", "max")
    )
    + rf"mean = {_FLOAT}\ncount = {_INTEGER}\nnonfinite = {_INTEGER}\n"
)


def encode_summaries(summaries: Mapping[str, MetricSummary]) -> bytes:
    """Return `metrics.toml`, a table per metric in the order of names."""
    return dumps({name: _encode(summaries[name]) for name in sorted(summaries)})


def decode_summaries(content: bytes) -> dict[str, MetricSummary]:
    """Return the summaries by name.

    Raises:
        DamagedRecord: If the bytes break the format.
    """
    as_written = _decode_as_written(content)
    if as_written is not None:
        return as_written
    tables = Table(loads(content, METRICS), METRICS)
    return {_checked(name): _decode(table) for name, table in tables.items()}


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


def _decode_as_written(content: bytes) -> dict[str, MetricSummary] | None:
    """Return the summaries of a document spelled as this writes it; None for any other.

    Most of what is read of many runs are such documents: this takes a third of the time.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    found: dict[str, MetricSummary] = {}
    end = tables = 0
    while match := _TABLE.match(text, end):
        bare, quoted, *values = match.groups()
        found[_checked(bare or quoted)] = _summary_of(values)
        tables += 1
        end = match.end()
    return found if end == len(text) and len(found) == tables else None


def _summary_of(values: Sequence[str]) -> MetricSummary:
    first, first_step, last, last_step, low, low_step, high, high_step, *rest = values
    mean, count, nonfinite = rest
    return MetricSummary(
        At(float(first), int(first_step)),
        At(float(last), int(last_step)),
        At(float(low), int(low_step)),
        At(float(high), int(high_step)),
        float(mean),
        int(count),
        int(nonfinite),
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
