"""The kinds of values that settings have, and how each is read and shown."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gitxp.errors import InvalidName
from gitxp.model.identity import ExperimentName
from gitxp.policy.sizes import parse_size, show_size

# The words that Git itself takes for truth values.
_TRUTHS: Final = {"true": True, "yes": True, "on": True, "1": True}
_UNTRUTHS: Final = {"false": False, "no": False, "off": False, "0": False}
# What is done more often than this takes a noticeable part of a core.
SHORTEST_INTERVAL: Final = 0.1
# More than `samples/s/GPU`: it stands beside the name of a metric.
_LONGEST_UNIT: Final = 16
# As Git has the names of remotes; an address is none.
_REMOTE: Final = re.compile(r"[^\s\x00-\x1f\x7f~^:?*\[\\./-][^\s\x00-\x1f\x7f~^:?*\[\\]*")


@dataclass(frozen=True, slots=True)
class Kind:
    """What values a setting takes.

    Attributes:
        name: For the documentation.
        parse: Takes a TOML value, or raises `ValueError` saying what was expected.
        read_text: Turns what Git's configuration or a variable holds into a TOML value; what
            it cannot turn it passes on, for `parse` to refuse.
        show: Turns a parsed value into TOML.
    """

    name: str
    parse: Callable[[Any], Any]
    read_text: Callable[[str], Any]
    show: Callable[[Any], str]


def choice(*allowed: str) -> Kind:
    """Return the kind of which there are only a few values.

    Example:
        >>> choice("max", "min").parse("max")
        'max'
    """
    quoted = [repr(value) for value in allowed]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"

    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"expected {expected}")
        return str(value)

    return Kind(expected.replace("'", '"'), parse, str, _quoted)


def _quoted(value: Any) -> str:
    return f'"{value}"'


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a text")
    return value


def _parse_unit(value: Any) -> str:
    is_text = isinstance(value, str) and value.isprintable() and value.strip() != ""
    if not is_text or len(value) > _LONGEST_UNIT:
        raise ValueError(f"expected a unit of at most {_LONGEST_UNIT} characters, such as '%'")
    return str(value)


def _parse_experiment(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected the name of an experiment, such as 'lr-schedule'")
    try:
        ExperimentName.slug(value)
    except InvalidName as error:
        raise ValueError(str(error)) from error
    return value


def _read_count(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() else text


def _parse_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a whole number, 0 or more")
    return value


def _read_seconds(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _parse_seconds(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or 0 != value < SHORTEST_INTERVAL:
        raise ValueError(f"expected seconds, such as 10 or 0.5: {SHORTEST_INTERVAL} or more, or 0")
    return float(value)


def _read_truth(text: str) -> Any:
    return {**_TRUTHS, **_UNTRUTHS}.get(text.lower(), text)


def _parse_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _read_array(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _parse_variables(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_variable, value)):
        raise ValueError("expected names of environment variables, such as ['CUDA_HOME']")
    return tuple(value)


def _is_variable(name: Any) -> bool:
    return isinstance(name, str) and name != "" and not set(name) & set("= \0")


def _parse_words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError("expected an array of texts, such as ['session_key', 'JSON web token']")
    return tuple(value)


def _parse_remotes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_remote, value)):
        raise ValueError("expected names of remotes, such as ['origin'], or [] for none")
    return tuple(dict.fromkeys(value))


def _is_remote(name: Any) -> bool:
    return isinstance(name, str) and _REMOTE.fullmatch(name) is not None


def _show_array(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


TEXT: Final = Kind("text", _parse_text, str, _quoted)
# Printable as it is, but a quote or a backslash of its own may stand in it.
UNIT: Final = Kind(
    f"text of {_LONGEST_UNIT} characters at most",
    _parse_unit,
    str,
    partial(json.dumps, ensure_ascii=False),
)
EXPERIMENT: Final = Kind("name", _parse_experiment, str, _quoted)
SIZE: Final = Kind("size", parse_size, str, lambda size: _quoted(show_size(size)))
SECONDS: Final = Kind("seconds", _parse_seconds, _read_seconds, "{:g}".format)
COUNT: Final = Kind("whole number", _parse_count, _read_count, str)
TRUTH: Final = Kind("true or false", _parse_truth, _read_truth, lambda value: str(value).lower())
VARIABLES: Final = Kind("array of names", _parse_variables, _read_array, _show_array)
REMOTES: Final = Kind("array of names", _parse_remotes, _read_array, _show_array)
WORDS: Final = Kind("array of texts", _parse_words, _read_array, _show_array)
