"""What a filter says, as a tree of frozen nodes; each knows where in the text it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from gitxp.query.columns import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a filter.

    Attributes:
        start: Where in the text it begins.
        end: Where what follows it begins.
    """

    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that stands in the filter itself; None only in lists."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Field(Node):
    """What a run has in one column."""

    column: Column


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """A number or duration with its sign turned."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operands, and what is reckoned of them from the left: `a - b + c` has two operators.

    They bind equally: `+ -`, `* / // %`, or a single `**`.
    """

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Operands, each compared with the next: `0 < a <= b` has two operators and three operands."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """Whether the operand is one of a list."""

    operand: Node
    items: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """Whether text `startswith`, `endswith`, `contains` or `matches` what is written."""

    operator: str
    operand: Node
    text: Literal


@dataclass(frozen=True, slots=True)
class IsNone(Node):
    """Whether a field is None."""

    field: Field


@dataclass(frozen=True, slots=True)
class IsNan(Node):
    """Whether an operand is the number that is not one."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Has(Node):
    """Whether a run has a value in a field at all."""

    field: Field


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a condition."""

    condition: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of several conditions."""

    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of several conditions."""

    conditions: tuple[Node, ...]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, from left to right."""
    yield node
    for one in fields(node):
        value = getattr(node, one.name)
        for below in value if isinstance(value, tuple) else (value,):
            if isinstance(below, Node):
                yield from walk(below)
