"""What tells curves and points apart: colours that everybody can tell, then dashes and shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Okabe & Ito (2008), "Color Universal Design": colours that people with any kind of colour vision
# tell apart; without its yellow, which is too pale for a line on white, and with a grey.
_COLOURS: Final = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#666666",
)  # fmt: skip
COLOUR_COUNT: Final = len(_COLOURS)
# Lengths of line and gap, in points; none is a whole line.
_DASHES: Final = (
    (), (5, 2), (1, 1.5), (5, 2, 1, 2), (9, 3), (9, 3, 1, 3), (5, 2, 1, 2, 1, 2),
)  # fmt: skip
# As many as there are dashes.
_SHAPES: Final = ("circle", "square", "triangle", "diamond", "triangle down", "plus", "cross")
# For what has no colour of its own.
PALE: Final = "#C8C8C8"


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a curve is drawn, or a cloud of points.

    Attributes:
        colour: `#rrggbb`.
        dashes: Lengths of line and gap, in points; empty for a whole line.
        shape: Of a point, as one of seven words.
    """

    colour: str
    dashes: tuple[float, ...]
    shape: str = "circle"


def strokes(count: int) -> list[Stroke]:
    """Return how so many curves, or clouds, are drawn; the first 56 look different.

    Example:
        >>> strokes(1)
        [Stroke(colour='#0072B2', dashes=(), shape='circle')]
        >>> len(set(strokes(56)))
        56
    """
    rounds = (number // len(_COLOURS) % len(_DASHES) for number in range(count))
    return [
        Stroke(_COLOURS[number % len(_COLOURS)], _DASHES[one], _SHAPES[one])
        for number, one in enumerate(rounds)
    ]


def faded(colour: str, opacity: float) -> str:
    """Return a colour through which others are seen.

    Example:
        >>> faded("#0072B2", 0.2)
        'rgba(0,114,178,0.2)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
