"""What sets runs apart, in the terminal: a column a run while they have room, else a line a run.

A section takes a line a run, too, where what the seeds say of a difference has no room in a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, NamedTuple

from gitxp.comparison.differences.code_rows import has_other_code
from gitxp.comparison.differences.comparison import Cell, Comparison, Row, Section
from gitxp.comparison.differences.spelling import (
    cell_texts,
    gain_parts,
    gain_text,
    parted,
    seed_notes,
)
from gitxp.ui.compared import verdict_colour
from gitxp.ui.format import cell
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn, shortened, table_lines, text_width, wrapped

# Of a section, where not everything was asked for.
MOST_ROWS: Final = 50
_GAP: Final = 2
# A run's column is never narrower where runs stand side by side.
_NARROWEST: Final = 11
_NARROWEST_FIELD, _WIDEST_FIELD = 14, 48
_WIDEST_CELL: Final = 32
_WIDEST_IN_A_PIPE: Final = 200
# What is longer than so many characters a column does not fit for sure.
_LONGEST_CLUSTER: Final = 8


def comparison_lines(
    comparison: Comparison, screen: Screen, *, is_whole: bool = False, is_here: bool = True
) -> Iterator[str]:
    """Yield the lines of a comparison.

    Args:
        is_whole: Whether every row is shown, however many a section has.
        is_here: Whether the runs are this clone's, so that they can be named to other commands.
    """
    sections = comparison.sections
    if not is_whole:
        sections = tuple(Section(one.title, one.rows[:MOST_ROWS]) for one in sections)
    left = {
        whole.title: len(whole.rows) - len(shown.rows)
        for whole, shown in zip(comparison.sections, sections, strict=True)
    }
    drawing = _Drawing(comparison, screen, left)
    if sections:
        yield from drawing.tables(sections)
    yield from drawing.notes(names_diff=is_here)


def _field(row: Row, screen: Screen) -> str:
    return marked(row.field, row.goal, screen)


class _Painted(NamedTuple):
    """The text of a cell, and its colour."""

    text: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns of one section, side by side under its title."""

    title: str
    columns: list[TableColumn] = field(default_factory=list)

    def taken(self, column: TableColumn) -> int:
        """Return how wide a column is, with the gap before it."""
        return max(map(text_width, (column.title, *column.cells))) + _GAP

    def heading(self, screen: Screen) -> str:
        """Return the title, as wide as the columns below it."""
        width = sum(map(self.taken, self.columns))
        return f"{'':{_GAP}}{shortened(self.title, width - _GAP, screen)}".ljust(width)


