"""How a filter spells the columns of runs, and of what type their values are."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from gitxp.model.names import METRIC_REDUCERS
from gitxp.query.columns import Column, spelled_key
from gitxp.query.filter.literals import read_text
from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.tree import Field
from gitxp.query.filter.types import Type
from gitxp.query.nearest import nearest_name
from gitxp.query.rows import AGE, OWN_COLUMNS, WATCHED_COLUMNS

# Every run has these, be it with nothing in them.
OWN_FIELDS: Final = frozenset({"run", AGE, *OWN_COLUMNS, *WATCHED_COLUMNS})
PREFIXES: Final = ("params", "metrics", "tags", "data", "seeds")
_OWN_TYPES: Final = {
    "started": Type.TIME, "finished": Type.TIME, "duration": Type.DURATION, AGE: Type.DURATION,
    "checkpoint": Type.TIME, "dirty": Type.TRUTH, "exit_code": Type.NUMBER, "points": Type.NUMBER,
}  # fmt: skip
_NAME = re.compile(r"[^\W\d]\w*")
_NEXT_NAME = re.compile(r"\.([^\W\d]\w*)")
_BRACKET = re.compile(r"\[\s*(?=r?[\"'])")
_CLOSED = re.compile(r"\s*\]")
_REDUCER = re.compile(r":(\w+)")
# The name of a metric as far as it stands there without the brackets that it needs.
_BARE_METRIC = re.compile(r"metrics\.([^\s\"'\[\]():,<>=!]+)")


def read_field(source: str, place: int) -> Field:
    """Return the field that begins at `place`: names joined by dots, other keys in brackets.

    Raises:
        InvalidFilter: If a key in brackets is none, or a metric is followed by no reducer.
    """
    name = _NAME.match(source, place)
    assert name is not None
    keys: list[Any] = []
    ends = [name.end()]
    while (found := _next_key(source, ends[-1])) is not None:
        keys.append(found[0])
        ends.append(found[1])
    reducer = _REDUCER.match(source, ends[-1])
    if reducer is not None:
        keys.append(reducer[1])
        ends.append(reducer.end())
    if name[0] == "metrics" and len(keys) > 1:
        column = _reduced(source, ends, keys)
    elif reducer is not None:
        said = f"{quoted(source, place, ends[-1])} is no field: only a metric has a summary"
        hint = _in_brackets(source, ends[-2], reducer[1])
        raise mistake(source, ends[-2], ends[-1], said, hint=hint)
    else:
        column = Column(name[0], tuple(keys))
    return Field(column, start=place, end=ends[-1])


def _next_key(source: str, place: int) -> tuple[Any, int] | None:
    """Return the key that begins at `place`, and where it ends; None where none begins."""
    name = _NEXT_NAME.match(source, place)
    if name is not None:
        return name[1], name.end()
    if not source.startswith("[", place):
        return None
    bracket = _BRACKET.match(source, place)
    if bracket is not None:
        text = read_text(source, bracket.end())
        closed = _CLOSED.match(source, text.end)
        if closed is not None:
            return text.value, closed.end()
    else:
        try:
            return spelled_key(source, place)
        except ValueError:
            pass
    said = f"{quoted(source, place, len(source))} begins with no key in brackets"
    raise mistake(source, place, place + 1, said, hint='keys are written like params["a.b"]')


def _reduced(source: str, ends: list[int], keys: list[Any]) -> Column:
    """Return the column of a summary.

    Args:
        ends: Where in `source` the field's first word ends, and each key.
    """
    name, reducer, *rest = keys
    if reducer in METRIC_REDUCERS and not rest:
        return Column("metrics", (name,), reducer)
    joined = ".".join(map(str, keys))
    hint = f"a name with dots is written in brackets: {spelled(Column('metrics', (joined,)))}"
    if reducer in METRIC_REDUCERS:
        said = f"{str(rest[0])!r} follows {reducer!r}, which is a summary, and has no parts"
        raise mistake(source, ends[2], ends[-1], said, hint=hint)
    meant = None if rest else nearest_name(str(reducer), METRIC_REDUCERS)
    if meant is not None:
        hint = f"did you mean {spelled(Column('metrics', (name,), meant))}? {hint}"
    said = f"{str(reducer)!r} is no summary of a metric: expected {', '.join(METRIC_REDUCERS)}"
    raise mistake(source, ends[1], ends[-1], said, hint=hint)


def _in_brackets(source: str, end: int, reducer: str) -> str:
    """Return how the summary of a metric is written whose name ends at `end`, as frames name it."""
    for bare in _BARE_METRIC.finditer(source, 0, end):
        if bare.end() == end and reducer in METRIC_REDUCERS:
            return f"did you mean {spelled(Column('metrics', (bare[1],), reducer))}?"
    return ""


def spelled(column: Column) -> str:
    """Return a column as a filter spells it.

    Example:
        >>> spelled(Column("metrics", ("val/accuracy",), "max")), spelled(Column("params", ("lr",)))
        ('metrics["val/accuracy"].max', 'params.lr')
    """
    reducer = "" if column.reducer in (None, "last") else f".{column.reducer}"
    return column.field + "".join(map(_key, column.keys)) + reducer


def _key(key: Any) -> str:
    if isinstance(key, str):
        is_name = _NAME.fullmatch(key)
        return f".{key}" if is_name else f"[{json.dumps(key, ensure_ascii=False)}]"
    return f"[{key!r}]"


def is_whole(column: Column) -> bool:
    """Return whether all of a field is named, of which each value has a name of its own.

    Example:
        >>> is_whole(Column("tags")), is_whole(Column("tags", ("x",))), is_whole(Column("status"))
        (True, False, False)
    """
    return column.field in PREFIXES and not column.keys


def name_one(field: str) -> str:
    """Return the hint for whoever named a whole field."""
    return f"name one of them: {field}.x"


def field_type(column: Column) -> Type | None:
    """Return the type of all values of a column; None where it depends on the run."""
    name = column.name
    if name in OWN_FIELDS:
        return _OWN_TYPES.get(name, Type.TEXT)
    return Type.NUMBER if column.field in ("metrics", "seeds") else None
