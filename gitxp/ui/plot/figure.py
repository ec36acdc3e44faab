"""Pictures by matplotlib, for papers: as PNG, SVG or PDF."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from gitxp.errors import GitxpWarning
from gitxp.text import cell, cut
from gitxp.ui.plot.fonts import lettering
from gitxp.ui.plot.names import short_label, with_short_names
from gitxp.ui.plot.picture import (
    Axis,
    BarChart,
    LineChart,
    ParallelChart,
    Picture,
    ScatterChart,
)
from gitxp.ui.plot.scale import Scale, placed
from gitxp.ui.plot.style import PALE, strokes
from gitxp.ui.plot.thin import marked, thinned
from gitxp.ui.table import text_width, wrapped

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Inches.
_SIZE: Final = (8.0, 5.0)
_BAR_MARGIN: Final = 1.4
_BAR_HEIGHT: Final = 0.45
# Dots an inch: sharp on a screen, and in print.
_DENSITY: Final = 150
# Twice as many as a wide picture has columns of pixels.
_MOST_POINTS: Final = 4_000
_FEW_RUNS: Final = 100
# A legend of more lines stands in columns beside the picture, in smaller letters.
_FEW_LINES: Final = 10
_LINES_A_COLUMN: Final = 25
_LONGEST_LABEL: Final = 40
# So many letters of words have room below an axis.
_WORDS_SIDE_BY_SIDE: Final = 60
# So many small letters stand below a picture side by side.
_NOTE_WIDTH: Final = 110
_MARKERS: Final = {
    "circle": "o", "square": "s", "triangle": "^", "diamond": "D", "triangle down": "v",
    "plus": "P", "cross": "X",
}  # fmt: skip


def figure(picture: Picture) -> Figure:
    """Return a picture as a figure of matplotlib; no window opens, and pyplot knows nothing of it.

    Letters that the font of the settings lacks come out of others that are installed; of those that
    none has it is warned.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    from matplotlib import rc_context

    chosen = lettering("".join(map(cell, _texts(picture))))
    if chosen.missing:
        warnings.warn(
            f"no installed font has {cut(chosen.missing, _LONGEST_LABEL)!r}: drawn as boxes; "
            "a font such as Noto Sans CJK has them",
            GitxpWarning,
            stacklevel=2,
        )
    with rc_context({"font.family": chosen.families, "date.converter": "concise"}):
        return _drawn(with_short_names(picture, _LONGEST_LABEL))


