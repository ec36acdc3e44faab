"""Tables of runs in sections, each under a heading that says what its runs share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitxp.comparison.groups.groups import group_labels
from gitxp.comparison.groups.sections import Sections
from gitxp.ui.screen import Screen
from gitxp.ui.table import LONGEST_IN_A_PIPE, shortened


def in_sections(lines: Iterator[str], sections: Sections, screen: Screen) -> Iterator[str]:
    """Yield the lines of a table with a heading before the runs of each section.

    Args:
        lines: Those of a table of the sections' runs: the titles, a line a run, and notes.
    """
    yield from islice(lines, 1)
    labels = group_labels(sections.groups, sections.columns)
    for group, label in zip(sections.groups, labels, strict=True):
        yield ""
        yield screen.painted(_heading(label, len(group.runs), screen), "bold")
        yield from islice(lines, len(group.runs))
    yield from lines


def _heading(label: str, count: int, screen: Screen) -> str:
    """Return what the runs have, what they lack, and how many they are, which is never cut."""
    told = f" ({count:,} run{'' if count == 1 else 's'})"
    room = (screen.width or LONGEST_IN_A_PIPE) - len(told)
    return shortened(label, max(room, 1), screen) + told
