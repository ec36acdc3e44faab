"""A run as a small card of HTML, for notebooks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 160, 32
# A curve of more points than pixels looks the same.
_MOST_POINTS = 320
_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric's name and its values, in order."""

    name: str
    values: Sequence[float]


def run_card(
    title: str,
    status: str,
    params: Sequence[tuple[str, str]],
    curves: Sequence[Curve],
    footer: str,
) -> str:
    """Return a card: what the run is, its params, and a small curve a metric.

    All text is anybody's, and escaped. Colours are those of the page around it.

    Example:
        >>> card = run_card("lr/<a>", "running", [("lr", "0.1")], [Curve("loss", [2, 1])], "")
        >>> "&lt;a&gt;" in card, card.count("<svg")
        (True, 1)
    """
    rows = [_row(escape(name), escape(value)) for name, value in params[:_MOST_ROWS]]
    rows += [_row("\N{HORIZONTAL ELLIPSIS}", "")] if len(params) > _MOST_ROWS else []
    rows += [_row(escape(curve.name), _shown(curve)) for curve in curves[:_MOST_ROWS]]
    return (
        '<div style="font-size: 90%">'
        f"<b>{escape(title)}</b> \N{MIDDLE DOT} {escape(status)}"
        f"<table>{''.join(rows)}</table>"
        f"<code>{escape(footer)}</code></div>"
    )


def _row(name: str, value: str) -> str:
    style = 'style="text-align: left"'
    return f"<tr><td {style}>{name}</td><td {style}>{value}</td></tr>"


def _shown(curve: Curve) -> str:
    if not len(curve.values):
        return ""
    return f"{escape(f'{curve.values[-1]:.4g}')} {curve_svg(curve.values)}"


def curve_svg(values: Sequence[float]) -> str:
    """Return a curve as a picture; what is no number is a gap, and fewer than two draw nothing.

    Example:
        >>> curve_svg([1.0])
        ''
        >>> curve_svg([0.0, 1.0]).count("<polyline")
        1
    """
    count = len(values)
    if count > _MOST_POINTS:
        values = [values[at * (count - 1) // (_MOST_POINTS - 1)] for at in range(_MOST_POINTS)]
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    low, high = min(finite), max(finite)
    # Halves, so that the distance of the largest floats does not overflow.
    spread = (high / 2 - low / 2) or 0.5
    lines: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if not math.isfinite(value):
            lines.append([])
            continue
        across = place / (len(values) - 1) * _WIDTH
        up = (1 - (value / 2 - low / 2) / spread) * (_HEIGHT - 2) + 1
        lines[-1].append(f"{across:.1f},{up:.1f}")
    drawn = "".join(
        f'<polyline points="{" ".join(line)}" fill="none" stroke="currentColor"/>'
        for line in lines
        if line
    )
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" style="vertical-align: middle" '
        f'role="img" aria-label="curve from {values[0]:.4g} to {values[-1]:.4g}">{drawn}</svg>'
    )
