"""What can never be answered is refused: a mistake in a filter, not a run that does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, NoReturn

from gitxp.query.filter.arithmetic import RESULTS
from gitxp.query.filter.fields import field_type, is_whole, name_one
from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.moments import READABLE, readings
from gitxp.query.filter.patterns import fault_of_pattern
from gitxp.query.filter.tree import (
    And,
    Arithmetic,
    Comparison,
    Field,
    IsNan,
    Literal,
    Membership,
    Negative,
    Node,
    Not,
    Or,
    TextTest,
)
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import typed

_HOW_WRITTEN: Final = {
    Type.TIME: 'times are written like "2026-01-31", "yesterday" or "2h ago"',
    Type.DURATION: 'durations are written like "90s", "2h 30m" or "30d"',
    Type.TEXT: 'text is written in quotes: "…"',
    Type.TRUTH: "true and false are written: True, False",
}


def check_condition(source: str, node: Node) -> None:
    """Return if a tree is a condition that some run may fulfil.

    Raises:
        InvalidFilter: At the part that is none, such as a comparison of a number with text.
    """
    _Checker(source).condition(node)


class _Checker:
    """Tells the types of parts of one filter as far as they are the same for every run."""

    def __init__(self, source: str) -> None:
        self._source = source

    def condition(self, node: Node) -> None:
        kind = self.type(node)
        if kind not in (None, Type.TRUTH):
            hint = "compare it with something"
            if isinstance(node, Field) and is_whole(node.column):
                hint = name_one(node.column.field)
            elif isinstance(node, Field):
                hint += f", or ask: has({self._source[node.start : node.end]})"
            self._fail(node, f"{self._said(node)} is {kind.noun}, and no condition", hint)

    def type(self, node: Node) -> Type | None:
        """Return the type of what a part gives; None where it depends on the run."""
        match node:
            case Literal(value):
                return typed(value)[0]
            case Field(column):
                return field_type(column)
            case Negative(operand):
                return self._one_of(operand, Type.NUMBER, Type.DURATION)
            case Arithmetic(operators, operands):
                return self._result(operators, operands)
            case Comparison(_, operands):
                typed_operands = [(one, self.type(one)) for one in operands]
                for left, right in pairwise(typed_operands):
                    self._comparable(left, right)
            case Membership(operand, items):
                member = operand, self.type(operand)
                for item in items:
                    if item.value is not None:
                        self._comparable(member, (item, self.type(item)))
            case TextTest(operator, operand, text):
                self._one_of(operand, Type.TEXT)
                if operator == "matches":
                    self._check_pattern(text)
            case IsNan(operand):
                self._one_of(operand, Type.NUMBER)
            case Not(condition):
                self.condition(condition)
            case And(conditions) | Or(conditions):
                for one in conditions:
                    self.condition(one)
        return Type.TRUTH

    def _one_of(self, node: Node, *allowed: Type) -> Type | None:
        kind = self.type(node)
        if kind is not None and kind not in allowed:
            nouns = " or ".join(one.noun for one in allowed)
            self._fail(node, f"{self._said(node)} is {kind.noun}: expected {nouns}")
        return kind

    def _result(self, operators: Sequence[str], operands: Sequence[Node]) -> Type | None:
        first, *others = operands
        left = self.type(first)
        for operator, operand in zip(operators, others, strict=True):
            right = self.type(operand)
            results = {
                result
                for types, result in RESULTS[operator].items()
                if left in (None, types[0]) and right in (None, types[1])
            }
            if not results:
                nouns = [one.noun if one else "something" for one in (left, right)]
                said = f"{nouns[0]} {operator} {nouns[1]} has no result"
                raise mistake(self._source, first.start, operand.end, said)
            left = results.pop() if len(results) == 1 else None
        return left

    def _comparable(self, *operands: tuple[Node, Type | None]) -> None:
        (left, left_type), (right, right_type) = operands
        if left_type is None or right_type is None or left_type == right_type:
            return
        for written, kind in ((left, right_type), (right, left_type)):
            if isinstance(written, Literal) and isinstance(written.value, str) and kind in READABLE:
                if kind not in readings(written.value, datetime.now(UTC)):
                    said = f"{self._said(written)} is no {kind.noun.split()[1]}"
                    self._fail(written, said, _HOW_WRITTEN[kind])
                return
        nouns = [f"{self._said(node)} is {kind.noun}" for node, kind in operands if kind]
        # Of what is written there already as it should be nothing is to be said.
        asked = [kind for node, kind in operands if not isinstance(node, Literal)]
        hints = [_HOW_WRITTEN[kind] for kind in asked if kind in _HOW_WRITTEN]
        self._fail(right, f"{nouns[0]}, {nouns[1]}: they never compare", next(iter(hints), ""))

    def _check_pattern(self, text: Literal) -> None:
        fault = fault_of_pattern(str(text.value))
        if fault is not None:
            said = f"this regular expression cannot be used: {fault}"
            self._fail(text, said, "they are those of RE2: github.com/google/re2/wiki/Syntax")

    def _said(self, node: Node) -> str:
        return quoted(self._source, node.start, node.end)

    def _fail(self, node: Node, message: str, hint: str = "") -> NoReturn:
        raise mistake(self._source, node.start, node.end, message, hint=hint)
