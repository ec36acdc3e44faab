"""What a run without a name is called: the params in which it differs from the run before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from gitxp.model.params import param_leaves
from gitxp.text import cell, value

# As much as a line has room for, and people can tell apart.
_MOST_PARAMS: Final = 4
_LONGEST: Final = 60
_LONGEST_VALUE: Final = 24


def name_parts(params: Mapping[Any, Any], seeds: Mapping[str, int]) -> dict[str, Any]:
    """Return what a run can be called by: its params, flat, then seeds that are no param.

    Example:
        >>> name_parts({"lr": 0.1, "model": {"depth": 3}}, {"seed": 7})
        {'lr': 0.1, 'model.depth': 3, 'seed': 7}
    """
    parts = {".".join(map(str, path)): one for path, one in param_leaves(params)}
    return {**parts, **{key: seed for key, seed in seeds.items() if key not in parts}}


def digests(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return by what tells whether a value is another one, without the value."""
    return {
        title: hashlib.blake2b(
            repr(one).encode("utf-8", "surrogatepass"), digest_size=8
        ).hexdigest()
        for title, one in parts.items()
    }


def generated_name(
    parts: Mapping[str, Any], now: Mapping[str, str], before: Mapping[str, str]
) -> str:
    """Return what a run is called that nobody has named; empty where it is as the one before.

    Args:
        parts: As `name_parts` returns them.
        now: The digests of these.
        before: The digests of the run before; all differs where there is none.

    Example:
        >>> before = digests({"lr": 0.1, "depth": 3, "warmup": 10})
        >>> parts = {"lr": 0.2, "depth": 3}
        >>> generated_name(parts, digests(parts), before)
        'lr=0.2 no warmup'
        >>> parts = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}
        >>> generated_name(parts, digests(parts), {})
        'a=1 b=2 c=3 d=4 +2'
    """
    told = [
        *(_told(title, one) for title, one in parts.items() if before.get(title) != now[title]),
        *(f"no {cell(title)}" for title in before if title not in now),
    ]
    if not told:
        return ""
    shown = [told[0]]
    for one in told[1:_MOST_PARAMS]:
        if len(" ".join([*shown, one])) > _LONGEST:
            break
        shown.append(one)
    more = len(told) - len(shown)
    name = _cut(" ".join(shown), _LONGEST)
    return f"{name} +{more}" if more else name


def _told(title: str, one: Any) -> str:
    return f"{cell(title)}={_cut(value(one), _LONGEST_VALUE)}"


def _cut(text: str, longest: int) -> str:
    """Return text that can be typed on any keyboard where it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 2]}.."
