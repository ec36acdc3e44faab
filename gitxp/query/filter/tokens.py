"""The text of a filter cut into words: operators, literals and fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gitxp.query.filter.fields import read_field
from gitxp.query.filter.literals import read_number, read_text
from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.tree import Field, Literal

TEXT_OPERATORS: Final = ("startswith", "endswith", "contains", "matches")
KEYWORDS: Final = frozenset({"and", "or", "not", "in", "is", "has", "None", *TEXT_OPERATORS})
END: Final = ""
_CONSTANTS: Final = {"True": True, "False": False, "inf": float("inf"), "nan": float("nan")}
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d]\w*")
# What other languages write for an operator of this one.
_FOREIGN: Final = {
    "=~": "matches", "<>": "!=", "&&": "and", "||": "or",
    "=": "==", "&": "and", "|": "or", "!": "not", "~": "not", "^": "**",
}  # fmt: skip
_SYMBOL = re.compile(r"\*\*|//|=~|<>|&&|\|\||[<>=!]=|[-+*/%<>()\[\],=&|!~^]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter.

    Attributes:
        word: A keyword or symbol; empty for an operand, and at the end of the filter.
        operand: The literal or field that it is.
        start: Where in the text it begins.
        end: Where what follows it begins.
    """

    word: str
    start: int
    end: int
    operand: Literal | Field | None = None


def tokens(source: str) -> Iterator[Token]:
    """Yield the words of a filter; the last one is its end.

    Raises:
        InvalidFilter: Where something is no word of the language.
    """
    place = _after_space(source, 0)
    while place < len(source):
        token = _token(source, place)
        yield token
        place = _after_space(source, token.end)
    yield Token(END, place, place)


def _after_space(source: str, place: int) -> int:
    space = _SPACE.match(source, place)
    assert space is not None
    return space.end()


def _token(source: str, place: int) -> Token:
    word = _WORD.match(source, place)
    if source.startswith(("'", '"', "r'", 'r"'), place):
        operand: Literal | Field = read_text(source, place)
    elif word is None:
        return _symbol_or_number(source, place)
    elif word[0] in KEYWORDS:
        return Token(word[0], place, word.end())
    elif word[0] in _CONSTANTS:
        operand = Literal(_CONSTANTS[word[0]], start=place, end=word.end())
    else:
        operand = read_field(source, place)
    return Token("", place, operand.end, operand)


def _symbol_or_number(source: str, place: int) -> Token:
    number = read_number(source, place)
    if number is not None:
        return Token("", place, number.end, number)
    symbol = _SYMBOL.match(source, place)
    if symbol is not None and symbol[0] not in _FOREIGN:
        return Token(symbol[0], place, symbol.end())
    end = symbol.end() if symbol else place + 1
    hint = f"write {_FOREIGN[symbol[0]]}" if symbol else ""
    said = f"{quoted(source, place, end)} is no operator of a filter"
    raise mistake(source, place, end, said, hint=hint)
