"""Curves from the output of a script that knows nothing of gitxp."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.names import check_metric_name

JSON_LINES = "json"
_STEP = "step"
_WHOLE = re.compile(r"[+-]?\d+")
# As many digits as 64 bits can need, with some zeros in front.
_MOST_DIGITS = 40

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

        Example:
            >>> list(parse_metrics(["loss=loss: ([0-9.e+-]+)"]).find("step 1 loss: 0.5"))
            [({'loss': 0.5}, None)]
        """
        if self.reads_json and line.lstrip().startswith("{"):
            yield from _from_json(line)
        for pattern in self.patterns:
            for match in pattern.expression.finditer(line):
                value = _number(match[pattern.group])
                if value is not None:
                    yield {pattern.metric: value}, _step(match.groupdict().get(_STEP))


def parse_metrics(options: Sequence[str]) -> OutputMetrics:
    """Return what `--metrics` options ask for: `json`, or `name=expression with one group`.

    Raises:
        InvalidValue: If one is neither.
    """
    patterns = tuple(_pattern(option) for option in options if option != JSON_LINES)
    return OutputMetrics(patterns, JSON_LINES in options)


def _pattern(option: str) -> Pattern:
    name, equals, expression = option.partition("=")
    if not equals:
        raise InvalidValue(
            f"--metrics {option!r} has no '=': expected 'json' or 'name=regular expression'",
            hint="--metrics 'loss=loss: ([0-9.e+-]+)'",
        )
    try:
        compiled = re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidValue(f"--metrics {option!r}: {error}") from error
    of_step = compiled.groupindex.get(_STEP)
    groups = [number for number in range(1, compiled.groups + 1) if number != of_step]
    if not groups:
        raise InvalidValue(
            f"--metrics {option!r} has no group for the value",
            hint="--metrics 'loss=loss: ([0-9.e+-]+)'",
        )
    return Pattern(check_metric_name(name), compiled, groups[0])


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


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
