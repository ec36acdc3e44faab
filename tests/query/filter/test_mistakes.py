"""A mistake is told with the place at which it is, and what to write instead."""

from __future__ import annotations

import pickle

import pytest

from gitxp.errors import InvalidFilter
from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.values import values_of

NAMES = ["params.lr", "params.model.depth", "params.learning-rate", "metrics.loss:min",
         "metrics.val/accuracy", "metrics.val/accuracy:max", "tags.group", "status"]  # fmt: skip


def refused(text):
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text).select({name: values_of([1]) for name in NAMES}, 1)
    return caught.value


# The filter, below it the carets, then what is said and what is hinted at.
MISTAKES = [
    ("params.lr >",
     "           ^", "expected a field, a number or text at the end", ""),
    ("params.lr > 1)",
     "             ^", "expected an operator or the end, not ')'", ""),
    ("(params.lr > 1",
     "              ^", "expected ')' at the end", ""),
    ("",
     "^", "expected a field, a number or text at the end", ""),
    ("params.lr = 1",
     "          ^", "'=' is no operator", "write =="),
    ("params.lr > 1 && dirty",
     "              ^^", "'&&' is no operator", "write and"),
    ("params.lr > 30d",
     "            ^^^", "'30d' is no number", 'in quotes: "30d"'),
    ('status == "a',
     "          ^^", "no closing quote", ""),
    (r'status == "\d"',
     r"           ^^", r"'\d' is no escape", 'r"…"'),
    ("params.lr == None",
     "             ^^^^", "not 'None'", "is None"),
    ("params.lr is True",
     "             ^^^^", "expected None or nan, not 'True'", "=="),
    ("3 is None",
     "^", "only a field can be None", ""),
    ('params.lr in "a"',
     "             ^^^", 'expected a list in brackets, not "a"', "contains"),
    ('params.lr in ("a", "b")',
     "             ^", "expected a list in brackets, not '('", 'in ["a", "b"]'),
    ("metrics",
     "^^^^^^^", "'metrics' is a number, and no condition", "name one of them: metrics.x"),
    ("params.lr in [status]",
     "              ^^^^^^", "expected a number, text in quotes, True, False or None", ""),
    ("params.lr in [1 2]",
     "                ^", "expected ','", ""),
    ("status matches name",
     "               ^^^^", "expected text in quotes", ""),
    ('status matches "("',
     "               ^^^", "missing ): (", "RE2"),
    ('status matches "(?=a)"',
     "               ^^^^^^^", "invalid perl operator: (?=", "RE2"),
    ("1 < params.lr in [2]",
     "              ^^", "only == != < <= > >= can be chained", "and"),
    ("status not 3",
     "           ^", "expected in, startswith, endswith, contains, matches, not '3'", ""),
    ("has(3)",
     "    ^", "expected a field, not '3'", ""),
    # Fields
    ("lr > 1",
     "^^", "no run has 'lr'", "did you mean params.lr?"),
    ("params.depth > 1",
     "^^^^^^^^^^^^", "no run has 'params.depth'", "did you mean params.model.depth?"),
    ('dirty and statsu == "a"',
     "          ^^^^^^", "no run has 'statsu'", "did you mean status?"),
    ("metrics.val/accuracy > 0.9",
     "^^^^^^^^^^^", "no run has 'metrics.val'", 'did you mean metrics["val/accuracy"]?'),
    ("params.learning-rate > 1",
     "^^^^^^^^^^^^^^^", "no run has 'params.learning'", 'did you mean params["learning-rate"]?'),
    ("param.lr > 1",
     "^^^^^^^^", "no run has 'param.lr'", "did you mean params.lr?"),
    ("metrics.loss.median > 1",
     "            ^^^^^^^", "'median' is no summary of a metric", 'metrics["loss.median"]'),
    ('1 < metrics["a b"] . avg',
     "                   ^", "'.' is no operator", ""),
    ('1 < metrics["a b"]["avg"]',
     "                  ^^^^^^^", "'avg' is no summary of a metric", 'metrics["a b.avg"]'),
    ("metrics.loss:avg > 1",
     "            ^^^^", "'avg' is no summary of a metric: expected first, last", ""),
    ("metrics.loss.max.min > 1",
     "                ^^^^", "'min' follows 'max', which is a summary", 'metrics["loss.max.min"]'),
    ("metrics.loss.mni > 1",
     "            ^^^^", "'mni' is no summary of a metric", "mean metrics.loss.min? a name"),
    ("metrics.loss.MIN > 1",
     "            ^^^^", "'MIN' is no summary of a metric", "mean metrics.loss.min? a name"),
    ("1 < metrics.val/accuracy:max",
     "                        ^^^^", "only a metric has a summary",
     'did you mean metrics["val/accuracy"].max?'),
    ("(1>metrics.a/b-c:max)",
     "                ^^^^", "only a metric has a summary", 'did you mean metrics["a/b-c"].max?'),
    ("metrics.LOSS.min > 1",
     "^^^^^^^^^^^^^^^^", "no run has 'metrics.LOSS.min'", "did you mean metrics.loss.min?"),
    ("Params.LR > 1",
     "^^^^^^^^^", "no run has 'Params.LR'", "did you mean params.LR?"),
    ("params.LR > 1",
     "^^^^^^^^^", "no run has 'params.LR'", "did you mean params.lr?"),
    ("statsu > 1",
     "^^^^^^", "no run has 'statsu'", "did you mean status?"),
    ("learningrate == 1",
     "^^^^^^^^^^^^", "no run has 'learningrate'", 'did you mean params["learning-rate"]?'),
    ("metrics.val.loss.max > 1",
     "           ^^^^^^^^^", "'loss' is no summary of a metric", 'metrics["val.loss.max"]'),
    ("params.lr:min > 1",
     "         ^^^^", "'params.lr:min' is no field: only a metric has a summary", ""),
    ("params[lr] > 1",
     "      ^", "begins with no key in brackets", 'params["a.b"]'),
    ("has(tag.x)",
     "    ^^^^^", "no run has 'tag.x'", "did you mean tags.x?"),
    ("zzz > 1",
     "^^^", "no run has 'zzz'", 'text is written in quotes: "zzz"'),
    ("data",
     "^^^^", "no run has 'data'", "name one of them: data.x"),
    ("status == '' or has(tags)",
     "                    ^^^^", "no run has 'tags'", "did you mean tags.group?"),
    ("params.zzz > 1",
     "^^^^^^^^^^", "no run has 'params.zzz'", "gitxp.runs().columns"),
    ("dirty == true",
     "         ^^^^", "no run has 'true'", "did you mean True?"),
    ("dirty != FALSE",
     "         ^^^^^", "no run has 'FALSE'", "did you mean False?"),
    ("params.lr == null",
     "             ^^^^", "no run has 'null'", "ask for what is None by: is None"),
    ("params.lr is none",
     "             ^^^^", "expected None or nan, not 'none'", ""),
    ("params.lrr > 1",
     "^^^^^^^^^^", "no run has 'params.lrr'", "did you mean params.lr?"),
    ("metrics.los.min > 1",
     "^^^^^^^^^^^^^^^", "no run has 'metrics.los.min'", "did you mean metrics.loss.min?"),
    # Types
    ("status",
     "^^^^^^", "'status' is text, and no condition", "has(status)"),
    ("params.lr + 1",
     "^^^^^^^^^^^^^", "'params.lr + 1' is a number, and no condition", ""),
    ("dirty and 1",
     "          ^", "'1' is a number, and no condition", ""),
    ("status == 3",
     "          ^", "'status' is text, '3' is a number: they never compare", "quotes"),
    ('dirty == "x"',
     "         ^^^", "'dirty' is true or false, \"x\" is text: they never", "written: True, False"),
    ('"x" != exit_code',
     "       ^^^^^^^^^", '"x" is text, \'exit_code\' is a number: they never compare', ""),
    ("status == finished",
     "          ^^^^^^^^", "'status' is text, 'finished' is a time", "quotes"),
    ("duration > 3600",
     "           ^^^^", "'duration' is a duration, '3600' is a number", '"90s"'),
    ('started > "yesterdy"',
     "          ^^^^^^^^^^", '"yesterdy" is no time', '"yesterday"'),
    ('started > "2026-02-31"',
     "          ^^^^^^^^^^^^", '"2026-02-31" is no time', ""),
    ('"1 month" < age',
     "^^^^^^^^^", '"1 month" is no duration', '"30d"'),
    ("status + 1 > 2",
     "^^^^^^^^^^", "text + a number has no result", ""),
    ("-status == 1",
     " ^^^^^^", "'status' is text: expected a number or a duration", ""),
    ('exit_code contains "1"',
     "^^^^^^^^^", "'exit_code' is a number: expected text", ""),
    ("status is nan",
     "^^^^^^", "'status' is text: expected a number", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "carets", "said", "hint"), MISTAKES)
