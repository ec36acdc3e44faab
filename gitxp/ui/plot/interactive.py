"""Pictures by plotly: to be zoomed, and asked what a point is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from gitxp.text import cell, number
from gitxp.ui.plot.names import short_label, with_short_names
from gitxp.ui.plot.picture import (
    Axis,
    Bar,
    BarChart,
    Line,
    LineChart,
    ParallelChart,
    Picture,
    ScatterChart,
)
from gitxp.ui.plot.scale import Scale, placed
from gitxp.ui.plot.style import PALE, Stroke, faded, strokes
from gitxp.ui.plot.thin import marked, stretches, thinned
from gitxp.ui.table import text_width, wrapped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from plotly.graph_objects import Figure

# Twice as many as a wide screen has columns of pixels.
_MOST_POINTS: Final = 4_000
# Bytes of all curves together: a page is to open at once, and to be sent about.
_MOST_TOGETHER: Final = 560_000
# What moves a point by less than that share of its curve nobody sees, a closer look included.
_UNSEEN: Final = 1e-5
# Points of the screen across a point of a curve.
_MARK: Final = 6
# Points of the screen beside parallel axes, and those of a letter of their ticks.
_MARGIN, _LETTER = 80, 6
_LONGEST_LABEL: Final = 40
_NOTE_WIDTH: Final = 120
# Points of the screen for each bar, and for what is around them; and what a page has anyhow.
_BAR_HEIGHT, _BAR_MARGIN, _HEIGHT = 24, 160, 480
_SYMBOLS: Final = {
    "circle": "circle", "square": "square", "triangle": "triangle-up", "diamond": "diamond",
    "triangle down": "triangle-down", "plus": "cross", "cross": "x",
}  # fmt: skip


def interactive(picture: Picture) -> Figure:
    """Return a picture as a figure of plotly.

    Raises:
        ImportError: If plotly is not installed.
    """
    picture = with_short_names(picture, _LONGEST_LABEL)
    match picture:
        case LineChart():
            return _line_chart(picture)
        case ScatterChart():
            return _scatter_chart(picture)
        case ParallelChart():
            return _parallel_chart(picture)
        case BarChart():
            return _bar_chart(picture)


def _line_chart(picture: LineChart) -> Figure:
    from plotly import graph_objects

    figure = graph_objects.Figure()
    size = sum(map(_bytes_a_point, picture.lines))
    most = max(2, min(_MOST_POINTS, _MOST_TOGETHER // max(1, size)))
    for place, stroke in enumerate(strokes(len(picture.lines))):
        drawn = thinned(picture.lines[place], most)
        marks = marked(drawn, len(picture.lines))
        traces = [*_band(drawn, stroke), *_curve(drawn, stroke, marks)]
        for trace in traces:
            trace.legendgroup = str(place)  # two names may be cut to the same
        figure.add_traces(traces)
    _lay_out(figure, picture.note)
    figure.update_xaxes(title_text=_text(picture.x_label))
    figure.update_yaxes(title_text=_text(picture.y_label))
    return figure


def _bytes_a_point(line: Line) -> int:
    """Return how much of a page a point of a curve takes, with those of its band."""
    series = [one for one in (line.y, line.low, line.high) if one is not None]
    return sum(_narrow(one).itemsize for one in (*series, *[line.x] * len(series)))


def _narrow(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return numbers in half as many bytes, where nobody sees a difference."""
    import numpy as np

    known = values[np.isfinite(values)]
    with np.errstate(over="ignore"):  # then they differ
        lost = np.abs(known.astype(np.float32) - known).max(initial=0.0)
    is_seen = lost > _UNSEEN * np.ptp(known) if len(known) else False
    return values if is_seen else values.astype(np.float32)


