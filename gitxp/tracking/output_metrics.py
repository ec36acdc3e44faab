"""Curves from the output of a script that knows nothing of gitxp."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitxp.errors import InvalidValue
from gitxp.model.names import check_metric_name

JSON_LINES = "json"
_STEP = "step"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A metric and how its value stands in a line; a group called `step` gives the step."""

    metric: str
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class OutputMetrics:
    """What to look for in each line of output."""

    patterns: tuple[Pattern, ...] = ()
    reads_json: bool = False

    def find(self, line: str) -> Iterator[tuple[dict[str, float], int | None]]:
        """Yield the metrics in a line, each group with the step they belong to, if it says one.

        Example:
            >>> list(parse_metrics(["loss=loss: ([0-9.e+-]+)"]).find("step 1 loss: 0.5"))
            [({'loss': 0.5}, None)]
        """
        if self.reads_json and line.lstrip().startswith("{"):
            yield from _from_json(line)
        for pattern in self.patterns:
            for match in pattern.expression.finditer(line):
                value = _number(match[1])
                if value is not None:
                    groups = match.groupdict()
                    step = int(groups[_STEP]) if (groups.get(_STEP) or "").isdecimal() else None
                    yield {pattern.metric: value}, step


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
    except re.error as error:
        raise InvalidValue(f"--metrics {option!r}: {error}") from error
    if compiled.groups < 1:
        raise InvalidValue(
            f"--metrics {option!r} has no group for the value",
            hint="--metrics 'loss=loss: ([0-9.e+-]+)'",
        )
    return Pattern(check_metric_name(name), compiled)


def _from_json(line: str) -> Iterator[tuple[dict[str, float], int | None]]:
    try:
        found = json.loads(line)
    except ValueError:
        return
    if not isinstance(found, dict):
        return
    step = found.pop(_STEP, None)
    values = {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if values:
        yield values, step if isinstance(step, int) else None


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
