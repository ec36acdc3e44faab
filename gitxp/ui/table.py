"""Tables that fit the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Where nobody looks, in a pipe, nothing is cut.
_WIDTH_OF_A_PIPE = 500


def console() -> Console:
    """Return where tables are printed: coloured and fitted on a terminal, plain in a pipe."""
    from rich.console import Console

    return Console(
        highlight=False,
        markup=False,
        soft_wrap=False,
        width=None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE,
    )


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under titles; on a terminal columns at the right that do not fit are left out."""
    from rich.cells import cell_len

    out = console()
    widths = [
        max([cell_len(title), *(cell_len(row[number]) for row in rows)])
        for number, title in enumerate(titles)
    ]
    kept = _fitting(widths, out.width)
    lines = [titles, *rows]
    for number, line in enumerate(lines):
        cells = [
            line[column] + " " * (widths[column] - cell_len(line[column])) for column in range(kept)
        ]
        out.print("  ".join(cells).rstrip(), style="bold" if number == 0 else None, overflow="crop")
    if kept < len(titles):
        left_out = ", ".join(titles[kept:])
        out.print(f"(too narrow for: {left_out})", style="dim", overflow="ellipsis", no_wrap=True)


def _fitting(widths: Sequence[int], available: int) -> int:
    used = -2
    for number, width in enumerate(widths):
        used += width + 2
        if used > available:
            return max(number, 1)
    return len(widths)
