"""Params as nested plain Python values, whatever kind of config they were given as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, TypeVar

from gitxp.capture.libraries.config_objects import UNKNOWN, check_items, unfolded
from gitxp.errors import GitxpError, InvalidValue
from gitxp.storage.codecs.params import DEEPEST, LONGEST_INTEGER_BITS
from gitxp.storage.codecs.text import is_unicode, join_pairs
from gitxp.text import shown, type_of

_ACCEPTED = (
    "text, a number, a truth value, None, bytes, a date or time, a config object, "
    "or a list, tuple, set or mapping of them"
)
_KEPT_AS_THEY_ARE = frozenset({type(None), bool, float, bytes})

Path = tuple[Any, ...]
T = TypeVar("T")


def plain_params(params: Any) -> dict[Any, Any]:
    """Return params as nested plain Python values.

    Subclasses of text and numbers, NumPy's scalars and small arrays, enums, paths and the like
    become the plain value that they stand for; dataclasses, `argparse.Namespace`, and configs of
    attrs, pydantic and OmegaConf become mappings.

    Raises:
        InvalidValue: Naming the key of what cannot be recorded, and its type.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Model:
        ...     depth: int = 3
        ...     widths: tuple = (64, None)
        >>> plain_params({"model": Model()})
        {'model': {'depth': 3, 'widths': (64, None)}}
    """
    mapping = as_mapping(params, ())
    if mapping is None:
        raise InvalidValue(f"params are {type_of(params)}: expected a mapping or a config")
    return _plain_mapping(mapping, (), (id(params), id(mapping)))


def as_mapping(value: Any, path: Path) -> Mapping[Any, Any] | None:
    """Return a mapping, or a config as a mapping of its fields; None for anything else.

    Raises:
        InvalidValue: If a field of the config cannot be read.
    """
    if isinstance(value, Mapping):
        return value
    made = _read(path, lambda: unfolded(value))
    return made if isinstance(made, Mapping) else None


def _plain(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    """Return `value` as plain; `around` holds the ids of the containers that it lies in."""
    if len(path) > DEEPEST:
        raise InvalidValue(f"param {_dotted(path[:3])}… is nested more than {DEEPEST} deep")
    kind = type(value)  # nearly all are of these few: asking for a Mapping takes a while
    if kind in _KEPT_AS_THEY_ARE:
        return value
    if kind is str and is_unicode(value):
        return value
    if kind is int:
        return _plain_integer(value, path)
    if isinstance(value, (Mapping, list, tuple)):
        return _plain_container(value, path, around)
    if isinstance(value, date | time):
        return _plain_time(value, path)
    if kind.__module__ == "numpy":
        return _plain_scalar(value, path, around)
    if isinstance(value, str):
        return join_pairs(value) if not is_unicode(value) else str.__str__(value)
    if isinstance(value, int):
        return _plain_integer(int.__int__(value), path)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, bytes):
        return bytes(value)
    return _plain_unfolded(value, path, around)


def _plain_unfolded(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    made = _read(path, lambda: unfolded(value))
    if made is UNKNOWN:
        raise _refused(value, path)
    return _plain(made, path, _inside(value, path, around))


def _inside(value: Any, path: Path, around: tuple[int, ...]) -> tuple[int, ...]:
    if id(value) in around:
        raise InvalidValue(f"param {_dotted(path)} holds itself: expected a nesting that ends")
    return (*around, id(value))


def _read(path: Path, read: Callable[[], T]) -> T:
    """Return what a script's own object answers, which may be any exception."""
    try:
        return read()
    except InvalidValue as error:
        raise InvalidValue(f"param {_dotted(path)} is {error}", hint=error.hint) from error
    except GitxpError:
        raise
    except Exception as error:
        raise InvalidValue(
            f"param {_dotted(path)} cannot be read: {type(error).__name__}: {error}"
        ) from error


def _plain_container(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    inside = _inside(value, path, around)
    if isinstance(value, Mapping):
        return _plain_mapping(value, path, inside)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):  # names its fields
        return _plain_mapping(value._asdict(), path, inside)
    items = [_plain(item, (*path, number), inside) for number, item in enumerate(value)]
    return items if isinstance(value, list) else tuple(items)


def _plain_mapping(value: Mapping[Any, Any], path: Path, around: tuple[int, ...]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key in _read(path, lambda: list(value)):
        name = _plain_key(key, path, around)
        if name in made:
            raise InvalidValue(f"param {_dotted(path)} has two keys that read {name!r}")
        made[name] = _plain(read_item(value, key, path), (*path, name), around)
    return made


def read_item(mapping: Mapping[Any, Any], key: Any, path: Path) -> Any:
    """Return one value of the mapping at `path`.

    Raises:
        InvalidValue: If it cannot be read: an OmegaConf config says only when it is asked for a
            mandatory value that there is none.
    """
    if type(mapping) is dict:
        return mapping[key]
    return _read((*path, key), lambda: mapping[key])


def _plain_key(key: Any, path: Path, around: tuple[int, ...]) -> Any:
    made = _plain(key, path, around)
    try:
        hash(made)
    except TypeError as error:
        raise InvalidValue(
            f"param {_dotted(path)} has the key {shown(key)}: expected a plain value"
        ) from error
    return made


def _plain_integer(value: int, path: Path) -> int:
    if value.bit_length() > LONGEST_INTEGER_BITS:
        raise InvalidValue(
            f"param {_dotted(path)} is an integer of {value.bit_length()} bits: "
            f"expected at most {LONGEST_INTEGER_BITS}",
            hint="log it as text in hexadecimal",
        )
    return value


def _plain_scalar(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    if not hasattr(value, "dtype"):  # what NumPy has besides arrays and scalars
        return _plain_unfolded(value, path, around)
    if value.shape != ():
        return _plain_array(value, path, around)
    item = value.item()
    # A long double has no plain value that is the same, nor a time in nanoseconds.
    is_time_as_number = value.dtype.kind in "mM" and not isinstance(item, date)
    if type(item).__module__ == "numpy" or is_time_as_number:
        raise _refused(value, path)
    return _plain(item, path, around)


def _plain_array(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    _read(path, lambda: check_items("an array", value.size))
    # One by one, so that each is as exact as a scalar is.
    return [_plain(value[number], (*path, number), around) for number in range(len(value))]


def _plain_time(value: date | time, path: Path) -> date | time:
    # Pandas' NaT is a datetime, and its Timestamp one that may be finer than microseconds.
    nanosecond: object = getattr(value, "nanosecond", None)
    if value != value or nanosecond:
        raise _refused(value, path)
    if isinstance(value, time):
        if value.tzinfo is not None:
            raise InvalidValue(f"param {_dotted(path)} is a time with a zone: expected a date too")
        return time(value.hour, value.minute, value.second, value.microsecond)
    if not isinstance(value, datetime):
        return date(value.year, value.month, value.day)
    offset = value.utcoffset()
    if value.tzinfo is not None and (offset is None or offset % timedelta(minutes=1)):
        raise InvalidValue(
            f"param {_dotted(path)} has the offset {offset}: expected hours and minutes"
        )
    day = (value.year, value.month, value.day)
    moment = (value.hour, value.minute, value.second, value.microsecond)
    return datetime(*day, *moment, tzinfo=None if offset is None else timezone(offset))


def _refused(value: Any, path: Path) -> InvalidValue:
    return InvalidValue(
        f"param {_dotted(path)} is {type_of(value)}: expected {_ACCEPTED}",
        hint="log a number or text that stands for it, such as its name",
    )


def _dotted(path: Path) -> str:
    return repr(".".join(str(key) for key in path))
