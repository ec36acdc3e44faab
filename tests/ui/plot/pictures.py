"""One picture of each kind, and those with all that is odd in them."""

from __future__ import annotations

import math

import numpy as np

from gitxp.ui.plot.picture import (
    Axis,
    Bar,
    BarChart,
    Cloud,
    Line,
    LineChart,
    ParallelChart,
    ScatterChart,
)

HOSTILE = "_$x^$ <b>bold</b> </script><script>alert(1)</script> \x1b[31m\u202e" + "long " * 60


def lines(count, points, *, has_bands=False, label="run {}"):
    random = np.random.default_rng(7)
    x = np.arange(points, dtype=float)
    for number in range(count):
        y = 1 - np.exp(-x / points * 5) * (1 + number / 10) + random.normal(0, 0.02, points)
        edges = (y - 0.1, y + 0.1) if has_bands else (None, None)
        yield Line(label.format(number), x, y, *edges)


def line_chart(count=3, points=50, **given):
    made = tuple(lines(count, points, **given))
    return LineChart("accuracy of all", "step", "accuracy ↑", made, "bands: 95%")


SCATTER = ScatterChart(
    "accuracy by lr",
    Axis("params.lr", is_log=True),
    Axis("optimizer", words=("adam", "sgd")),
    (
        Cloud("adam", ("a", "b"), np.array([0.1, 0.001]), np.array([0.0, 0.0])),
        Cloud("sgd", ("c",), np.array([0.01]), np.array([1.0])),
    ),
)
SHADED = ScatterChart(
    "accuracy by depth",
    Axis("started (UTC)", is_time=True),
    Axis("accuracy ↑"),
    (
        Cloud("", ("a",), np.array([1.7e9]), np.array([0.5]), is_pale=True),
        Cloud(
            "",
            ("b", "c", "d"),
            np.array([1.7e9, 1.71e9, 1.72e9]),
            np.array([0.5, 0.7, 0.9]),
            np.array([0.001, 0.01, 1.0]),
        ),
    ),
    shade=Axis("lr", is_log=True),
)
PARALLEL = ParallelChart(
    "what leads to accuracy",
    (Axis("lr", is_log=True), Axis("optimizer", words=("adam", "sgd")), Axis("accuracy ↑")),
    ("a", "b", "c"),
    np.array([[0.1, 0, 0.7], [0.01, 1, 0.9], [0.001, 1, 0.8]]),
)
BARS = BarChart(
    "accuracy by optimizer",
    "accuracy ↑",
    (Bar("adam", 0.95, 0.94, 0.96, 5), Bar("one seed", 0.92, math.nan, math.nan, 1)),
)
FROM_ZERO = BarChart("loss", "loss ↓", (Bar("a", 1.0, 0.8, 1.2, 3), Bar("b", 4.0, 3.0, 5.0, 3)))
ALL = {
    "lines": line_chart(),
    "bands": line_chart(has_bands=True),
    "scatter": SCATTER,
    "shaded": SHADED,
    "parallel": PARALLEL,
    "points": BARS,
    "bars": FROM_ZERO,
}

_ONE = np.array([1.0])
WIDE_WORDS = tuple(f"学習率学習率 of a name that is long {number}" for number in range(9))
ODD = {
    "no line": LineChart("t", "x", "y", ()),
    "one point": LineChart("t", "x", "y", (Line("a", _ONE, _ONE),)),
    "all gaps": LineChart("t", "x", "y", (Line("a", np.arange(9.0), np.full(9, math.nan)),)),
    "infinities": LineChart(
        "t", "x", "y", (Line("a", np.arange(3.0), np.array([1, math.inf, -math.inf])),)
    ),
    "flat": LineChart("t", "x", "y", (Line("a", np.arange(9.0), np.ones(9)),)),
    "hostile": line_chart(2, 20, label=HOSTILE),
    "hostile title": LineChart(HOSTILE, HOSTILE, HOSTILE, (Line("a", _ONE, _ONE),), HOSTILE),
    "one run on parallel axes": ParallelChart(
        "t", (Axis("a"), Axis("b", is_log=True)), ("r",), np.array([[1.0, 1.0]])
    ),
    "one step": LineChart("t", "step", "y", (Line("a", _ONE, _ONE), Line("b", _ONE, 2 * _ONE))),
    "points between gaps": LineChart(
        "t", "x", "y", (Line("a", np.arange(60.0), np.array([1.0, math.nan] * 30)),)
    ),
    "words that no run has": ParallelChart(
        "t", (Axis("a", words=("False", "<b>True</b>")), Axis("b")), ("r",), np.array([[0.0, 1.0]])
    ),
    "long words": ScatterChart(
        "t",
        Axis("学" * 60, WIDE_WORDS),
        Axis("b"),
        (Cloud("", WIDE_WORDS, np.arange(9.0), np.arange(9.0)),),
    ),
    "many axes": ParallelChart(
        "t",
        tuple(Axis(f"model.encoder.layers.{number}") for number in range(40)),
        ("r", "s"),
        np.array([np.arange(40.0), np.ones(40)]),
    ),
    "no cloud": ScatterChart("t", Axis("a"), Axis("b"), ()),
    "no bar": BarChart("t", "v", ()),
    "gaps for bars": BarChart("t", "v", (Bar("a", math.nan, math.nan, math.nan, 0),)),
}
