"""What lines of output say of metrics, and what words of a command line say of params."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import InvalidName, InvalidValue
from gitxp.tracking.command.arguments import exact_value, params_in_arguments, plain_value
from gitxp.tracking.command.output_metrics import parse_metrics


def found(option, line):
    return list(parse_metrics([option]).find(line))


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (r"loss=step (?P<step>-?\d+) loss ([0-9.]+)", "step 7 loss 0.25"),
        (r"loss=loss ([0-9.]+) at (?P<step>\d+)", "loss 0.25 at 7"),
        (r"loss=(?P<step>\d+): (?P<value>[0-9.]+) (?:of) (\d+)", "7: 0.25 of 9"),
        (r"loss=(?P<step>\d+): ([0-9.]+)(?:%)", "7: 0.25%"),
    ],
)
def test_value_is_the_group_called_so_or_the_only_one_that_is_not_the_step(option, line):
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


@pytest.mark.parametrize("option", ["loss=([0-9.e+-]+)", r"loss=(\S+)", "loss=([)(.0-9]+)", "loss"])
@pytest.mark.parametrize("between", ["=", ": ", " ", " = ", '": '])
def test_what_is_nothing_but_the_value_stands_after_the_name(option, between):
    """`([0-9.e+-]+)` by itself matches every number of a line."""
    line = f"[2026-11-26 18:00:00] epoch 3/30 val_loss=0.75 loss{between}1.25 acc=0.5 loss_x=9"
    assert found(option, line) == [({"loss": 1.25}, None)]


@pytest.mark.parametrize(
    ("option", "line", "value"),
    [
        (r"acc=([0-9.]+)% right", "93.5% right", 93.5),
        (r"x=(\d+)|(?P<step>z)", "7", 7),
        ("val/acc", "val/acc=0.5", 0.5),
        ("a.b", "axb=1 a.b=2", 2),
    ],
)
def test_expression_that_says_more_than_the_value_is_taken_as_it_stands(option, line, value):
    assert found(option, line) == [({option.partition("=")[0]: value}, None)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5,", 0.5),
        ("1.5.", 1.5),
        ("(2)", None),
        ("\x1b[32m0.5\x1b[0m", 0.5),
        ("-inf", -math.inf),
        ("93.5%", 93.5),
    ],
)
def test_marks_and_colours_are_no_part_of_a_number(text, value):
    expected = "(2)" if value is None else value
    assert found(r"loss=(\S+)", f"loss={text} next") == [({"loss": expected}, None)]


def test_loss_that_is_no_number_any_more_is_a_point():
    ((values, _),) = found("loss", "step 9: loss=nan")
    assert math.isnan(values["loss"])


@pytest.mark.parametrize("option", [r"loss=loss (\d+)(\.\d+)?", "loss=loss", "loss=(?:a)"])
def test_pattern_without_one_group_for_the_value_is_refused(option):
    with pytest.raises(InvalidValue, match=r"has (no|2) groups? for the value"):
        parse_metrics([option])


@pytest.mark.parametrize("option", ["loss=(", "=(a)", ""])
def test_what_is_no_option_is_refused(option):
    with pytest.raises((InvalidName, InvalidValue)):
        parse_metrics([option])


TEXTS = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[+-]?[0-9_]{0,8}\.?[0-9]{0,4}([eE][+-]?[0-9]{1,5})?", fullmatch=True),
)


@given(TEXTS)
def test_text_that_only_looks_like_a_number_stays_text(text):
    value = plain_value(text)
    if isinstance(value, float) and not math.isfinite(value):
        assert text.lower().lstrip("+-") in ("nan", "inf")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        assert float(text) == value
        assert "_" not in text
        assert text.strip() == text
        assert not text.lstrip("+-").startswith(tuple(f"0{digit}" for digit in range(10)))
    elif not isinstance(value, bool):
        assert value == text


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans()))
def test_number_is_read_as_it_is_printed(value):
    for read in (plain_value, exact_value):
        assert read(str(value)) == value
        assert type(read(str(value))) is type(value)


@pytest.mark.parametrize("text", ["007", "1_000", "4e12345", "12e4567", "00e1", "1 ", "1234e12"])
def test_what_may_be_an_id_is_text(text):
    assert plain_value(text) == text


@pytest.mark.parametrize("text", ["1.10", "1e3", "+1", ".5", "0x10"])
def test_tag_with_another_spelling_than_the_number_has_is_text(text):
    assert exact_value(text) == text


@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["train.py", "--layers", "64", "128", "256"], {"layers": [64, 128, 256]}),
        (["train.py", "--seeds", "0", "1", "--lr", "-0.5"], {"seeds": [0, 1], "lr": -0.5}),
        (["train.py", "--lr", "0.1", "data.csv"], {"lr": 0.1}),
        (["train.py", "--names", "a", "b"], {"names": "a"}),
        (["train.py", "--fast", "--lr=1", "-x=2", "-v"], {"fast": True, "lr": 1, "x": 2}),
        (["python", "-c", "x=1\nprint(x)"], {}),
        (["sh", "-c", "lr=3; echo $lr", "lr=4"], {"lr": 4}),
        (["python", "-c", "x=1", "--lr", "2"], {"lr": 2}),
        (["train.py", "a=1; b"], {}),
        (
            ["train.py", "model/optim=adam", "+model=x", "++opt.lr=2", "db@x=y"],
            {"model/optim": "adam", "model": "x", "opt.lr": 2, "db@x": "y"},
        ),
        (["evaluate.py", "out/lr=0.1/model.pt", "/a=b", "http://x/?a=b"], {}),
    ],
)
def test_params_are_what_command_lines_say(words, params):
    assert params_in_arguments(words) == params
