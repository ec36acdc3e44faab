"""Curves from the output of a script that knows nothing of gitxp."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.names import check_metric_name

JSON_LINES = "json"
_STEP, _VALUE = "step", "value"
_WHOLE = re.compile(r"[+-]?\d+")
# As many digits as 64 bits can need, with some zeros in front.
_MOST_DIGITS = 40
# A number, or what programs print where one has become none.
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:[nN]a[nN]|[iI]nf(?:inity)?))"
# How a value follows its name: `loss=0.5`, `loss: 0.5`, `'loss': 0.5`, `loss 0.5`.
_AFTER_NAME = r"""["']?(?:\s*[=:]\s*|\s+)"""
_NO_PARENTHESES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
# Colours, and whatever else tells a terminal how to show text.
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_PUNCTUATION = ",;:.)]}%"
_HINT = "--metrics loss, or --metrics 'loss=loss is (\\S+)'"

# What a line says: values by metric, and the step that they belong to, if it says one. Whatever
# stands there is taken: whether it can be logged is decided where it is logged.
Said = tuple[dict[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A metric and how its value stands in a line.

    Attributes:
        group: Number of the group that holds the value; one called `step` holds the step.
    """

    metric: str
    expression: re.Pattern[str]
    group: int


@dataclass(frozen=True, slots=True)
class OutputMetrics:
    """What to look for in each line of output."""

    patterns: tuple[Pattern, ...] = ()
    reads_json: bool = False

    def __bool__(self) -> bool:
        return self.reads_json or bool(self.patterns)

    def find(self, line: str) -> Iterator[Said]:
        """Yield the metrics in a line, each group with the step they belong to, if it says one.

        What was found where a number was expected is told as it stands, if it is none.

        Example:
            >>> list(parse_metrics(["loss"]).find("step 1 of 9, loss: 0.5, acc: 1"))
            [({'loss': 0.5}, None)]
        """
        line = _CONTROL.sub("", line)
        if self.reads_json and line.lstrip().startswith("{"):
            yield from _from_json(line)
        for pattern in self.patterns:
            for match in pattern.expression.finditer(line):
                text = match[pattern.group]
                if text is not None:
                    yield {pattern.metric: _number(text)}, _step(match.groupdict().get(_STEP))

    def unmatched(self, seen: Collection[str]) -> Iterator[str]:
        """Yield each option that no line matched, given the metrics that were found."""
        yield from (one.metric for one in self.patterns if one.metric not in seen)
        if self.reads_json and not seen:
            yield JSON_LINES


def parse_metrics(options: Sequence[str]) -> OutputMetrics:
    """Return what `--metrics` options ask for: `json`, `name`, or `name=regular expression`.

    A name alone finds the number after it. So does an expression that is nothing but the group of
    the value, as in `loss=([0-9.]+)`: by itself it would match whatever number is in a line.

    Raises:
        InvalidValue: If one is none of these, or has not one group for the value.
    """
    patterns = tuple(_pattern(option) for option in options if option != JSON_LINES)
    return OutputMetrics(patterns, JSON_LINES in options)


def _pattern(option: str) -> Pattern:
    name, equals, expression = option.partition("=")
    compiled = _compiled(option, expression if equals else _NUMBER)
    group = _value_group(option, compiled)
    check_metric_name(name)
    if _is_one_group(compiled.pattern):
        before = rf"(?<![\w/.-]){re.escape(name)}{_AFTER_NAME}"
        compiled = _compiled(option, before + compiled.pattern)
    return Pattern(name, compiled, group)


def _compiled(option: str, expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidValue(f"--metrics {option!r}: {error}", hint=_HINT) from error


def _value_group(option: str, compiled: re.Pattern[str]) -> int:
    """Return the number of the group for the value: the one called so, or the only one."""
    named = compiled.groupindex.get(_VALUE)
    if named is not None:
        return named
    of_step = compiled.groupindex.get(_STEP)
    groups = [number for number in range(1, compiled.groups + 1) if number != of_step]
    if len(groups) == 1:
        return groups[0]
    found = f"has {len(groups)} groups" if groups else "has no group"
    raise InvalidValue(
        f"--metrics {option!r} {found} for the value: expected one; (?:...) is none, and "
        "(?P<step>...) is the step's",
        hint=_HINT,
    )


def _is_one_group(expression: str) -> bool:
    """Whether an expression is a group and nothing else, as `(a|b)` is and `(a) (b)` is not."""
    depth = 0
    # Escaped characters and sets open and close nothing.
    plain = _NO_PARENTHESES.sub(lambda match: "x" * len(match[0]), expression)
    for place, character in enumerate(plain):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(plain) - 1 and character == ")"
    return False


def _from_json(line: str) -> Iterator[Said]:
    try:
        found = json.loads(line)
    except ValueError:
        return
    if not isinstance(found, dict):
        return
    step = found.pop(_STEP, None)
    values = {name: value for name, value in found.items() if _is_number(value)}
    if values:
        yield values, step if _is_number(step) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _step(text: str | None) -> Any:
    """Return the step that a text spells: itself where it has too many digits to be one."""
    if text is None or _WHOLE.fullmatch(text) is None:
        return None
    return int(text) if len(text) <= _MOST_DIGITS else text


def _number(text: str) -> float | str:
    """Return the number that a text spells, whatever mark follows it; else the text."""
    try:
        return float(text.rstrip(_PUNCTUATION))
    except ValueError:
        return text
