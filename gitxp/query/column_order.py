"""In which order the columns of a field stand: that of the runs that have them, and of names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gitxp.model.names import METRIC_REDUCERS
from gitxp.query.columns import column, parse_column
from gitxp.query.rows import KEYED_FIELDS

_DIGITS: Final = re.compile("([0-9]+)")


def ordered_columns(newest: Mapping[str, int]) -> list[str]:
    """Return columns field by field, within one by the newest run that has each, then by name.

    So the order tells of the runs alone, not of how they came to be indexed.

    Args:
        newest: When the newest run started that has the column, by its name.

    Example:
        >>> ordered_columns({"tags.a": 1, "params.x10": 1, "params.x9": 1, "params.z": 2})
        ['params.z', 'params.x9', 'params.x10', 'tags.a']
        >>> ordered_columns(dict.fromkeys(["metrics.m1:min", "metrics.m1", "metrics.m01"], 1))
        ['metrics.m01', 'metrics.m1', 'metrics.m1:min']
    """
    return sorted(newest, key=lambda name: _place(name, newest[name]))


def natural(text: str) -> tuple[object, ...]:
    """Return what text is sorted by so that numbers in it stand in the order of their sizes.

    Example:
        >>> sorted(["layer10", "layer9", "bias"], key=natural)
        ['bias', 'layer9', 'layer10']
    """
    # Every second part is digits: parts at one place are always of one type.
    return tuple(
        (len(part.lstrip("0")), part.lstrip("0")) if at % 2 else part
        for at, part in enumerate(_DIGITS.split(text))
    )


def _place(name: str, newest: int) -> tuple[object, ...]:
    found = parse_column(name)
    # The summaries of a metric follow its last value, whatever other metrics are called: `m01` is
    # as long and large a number as `m1`.
    summary = METRIC_REDUCERS.index(found.reducer) + 1 if found.reducer else 0
    whole = column(found.field, *found.keys)
    return KEYED_FIELDS.index(found.field), -newest, natural(whole), whole, summary
