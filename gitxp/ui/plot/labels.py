"""What runs are called in a picture: so that no two of them are called the same."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gitxp.model.identity import SHORT_ID
from gitxp.query.columns import param_title
from gitxp.query.headlines import varying_params
from gitxp.query.run_rows import RunRows
from gitxp.text import cell, value

_MOST_PARAMS: Final = 4


def run_labels(rows: RunRows) -> list[str]:
    """Return what each run is called: as people said, else by the params in which these differ.

    A name that was generated tells how a run differs from the one before, which may not be here.
    """
    names = [
        "" if generated else name
        for name, generated in zip(
            rows.values("name"), rows.values("name_generated", absent=False), strict=True
        )
    ]
    params = varying_params(rows)[:_MOST_PARAMS]
    if params and not all(names):
        told = rows.dicts(params)
        names = [
            name or " ".join(f"{cell(param_title(key))}={value(one)}" for key, one in given.items())
            for name, given in zip(names, told, strict=True)
        ]
    counts = Counter(names)
    return [
        name if name and counts[name] == 1 else f"{name} {run[:SHORT_ID]}".strip()
        for name, run in zip(names, rows.values("run"), strict=True)
    ]