def _texts(part: object) -> Iterator[str]:
    """Yield all text of a picture."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _texts(one)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _texts(getattr(part, field.name))


def _drawn(picture: Picture) -> Figure:
    match picture:
        case LineChart():
            return _line_chart(picture)
        case ScatterChart():
            return _scatter_chart(picture)
        case ParallelChart():
            return _parallel_chart(picture)
        case BarChart():
            return _bar_chart(picture)


def saved(picture: Picture, kind: str) -> bytes:
    """Return a picture as the bytes of a file of a kind: the same picture is the same file.

    The file tells its title, and what has to be known to read it, also where it is not looked at.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    from matplotlib import rc_context

    target = BytesIO()
    made = figure(picture)
    with rc_context({"svg.hashsalt": "gitxp"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # as was told
        made.savefig(target, format=kind, dpi=_DENSITY, metadata=_told(picture, kind))
    return target.getvalue()


def _told(picture: Picture, kind: str) -> dict[str, str | None]:
    """Return what a file tells about itself, by the words of its kind; no time of day."""
    title, note = cell(picture.title), cell(picture.note)
    match kind:
        case "pdf":
            return {"Title": title, "Subject": note, "CreationDate": None}
        case "svg":
            return {"Title": title, "Description": note, "Date": None}
        case _:
            return {"Title": title, "Description": note}


def _line_chart(picture: LineChart) -> Figure:
    from matplotlib.ticker import MaxNLocator

    made, axes = _begun(picture.note)
    for whole, stroke in zip(picture.lines, strokes(len(picture.lines)), strict=True):
        line = thinned(whole, _MOST_POINTS)
        if line.low is not None and line.high is not None:
            axes.fill_between(
                line.x, line.low, line.high, color=stroke.colour, alpha=0.18, linewidth=0
            )
        marks = marked(line, len(picture.lines))
        axes.plot(
            line.x,
            line.y,
            color=stroke.colour,
            linestyle=(0, stroke.dashes) if stroke.dashes else "solid",
            marker="o" if marks else None,
            markevery=marks,
            markersize=4.5,
            # A halo parts points of curves that lie close together.
            markeredgecolor="white",
            markeredgewidth=0.6,
            linewidth=1.5,
            label=_text(line.label),
        )
    axes.set_xlabel(_text(picture.x_label))
    axes.set_ylabel(_text(picture.y_label))
    steps = {*(float(one) for line in picture.lines for one in (line.x.min(), line.x.max()))}
    if len(steps) == 1:  # of one place there are no others around
        axes.set_xticks(list(steps))
    elif all(bool((line.x % 1 == 0).all()) for line in picture.lines):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _explain(axes, len(picture.lines))
    return made


def _scatter_chart(picture: ScatterChart) -> Figure:
    made, axes = _begun(picture.note)
    for cloud, stroke in zip(picture.clouds, strokes(len(picture.clouds)), strict=True):
        drawn = axes.scatter(
            placed(picture.x_axis, cloud.x),
            placed(picture.y_axis, cloud.y),
            color=PALE if cloud.is_pale else stroke.colour,
            marker=_MARKERS["cross" if cloud.is_pale else stroke.shape],
            s=30,
            alpha=0.85,
            edgecolors="white",
            linewidths=0.5,
            zorder=1 if cloud.is_pale else 2,
            label=_text(cloud.label),
        )
        if picture.shade is not None and cloud.shades is not None:
            scale = Scale.of(picture.shade, [cloud.shades])
            drawn.set_facecolor(_shaded(made, axes, scale, cloud.shades))
    _set_axis(axes, "x", picture.x_axis)
    _set_axis(axes, "y", picture.y_axis)
    if any(cloud.label for cloud in picture.clouds):
        _explain(axes, len(picture.clouds))
    return made


def _shaded(
    made: Figure, axes: Axes, scale: Scale, values: NDArray[np.float64]
) -> list[tuple[float, float, float, float]]:
    """Add a scale of colours beside the picture, and return the colours of values."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    shown = ScalarMappable(Normalize(scale.low, scale.high), cmap="cividis")
    bar = made.colorbar(shown, ax=axes, label=_text(scale.axis.label))
    if not scale.is_plain:
        ticks = scale.ticks()
        bar.set_ticks(ticks, labels=scale.texts(ticks))
    return list(map(tuple, shown.to_rgba(scale.places(values)).tolist()))


def _parallel_chart(picture: ParallelChart) -> Figure:
    import numpy as np
    from matplotlib.collections import LineCollection
    from matplotlib.patheffects import withStroke

    made, axes = _begun(picture.note)
    columns = picture.places.T
    scales = [Scale.of(axis, [of]) for axis, of in zip(picture.axes, columns, strict=True)]
    heights = np.stack(
        [scale.heights(of) for scale, of in zip(scales, columns, strict=True)], axis=1
    )
    across = np.arange(len(scales), dtype=float)
    lines = np.stack([np.broadcast_to(across, heights.shape), heights], axis=2)
    width = 1.5 if len(lines) <= _FEW_RUNS else 0.6
    colours = _shaded(made, axes, scales[-1], columns[-1])
    axes.add_collection(LineCollection(list(lines), colors=colours, linewidths=width, alpha=0.7))
    halo = [withStroke(linewidth=3, foreground="white")]  # else lines run through the numbers
    for place, scale in zip(across, scales, strict=True):
        axes.axvline(place, color="0.25", linewidth=1)
        for height, text in _ticks(scale):
            axes.text(place + 0.02, height, _text(text), fontsize=8, va="center", path_effects=halo)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    labels = [_text(axis.label) for axis in picture.axes]
    axes.set_xticks(across, labels)
    _part_words(axes, labels)
    axes.set_yticks([])
    axes.set_xlim(-0.05, len(scales) - 0.75)
    axes.set_ylim(-0.05, 1.05)
    return made


def _ticks(scale: Scale) -> list[tuple[float, str]]:
    """Return a few heights of an axis of parallel coordinates, and what stands there."""
    import numpy as np

    if scale.axis.words:
        places = np.arange(len(scale.axis.words), dtype=float)
        return list(zip(_heights(scale, places), scale.axis.words, strict=True))
    shown = np.array(scale.ticks())
    return list(zip(_heights(scale, shown), scale.texts(shown.tolist()), strict=True))


def _heights(scale: Scale, places: NDArray[np.float64]) -> list[float]:
    values = 10.0**places if scale.axis.is_log else places
    heights: list[float] = scale.heights(values).tolist()
    return heights


def _bar_chart(picture: BarChart) -> Figure:
    import numpy as np

    made, axes = _begun(picture.note)
    bars, stroke = picture.bars, strokes(1)[0]
    made.set_size_inches(_SIZE[0], _BAR_MARGIN + _BAR_HEIGHT * max(1, len(bars)))
    places, values = np.arange(len(bars)), np.array([bar.value for bar in bars])
    if picture.is_from_zero:
        axes.barh(places, values, color=stroke.colour, alpha=0.6)
    ends = np.array([[bar.value - bar.low, bar.high - bar.value] for bar in bars]).reshape(-1, 2).T
    axes.errorbar(
        values,
        places,
        xerr=ends,  # NaN draws none
        fmt="none" if picture.is_from_zero else "o",
        color=stroke.colour,
        ecolor="black",
        capsize=4,
    )
    axes.set_yticks(places, [f"{_text(bar.label)} (n={bar.count})" for bar in bars])
    axes.set_ylim(max(1, len(bars)) - 0.5, -0.5)  # the first above
    axes.set_xlabel(_text(picture.value_label))
    return made


def _begun(note: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    made = Figure(figsize=_SIZE, layout="constrained")
    axes = made.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    if note:
        told = "\n".join(_text(line, None) for line in wrapped(cell(note), _NOTE_WIDTH))
        made.supxlabel(told, fontsize=8, color="0.35", x=0.02, ha="left")
    return made, axes


def _explain(axes: Axes, count: int) -> None:
    """Put one legend beside the picture, where it hides nothing."""
    if count < 2 and not axes.get_legend_handles_labels()[1]:
        return
    is_long = count > _FEW_LINES
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        frameon=False,
        handlelength=3.5,
        fontsize=6 if is_long else 9,
        ncols=-(-count // _LINES_A_COLUMN) if is_long else 1,
    )


def _set_axis(axes: Axes, which: str, axis: Axis) -> None:
    axes.set(**{f"{which}label": _text(axis.label)})
    if axis.words:
        words = [_text(word) for word in axis.words]
        axes.set(**{f"{which}ticks": range(len(words)), f"{which}ticklabels": words})
        if which == "x":
            _part_words(axes, words)
    elif axis.is_log:
        axes.set(**{f"{which}scale": "log"})


def _part_words(axes: Axes, words: Sequence[str]) -> None:
    """Turn words below an axis that would lie on one another."""
    if sum(map(text_width, words)) > _WORDS_SIDE_BY_SIDE:
        for label in axes.get_xticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")


def _text(text: str, longest: int | None = _LONGEST_LABEL) -> str:
    """Return anybody's text so that matplotlib, which takes TeX between dollars, shows just that.

    A label that begins with an underscore it would leave out of the legend.
    """
    shown = short_label(text, longest).replace("$", r"\$")
    return f"\N{ZERO WIDTH SPACE}{shown}" if shown.startswith("_") else shown
