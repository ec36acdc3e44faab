"""Graphs of where things come from: every line leads from a node to what it comes from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitxp.ui.graph import Node, graph_lines


def drawn(*nodes, has_unicode=True):
    return "\n".join(graph_lines(nodes, has_unicode=has_unicode))


def node(key, *origins, text=None):
    return Node(key, origins, text or [key])


def test_things_without_origins_stand_below_each_other():
    assert drawn(node("b"), node("a")) == "o b\no a"


def test_chain_is_a_line():
    assert drawn(node("b", "a", text=["b", "more"]), node("a")) == "* b\n│ more\no a"


def test_two_of_one_origin_come_together():
    assert drawn(node("c", "a"), node("b", "a"), node("a"), node("z")) == (
        "* c\n│ * b\n├─╯\no a\no z"
    )


def test_one_of_two_origins_forks():
    assert drawn(node("c", "b", "a"), node("b", text=["b", "more"]), node("a")) == (
        "* c\n├─╮\no │ b\n  │ more\n  o a"
    )


def test_line_crosses_those_that_are_under_way():
    picture = drawn(node("e", "a"), node("d", "b"), node("c", "a"), node("b"), node("a"))
    assert picture == "* e\n│ * d\n│ │ * c\n├─┼─╯\n│ o b\no a"


def test_line_to_a_column_that_goes_on_joins_it():
    picture = drawn(node("d", "a"), node("c", "b", "a"), node("b"), node("a"))
    assert picture == "* d\n│ * c\n├←┤\n│ o b\no a"


def test_text_of_one_that_joins_stands_beside_its_own_line():
    picture = drawn(node("c", "a"), node("b", "a", text=["b", "more"]), node("a"))
    assert picture == "* c\n│ * b\n│ │ more\n├─╯\no a"


def test_origin_that_is_not_shown_is_passed_over():
    assert drawn(node("b", "hidden"), node("a")) == "o b\no a"


def test_text_is_left_as_it_is_where_the_graph_is_ascii():
    assert drawn(node("a", text=["├─ a"]), has_unicode=False) == "o ├─ a"


def test_terminal_without_unicode_gets_ascii():
    picture = drawn(node("c", "b", "a"), node("b", "a"), node("a"), has_unicode=False)
    assert picture == "* c\n|-.\n* | b\n|-'\no a"
    assert picture.isascii()


@st.composite
def histories(draw):
    """Up to ten nodes, each with up to two origins among those below it."""
    count = draw(st.integers(1, 10))
    return [
        Node(
            str(number),
            draw(
                st.lists(
                    st.sampled_from(range(number + 1, count)).map(str), max_size=2, unique=True
                )
            )
            if number + 1 < count
            else [],
            [f"n{number}", *draw(st.sampled_from([[], ["text"]]))],
        )
        for number in range(count)
    ]


# Which sides of its cell each character joins: up, down, left, right.
SIDES = {
    "*": "udlr", "o": "ulr", "│": "ud", "─": "lr", "├": "udr", "┤": "udl", "┼": "udlr", "╮": "ld",
    "╯": "lu", "→": "lr", "←": "lr",
}  # fmt: skip


@given(histories())
def test_lines_lead_from_each_node_to_its_origins_and_nowhere_else(nodes):
    lines = list(graph_lines(nodes, has_unicode=True))
    rows = [line.partition("n" if "n" in line else "text")[0] for line in lines]
    cells = [row.ljust(max(map(len, rows))) for row in rows]
    places = {
        line.partition("n")[2]: (row, max(line.find("*"), line.find("o")))
        for row, line in enumerate(lines)
        if "n" in line
    }
    for one in nodes:
        assert reached(cells, places, places[one.key]) == set(one.origins)


def reached(cells, places, start):
    """The nodes to which lines lead down from a place."""
    by_place = {place: key for key, place in places.items()}
    found, seen = set(), set()
    row, column = start
    waiting = [(row + 1, column, "d")] if "d" in SIDES[cells[row][column]] else []
    while waiting:
        row, column, way = waiting.pop()
        if row >= len(cells) or not 0 <= column < len(cells[row]) or (row, column, way) in seen:
            continue
        seen.add((row, column, way))
        mark = cells[row][column]
        opposite = {"d": "u", "l": "r", "r": "l"}[way]
        if opposite not in SIDES.get(mark, ""):
            continue
        if (row, column) in by_place:
            found.add(by_place[row, column])
            continue
        for side in turns(mark, way):
            step = {"d": (1, 0), "l": (0, -1), "r": (0, 1)}[side]
            waiting.append((row + step[0], column + step[1], side))
    return found


def turns(mark, way):
    """Where a line that enters a cell goes on: across a crossing straight, along an arrow."""
    if mark in "┼→←":
        return [way] if way in {"→": "r", "←": "l"}.get(mark, way) else []
    return [side for side in SIDES[mark] if side in "dlr" and side != {"l": "r", "r": "l"}.get(way)]
