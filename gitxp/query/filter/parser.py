"""From the words of a filter to its tree, by operator precedence (Pratt's method)."""

from __future__ import annotations

from typing import Final, NoReturn

from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.tokens import END, TEXT_OPERATORS, Token, tokens
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
from gitxp.storage.codecs.text import is_unicode

LONGEST: Final = 100_000
DEEPEST: Final = 50
MOST_OPERANDS: Final = 1_000
# Of one list: as many ids of runs as fit into a filter are fewer.
MOST_ITEMS: Final = 10_000

COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
# How strongly operators bind, those of Python as there.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER = range(1, 9)
_POWERS: Final = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys((*COMPARISONS, "in", "not", "is", *TEXT_OPERATORS), _COMPARE),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "//", "%"), _PRODUCT),
    "**": _POWER,
}


def parse(source: str) -> Node:
    """Return the tree of a filter.

    Raises:
        InvalidFilter: Where it is not written as a filter is.

    Example:
        >>> parse("not dirty").condition.column.name
        'dirty'
    """
    if len(source) > LONGEST:
        said = f"a filter has at most {LONGEST} characters: this one has {len(source)}"
        raise mistake(source, LONGEST, LONGEST + 1, said)
    return _Parser(source).whole()


class _Parser:
    """Reads words one by one; `_next` is the one that is not read yet."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._next = next(self._tokens)
        self._depth = 0
        self._operands = 0

    def whole(self) -> Node:
        """Return the tree of all words."""
        node = self._expression(0)
        if not self._is_at(END):
            self._fail("expected an operator or the end")
        return node

    def _expression(self, least: int) -> Node:
        """Return what stands here, up to an operator that does not bind stronger than `least`."""
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"a filter is nested at most {DEEPEST} deep")
        node = self._operand()
        is_compared = False
        while (power := self._power()) > least:
            if power == _COMPARE and is_compared:
                self._fail("only == != < <= > >= can be chained", hint="join conditions by and")
            is_compared = power == _COMPARE
            node = self._continued(node, power)
        self._depth -= 1
        return node

    def _power(self) -> int:
        return _POWERS.get(self._next.word, 0)

    # What begins an expression

    def _operand(self) -> Node:
        self._operands += 1
        if self._operands > MOST_OPERANDS:
            self._fail(f"a filter has at most {MOST_OPERANDS} operands, those of lists aside")
        if isinstance(self._next.operand, Field):
            return self._field()
        if self._next.operand is not None:
            return self._literal()
        if self._is_at("("):
            self._take()
            node = self._expression(0)
            self._expect(")")
            return node
        if self._is_at("not"):
            start = self._take().start
            condition = self._expression(_NOT)
            return Not(condition, start=start, end=condition.end)
        if self._is_at("-"):
            return self._negative()
        if not self._is_at("has"):
            hint = "ask for what is None by: is None" if self._is_at("None") else ""
            self._fail("expected a field, a number or text", hint=hint)
        return self._has()

    def _literal(self) -> Literal:
        literal = self._next.operand
        assert isinstance(literal, Literal)
        if isinstance(literal.value, str) and not is_unicode(literal.value):
            self._fail("text with half a character is equal to no text")
        self._take()
        return literal

    def _negative(self) -> Node:
        start = self._take().start
        operand = self._expression(_SIGN)
        return Negative(operand, start=start, end=operand.end)

    def _has(self) -> Node:
        start = self._take().start
        self._expect("(")
        field = self._field()
        return Has(field, start=start, end=self._expect(")").end)

    def _field(self) -> Field:
        field = self._next.operand
        if not isinstance(field, Field):
            self._fail("expected a field")
        self._take()
        return field

    # What follows one

    def _continued(self, left: Node, power: int) -> Node:
        """Return `left` with the operator that is next, and what that takes."""
        word = self._next.word
        if word in ("and", "or"):
            return self._joined(left, word, power)
        if word in COMPARISONS:
            return self._compared(left)
        if power > _COMPARE:
            return self._reckoned(left, power)
        if word == "is":
            return self._is_none_or_nan(left)
        if word == "not":
            self._take()
            condition = self._tested(left)
            return Not(condition, start=left.start, end=condition.end)
        return self._tested(left)

    def _joined(self, first: Node, word: str, power: int) -> Node:
        conditions = [first]
        while self._is_at(word):
            self._take()
            conditions.append(self._expression(power))
        kind = And if word == "and" else Or
        return kind(tuple(conditions), start=first.start, end=conditions[-1].end)

    def _reckoned(self, first: Node, power: int) -> Node:
        operators, operands = [], [first]
        while self._power() == power:
            operators.append(self._take().word)
            # Alone of all, powers are reckoned from the right.
            operands.append(self._expression(_SIGN if power == _POWER else power))
        end = operands[-1].end
        return Arithmetic(tuple(operators), tuple(operands), start=first.start, end=end)

    def _compared(self, first: Node) -> Node:
        operators, operands = [], [first]
        while self._is_at(*COMPARISONS):
            operators.append(self._take().word)
            operands.append(self._expression(_COMPARE))
        end = operands[-1].end
        return Comparison(tuple(operators), tuple(operands), start=first.start, end=end)

    def _is_none_or_nan(self, left: Node) -> Node:
        self._take()
        is_not = self._is_at("not")
        if is_not:
            self._take()
        word = self._next
        condition: Node
        if self._is_at("None"):
            if not isinstance(left, Field):
                said = "only a field can be None"
                raise mistake(self._source, left.start, left.end, said)
            condition = IsNone(left, start=left.start, end=word.end)
        elif isinstance(word.operand, Literal) and word.operand.value != word.operand.value:
            condition = IsNan(left, start=left.start, end=word.end)
        else:
            self._fail("expected None or nan", hint="other values are compared by == and !=")
        self._take()
        return Not(condition, start=left.start, end=word.end) if is_not else condition

    def _tested(self, left: Node) -> Node:
        if self._is_at("in"):
            self._take()
            return self._membership(left)
        if not self._is_at(*TEXT_OPERATORS):
            self._fail(f"expected in, {', '.join(TEXT_OPERATORS)}")
        word = self._take().word
        operand = self._next.operand
        if not (isinstance(operand, Literal) and isinstance(operand.value, str)):
            self._fail("expected text in quotes")
        text = self._literal()
        return TextTest(word, left, text, start=left.start, end=text.end)

    def _membership(self, left: Node) -> Node:
        if not self._is_at("["):
            is_tuple = self._is_at("(")
            hint = 'in ["a", "b"]' if is_tuple else 'ask for a part of text by: contains "…"'
            self._fail("expected a list in brackets", hint=hint)
        self._take()
        items: list[Literal] = []
        while not self._is_at("]"):
            if len(items) == MOST_ITEMS:
                self._fail(f"a list has at most {MOST_ITEMS} values")
            items.append(self._item())
            if not self._is_at("]"):
                self._expect(",")
        return Membership(left, tuple(items), start=left.start, end=self._take().end)

    def _item(self) -> Literal:
        if self._is_at("None"):
            token = self._take()
            return Literal(None, start=token.start, end=token.end)
        minus = self._take() if self._is_at("-") else None
        item = self._next.operand
        if not isinstance(item, Literal):
            self._fail("expected a number, text in quotes, True, False or None")
        if minus is None:
            return self._literal()
        if isinstance(item.value, bool) or not isinstance(item.value, int | float):
            self._fail("expected a number")
        return Literal(-item.value, start=minus.start, end=self._take().end)

    # Words

    def _is_at(self, *words: str) -> bool:
        return self._next.operand is None and self._next.word in words

    def _take(self) -> Token:
        taken = self._next
        self._next = next(self._tokens)
        return taken

    def _expect(self, word: str) -> Token:
        if not self._is_at(word):
            self._fail(f"expected '{word}'")
        return self._take()

    def _fail(self, message: str, *, hint: str = "") -> NoReturn:
        """Raise that the next word is a mistake."""
        start, end = self._next.start, self._next.end
        if message.startswith("expected"):
            message += f", not {quoted(self._source, start, end)}" if start < end else " at the end"
        raise mistake(self._source, start, end, message, hint=hint)
