"""Pictures of characters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from gitxp.ui.canvas import COLOURS, Canvas, colours, even_ticks, letters
from gitxp.ui.chart import chart
from gitxp.ui.format import cell, number
from gitxp.ui.plot.names import short_label, with_short_names
from gitxp.ui.plot.picture import (
    Axis,
    Bar,
    BarChart,
    Cloud,
    LineChart,
    ParallelChart,
    Picture,
    ScatterChart,
)
from gitxp.ui.plot.scale import Scale
from gitxp.ui.plot.thin import thinned
from gitxp.ui.screen import Screen
from gitxp.ui.table import GAP, TableColumn, shortened, table_lines, wrapped

# Four for each column of characters of the widest picture.
_MOST_POINTS: Final = 400
_WIDEST_NOTE: Final = 100
_MOST_TICKS: Final = 6
_LONGEST_TICK: Final = 12
_WIDE: Final = 72
# From so many columns of the screen on, bars take so many.
_BAR_WIDTHS: Final = ((_WIDE, 24), (36, 12), (0, 8))
_LONGEST_GROUP: Final = 32
# Names give way to the bars and their means down to that, and further to the bars alone.
_SHORTEST_GROUP: Final = 6
# What stands in labels and titles whoever shows them.
_ASCII: Final = str.maketrans({"↑": "^", "↓": "v", "±": "+-", "…": "..."})
_LONGEST_LABEL: Final = 60
_PARTS: Final = ("lowest third", "middle third", "highest third")


def terminal(picture: Picture, screen: Screen) -> str:
    """Return a picture as text that fits the screen."""
    picture = with_short_names(picture, _room(picture, screen), screen)
    match picture:
        case LineChart():
            drawn = _line_chart(picture, screen)
        case ScatterChart():
            drawn = _scatter_chart(picture, screen)
        case ParallelChart():
            drawn = _parallel_chart(picture, screen)
        case BarChart():
            drawn = "\n".join(_bar_chart(picture, screen))
    told = wrapped(cell(picture.note), screen.width or _WIDEST_NOTE)
    text = "\n".join([drawn, *(screen.painted(line, "dim") for line in told)])
    return text if screen.has_unicode else text.translate(_ASCII)


def _line_chart(picture: LineChart, screen: Screen) -> str:
    curves, bands = {}, {}
    for number_, whole in enumerate(picture.lines):
        line = thinned(whole, _MOST_POINTS)
        label = _label(whole.label, screen)
        if label in curves:
            more = f" ({number_ + 1})"
            label = f"{shortened(label, _legend_width(screen) - len(more), screen)}{more}"
        curves[label] = (line.x, line.y)
        if line.low is not None and line.high is not None:
            bands[label] = ((line.x, line.low), (line.x, line.high))
    title = picture.title if picture.y_label in picture.title else picture.y_label
    return chart(
        curves,
        title=title,
        screen=screen,
        x_label=picture.x_label,
        bands=bands,
        tell_gaps=False,  # the note counts them
    )


def _scatter_chart(picture: ScatterChart, screen: Screen) -> str:
    canvas = Canvas(picture.title, picture.x_axis.label, screen)
    across = Scale.of(picture.x_axis, [cloud.x for cloud in picture.clouds])
    up = Scale.of(picture.y_axis, [cloud.y for cloud in picture.clouds])
    told = list(_marked(picture))
    for cloud, mark, colour in told:
        canvas.dots(across.places(cloud.x).tolist(), up.places(cloud.y).tolist(), mark, colour)
    canvas.ticks(*_told(across, canvas.width, screen))
    canvas.side_ticks(*_told(up, None, screen))
    legend = [
        f"  {screen.painted(mark, colour)} {_label(cloud.label, screen)}"
        for cloud, mark, colour in told
        if cloud.label
    ]
    return "\n".join([canvas.text(), *legend])


def _marked(picture: ScatterChart) -> Iterator[tuple[Cloud, str, str]]:
    """Yield clouds with what they are drawn with, those that others hide first.

    What a scale of colours tells apart elsewhere is in three parts here.
    """
    own = [cloud for cloud in picture.clouds if not cloud.is_pale]
    if picture.shade is not None:
        pale = f"without a finite {picture.shade.label}"
        yield from ((replace(one, label=pale), ".", "dim") for one in picture.clouds if one.is_pale)
        own = [part for cloud in own for part in _in_thirds(cloud, picture.shade)]
    yield from zip(own, letters(len(own)), colours(len(own)), strict=True)


def _in_thirds(cloud: Cloud, axis: Axis) -> Iterator[Cloud]:
    """Yield the points of a cloud by the third of a scale on which what shades them stands."""
    assert cloud.shades is not None
    scale = Scale.of(axis, [cloud.shades])
    thirds = _thirds(scale.heights(cloud.shades).tolist())
    parts = len(_PARTS)
    ends = [scale.low + (scale.high - scale.low) * part / parts for part in range(parts + 1)]
    for number_, (low, high) in enumerate(pairwise(scale.texts(ends))):
        at = [place for place, third in enumerate(thirds) if third == number_]
        names = tuple(cloud.names[place] for place in at)
        if names:
            yield Cloud(f"{axis.label} from {low} to {high}", names, cloud.x[at], cloud.y[at])


def _thirds(heights: Sequence[float]) -> list[int]:
    """Return in which third each height from 0 to 1 is."""
    return [min(2, int(height * 3)) for height in heights]


def _told(scale: Scale, width: int | None, screen: Screen) -> tuple[list[float], list[str]]:
    """Return a few places on a scale and what stands there."""
    if scale.axis.words:
        step = -(-len(scale.axis.words) // _MOST_TICKS)
        places = list(range(0, len(scale.axis.words), step))
        return [*map(float, places)], [
            shortened(cell(scale.axis.words[place]), _LONGEST_TICK, screen) for place in places
        ]
    room = width or _MOST_TICKS * 16
    # What stands at a moment is longer than a number.
    places_ = even_ticks(scale.low, scale.high, room * 2 // 3 if scale.axis.is_time else room)
    return places_, scale.texts(places_)


def _parallel_chart(picture: ParallelChart, screen: Screen) -> str:
    """Draw a line a run over the axes; how it is drawn tells where it stands on the last one."""
    scales = [Scale.of(axis, [picture.places[:, at]]) for at, axis in enumerate(picture.axes)]
    heights = [scale.heights(picture.places[:, at]).tolist() for at, scale in enumerate(scales)]
    canvas = Canvas(picture.title, "", screen)
    thirds = _thirds(heights[-1])
    marks, paints = letters(len(_PARTS)), COLOURS[: len(_PARTS)]
    for third, mark, colour in zip(range(len(_PARTS)), marks, paints, strict=True):
        for run in (at for at, one in enumerate(thirds) if one == third):
            canvas.line(range(len(scales)), [of_axis[run] for of_axis in heights], mark, colour)
    narrow = max(4, canvas.width // max(1, len(scales)) - 2)
    canvas.ticks(
        range(len(scales)), [shortened(cell(axis.label), narrow, screen) for axis in picture.axes]
    )
    canvas.side_ticks([], [])
    told = [f"  {_label(_span(scale), screen)}" for scale in scales]
    last = cell(picture.axes[-1].label)
    legend = [
        f"  {screen.painted(mark, colour)} {_label(f'{part} of {last}', screen)}"
        for part, mark, colour in zip(_PARTS, marks, paints, strict=True)
    ]
    return "\n".join([canvas.text(), *told, *legend])


def _span(scale: Scale) -> str:
    words = scale.axis.words
    low, high = (cell(words[0]), cell(words[-1])) if words else scale.texts([scale.low, scale.high])
    return f"{cell(scale.axis.label)}: {low} below, {high} above"


def _bar_chart(picture: BarChart, screen: Screen) -> Iterator[str]:
    columns = _bar_columns(picture, screen)
    label = cell(picture.value_label)
    if not columns:
        yield f"{label}: nothing to draw"
        return
    if len(label) > _bar_width(screen):  # then its beginning alone stands above the axis
        yield short_label(label, screen.width or _LONGEST_LABEL * 2, screen)
    names = TableColumn("group", ["", *(cell(bar.label) for bar in picture.bars)])
    yield from table_lines([names, *columns], screen)


def _bar_columns(picture: BarChart, screen: Screen) -> Sequence[TableColumn]:
    """Return what stands beside the names of groups, bars and means first; nothing for no bar."""
    ends = [end for bar in picture.bars for end in (bar.low, bar.value, bar.high)]
    finite = [end for end in ends if math.isfinite(end)]
    if not finite:
        return []
    if picture.is_from_zero:
        finite.append(0.0)
    low, high = min(finite), max(finite)
    width = _bar_width(screen)
    drawn = [_interval(bar, low, high, width, screen) for bar in picture.bars]
    title = shortened(cell(picture.value_label), width, screen)
    interval: dict[str, Any] = {"rank": 2, "part_of": "interval"}
    return [
        TableColumn(title, [_axis_ends(low, high, width), *drawn]),
        _bar_numbers("mean", [bar.value for bar in picture.bars]),
        _bar_numbers("from", [bar.low for bar in picture.bars], **interval),
        _bar_numbers("to", [bar.high for bar in picture.bars], **interval),
        TableColumn("n", ["", *(str(bar.count) for bar in picture.bars)], is_number=True, rank=1),
    ]


def _bar_numbers(title: str, values: Sequence[float], **given: Any) -> TableColumn:
    """Return a column beside the bars, whose first line is that of the ends of their axis."""
    told = (number(one) if math.isfinite(one) else "" for one in values)
    return TableColumn(title, ["", *told], is_number=True, **given)


def _axis_ends(low: float, high: float, width: int) -> str:
    """Return the values at the two ends of an axis, each where it lies."""
    first, last = number(low), number(high)
    if low == high:
        return first
    return f"{first}{last:>{max(len(last) + 1, width - len(first))}}"


def _interval(bar: Bar, low: float, high: float, width: int, screen: Screen) -> str:
    """Return the place of a value and of its interval between two ends, as characters."""
    line, point = ("─", "●") if screen.has_unicode else ("-", "o")
    if not math.isfinite(bar.value):
        return ""

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1)) if high > low else 0

    drawn = [" "] * width
    if math.isfinite(bar.low) and math.isfinite(bar.high):
        for at in range(place(bar.low), place(bar.high) + 1):
            drawn[at] = line
    drawn[place(bar.value)] = point
    return "".join(drawn).rstrip()


def _label(label: str, screen: Screen) -> str:
    return shortened(cell(label), _legend_width(screen), screen)


def _legend_width(screen: Screen) -> int:
    return min(_LONGEST_LABEL, (screen.width or 100) - 6)


def _room(picture: Picture, screen: Screen) -> int:
    """Return how many columns a name in a picture may take."""
    if not isinstance(picture, BarChart):
        return _legend_width(screen)
    if screen.width is None:
        return _LONGEST_LABEL
    bars, means, *_ = (*_bar_columns(picture, screen), *[TableColumn("", [])] * 2)
    with_bars = screen.width - bars.width - len(GAP)
    with_means = with_bars - means.width - len(GAP)
    room = with_means if with_means >= _SHORTEST_GROUP else with_bars
    return max(1, min(_LONGEST_GROUP, room))


def _bar_width(screen: Screen) -> int:
    return next(width for least, width in _BAR_WIDTHS if (screen.width or _WIDE) >= least)
