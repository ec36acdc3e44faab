"""Tables of runs in sections, each under a heading that says what its runs share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitxp.comparison.groups.groups import Group, group_labels
from gitxp.comparison.groups.sections import Sections
from gitxp.query.columns import param_title
from gitxp.ui.format import cell
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
        yield screen.painted(_heading(group, label, sections, screen), "bold")
        yield from islice(lines, len(group.runs))
    yield from lines


def _heading(group: Group, label: str, sections: Sections, screen: Screen) -> str:
    """Return what the runs have, what they lack, and how many they are, which is never cut."""
    lacking = [
        cell(param_title(name) or name) for name in sections.columns if name not in group.key
    ]
    told = [label] if label else []
    if lacking:
        told.append(f"without {', '.join(lacking)}")
    count = f" ({len(group.runs):,} run{'' if len(group.runs) == 1 else 's'})"
    room = (screen.width or LONGEST_IN_A_PIPE) - len(count)
    return shortened(" ".join(told), max(room, 1), screen) + count
