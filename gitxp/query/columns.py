"""What the columns of frames are called: every field of a run has one, and no two share it.

A key is joined by dots; one that holds a dot, a quote, a bracket or a colon, or is empty, is
written in brackets as a JSON string: `params["a.b"]`. One that is not text stands in brackets as
Python spells it: `params[1]`.
"""

from __future__ import annotations

import ast
import datetime
import json
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gitxp.errors import InvalidName
from gitxp.model.names import LONGEST_NAME, METRIC_REDUCERS
from gitxp.model.params import param_leaves
from gitxp.text import shown

_PLAIN_KEY = re.compile(r"[^.\[\]\"':]+")
_FIELD = re.compile(r"[a-z_]+")
# A bracket within quotes does not end a key.
_SPELLED_KEY = re.compile(r"""\[((?:[^]'"]|'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")*+)]""")
# What a key may be that Python spells by a name or a call.
_NAMED = {"nan": math.nan, "inf": math.inf}
_CALLED = {
    "datetime.date": datetime.date,
    "datetime.datetime": datetime.datetime,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    "datetime.timezone": datetime.timezone,
}


@dataclass(frozen=True, slots=True)
class Column:
    """What the name of a column means.

    Attributes:
        keys: What leads to the value within the field, outermost first.
        reducer: Which summary of a metric is meant, such as `min`; None for any other column.
    """

    field: str
    keys: tuple[Any, ...] = ()
    reducer: str | None = None

    @property
    def name(self) -> str:
        """The one spelling of the column's name: `metrics.loss` for `metrics["loss"]:last`."""
        name = column(self.field, *self.keys)
        return name if self.reducer in (None, "last") else f"{name}:{self.reducer}"


def column(field: str, *keys: Any) -> str:
    """Return the name of the column of a field.

    Example:
        >>> column("params", "model", "depth"), column("params", "a.b"), column("metrics", "loss")
        ('params.model.depth', 'params["a.b"]', 'metrics.loss')
    """
    if len(keys) == 1:  # nearly always, and asked for each value of each run
        return field + _part(keys[0])
    return field + "".join(map(_part, keys))


def reduced(name: str, reducer: str) -> str:
    """Return the column of one summary of a metric, such as `metrics.loss:min`."""
    return f"{column('metrics', name)}:{reducer}"


@lru_cache(maxsize=4096)
def metric_columns(name: str) -> Mapping[str, str]:
    """Return the columns of a metric by reducer, that of the last value first."""
    others = (reducer for reducer in METRIC_REDUCERS if reducer != "last")
    return {"last": column("metrics", name)} | {one: reduced(name, one) for one in others}


def param_columns(params: Mapping[Any, Any]) -> dict[str, Any]:
    """Return nested params flat, each under the name of its column; an empty mapping is a value."""
    return {column("params", *path): value for path, value in param_leaves(params)}


def param_title(name: str) -> str:
    """Return what people call the param of a column: the keys alone.

    Example:
        >>> param_title("params.model.depth"), param_title('params["a.b"]')
        ('model.depth', '["a.b"]')
    """
    return name.removeprefix("params").removeprefix(".")


def parse_column(name: str) -> Column:
    """Return what the name of a column means: the inverse of `column` and `reduced`.

    Raises:
        InvalidName: If it is not spelled as the name of a column.

    Example:
        >>> parse_column('params.model["a.b"]')
        Column(field='params', keys=('model', 'a.b'), reducer=None)
        >>> parse_column("metrics.val/accuracy:max")
        Column(field='metrics', keys=('val/accuracy',), reducer='max')
    """
    field = _FIELD.match(name)
    if field is None:
        raise _misspelled(name)
    keys: list[Any] = []
    place = field.end()
    while place < len(name) and name[place] != ":":
        key, place = _next_key(name, place)
        keys.append(key)
    reducer = name[place + 1 :] if place < len(name) else None
    if reducer is not None and (field[0] != "metrics" or reducer not in METRIC_REDUCERS):
        raise _misspelled(name)
    return Column(field[0], tuple(keys), reducer)


def _part(key: Any) -> str:
    return _text_part(key) if isinstance(key, str) else f"[{key!r}]"


@lru_cache(maxsize=4096)  # thousands of runs have the same keys
def _text_part(key: str) -> str:
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def _next_key(name: str, place: int) -> tuple[Any, int]:
    """Return the key that begins at `place`, and where what follows it begins."""
    if name[place] == ".":
        plain = _PLAIN_KEY.match(name, place + 1)
        if plain is not None:
            return plain[0], plain.end()
    elif name.startswith('["', place):
        try:
            key, end = json.JSONDecoder().raw_decode(name, place + 1)
        except ValueError as error:
            raise _misspelled(name) from error
        if name.startswith("]", end):
            return key, end + 1
    else:
        try:
            return spelled_key(name, place)
        except ValueError:
            pass
    raise _misspelled(name)


def spelled_key(text: str, place: int) -> tuple[Any, int]:
    """Return the key in brackets that begins at `place`, and where what follows it begins.

    Raises:
        ValueError: If no value of a kind that can be a key is spelled there as Python does.

    Example:
        >>> spelled_key("params[(1, 'a]')].x", 6)
        ((1, 'a]'), 17)
    """
    found = _SPELLED_KEY.match(text, place)
    if found is None:
        raise ValueError(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of spellings that are no key's, and refused
            return _evaluated(ast.parse(found[1], mode="eval").body), found.end()
    except (SyntaxError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(text) from error


def _evaluated(node: ast.expr) -> Any:
    """Return what an expression of the few kinds that spell a key stands for."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name) if name in _NAMED:
            return _NAMED[name]
        case ast.Tuple(items):
            return tuple(_evaluated(item) for item in items)
        case ast.UnaryOp(ast.USub(), operand):
            return -_evaluated(operand)
        case ast.Attribute() if ast.unparse(node) == "datetime.timezone.utc":
            return datetime.UTC
        case ast.Call(function, arguments, named) if ast.unparse(function) in _CALLED:
            made = _CALLED[ast.unparse(function)]
            by_name = {str(one.arg): _evaluated(one.value) for one in named}
            return made(*(_evaluated(one) for one in arguments), **by_name)
    raise ValueError(ast.unparse(node))


def _misspelled(name: str) -> InvalidName:
    return InvalidName(
        f"{shown(name, LONGEST_NAME)} is not the name of a column",
        hint='columns are spelled like started, params.lr, params["a.b"], metrics.loss:min',
    )
