"""Params, tags and other plain values without their secrets, however they are nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gitxp.model.finding import Finding
from gitxp.policy.secrets.arguments import redact_arguments
from gitxp.policy.secrets.findings import (
    NOTHING,
    REDACTED,
    REDACTED_BYTES,
    Allowed,
    Redacted,
)
from gitxp.policy.secrets.named_words import is_secret_word, is_working_folder
from gitxp.policy.secrets.names import Promise, is_pin, promise_of
from gitxp.policy.secrets.plain import is_stand_in
from gitxp.policy.secrets.text import redact_bytes, redact_text

Path = tuple[Any, ...]

# `[{"name": "HF_TOKEN", "value": …}]`, as containers are given their variables.
_NAME_KEYS: Final = ("name", "key", "Name", "Key")
_VALUE_KEYS: Final = ("value", "Value")


def redact_value(path: Path, value: Any, allowed: Allowed = NOTHING) -> Redacted[Any]:
    """Return a value with `<redacted>` in place of what looks secret.

    Strings, bytes, mappings, lists, tuples and sets are looked into; all other types are left
    alone, and so are `None`, truth values and numbers, but for whole numbers of four digits or
    more under the name of a password.

    Args:
        path: Keys under which the value stands, outermost first; empty for all params at once.

    Example:
        >>> redact_value((), {"lr": 0.1, "db": {"password": "hunter2", "port": 5432}}).value
        {'lr': 0.1, 'db': {'password': '<redacted>', 'port': 5432}}
    """
    return _Walk(allowed).value(path, value, is_secret=_names_secret(path, allowed))


class _Walk:
    """One walk through a value; `is_secret` says that a name above promised a secret."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    def value(self, path: Path, value: Any, *, is_secret: bool) -> Redacted[Any]:
        if isinstance(value, str):
            return self._text(path, value, is_secret=is_secret)
        if isinstance(value, bytes):
            return self._bytes(path, value, is_secret=is_secret)
        if isinstance(value, Mapping):
            return self._mapping(path, value, is_secret=is_secret)
        if isinstance(value, list | tuple):
            return self._sequence(path, value, is_secret=is_secret)
        if isinstance(value, set | frozenset):
            found = self._sequence(path, list(value), is_secret=is_secret)
            return (
                Redacted(type(value)(found.value), found.findings)
                if found.findings
                else _as_is(value)
            )
        if type(value) is int and is_secret and is_pin(_last(path), str(abs(value))):
            return _whole(path, REDACTED)
        return _as_is(value)

    def _text(self, path: Path, value: str, *, is_secret: bool) -> Redacted[Any]:
        name = _last(path)
        spelled = value.encode("utf-8", "surrogatepass")
        by_above = is_secret and not is_stand_in(spelled) and not is_working_folder(name, value)
        if by_above or (not self._allowed.covers(name) and is_secret_word(name, value)):
            return _whole(path, REDACTED)
        return _placed(path, redact_text(value, self._allowed))

    def _bytes(self, path: Path, value: bytes, *, is_secret: bool) -> Redacted[Any]:
        if is_secret and not is_stand_in(value):
            return _whole(path, REDACTED_BYTES)
        return _placed(path, redact_bytes(value, self._allowed))

    def _sequence(self, path: Path, value: Sequence[Any], *, is_secret: bool) -> Redacted[Any]:
        if not is_secret and _is_command(value):
            found = redact_arguments(value, self._allowed)
            if not found.findings:
                return _as_is(value)
            return _placed(path, Redacted(_like(value, found.value), found.findings))
        items = [
            self.value((*path, number), item, is_secret=is_secret)
            for number, item in enumerate(value)
        ]
        findings = tuple(finding for item in items for finding in item.findings)
        if not findings:
            return _as_is(value)
        return Redacted(_like(value, [item.value for item in items]), findings)

    def _mapping(self, path: Path, value: Mapping[Any, Any], *, is_secret: bool) -> Redacted[Any]:
        findings: list[Finding] = []
        result: dict[Any, Any] = {}
        for key, name, item in _named_items(value):
            shown = redact_text(key, self._allowed) if isinstance(key, str) else _as_is(key)
            findings += (Finding(one.what, path=_spelled(path)) for one in shown.findings)
            below = (*path, shown.value)
            named = (*path, name) if shown.value == name or name is not key else below
            is_below = is_secret or _names_secret(named, self._allowed)
            found = self.value(named if name is not key else below, item, is_secret=is_below)
            findings += found.findings
            result[unused_key(shown.value, result)] = found.value
        return Redacted(result, tuple(findings)) if findings else _as_is(value)


def _named_items(value: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield key, name and value: the key is the name, but in `{"name": …, "value": …}`."""
    told = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    for key, item in value.items():
        yield key, told if told is not None and key in _VALUE_KEYS else key, item


def _names_secret(path: Path, allowed: Allowed) -> bool:
    """Return whether the last key, alone or with the one above it, promises a secret."""
    names = [key for key in path[-2:] if isinstance(key, str)]
    if not names or names[-1] is not path[-1] or any(map(allowed.covers, names)):
        return False
    if promise_of(names[-1]) is Promise.SECRET:
        return True
    return len(names) == 2 and promise_of("_".join(names)) is Promise.SECRET


def _is_command(value: Sequence[Any]) -> bool:
    return all(isinstance(item, str) for item in value) and any(
        item.startswith("-") for item in value
    )


def _like(value: Sequence[Any], items: Sequence[Any]) -> Sequence[Any]:
    return tuple(items) if isinstance(value, tuple) else list(items)


def unused_key(key: Any, taken: Mapping[Any, Any]) -> Any:
    """Return the key, or where two secrets were keys, one that is not taken."""
    number = 2
    free = key
    while free in taken:
        free = f"{key} {number}"
        number += 1
    return free


def _last(path: Path) -> str:
    """Return the nearest name: the items of a list stand under the list's."""
    return next((key for key in reversed(path) if isinstance(key, str)), "")


def _spelled(path: Path) -> str:
    return ".".join(map(str, path))


def _as_is(value: Any) -> Redacted[Any]:
    return Redacted(value)


def _whole(path: Path, value: Any) -> Redacted[Any]:
    return Redacted(value, (Finding(f"value of {_last(path)}", path=_spelled(path)),))


def _placed(path: Path, found: Redacted[Any]) -> Redacted[Any]:
    placed = (Finding(one.what, one.line, _spelled(path)) for one in found.findings)
    return Redacted(found.value, tuple(placed))
