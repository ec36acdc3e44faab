"""A comparison keeps to any screen, and says what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gitxp.comparison.baseline.against import against_baseline
from gitxp.comparison.baseline.stand import Stand
from gitxp.comparison.differences.comparison import Cell, Comparison, Row, Section, labels_of
from gitxp.model.goal import MetricGoal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, Run, Session
from gitxp.statistics.difference import differences
from gitxp.ui.comparison import MOST_ROWS, comparison_lines
from gitxp.ui.screen import Screen

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
VALUES = TEXT | st.floats() | st.integers() | st.none()
GUESSED = MetricGoal("min", is_guessed=True)


def screen(width, *, has_colours=False, has_unicode=True):
    return Screen(width=width, has_colours=has_colours, has_unicode=has_unicode)


def compared(*sections, count=2, names="run-{}", trees=("1", "2"), same=("seeds",)):
    runs = []
    for number in range(count):
        tree = trees[number % len(trees)] * 40
        session = Session(datetime(2026, 1, 2, tzinfo=UTC), code=Code(tree, tree))
        one = RunId(f"{number:07x}{'0' * 25}")
        runs.append(Run(one, ExperimentName("lr"), (session,), name=names.format(number)))
    told = tuple(Section(title, tuple(rows)) for title, rows in sections)
    return Comparison(tuple(runs), labels_of(runs), told, same)


def row(field, *values, goal=None):
    return Row(field, tuple(None if value is ... else Cell(value) for value in values), goal)


def lines(comparison, width, **named):
    on = {key: named.pop(key) for key in ("has_colours", "has_unicode") if key in named}
    return list(comparison_lines(comparison, screen(width, **on), **named))


def test_two_runs_stand_side_by_side():
    loss = Row("loss", (Cell(0.5), Cell(0.25, -0.25, is_better=True)), GUESSED)
    found = compared(("metrics", [loss]), ("params", [row("x", 1, 1.0), row("y", ..., None)]))
    assert lines(found, 80) == [
        "           run-0  run-1",
        "metrics",
        "  loss ↓?  0.5    0.25 (-0.25 better)",
        "params",
        "  x        1      1.0",
        "  y               None",
        "whether more than noise cannot be said without several seeds on both sides",
        "the same in all: seeds",
        "lines of code: git xp diff 0000000 0000001",
        "? guessed by name; .gitxp.toml sets it",
    ]


def by_seeds(gain):
    """Return what seeds say of a gain that is far beyond their noise."""
    found = differences([np.array([gain, gain + 0.1])], np.array([0.0, 0.1]))
    return Stand(*against_baseline(found, GUESSED))


def test_colours_tell_gains_from_losses_where_the_seeds_do():
    told = [
        Row("loss", (Cell(0.5), Cell(gain, gain, gain < 0, stand)), GUESSED)
        for gain, stand in ((-1, by_seeds(-1)), (1, by_seeds(1)), (-2, None))
    ]
    text = "\n".join(lines(compared(("metrics", told)), 80, has_colours=True))
    assert "\x1b[32m-1 (-1; over seeds -1, better)\x1b[0m" in text
    assert "\x1b[31m1 (+1; over seeds +1, worse)\x1b[0m" in text
    assert "  -2 (-2 better)\n" in text
    assert "\x1b[1mmetrics" in text


def test_colours_go_by_what_the_seeds_say_and_not_by_how_a_text_ends():
    gain = Row("loss", (Cell(0.5), Cell(-1, -1, is_better=True, stand=by_seeds(-1))), GUESSED)
    texts = ("-1 (-1; over seeds -1, better)", "better over seeds)")
    params = [Row(text, (Cell(""), Cell(text))) for text in texts]
    for width in (80, 60):  # side by side, and a line a run
        text = "\n".join(
            lines(compared(("metrics", [gain]), ("params", params)), width, has_colours=True)
        )
        assert text.count("\x1b[32m") == 1


@given(
    st.lists(st.tuples(TEXT, st.lists(VALUES, min_size=20, max_size=20)), min_size=1, max_size=4),
    st.integers(1, 20),
    st.integers(30, 200),
    st.booleans(),
)
def test_no_line_is_wider_than_the_screen(told, count, width, has_unicode):
    found = compared(
        ("params", [row(field, *values[:count]) for field, values in told]),
        count=count,
        names="a name that is much too long for a column, {}",
    )
    for line in lines(found, width, has_unicode=has_unicode):
        assert cell_len(line) <= width or line.startswith("lines of code")


def test_without_unicode_every_character_is_ascii():
    found = compared(
        ("metrics", [row("a" * 70, 0.5, 0.25, goal=GUESSED)]),
        ("command", [row("command", "python train.py " * 9 + "1", "python train.py " * 9 + "2")]),
    )
    for width in (40, 80):
        assert "\n".join(lines(found, width, has_unicode=False)).isascii()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_twenty_runs_are_all_there_whatever_the_width(width):
    params = [row(f"param-{number}", *range(20)) for number in range(9)]
    shown = lines(compared(("params", params), count=20), width)
    text = "\n".join(shown)
    for number in range(9):
        assert text.count(f"param-{number}") == 1
    starts = [line.split()[0] for line in shown if line.startswith("run-")]
    assert set(starts) == {f"run-{number}" for number in range(20)}
    tables = len(starts) // 20
    assert tables == (1 if width == 160 else len([line for line in shown if "param-" in line]))


def test_twenty_runs_stand_side_by_side_in_a_pipe():
    shown = lines(compared(("params", [row("lr", *range(20))]), count=20), None)
    assert shown[0].split() == [f"run-{number}" for number in range(20)]
    assert shown[2].split() == ["lr", *map(str, range(20))]


def test_texts_are_cut_where_they_part():
    words = "python train.py --data /a/very/long/path/that/all/have/in/common --lr "
    found = compared(("command", [row("command", f"{words}0.1", f"{words}0.2")]))
    (shown,) = [line for line in lines(found, 40) if "command " in line]
    assert shown.split() == ["command", "…mon", "--lr", "0.1", "…mon", "--lr", "0.2"]


def test_text_that_one_run_has_is_cut_at_its_end():
    found = compared(("about", [row("hypothesis", ..., "why " * 30)]))
    (shown,) = [line for line in lines(found, 40) if "hypothesis" in line]
    assert shown.endswith("  why why why…")


def test_fields_that_are_too_long_keep_their_ends():
    found = compared(
        ("params", [row(f"optimizer.scheduler.{end}", 1, 2) for end in ("up", "down")])
    )
    shown = "\n".join(lines(found, 40))
    assert "…cheduler.up" in shown
    assert "…eduler.down" in shown


def test_cut_names_that_look_alike_give_way_to_ids():
    found = compared(("params", [row("x", 1, 2)]), names="the same beginning of a name {}")
    assert lines(found, 40)[0].split() == ["0000000", "0000001"]
    assert "name 0" in lines(found, 160)[0]


def test_thousands_of_params_are_counted_unless_all_are_asked_for():
    found = compared(("params", [row(f"p{number}", number, 0.5) for number in range(5000)]))
    shown = lines(found, 80)
    assert f"  {5000 - MOST_ROWS:,} more" in shown
    assert "every row: --all" in shown
    assert len(shown) < MOST_ROWS + 10
    assert len(lines(found, 80, is_whole=True)) > 5000
    many = compared(("params", [row(f"p{number}", *range(20)) for number in range(5000)]), count=20)
    assert "params: 4,950 more" in lines(many, 80)


def gains(count, name="loss"):
    cells = (Cell(0.123456), *(Cell(0.654321, 0.530865, is_better=False) for _ in range(count)))
    return Row(name, cells, GUESSED)


def test_differences_without_room_are_counted_with_the_way_to_them():
    told = compared(("metrics", [gains(1), gains(1, "other_loss")]), ("params", [row("x", 1, 2)]))
    shown = lines(told, 40)
    assert not any("+0.53" in line for line in shown)
    assert "no room for what is said of 2 differences: use a wider terminal, or --json" in " ".join(
        shown
    )
    wide = "\n".join(lines(told, 80))
    assert (wide.count("(+0.5309 worse)"), "no room" in wide) == (2, False)
    many = lines(compared(("metrics", [gains(19)]), count=20), 20)
    assert "no room for what is said of 19 differences" in " ".join(many)


def test_nothing_differs_is_said():
    found = compared(trees=("1",), same=("params", "code", "packages"))
    assert lines(found, 80) == ["the same in all: params, code, packages"]
    assert lines(found, 20) == ["the same in all:", "params, code,", "packages"]
    assert lines(compared(trees=("1",), same=()), 80) == ["nothing is recorded"]


def test_diff_is_named_only_where_it_has_something_to_show():
    assert lines(compared(), 80)[-1] == "lines of code: git xp diff 0000000 0000001"
    assert lines(compared(count=3, trees=("1", "1", "2")), 80)[-1].endswith("0000000 0000002")
    for other in (lines(compared(trees=("1",)), 80), lines(compared(), 80, is_here=False)):
        assert not any("git xp diff" in line for line in other)


def test_sections_share_a_table_while_they_fit():
    few = [
        ("seeds", [row("seed", *range(20))]),
        ("hardware", [row("host", *"abcdefghijklmnopqrst")]),
    ]
    shown = lines(compared(*few, count=20), 80)
    assert shown[:3] == [
        "        seeds  hardware",
        "        seed   host",
        "run-0   0      a",
    ]
    long = lines(compared(*few, count=20, names="a name that is much too long, {}"), 160)
    place = long[0].index("seeds")
    assert (long[1].index("seed"), long[2][place - 1 : place + 2]) == (place, " 0 ")
    wide = [(f"title-{at}", [row("x" * 30, *range(20))]) for at in range(4)]
    shown = lines(compared(*wide, count=20), 80)
    assert [line.split() for line in shown if "title" in line] == [
        ["title-0", "title-1"], ["title-2", "title-3"],
    ]  # fmt: skip
