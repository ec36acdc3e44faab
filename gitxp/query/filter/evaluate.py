"""A filter asked of whole columns at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import TYPE_CHECKING, Final

import numpy as np

from gitxp.query.columns import Column
from gitxp.query.filter.arithmetic import negative, reckoned
from gitxp.query.filter.budget import Budget
from gitxp.query.filter.compare import beside, compare, membership
from gitxp.query.filter.fields import OWN_FIELDS
from gitxp.query.filter.mistake import mistake
from gitxp.query.filter.patterns import TooSlow, match
from gitxp.query.filter.texts import Texts
from gitxp.query.filter.tree import (
    And,
    Arithmetic,
    Comparison,
    Field,
    Has,
    IsNan,
    IsNone,
    Literal,
    Membership,
    Negative,
    Node,
    Not,
    Or,
    TextTest,
)
from gitxp.query.filter.truth import Truth, answered
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import Values, constant
from gitxp.query.rows import AGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NOTHING: Final = constant(...)
# In these a value may be None; any other field that is None has no value.
_MAY_BE_NONE: Final = frozenset({"params", "data"})


class Evaluation:
    """One filter asked of the columns of some runs."""

    def __init__(
        self, source: str, columns: Mapping[str, Values], now: datetime, budget: Budget
    ) -> None:
        self._source = source
        self._columns = columns
        self._now = now
        self._budget = budget

    def truth(self, node: Node) -> Truth:
        """Return where a condition holds: an answer a run, or one for all."""
        self._check_time(node)
        match node:
            case And(conditions):
                return reduce(and_, map(self.truth, conditions))
            case Or(conditions):
                return reduce(or_, map(self.truth, conditions))
            case Not(condition):
                return ~self.truth(condition)
            case Comparison(operators, operands):
                return self._compared(operators, operands)
            case Membership(operand, items):
                return membership(self.values(operand), [one.value for one in items], self._now)
            case TextTest():
                return self._tested(node)
            case IsNone(field):
                return self._is_none(field)
            case IsNan(operand):
                values = self.values(operand)
                return answered(np.isnan(values.high), known=values.types == Type.NUMBER)
            case Has(field):
                return self._has(field.column)
        values = self.values(node)
        return answered(values.high != 0, known=values.types == Type.TRUTH)

    def values(self, node: Node) -> Values:
        """Return what an operand is: a value a run, or one for all."""
        self._check_time(node)
        match node:
            case Literal(value):
                return constant(value)
            case Field(column):
                return self._column(column)
            case Negative(operand):
                return negative(self.values(operand))
            case Arithmetic(operators, operands):
                values = self.values(operands[0])
                for operator, operand in zip(operators, operands[1:], strict=True):
                    values = reckoned(operator, values, self.values(operand))
                return values
        truth = self.truth(node)
        types = np.where(truth.yes | truth.no, np.uint8(Type.TRUTH), np.uint8(Type.ABSENT))
        return Values(types, truth.yes.astype(np.float64), np.zeros(1))

    def _check_time(self, node: Node) -> None:
        if self._budget.is_spent:
            said = "this filter takes too long on these runs, which were asked no further than here"
            raise mistake(self._source, node.start, node.end, said, hint="write a shorter one")

    def _compared(self, operators: Sequence[str], operands: Sequence[Node]) -> Truth:
        asked = zip(operands, map(self.values, operands), strict=True)
        answers = []
        for operator, ((left, left_values), (right, right_values)) in zip(
            operators, pairwise(asked), strict=True
        ):
            written = self._read(left, right_values) or left_values
            answers.append(compare(operator, written, self._read(right, written) or right_values))
        return reduce(and_, answers)

    def _read(self, node: Node, other: Values) -> Values | None:
        """Return a text of the filter as what it says beside other values; None for the rest."""
        if isinstance(node, Literal) and isinstance(node.value, str):
            return beside(node.value, other, self._now)
        return None

    def _tested(self, node: TextTest) -> Truth:
        values, text = self.values(node.operand), str(node.text.value)
        size = values.types.size
        if values.texts is None:
            yes = np.zeros(size, np.bool_)
        elif node.operator == "matches":
            yes = self._matched(values.texts, node.text, size)
        else:
            yes = values.texts.ask(node.operator, text, size)
        return answered(yes, known=values.types == Type.TEXT)

    def _matched(self, texts: Texts, pattern: Literal, size: int) -> NDArray[np.bool_]:
        try:
            return match(texts, str(pattern.value), size, self._budget)
        except TooSlow as error:
            said = "this regular expression takes too long on the text of these runs"
            raise mistake(
                self._source, pattern.start, pattern.end, said, hint="write a shorter one"
            ) from error

    def _is_none(self, field: Field) -> Truth:
        values = self.values(field)
        # Every run has its own fields: one without a value is None.
        is_own = field.column.name in OWN_FIELDS
        yes = values.types <= Type.NONE if is_own else values.types == Type.NONE
        return answered(yes, known=yes | (values.types > Type.NONE))

    def _has(self, column: Column) -> Truth:
        least = Type.NONE if column.field in _MAY_BE_NONE else Type.OTHER
        yes = self._column(column).types >= least
        if column.field == "params":  # alone of all they are nested
            below = (f"{column.name}.", f"{column.name}[")
            for name in (one for one in self._columns if one.startswith(below)):
                yes = yes | (self._columns[name].types >= least)
        return answered(yes, known=np.ones(1, np.bool_))

    def _column(self, column: Column) -> Values:
        if column.name == AGE:
            return reckoned("-", constant(self._now), self._columns.get("started", _NOTHING))
        return self._columns.get(column.name, _NOTHING)
