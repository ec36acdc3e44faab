"""Tables keep to the width of the screen and leave out what matters least."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn, table_lines, wrapped

CELLS = st.text(st.characters(categories=["L", "N"]), max_size=50)
COLUMNS = st.integers(1, 6).flatmap(
    lambda rows: st.lists(
        st.builds(
            TableColumn,
            CELLS,
            st.lists(CELLS, min_size=rows, max_size=rows),
            is_number=st.booleans(),
            rank=st.integers(0, 3),
        ),
        min_size=1,
        max_size=6,
    )
)


def screen(width: int | None, *, has_unicode: bool = True) -> Screen:
    return Screen(width=width, has_colours=False, has_unicode=has_unicode)


@given(COLUMNS, st.integers(10, 100))
def test_no_line_is_wider_than_the_screen(columns, width):
    lines = list(table_lines(columns, screen(width)))
    assert all(cell_len(line) <= width for line in lines)
    assert len(lines) > len(columns[0].cells)


@given(CELLS, st.lists(CELLS, max_size=9), st.integers(2, 100))
def test_a_note_loses_nothing_to_a_narrow_screen(first, others, width):
    text = " ".join([first, *others])
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped(text, None) == ([text] if text else [])


@given(COLUMNS)
def test_no_cell_of_usual_length_is_cut_in_a_pipe(columns):
    _, *lines = table_lines(columns, screen(None))
    for number, line in enumerate(lines):
        assert all(column.cells[number] in line for column in columns)


def test_highest_rank_goes_first_and_is_named():
    columns = [
        TableColumn("kept", ["x" * 8]),
        TableColumn("gone", ["x" * 8], rank=2),
        TableColumn("also kept", ["x"], rank=1),
    ]
    titles, _, note = table_lines(columns, screen(24))
    assert titles == "kept      also kept"
    assert note == "(too narrow for: gone)"


def test_long_text_is_cut_with_dots_that_the_screen_has():
    column = TableColumn("name", ["x" * 90])
    assert list(table_lines([column], screen(200)))[1] == "x" * 31 + "…"
    assert list(table_lines([column], screen(200, has_unicode=False)))[1] == "x" * 29 + "..."


@pytest.mark.parametrize("letter", ["x", "界", "e\u0301"])
def test_endless_text_is_cut_in_a_pipe_too(letter):
    rows = list(table_lines([TableColumn("text", [letter * 1_000_000, "short"])], screen(None)))
    assert max(map(cell_len, rows)) <= 200
    assert rows[1].endswith("…")
    assert rows[2] == "short"


def test_numbers_stand_at_the_right():
    lines = table_lines([TableColumn("step", ["1", "100"], is_number=True)], screen(None))
    assert list(lines) == ["step", "   1", " 100"]


def test_parts_of_one_thing_are_left_out_together():
    ends = [TableColumn(title, ["0.12345"], rank=2, part_of="interval") for title in ("from", "to")]
    columns = [TableColumn("group", ["a"]), *ends, TableColumn("n", ["5"], rank=1)]
    assert list(table_lines(columns, screen(18))) == [
        "group  n",
        "a      5",
        "(too narrow for:",
        "from, to)",
    ]
    assert next(table_lines(columns, screen(26))).split() == ["group", "from", "to", "n"]
