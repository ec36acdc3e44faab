"""A comparison as plain facts, for JSON."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from gitxp.comparison.differences.comparison import Cell, Comparison, Row
from gitxp.model.goal import goal_fields

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand


def comparison_fields(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as an object: runs, sections of rows, and what is the same in all."""
    return {
        "runs": [
            {
                "run": str(run.id),
                "experiment": str(run.experiment),
                "name": run.name,
                "label": label,
            }
            for run, label in zip(comparison.runs, comparison.labels, strict=True)
        ],
        "sections": [
            {"section": one.title, "rows": [_row(row, one.title) for row in one.rows]}
            for one in comparison.sections
        ],
        "same": list(comparison.same),
    }


def _row(row: Row, section: str) -> dict[str, Any]:
    goal = goal_fields(row.goal) if section == "metrics" else {}
    return {
        "field": row.field,
        **goal,
        "differs": row.differs,
        "cells": [None if one is None else _cell(one, section) for one in row.cells],
    }


def _cell(cell: Cell, section: str) -> dict[str, Any]:
    told = cell.value
    is_plain = not is_dataclass(told) or isinstance(told, type)
    found: dict[str, Any] = {"value": told if is_plain else asdict(told)}
    if section == "params":  # JSON has fewer types than params
        found["type"] = type(told).__name__
    if section == "metrics":
        found |= {
            "difference": cell.difference,
            "better": cell.is_better,
            "over_seeds": _over_seeds(cell.stand),
        }
    return found


def _over_seeds(stand: Stand | None) -> dict[str, Any] | None:
    if stand is None:
        return None
    from gitxp.comparison.baseline.stand import stand_fields  # which is loaded, then

    return stand_fields(stand)
