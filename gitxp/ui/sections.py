"""Tables of runs in sections, each under a heading that says what its runs share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitxp.comparison.groups.groups import Group
from gitxp.comparison.groups.sections import Sections
from gitxp.ui.screen import Screen
from gitxp.ui.table import LONGEST_IN_A_PIPE, shortened


def in_sections(lines: Iterator[str], sections: Sections, screen: Screen) -> Iterator[str]:
    """Yield the lines of a table with a heading before the runs of each section.

    Args:
        lines: Those of a table of the sections' runs: the titles, a line a run, and notes.
    """
    yield from islice(lines, 1)
    for group in sections.groups:
        yield ""
        yield screen.painted(_heading(group, sections, screen), "bold")
        yield from islice(lines, len(group.runs))
    yield from lines


def _heading(group: Group, sections: Sections, screen: Screen) -> str:
    """Return what the runs have, what they lack, and how many they are, which is never cut."""
    count = f" ({len(group.runs):,} run{'' if len(group.runs) == 1 else 's'})"
    room = (screen.width or LONGEST_IN_A_PIPE) - len(count)
    return shortened(group.label_among(sections.columns), max(room, 1), screen) + count
