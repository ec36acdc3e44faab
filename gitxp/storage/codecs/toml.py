"""TOML documents as bytes, and their values read with the care that fetched bytes need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.text import decode_text, encode_text, shown

T = TypeVar("T")

INT64 = range(-(2**63), 2**63)


def dumps(document: Mapping[str, Any]) -> bytes:
    """Return `document` as UTF-8 TOML, text with lone surrogates as `$text`.

    Raises:
        InvalidValue: If a key holds a lone surrogate.
    """
    import tomli_w

    try:
        return tomli_w.dumps(document).encode()
    except UnicodeEncodeError:  # rare: so nobody else pays for looking through the document
        pass
    try:
        return tomli_w.dumps(_with_encoded_text(document)).encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"a key holds {error.object!r}: expected valid Unicode") from error


def _with_encoded_text(value: Any) -> Any:
    if isinstance(value, str):
        return encode_text(value)
    if isinstance(value, Mapping):
        return {key: _with_encoded_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_encoded_text(item) for item in value]
    return value


def loads(content: bytes, where: str, *, most: int = LARGEST_DOCUMENT) -> dict[str, Any]:
    """Return the document in `content`.

    Args:
        content: UTF-8.
        where: What the bytes are, for the error.
        most: How many bytes there may be.

    Raises:
        DamagedRecord: If they are not TOML, or more.
    """
    import tomli

    if len(content) > most:
        raise DamagedRecord(f"{where} has {len(content)} bytes: expected at most {most}")
    try:
        return tomli.loads(content.decode())
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DamagedRecord(f"{where} is not TOML: {error}") from error
    except (RecursionError, ValueError) as error:  # nested too deeply; numbers of absurd length
        raise DamagedRecord(f"{where} cannot be read: {error}") from error


class Table:
    """A table of a document whose values are taken out by type, or refused by name."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self._content = content
        self._where = where
        self._asked: set[str] = set()
        self._inside: dict[str, Table | list[Table]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string, whether written plainly or as `$text`."""
        self._asked.add(key)
        found = self._content.get(key)
        if type(found) is str:
            return found
        if key not in self._content and default is not None:
            return default
        return self._decoded_text(key, self._content.get(key))

    def optional_text(self, key: str) -> str | None:
        """Return a string; None where the key is absent."""
        return self.text(key) if key in self._content else None

    def integer(self, key: str, default: int | None = None) -> int:
        """Return an integer of at most 64 bits."""
        found = self._content.get(key)
        if type(found) is int and found in INT64:
            self._asked.add(key)
            return found
        value = self._take(key, int, default)
        if value not in INT64:
            raise self.wrong(key, "an integer of 64 bits")
        return value

    def optional_integer(self, key: str) -> int | None:
        """Return an integer; None where the key is absent."""
        return self.integer(key) if key in self._content else None

    def number(self, key: str) -> float:
        """Return a float; an integer is taken for one."""
        found = self._content.get(key)
        if type(found) is float:
            self._asked.add(key)
            return found
        if isinstance(found, int):
            return float(self.integer(key))
        return self._take(key, float, None)

    def truth(self, key: str) -> bool:
        """Return a truth value; False where the key is absent."""
        return self._take(key, bool, default=False)

    def time(self, key: str) -> datetime:
        """Return a time as UTC."""
        value = self._take(key, datetime, None)
        if value.tzinfo is None:
            raise self.wrong(key, "a date-time with an offset")
        try:
            return value.astimezone(UTC)
        except OverflowError as error:
            raise self.wrong(key, "a year from 1 to 9999") from error

    def optional_time(self, key: str) -> datetime | None:
        """Return a time as UTC; None where the key is absent."""
        return self.time(key) if key in self._content else None

    def table(self, key: str) -> Table:
        """Return a table; an empty one where the key is absent."""
        table = Table(self._take(key, dict, {}), f"{self._where}: {key}")
        self._inside[key] = table
        return table

    def tables(self, key: str) -> list[Table]:
        """Return an array of tables; an empty one where the key is absent."""
        tables = [
            Table(self._checked(item, key, dict), f"{self._where}: {key}[{number}]")
            for number, item in enumerate(self._take(key, list, []))
        ]
        self._inside[key] = tables
        return tables

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of strings; an empty one where the key is absent."""
        return tuple(self._decoded_text(key, item) for item in self._take(key, list, []))

    def raw(self, key: str, default: Any = None) -> Any:
        """Return whatever stands there."""
        self._asked.add(key)
        return self._content.get(key, default)

    def unread(self) -> dict[str, Any]:
        """Return what nobody asked for, in the places where it stands; see `with_unread`."""
        left = self._content.keys() - self._asked
        rest = {key: self._content[key] for key in self._content if key in left} if left else {}
        for key, inside in self._inside.items():
            if isinstance(inside, Table):
                below: Any = inside.unread()
            else:
                below = [table.unread() for table in inside]
            if below and (isinstance(below, dict) or any(below)):
                rest[key] = below
        return rest

    def items(self) -> list[tuple[str, Table]]:
        """Return every key with its value, which must be a table."""
        return [(key, self.table(key)) for key in self._content]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def parsed(self, key: str, parse: Callable[[str], T]) -> T:
        """Return a string given to `parse`, which may refuse it by a `ValueError`."""
        text = self.text(key)
        try:
            return parse(text)
        except ValueError as error:
            raise DamagedRecord(f"{self._where}: {key}: {error}") from error

    def optional_parsed(self, key: str, parse: Callable[[str], T]) -> T | None:
        """Return a string given to `parse`; None where the key is absent."""
        return self.parsed(key, parse) if key in self._content else None

    def wrong(self, key: str, expected: str) -> DamagedRecord:
        """Return the error that says what stands at `key` instead of what was expected."""
        found = shown(self._content[key]) if key in self._content else "missing"
        return DamagedRecord(f"{self._where}: {key} is {found}: expected {expected}")

    def _decoded_text(self, key: str, value: Any) -> str:
        if isinstance(value, str | dict):
            return decode_text(value, f"{self._where}: {key}")
        raise self.wrong(key, "a TOML string")

    def _take(self, key: str, kind: type[T], default: T | None) -> T:
        self._asked.add(key)
        if key not in self._content:
            if default is None:
                raise self.wrong(key, _TOML_NAMES[kind])
            return default
        return self._checked(self._content[key], key, kind)

    def _checked(self, value: Any, key: str, kind: type[T]) -> T:
        is_misleading = isinstance(value, bool) and kind is not bool
        if not isinstance(value, kind) or is_misleading:
            raise self.wrong(key, _TOML_NAMES[kind])
        return value


_TOML_NAMES: dict[type, str] = {
    int: "a TOML integer",
    float: "a TOML float",
    bool: "a TOML boolean",
    datetime: "a TOML date-time",
    dict: "a TOML table",
    list: "a TOML array",
}


def without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `document` without keys that say nothing: None, empty text, tables and arrays."""
    return {
        key: value
        for key, value in document.items()
        if value is not None and (value or not isinstance(value, (str, dict, list, tuple)))
    }


def with_unread(document: Mapping[str, Any], unread: Mapping[str, Any]) -> dict[str, Any]:
    """Return `document` with what `Table.unread` found put back; what `document` says wins.

    Example:
        >>> with_unread({"a": [{"b": 1}, {}]}, {"a": [{"new": 2}], "c": 3})
        {'a': [{'b': 1, 'new': 2}, {}], 'c': 3}
    """
    made = dict(document)
    for key, value in unread.items():
        known = made.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            made[key] = with_unread(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            pairs = zip(known, value, strict=False)  # tables are only ever added at the end
            made[key] = [*(with_unread(*pair) for pair in pairs), *known[len(value) :]]
        elif key not in made:
            made[key] = value
    return made