def _curve(line: Line, stroke: Stroke, marks: Sequence[int]) -> list[Any]:
    """Return a curve, and its marks where these are not at all of its points."""
    import numpy as np
    from plotly import graph_objects

    shared: dict[str, Any] = {
        "name": _text(line.label),
        "line": {"color": stroke.colour, "dash": _dash(stroke), "width": 2},
    }
    marked_mode = {"mode": "lines+markers", "marker": {"size": _MARK}, "showlegend": True}
    points = {"x": _narrow(line.x), "y": _narrow(line.y)}
    if len(marks) == len(line.x):
        return [graph_objects.Scatter(**points, **shared, **marked_mode)]
    curve = graph_objects.Scatter(**points, **shared, mode="lines", showlegend=not marks)
    if not marks:
        return [curve]
    # With a gap after each, no line leads from mark to mark, and the legend shows both.
    heights = np.full(2 * len(marks), np.nan)
    heights[::2] = line.y[marks]
    places = np.repeat(line.x[marks], 2)
    lone = {"x": _narrow(places), "y": _narrow(heights), "hoverinfo": "skip"}
    return [curve, graph_objects.Scatter(**lone, **shared, **marked_mode)]


def _band(line: Line, stroke: Stroke) -> list[Any]:
    """Return the band as areas, one between two gaps: what fills up to another line leaves none."""
    import numpy as np
    from plotly import graph_objects

    if line.low is None or line.high is None:
        return []
    gap = np.array([np.nan])
    around = [
        (
            np.r_[line.x[part], line.x[part][::-1], gap],
            np.r_[line.high[part], line.low[part][::-1], gap],
        )
        for part in stretches(~np.isnan(line.low + line.high))
    ]
    if not around:
        return []
    area = graph_objects.Scatter(
        x=_narrow(np.concatenate([x for x, _ in around])),
        y=_narrow(np.concatenate([y for _, y in around])),
        showlegend=False,
        hoverinfo="skip",
        mode="lines",
        line={"width": 0, "color": stroke.colour},
        fill="toself",
        fillcolor=faded(stroke.colour, 0.18),
    )
    return [area]


def _dash(stroke: Stroke) -> str:
    return ",".join(f"{length:g}px" for length in stroke.dashes) or "solid"


def _scatter_chart(picture: ScatterChart) -> Figure:
    from plotly import graph_objects

    figure = graph_objects.Figure()
    for cloud, stroke in zip(picture.clouds, strokes(len(picture.clouds)), strict=True):
        marker = {
            "color": PALE if cloud.is_pale else stroke.colour,
            "symbol": _SYMBOLS["cross" if cloud.is_pale else stroke.shape],
            "size": 9,
            "opacity": 0.85,
            "line": {"color": "white", "width": 0.5},
        }
        names = [_text(name) for name in cloud.names]
        if picture.shade is not None and cloud.shades is not None:
            scale = Scale.of(picture.shade, [cloud.shades])
            marker |= _shading(scale, scale.places(cloud.shades))
            told = zip(names, scale.texts(scale.places(cloud.shades).tolist()), strict=True)
            names = [f"{name}<br>{_text(scale.axis.label)}: {shade}" for name, shade in told]
        figure.add_trace(
            graph_objects.Scatter(
                x=placed(picture.x_axis, cloud.x),
                y=placed(picture.y_axis, cloud.y),
                name=_text(cloud.label),
                text=names,
                mode="markers",
                marker=marker,
                showlegend=bool(cloud.label),
            )
        )
    _lay_out(figure, picture.note)
    figure.update_xaxes(**_axis(picture.x_axis))
    figure.update_yaxes(**_axis(picture.y_axis))
    return figure


def _shading(scale: Scale, places: NDArray[np.float64]) -> dict[str, Any]:
    """Return how marks or lines are coloured by places on a scale that stands beside them."""
    bar: dict[str, Any] = {"title": {"text": _text(scale.axis.label)}}
    if not scale.is_plain:
        bar |= {"tickvals": scale.ticks(), "ticktext": scale.texts(scale.ticks())}
    return {"color": places, "colorscale": "Cividis", "showscale": True, "colorbar": bar}


def _parallel_chart(picture: ParallelChart) -> Figure:
    from plotly import graph_objects

    last = Scale.of(picture.axes[-1], [picture.places[:, -1]])
    figure = graph_objects.Figure(
        graph_objects.Parcoords(
            dimensions=[
                _dimension(axis, picture.places[:, place])
                for place, axis in enumerate(picture.axes)
            ],
            line=_shading(last, last.places(picture.places[:, -1])),
        )
    )
    _lay_out(figure, picture.note)
    # Words of the first axis stand beside it, where nothing else makes room for them.
    longest = max(map(text_width, picture.axes[0].words), default=0)
    figure.update_layout(margin_l=_MARGIN + _LETTER * longest)
    return figure


