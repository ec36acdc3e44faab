"""A graph of lines beside text, as `git log --graph` draws it: newest first, origins below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Without Unicode: what stands for each of the characters that join lines.
_ASCII: Final = str.maketrans("│─├┤┼╮╯←→", "|-|||.'<>")
# Characters that a column takes: its own, and one between it and the next.
_WIDTH: Final = 2


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in the graph.

    Attributes:
        origins: The keys of those from which it comes; one that is not in the graph is passed
            over.
        lines: The text beside it, its first line beside the node itself.
    """

    key: str
    origins: Sequence[str]
    lines: Sequence[str]


def graph_lines(nodes: Sequence[Node], *, has_unicode: bool) -> Iterator[str]:
    """Yield the lines of text with the graph to their left.

    A node is `*` where it comes from another, `o` where it comes from none that is shown.

    Args:
        nodes: In order: each before all from which it comes.

    Example:
        >>> first, second = Node("a", [], ["first"]), Node("b", ["a"], ["second"])
        >>> third = Node("c", ["a"], ["third"])
        >>> for line in graph_lines([third, second, first], has_unicode=False):
        ...     print(line)
        * third
        | * second
        |-'
        o first
    """
    left = {node.key for node in nodes}
    columns = _Columns()
    for node in nodes:
        left.discard(node.key)
        drawn = columns.drawn(node, [origin for origin in node.origins if origin in left])
        for row, text in drawn:
            shown = row if has_unicode else row.translate(_ASCII)
            yield f"{shown or ' '} {text}".rstrip()


class _Columns:
    """The lines that are under way: what each leads to; None where there is no line."""

    def __init__(self) -> None:
        self._open: list[str | None] = []

    def drawn(self, node: Node, origins: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the rows of a node, each with the text beside it."""
        here = self._place(node.key)
        self._open[here] = node.key
        title, *text = node.lines or [""]
        # Told apart, since two that have nothing to do with each other may stand in one column.
        yield self._row({here: "*" if origins else "o"}), title
        known = [origin for origin in origins if origin in self._open]
        new = [origin for origin in origins if origin not in self._open]
        if new:
            self._open[here] = new[0]
        elif not known:
            self._open[here] = None
        for origin in new[1:]:
            yield self._forked(here, origin), ""
        for origin in known if new else known[1:]:
            yield self._linked(here, self._open.index(origin)), ""
        for line in text:
            yield self._row({}), line
        if known and not new:
            yield self._joined(here, self._open.index(known[0])), ""

    def _place(self, key: str) -> int:
        return self._open.index(key) if key in self._open else self._free()

    def _free(self, *, after: int = -1) -> int:
        for place in range(after + 1, len(self._open)):
            if self._open[place] is None:
                return place
        self._open.append(None)
        return len(self._open) - 1

    def _forked(self, here: int, origin: str) -> str:
        """Return the row in which a column begins that leads from here to an origin."""
        there = self._free(after=here)
        self._open[there] = origin
        return self._between({here: "├", there: "╮"})

    def _linked(self, here: int, there: int) -> str:
        """Return the row in which a column that goes on reaches another, which does, too.

        An arrow says which: both look alike.
        """
        row = self._between({min(here, there): "├", max(here, there): "┤"})
        place = _WIDTH * there + (1 if there < here else -1)
        return f"{row[:place]}{'←' if there < here else '→'}{row[place + 1 :]}"

    def _joined(self, here: int, there: int) -> str:
        """Return the row in which two columns become one: the left one."""
        left, right = sorted((here, there))
        self._open[left], self._open[right] = self._open[there], None
        return self._between({left: "├", right: "╯"})

    def _between(self, marks: dict[int, str]) -> str:
        """Return the row with a line between two marks, across the columns that lie there."""
        span = range(min(marks), max(marks))
        for place in span[1:]:
            marks[place] = "┼" if self._open[place] else "─"
        return self._row(marks, dashes=span)

    def _row(self, marks: dict[int, str], dashes: range = range(0)) -> str:
        cells = []
        for place, key in enumerate(self._open):
            mark = marks.get(place, "│" if key else " ")
            cells.append(f"{mark}{'─' if place in dashes else ' '}")
        return "".join(cells).rstrip()
