"""Params that a script hands over, as plain values; what is no param is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitxp.errors import InvalidName, InvalidValue
from gitxp.model.names import check_name
from gitxp.storage.codecs.params import DEEPEST
from gitxp.text import type_of
from gitxp.tracking.values.plain_values import as_mapping, plain_params, read_item

Refuse = Callable[[InvalidName | InvalidValue], None]


def named(key: Any, value: Any) -> dict[Any, Any]:
    """Return a mapping of one item.

    Raises:
        InvalidName: If nothing can be called `key`.
    """
    try:
        return {key: value}
    except TypeError as error:
        raise InvalidName(f"param name {key!r} is {type_of(key)}: expected text") from error


def checked_params(params: Any) -> dict[Any, Any]:
    """Return params as nested plain Python values.

    Raises:
        InvalidName: If a name at the top breaks the rules.
        InvalidValue: If there is anything that cannot be recorded.
    """
    made = plain_params(params)
    for key in made:
        if isinstance(key, str):
            check_name("param", key)
    return made


def kept_params(params: Any, refuse: Refuse) -> dict[Any, Any]:
    """Return what can be recorded of params, however deep what cannot be lies.

    Args:
        refuse: Told of each item that is left out.
    """
    try:
        return checked_params(params)
    except (InvalidName, InvalidValue) as error:
        mapping = _mapping(params, ())
        if mapping is None:
            refuse(error)
            return {}
    return _kept(mapping, (), (), refuse)


def _kept(
    params: Mapping[Any, Any], path: tuple[Any, ...], around: tuple[int, ...], refuse: Refuse
) -> dict[Any, Any]:
    """Return what can be kept of the mapping at `path`, which lies in those with the ids given."""
    kept: dict[Any, Any] = {}
    inside = (*around, id(params))
    for key in params:
        try:
            _at(path, key, None)
            value = read_item(params, key, path)
        except (InvalidName, InvalidValue) as error:
            refuse(error)
            continue
        try:
            kept |= _at(path, key, value)
        except InvalidValue as error:
            mapping = _mapping(value, (*path, key)) if id(value) not in inside else None
            if mapping is None or len(path) + 1 >= DEEPEST:
                refuse(error)
            elif found := _kept(mapping, (*path, key), (*inside, id(value)), refuse):
                kept |= _at(path, key, found)
    return kept


def _mapping(value: Any, path: tuple[Any, ...]) -> Mapping[Any, Any] | None:
    """Return what can be searched for more that can be kept; None where that is nothing."""
    try:
        return as_mapping(value, path)
    except InvalidValue:
        return None


def _at(path: tuple[Any, ...], key: Any, value: Any) -> dict[Any, Any]:
    """Return one item as plain, checked as it stands at `path`, by which errors name it."""
    nested = {key: value}
    for name in reversed(path):
        nested = {name: nested}
    made = checked_params(nested)
    for _ in path:
        (made,) = made.values()
    return made