def test_mistake_is_told_with_its_place(text, carets, said, hint):
    error = refused(text)
    message, shown, below = str(error).split("\n")
    assert said in message
    assert (shown, below) == (f"  {text}", f"  {carets}")
    assert error.column == carets.index("^") + 1
    assert hint in error.hint
    assert bool(hint) <= bool(error.hint)


def test_text_in_quotes_is_not_said_to_need_them():
    for text in ('dirty == "x"', '"x" != exit_code'):
        assert "quotes" not in refused(text).hint


def test_carets_stand_below_wide_and_hidden_characters():
    _, shown, below = str(refused('params.学習率 > 1 and\n"\u0301\u202e" == oops')).split("\n")
    assert shown == '  params.学習率 > 1 and\\n"\u0301\\u202e" == oops'
    assert below == "  ^^^^^^^^^^^^^"


def test_long_filter_is_shown_around_the_mistake():
    text = f"params.lr in [{', '.join(['1'] * 500)}] and oops and {'dirty and ' * 50}dirty"
    error = refused(text)
    _, shown, below = str(error).split("\n")
    assert len(shown) < 110
    assert shown.startswith("  …")
    assert shown.endswith("…")
    assert shown[below.index("^") : below.rindex("^") + 1] == "oops"
    assert text[error.column - 1 :].startswith("oops")


def test_where_there_are_no_runs_only_what_never_is_a_field_is_refused():
    assert parse_filter("params.x > 1").select({}, 0).tolist() == []
    with pytest.raises(InvalidFilter, match="no run has 'statsu'"):
        parse_filter('statsu == "a"').select({}, 0)


def test_error_crosses_processes():
    error = refused("lr > 1")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.hint, copy.column) == (str(error), error.hint, error.column)


@pytest.mark.parametrize("field", ["params", "metrics", "tags", "data"])
@pytest.mark.parametrize("text", ["{} and dirty", "has({})", "{}", "not {} == 1"])
@pytest.mark.parametrize("names", [[], ["status", "dirty", "host"]])
def test_whole_field_of_which_no_run_has_any_is_told_how_one_is_named(field, text, names):
    columns = {name: values_of([1]) for name in names}
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(text.format(field)).select(columns, 1)
    assert refused.value.hint == f"name one of them: {field}.x"
