"""What lines of output say of metrics, and what words of a command line say of params."""

from __future__ import annotations

import pytest

from gitxp.errors import InvalidValue
from gitxp.tracking.arguments import params_in_arguments, plain_value
from gitxp.tracking.output_metrics import parse_metrics


def found(option, line):
    return list(parse_metrics([option]).find(line))


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (r"loss=step (?P<step>-?\d+) loss ([0-9.]+)", "step 7 loss 0.25"),
        (r"loss=loss ([0-9.]+) at (?P<step>\d+)", "loss 0.25 at 7"),
        (r"loss=(?P<step>\d+): (?P<value>[0-9.]+) (?:of) (\d+)", "7: 0.25 of 9"),
    ],
)
def test_value_is_the_first_group_that_is_not_the_step(option, line):
    assert found(option, line) == [({"loss": 0.25}, 7)]


def test_step_may_be_negative():
    assert found(r"x=(?P<step>-?\d+) (\d)", "-3 1") == [({"x": 1.0}, -3)]


def test_pattern_with_nothing_but_a_step_is_refused():
    with pytest.raises(InvalidValue, match="no group for the value"):
        parse_metrics([r"loss=step (?P<step>\d+)"])


@pytest.mark.parametrize("step", ["true", "null", '"3"', "[3]"])
def test_what_is_no_number_is_no_step(step):
    assert found("json", f'{{"step": {step}, "x": 1}}') == [({"x": 1}, None)]


def test_truth_value_is_no_metric():
    assert found("json", '{"step": 3, "x": 1, "done": true}') == [({"x": 1}, 3)]


@pytest.mark.parametrize("word", ["1" * 3012, "-" + "1" * 3011, "1" * 5000])
def test_number_of_too_many_digits_stays_text(word):
    assert plain_value(word) == word
    assert params_in_arguments(["echo", f"--x={word}"]) == {"x": word}


def test_number_of_as_many_digits_as_a_record_takes_is_a_number():
    assert plain_value("1" * 3011) == int("1" * 3011)