@dataclass(slots=True)
class _Drawing:
    """Sections on a screen.

    Attributes:
        left: How many rows of a section are not shown, by its title.
        hidden: Beside how many values there was no room for the difference, so far.
    """

    comparison: Comparison
    screen: Screen
    left: dict[str, int]
    hidden: int = 0

    def room(self, taken: int) -> int:
        """Return how wide a run's column may be, beside one that has taken so much."""
        if self.screen.width is None:
            return _WIDEST_IN_A_PIPE
        count = len(self.comparison.runs)
        return (self.screen.width - taken - _GAP * count) // count

    def field_width(self, sections: Sequence[Section]) -> int:
        """Return how wide the column of fields is."""
        indented = [_field(row, self.screen) for one in sections for row in one.rows]
        indented += [self._more(one) for one in sections if self.left[one.title]]
        titles = max(len(one.title) for one in sections)
        longest = max(titles, _GAP + max(map(text_width, indented)))
        if self.screen.width is None:
            return longest
        return min(longest, _WIDEST_FIELD, max(_NARROWEST_FIELD, self.screen.width // 3))

    def tables(self, sections: Sequence[Section]) -> Iterator[str]:
        """Yield every section in its place, those together that are drawn alike."""
        room = self.room(self.field_width(sections))
        drawn = [
            (list(alike), has_room)
            for has_room, alike in groupby(sections, lambda one: self._has_room(one, room))
        ]
        for number, (alike, has_room) in enumerate(drawn, start=1):
            if not has_room:
                yield from self.line_by_line(alike)
                continue
            yield from self.side_by_side(alike)
            if number < len(drawn):
                yield ""

    def _has_room(self, section: Section, room: int) -> bool:
        """Whether runs may stand side by side without a loss of what their seeds say."""
        return room >= _NARROWEST and all(
            text_width(f"{text} ({gain_parts(told)[1]})") <= room
            for row in section.rows
            if any(map(_is_by_seeds, row.cells))
            for told, text in zip(row.cells, cell_texts(row), strict=True)
            if _is_by_seeds(told)
        )

    def side_by_side(self, sections: Sequence[Section]) -> Iterator[str]:
        """Yield one table: a line a field, a column a run."""
        width = self.field_width(sections)
        room = self.room(width)
        first: list[_Painted] = []
        columns: list[list[_Painted]] = [[] for _ in self.comparison.runs]
        for section in sections:
            for line, cells in self._block(section, room):
                first.append(_Painted(self._tail(line.text, width), line.colour))
                for column, cell_ in zip(columns, cells, strict=True):
                    column.append(cell_)
        titles = ["", *self._labels(room)]
        yield from table_lines(
            list(map(_table_column, titles, [first, *columns])),
            self.screen,
            longest=max(room, width),
        )

    def _labels(self, width: int) -> list[str]:
        """Return what each run is called; by its id where cut names are no longer told apart."""
        names = [shortened(cell(one), width, self.screen) for one in self.comparison.labels]
        return [
            name if names.count(name) == 1 else run.id.short
            for name, run in zip(names, self.comparison.runs, strict=True)
        ]

    def _block(self, section: Section, room: int) -> Iterator[tuple[_Painted, list[_Painted]]]:
        """Yield the field and the cells of each line of a section."""
        empty = [_Painted("")] * len(self.comparison.runs)
        yield _Painted(section.title, "bold"), empty
        for row in section.rows:
            yield _Painted(f"  {_field(row, self.screen)}"), self._cells(row, room)
        if self.left[section.title]:
            yield _Painted(f"  {self._more(section)}"), empty

    def line_by_line(self, sections: Sequence[Section]) -> Iterator[str]:
        """Yield as many tables as it needs: a line a run, a column a field."""
        assert self.screen.width is not None
        labels = TableColumn("", self._labels(min(_WIDEST_CELL, max(10, self.screen.width // 4))))
        width = max(map(text_width, labels.cells))
        room = self.screen.width - width
        for blocks in self._tables(sections, room):
            titles = f"{'':{width}}{''.join(block.heading(self.screen) for block in blocks)}"
            yield self.screen.painted(titles.rstrip(), "bold")
            columns = [column for block in blocks for column in block.columns]
            yield from table_lines([labels, *columns], self.screen, longest=max(room, width))
            yield ""
        for section in sections:
            if self.left[section.title]:
                yield f"{section.title}: {self._more(section)}"

    def _tables(self, sections: Sequence[Section], width: int) -> Iterator[list[_Block]]:
        """Yield as many columns at a time as fit; a section is parted only where it must be."""
        blocks: list[_Block] = []
        left = width
        for section in sections:
            block = _Block(section.title)
            columns = [self._column(row, width - _GAP) for row in section.rows]
            columns[0] = _under(section.title, columns[0])
            if blocks and sum(map(block.taken, columns)) > left:
                yield blocks
                blocks, left = [], width
            blocks.append(block)
            for column in columns:
                if block.columns and block.taken(column) > left:
                    yield blocks
                    block = _Block(section.title)
                    blocks, left = [block], width
                shown = column if block.columns else _under(section.title, column)
                left -= block.taken(shown)
                block.columns.append(shown)
        if blocks:
            yield blocks

    def _column(self, row: Row, most: int) -> TableColumn:
        """Return a field as a column; only a value with its gain may be wider than others."""
        room = min(_WIDEST_CELL, most)
        cells = self._cells(row, room, most)
        title = self._tail(_field(row, self.screen), room)
        return _table_column(title, cells)

    def _cells(self, row: Row, room: int, most: int | None = None) -> list[_Painted]:
        """Return what stands in each cell, with gains where there is room for them.

        Args:
            most: How much room there is for a value with its gain, where that is more.
        """
        texts = parted(cell_texts(row), room, dots=self.screen.dots, width_of=text_width)
        return [
            self._with_gain(shortened(text, room, self.screen), one, most or room)
            for one, text in zip(row.cells, texts, strict=True)
        ]

    def _with_gain(self, text: str, told: Cell | None, room: int) -> _Painted:
        """Return a value with its gain; what the seeds say comes before how large it is.

        A number alone would look as if they said nothing. Only what they say has a colour.
        """
        number, words = gain_parts(told)
        is_by_seeds = _is_by_seeds(told)
        whole = gain_text(told)
        # Without seeds nothing stands behind the words.
        needed = words if is_by_seeds else number
        for gain in filter(None, (whole, needed)):
            shown = f"{text} ({gain})"
            if text_width(shown) <= room:
                self.hidden += is_by_seeds and gain != whole
                return _Painted(shown, verdict_colour(told.stand) if told else "")
        self.hidden += bool(needed)
        return _Painted(text)

    def _tail(self, text: str, width: int) -> str:
        """Return the end of a name that is too long: there, names part."""
        if text_width(text) <= width:
            return text
        blanks = text[: len(text) - len(text.lstrip())]
        dots = self.screen.dots
        end = text.lstrip()[-width * _LONGEST_CLUSTER :]
        while end and text_width(f"{blanks}{dots}{end}") > width:
            end = end[1:]
        return f"{blanks}{dots}{end}"

    def _more(self, section: Section) -> str:
        return f"{self.left[section.title]:,} more"

    def notes(self, *, names_diff: bool) -> Iterator[str]:
        """Yield what is said below: of noise, of what is the same, of lines of code, of `?`."""
        found = self.comparison
        for told in seed_notes(found):
            yield from wrapped(told, self.screen.width)
        if any(self.left.values()):
            yield "every row: --all"
        if self.hidden:
            number = f"{self.hidden:,} difference{'s' if self.hidden > 1 else ''}"
            told = f"no room for what is said of {number}: use a wider terminal, or --json"
            yield from wrapped(told, self.screen.width)
        if found.same:
            told = f"the same in all: {', '.join(found.same)}"
            yield from wrapped(told, self.screen.width)
        elif not found.sections:
            yield "nothing is recorded"
        first, *others = found.runs
        other = next((run for run in others if has_other_code(run.code, first.code)), None)
        if other is not None and names_diff:
            yield f"lines of code: git xp diff {first.id.short} {other.id.short}"
        rows = [row for one in found.sections if one.title == "metrics" for row in one.rows]
        guessed = [row.field for row in rows if row.goal is not None and row.goal.is_guessed]
        yield from goal_note(guessed, {}, self.screen)


def _is_by_seeds(told: Cell | None) -> bool:
    return told is not None and told.is_by_seeds


def _under(title: str, column: TableColumn) -> TableColumn:
    """Return a column that is no narrower than the title of the section that it begins."""
    return replace(column, title=f"{column.title:<{len(title)}}")


def _table_column(title: str, cells: Sequence[_Painted]) -> TableColumn:
    return TableColumn(title, [one.text for one in cells], colours=[one.colour for one in cells])