def _dimension(axis: Axis, places: Any) -> dict[str, Any]:
    import numpy as np

    made: dict[str, Any] = {"label": _text(axis.label), "values": places}
    if axis.words:
        # Shown as they are: of all text, plotly takes no HTML in ticks of parallel axes.
        ends, words = [0, max(1, len(axis.words) - 1)], list(map(cell, axis.words))
        made |= {"range": ends, "tickvals": list(range(len(words))), "ticktext": words}
    elif axis.is_log and len(places):
        made["values"] = np.log10(places)
        powers = range(int(np.floor(made["values"].min())), int(np.ceil(made["values"].max())) + 1)
        made |= {"tickvals": list(powers), "ticktext": [number(10.0**one) for one in powers]}
    elif axis.is_time and len(places):
        scale = Scale.of(axis, [places])
        made |= {"tickvals": scale.ticks(), "ticktext": scale.texts(scale.ticks())}
    return made


def _bar_chart(picture: BarChart) -> Figure:
    from plotly import graph_objects

    bars = picture.bars
    figure = graph_objects.Figure()
    for has_interval in (True, False):
        some = {
            place: bar
            for place, bar in enumerate(bars)
            if math.isfinite(bar.high - bar.low) == has_interval
        }
        if some:
            figure.add_trace(_bars(some, has_interval=has_interval, is_bar=picture.is_from_zero))
    _lay_out(figure, picture.note)
    height = _BAR_MARGIN + _BAR_HEIGHT * len(bars)
    figure.update_layout(height=height if height > _HEIGHT else None)
    figure.update_xaxes(title_text=_text(picture.value_label))
    # By number, as two names may be cut to the same; the first above.
    figure.update_yaxes(
        tickvals=list(range(len(bars))),
        ticktext=[f"{_text(bar.label)} (n={bar.count})" for bar in bars],
        range=[max(1, len(bars)) - 0.5, -0.5],
        zeroline=False,
        automargin=True,
    )
    return figure


def _bars(placed_bars: Mapping[int, Bar], *, has_interval: bool, is_bar: bool) -> Any:
    """Return bars by their places, either those that have an interval or those that have none."""
    from plotly import graph_objects

    bars = placed_bars.values()
    shared: dict[str, Any] = {
        "y": list(placed_bars),
        "x": [bar.value for bar in bars],
        "orientation": "h",
        "showlegend": False,
    }
    if has_interval:  # else its ends would be drawn at the value, as if nothing spread
        shared["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [bar.high - bar.value for bar in bars],
            "arrayminus": [bar.value - bar.low for bar in bars],
        }
    stroke = strokes(1)[0]
    if is_bar:
        return graph_objects.Bar(marker={"color": faded(stroke.colour, 0.6)}, **shared)
    marker = {"color": stroke.colour, "size": 10}
    return graph_objects.Scatter(mode="markers", marker=marker, **shared)


def _lay_out(figure: Figure, note: str) -> None:
    told = "<br>".join(_text(line, longest=None) for line in wrapped(cell(note), _NOTE_WIDTH))
    figure.update_layout(
        title={"text": told, "font": {"size": 12, "color": "#595959"}},
        template="plotly_white",
        font={"size": 14},
        hovermode="closest",
    )


def _axis(axis: Axis) -> dict[str, Any]:
    made: dict[str, Any] = {"title_text": _text(axis.label)}
    if axis.words:
        return made | _word_ticks(axis)
    return made | ({"type": "log"} if axis.is_log else {"type": "date"} if axis.is_time else {})


def _word_ticks(axis: Axis) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(axis.words))),
        "ticktext": [_text(word) for word in axis.words],
    }


def _text(text: str, longest: int | None = _LONGEST_LABEL) -> str:
    """Return anybody's text so that plotly, which takes some HTML, shows just that."""
    return escape(short_label(text, longest), quote=False)
