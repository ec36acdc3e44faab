"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from textwrap import wrap

from gitxp.ui.screen import Screen

GAP = "  "
# Longer text is cut on a terminal, so that one long name does not push out all that follows.
_LONGEST_CELL = 32
# Elsewhere, too, lest one long text makes every line as long; `--json` holds all of it.
LONGEST_IN_A_PIPE = 200
# No character but the first of a cluster makes text longer on the screen, and few have so many.
_LONGEST_CLUSTER = 8
# Stands behind a character of two columns in `spread`; no text that is shown has it.
_FILLER = "\0"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table.

    Attributes:
        cells: One line of text each.
        is_number: Whether it stands at the right edge.
        rank: Where not all columns fit, those of the highest rank are left out first, and of one
            rank the one furthest to the right.
        colours: That of each cell, empty for none; nothing where no cell has one.
        part_of: What it tells a part of; of such parts all are left out where one is.
    """

    title: str
    cells: Sequence[str]
    is_number: bool = False
    rank: int = 0
    colours: Sequence[str] = ()
    part_of: str = ""

    @property
    def width(self) -> int:
        """How many columns of the screen it takes where nothing of it is cut."""
        return max(map(text_width, (self.title, *self.cells)))


def table_lines(
    columns: Sequence[TableColumn], screen: Screen, *, longest: int = _LONGEST_CELL
) -> Generator[str, None, Sequence[str]]:
    """Yield the lines of a table, the titles first, and return the titles of what was left out.

    Long text is cut, on a terminal sooner than elsewhere; and there, columns that do not fit are
    left out and named at the end.

    Args:
        longest: Where text is cut on a terminal.
    """
    shown = _shown(columns, screen, longest)
    widths = [one.width for one in shown]
    kept = _fitting(columns, widths, screen.width)
    yield from _lines([shown[at] for at in kept], [widths[at] for at in kept], screen)
    left_out = [one.title for at, one in enumerate(columns) if at not in kept]
    yield from _left_out(left_out, screen)
    return left_out


def long_table_lines(
    blocks: Callable[[], Iterator[Sequence[TableColumn]]], screen: Screen
) -> Iterator[str]:
    """Yield the lines of a table whose rows come in blocks, of which one at a time is held.

    Args:
        blocks: Yields the same columns again and again, each time with the next cells; once at
            least. They are gone through twice: how wide a column is shows at the end.
    """
    columns: Sequence[TableColumn] = ()
    widths: list[int] = []
    for columns in blocks():
        found = [one.width for one in _shown(columns, screen, _LONGEST_CELL)]
        widths = list(map(max, widths or found, found))
    kept = _fitting(columns, widths, screen.width)
    kept_widths = [widths[at] for at in kept]
    for number, block in enumerate(blocks()):
        shown = _shown([block[at] for at in kept], screen, _LONGEST_CELL)
        yield from islice(_lines(shown, kept_widths, screen), 1 if number else 0, None)
    yield from _left_out([one.title for at, one in enumerate(columns) if at not in kept], screen)


def _shown(columns: Sequence[TableColumn], screen: Screen, longest: int) -> list[_Shown]:
    return [_Shown(one, _cut([one.title, *one.cells], screen, longest)) for one in columns]


def _lines(columns: Sequence[_Shown], widths: Sequence[int], screen: Screen) -> Iterator[str]:
    padded = (one.padded(screen, width) for one, width in zip(columns, widths, strict=True))
    for cells in zip(*padded, strict=True):
        yield GAP.join(cells).rstrip()


def _left_out(titles: Sequence[str], screen: Screen) -> Iterator[str]:
    if titles:
        note = f"(too narrow for: {', '.join(titles)})"
        told = wrapped(shortened(note, LONGEST_IN_A_PIPE, screen), screen.width)
        yield from (screen.painted(line, "dim") for line in told)


class _Shown:
    """A column with its cells as they are shown, the title first."""

    def __init__(self, column: TableColumn, texts: Sequence[str]) -> None:
        self.column = column
        self.texts = texts
        self._is_plain = "".join(texts).isascii()
        self._widths = list(map(len if self._is_plain else text_width, texts))
        self.width = max(self._widths)

    def padded(self, screen: Screen, width: int) -> Sequence[str]:
        """Return the cells, each as wide as the column is to be."""
        if self._is_plain and not screen.has_colours:
            pad = str.rjust if self.column.is_number else str.ljust
            return list(map(pad, self.texts, repeat(width)))
        return list(self._painted(screen, width))

    def _painted(self, screen: Screen, whole: int) -> Iterator[str]:
        colours = ("bold", *(self.column.colours or repeat("", len(self.texts) - 1)))
        for text, width, colour in zip(self.texts, self._widths, colours, strict=True):
            blanks = " " * (whole - width)
            painted = screen.painted(text, colour) if colour else text
            yield f"{blanks}{painted}" if self.column.is_number else f"{painted}{blanks}"


def _fitting(
    columns: Sequence[TableColumn], widths: Sequence[int], available: int | None
) -> list[int]:
    """Return the places of the columns that fit, at least one, in their order."""
    kept = list(range(len(columns)))
    while available is not None and len(kept) > 1:
        if sum(widths[at] + len(GAP) for at in kept) - len(GAP) <= available:
            break
        highest = max(columns[at].rank for at in kept)
        last = [at for at in kept if columns[at].rank == highest][-1]
        whole = columns[last].part_of
        kept = [at for at in kept if at != last and not (whole and columns[at].part_of == whole)]
    return kept


def _cut(texts: Sequence[str], screen: Screen, longest: int) -> list[str]:
    most = LONGEST_IN_A_PIPE if screen.width is None else min(longest, screen.width)
    # Of plain text, which most is, the length says all.
    if max(map(len, texts)) <= most and "".join(texts).isascii():
        return list(texts)
    return [
        text if len(text) <= most and text.isascii() else shortened(text, most, screen)
        for text in texts
    ]


def shortened(text: str, width: int, screen: Screen) -> str:
    """Return text that is no wider than `width`; where it had to be cut, dots say so."""
    start = text[: width * _LONGEST_CLUSTER]
    if len(start) == len(text) and text_width(text) <= width:
        return text
    text = start
    while text and text_width(text) + len(screen.dots) > width:
        text = text[:-1]
    return text + screen.dots


def wrapped(text: str, width: int | None) -> list[str]:
    r"""Return text as lines that are no wider than `width`, broken between words where it can be.

    Without a width it is one line, and none where there is no text.

    Example:
        >>> wrapped("one two", 5), wrapped("\u5b66\u7fd2\u7387 b", 4)
        (['one', 'two'], ['学習', '率 b'])
    """
    if width is None:
        return [text] if text else []
    if text.isascii():
        return wrap(text, width, break_on_hyphens=False)  # options are typed whole
    lines = [unspread(line) for line in wrap(spread(text), width, break_on_hyphens=False)]
    if any(text_width(line) > width for line in lines):  # it ends amid what is as wide as two
        return wrap(text, max(width // 2, 1), break_on_hyphens=False)
    return lines


def spread(text: str) -> str:
    """Return text that has as many characters as it takes columns, for who counts the former."""
    if text.isascii():
        return text
    return "".join(one + _FILLER * (text_width(one) - 1) for one in text)


def unspread(text: str) -> str:
    """Return text as it was before `spread`."""
    return text.replace(_FILLER, "")


def text_width(text: str) -> int:
    """Return how many columns of a terminal `text` takes; some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
