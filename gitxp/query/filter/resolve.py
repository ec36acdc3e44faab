"""Whether the fields of a filter are those of the runs that it is asked of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from gitxp.errors import InvalidFilter
from gitxp.query.columns import Column, parse_column
from gitxp.query.filter.fields import OWN_FIELDS, PREFIXES, is_whole, name_one, spelled
from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.tree import Field, Has, Node, walk
from gitxp.query.nearest import ALL_COLUMNS, nearest_column

# What other languages, or other people, write for words of this one.
_MEANT: Final = {
    **{word.lower(): f"did you mean {word}?" for word in ("True", "False")},
    **dict.fromkeys(("none", "null"), "ask for what is None by: is None"),
}


def check_fields(source: str, root: Node, names: Collection[str]) -> None:
    """Return if some run has each field of a filter, but for those that it only asks for by `has`.

    Args:
        names: The names of all columns; where there are none there are no runs, and only what
            could never be a field is refused.

    Raises:
        InvalidFilter: At the first field that no run has, with the nearest that one has.
    """
    asked = {id(node.field) for node in walk(root) if isinstance(node, Has)}
    for node in walk(root):
        if isinstance(node, Field) and not _is_known(node, names, is_asked=id(node) in asked):
            raise _unknown(source, node, names)


def _is_known(field: Field, names: Collection[str], *, is_asked: bool) -> bool:
    column = field.column
    if column.name in OWN_FIELDS or column.name in names:
        return True
    return column.field in PREFIXES and bool(column.keys) and (is_asked or not names)


def _unknown(source: str, field: Field, names: Collection[str]) -> InvalidFilter:
    word = "" if field.column.keys else field.column.field
    nearest = _nearest(field.column, names)
    if word.lower() in _MEANT:
        hint = _MEANT[word.lower()]
    elif is_whole(field.column) and (nearest is None or nearest.field != word):
        hint = name_one(word)  # which none of the runs has
    elif nearest is not None:
        hint = f"did you mean {spelled(nearest)}?"
    else:
        hint = f'text is written in quotes: "{word}"' if word else ALL_COLUMNS
    said = f"no run has {quoted(source, field.start, field.end)}"
    return mistake(source, field.start, field.end, said, hint=hint)


def _nearest(column: Column, names: Collection[str]) -> Column | None:
    """Return the field that was probably meant; None where none is like it."""
    if column.keys and column.field not in (*PREFIXES, "env"):
        prefix = nearest_column(column.field, PREFIXES)
        return replace(column, field=prefix) if prefix else None
    name = nearest_column(column.name, sorted(OWN_FIELDS | set(names)))
    return parse_column(name) if name else None
