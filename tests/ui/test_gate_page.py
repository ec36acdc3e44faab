"""The page of a gate says of two runs that repeat each other what is the same, and what is not."""

from __future__ import annotations

from gitxp.comparison.baseline.beside_seeds import BesideSeeds, Seeds
from gitxp.ui.gate_page import gate_lines


def test_whatever_differs_has_a_line():
    differing = ["platform.machine", "python.version", "packages.numpy"]
    beside = BesideSeeds(tuple(differing), (), Seeds.DIFFERENT)
    lines = list(gate_lines(("a", "b"), "its baseline", differing, beside, [], None))
    assert lines[-3:] == [
        "- Packages differ: numpy.", "- Python differs: version.", "- Platforms differ: machine.",
    ]  # fmt: skip
