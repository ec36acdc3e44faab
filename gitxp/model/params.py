"""How params logged one after another add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[Any, ...]


def merge_params(before: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `before` with `new` over it: mappings are merged, anything else is replaced.

    Example:
        >>> merge_params({"model": {"depth": 3}}, {"model": {"width": 8}})
        {'model': {'depth': 3, 'width': 8}}
    """
    merged = dict(before)
    for key, value in new.items():
        old = merged.get(key)
        is_nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge_params(old, value) if is_nested else value  # type: ignore[arg-type]
    return merged


def param_leaves(params: Mapping[Any, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of each param; an empty mapping is a value.

    Example:
        >>> list(param_leaves({"lr": 0.1, "model": {"depth": 3, "extra": {}}}))
        [(('lr',), 0.1), (('model', 'depth'), 3), (('model', 'extra'), {})]
    """
    for key, value in params.items():
        if isinstance(value, Mapping) and value:
            yield from param_leaves(value, (*path, key))
        else:
            yield (*path, key), value


def replaced_params(
    before: Mapping[Any, Any], new: Mapping[Any, Any], path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Yield path and old value of each param that `new` gives another value or type.

    Example:
        >>> list(replaced_params({"lr": 0.1, "seed": 1}, {"lr": 0.2, "seed": 1}))
        [(('lr',), 0.1)]
    """
    for key, value in new.items():
        if key not in before:
            continue
        old = before[key]
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            yield from replaced_params(old, value, (*path, key))
        elif not _is_same(old, value):
            yield (*path, key), old


def _is_same(one: Any, other: Any) -> bool:
    is_nan = one != one and other != other
    return is_nan or (type(one) is type(other) and bool(one == other))
