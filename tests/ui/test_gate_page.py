"""The page of a gate says of two runs that repeat each other what is the same, and what is not."""

from __future__ import annotations

import pytest
from measured_runs import measured, rows

from gitxp.comparison.baseline.beside_seeds import BesideSeeds, Seeds
from gitxp.comparison.baseline.gate import GateQuestion, answer_gate
from gitxp.ui.gate_page import gate_lines


def notes(*differing, unknown=()):
    beside = BesideSeeds(differing, unknown, Seeds.DIFFERENT)
    runs = [measured(value, seeds={"seed": seed}) for seed, value in enumerate((0.1, 0.9))]
    question = GateQuestion(["acc"])
    answers = answer_gate(rows(*runs), 0, 1, question, {"acc": "max"}, beside)
    lines = gate_lines(("a", "b"), "its baseline", differing, beside, answers, question)
    return [line for line in lines if line.startswith("- ")]


def test_whatever_differs_has_a_line():
    assert notes("platform.machine", "python.version", "packages.numpy")[:-1] == [
        "- Packages differ: numpy.",
        "- Python differs: version.",
        "- Platforms differ: machine.",
    ]


@pytest.mark.parametrize(
    ("differing", "unknown", "told"),
    [
        (["packages.numpy"], [], "params, data and code"),
        (["data.train"], [], "params and code"),
        (['data["a.b"]'], [], "params and code"),
        ([], ["data"], "params and code"),
        ([], ["code"], "params and data"),
        ([], ["code.model.py"], "params and data"),
        (["data.train"], ["code"], "params"),
        (["hardware.gpu"], ["environment"], "params, data and code"),
    ],
)
def test_nothing_is_called_the_same_that_differs_or_is_not_known(differing, unknown, told):
    *_, last = notes(*differing, unknown=tuple(unknown))
    assert last.startswith(
        f"- The run repeats its baseline: {told} are the same as far as is recorded, and "
    )
