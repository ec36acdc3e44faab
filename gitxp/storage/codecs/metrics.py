"""`metrics.toml`: the summary of each metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitxp.errors import DamagedRecord, InvalidName
from gitxp.model.metric import At, MetricSummary
from gitxp.model.names import check_metric_name
from gitxp.storage.codecs.toml import Table, dumps, loads
from gitxp.storage.layout import METRICS


def encode_summaries(summaries: Mapping[str, MetricSummary]) -> bytes:
    """Return `metrics.toml`, a table per metric in the order of names."""
    return dumps({name: _encode(summaries[name]) for name in sorted(summaries)})


def decode_summaries(content: bytes) -> dict[str, MetricSummary]:
    """Return the summaries by name.

    Raises:
        DamagedRecord: If the bytes break the format.
    """
    document = Table(loads(content, METRICS), METRICS)
    return {_checked(name): _decode(table) for name, table in document.items()}


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
    return {**table, "count": summary.count, "nonfinite": summary.nonfinite}


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
    )
