"""What is called what in a picture, so short that there is room, and still told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from gitxp.comparison.differences.spelling import parted
from gitxp.model.names import METRIC_REDUCERS
from gitxp.text import cell
from gitxp.ui.plot.picture import (
    Axis,
    BarChart,
    LineChart,
    ParallelChart,
    Picture,
    ScatterChart,
)
from gitxp.ui.screen import Screen
from gitxp.ui.table import shortened, text_width

PAGE: Final = Screen(width=None, has_colours=False, has_unicode=True)
_SHORTEST: Final = 4
# Beside the name of a field stand its unit, which way it is better, and what of it is meant.
_MARKED: Final = re.compile(
    r"(?P<name>.*?)(?P<marks>(?: \(.{1,16}\))?(?: [↑↓^v])?"
    rf"(?: (?:{'|'.join(METRIC_REDUCERS)}))?)"
)
# So many columns have the names of parallel axes together.
_SIDE_BY_SIDE: Final = 120


def with_short_names(picture: Picture, longest: int, screen: Screen = PAGE) -> Picture:
    """Return a picture whose curves, groups and words take so many columns each at most.

    How many runs stand behind a curve is said in its name.

    Args:
        screen: What shows them; by default whatever shows every letter.
    """
    match picture:
        case LineChart():
            return _short_lines(picture, longest, screen)
        case BarChart():
            names = short_names((bar.label for bar in picture.bars), longest, screen)
            bars = zip(picture.bars, names, strict=True)
            return replace(picture, bars=tuple(replace(bar, label=name) for bar, name in bars))
        case ParallelChart():
            room = max(_SHORTEST, min(longest, _SIDE_BY_SIDE // len(picture.axes)))
            labels = _short_labels((axis.label for axis in picture.axes), room, screen)
            axes = zip(picture.axes, labels, strict=True)
            return replace(
                picture,
                axes=tuple(
                    replace(_short(axis, longest, screen), label=label) for axis, label in axes
                ),
            )
        case ScatterChart():
            names = short_names((cloud.label for cloud in picture.clouds), longest, screen)
            clouds = zip(picture.clouds, names, strict=True)
            return replace(
                picture,
                x_axis=_short(picture.x_axis, longest, screen),
                y_axis=_short(picture.y_axis, longest, screen),
                clouds=tuple(replace(cloud, label=name) for cloud, name in clouds),
            )


def short_names(names: Iterable[str], longest: int, screen: Screen = PAGE) -> Sequence[str]:
    """Return names of so many columns at most, which part where the whole ones do.

    Example:
        >>> short_names(["/home/me/data/one.npz", "/home/me/data/two.npz"], 14)
        ['…/data/one.npz', '…/data/two.npz']
        >>> short_names(["a name alone"], 6)
        ['a nam…']
    """
    told = parted(list(map(cell, names)), longest, dots=screen.dots, width_of=text_width)
    return [shortened(one, longest, screen) for one in told]


def short_label(label: str, longest: int | None, screen: Screen = PAGE) -> str:
    """Return what an axis is called in so many columns, with all that is said beside its name.

    Example:
        >>> short_label("validation/accuracy (%) ↑", 16)
        'validatio… (%) ↑'
    """
    return cell(label) if longest is None else _short_labels([label], longest, screen)[0]


def _short_labels(labels: Iterable[str], longest: int, screen: Screen) -> Sequence[str]:
    """Return what axes are called, which part where the whole names do; marks stay if they can."""
    parts = [_MARKED.fullmatch(cell(label)) for label in labels]
    names = [one["name"] for one in parts if one]
    marks = [one["marks"] for one in parts if one]
    rooms = [longest - text_width(one) for one in marks]
    least = max(_SHORTEST, min(rooms, default=longest))
    told = parted(names, least, dots=screen.dots, width_of=text_width)
    return [
        f"{shortened(name, room, screen)}{mark}"
        if room >= _SHORTEST
        else shortened(f"{name}{mark}", longest, screen)
        for name, mark, room in zip(told, marks, rooms, strict=True)
    ]


def _short_lines(picture: LineChart, longest: int, screen: Screen) -> LineChart:
    counts = [f" (n={line.n})" if line.n else "" for line in picture.lines]
    room = max(_SHORTEST, longest - max(map(len, counts), default=0))
    names = short_names((line.label for line in picture.lines), room, screen)
    lines = zip(picture.lines, names, counts, strict=True)
    return replace(
        picture, lines=tuple(replace(line, label=f"{name}{count}") for line, name, count in lines)
    )


def _short(axis: Axis, longest: int, screen: Screen) -> Axis:
    return replace(axis, words=tuple(short_names(axis.words, longest, screen)))
