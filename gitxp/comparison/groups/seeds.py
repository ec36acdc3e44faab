"""Which params are seeds: they part the repetitions of one experiment, and no two experiments."""

from __future__ import annotations

import re
from typing import Any, Final

from gitxp.query.columns import parse_column

_SEED: Final = re.compile(
    r"(?:.*[^a-z])?(?:(?:random|hash|pythonhash)?seeds?|random_?state)[\d_]*|seed_everything",
    re.IGNORECASE,
)
# How many seeds there are to be is no seed.
_COUNT: Final = re.compile(r"(?:n|num|number|count)_.*", re.IGNORECASE)
_HUMP: Final = re.compile(r"(?<=[a-z\d])(?=[A-Z])")


def is_seed(column: str) -> bool:
    """Return whether a column holds a seed: any of `seeds`, and a param that is called like one.

    That is one whose last key ends in the word seed or `random_state`, be it with a number behind
    it, and everything in a mapping of such a name; a count of seeds, such as `n_seeds`, is none.

    Example:
        >>> is_seed("seeds.numpy"), is_seed("params.model.random_state"), is_seed("params.dataSeed")
        (True, True, True)
        >>> is_seed("params.seeds.numpy"), is_seed("params.n_seeds"), is_seed("params.seedling")
        (True, False, False)
    """
    if not column.startswith(("params", "seeds")):
        return False
    parsed = parse_column(column)
    return parsed.field == "seeds" or any(map(_names_seed, parsed.keys))


def _names_seed(key: Any) -> bool:
    name = _HUMP.sub("_", key) if isinstance(key, str) else ""
    return _SEED.fullmatch(name) is not None and _COUNT.fullmatch(name) is None
