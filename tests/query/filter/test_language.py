"""What filters mean, by example: each chooses the runs that are named beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.values import values_of

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


def day(number, hour=0):
    return datetime(2026, 1, number, hour, tzinfo=UTC)


# Four runs, called 0 to 3; dots stand for nothing.
COLUMNS = {
    "name": values_of(["cosine", "step", "", "größe"]),
    "status": values_of(["finished", "failed", "running", "finished"]),
    "started": values_of([day(1), day(28), day(31, 9), day(30)]),
    "finished": values_of([day(1, 5), day(28, 1), None, day(30, 2)]),
    "duration": values_of([timedelta(hours=5), timedelta(hours=1), None, timedelta(minutes=90)]),
    "parent": values_of([None, "c0ffee", None, None]),
    "dirty": values_of([True, False, True, None]),
    "exit_code": values_of([0, 1, None, 0]),
    "params.lr": values_of([0.1, 0.001, "auto", ...]),
    "params.depth": values_of([3, 50, None, ...]),
    "params.flag": values_of([True, 1, "True", ...]),
    "params.big": values_of([2**60, 2**60 + 1, float(2**60), 2**200]),
    "params.day": values_of([date(2026, 1, 5), "2026-01-05", day(5, 12), [1]]),
    "params.model.width": values_of([64, 128, 256, 512]),
    'params["a.b"]': values_of([1, 2, 3, 4]),
    "params.net": values_of([1, ..., ..., ...]),
    "params.net.depth": values_of([..., 2, ..., ...]),
    'params.net["a.b"]': values_of([..., ..., None, ...]),
    "params.network": values_of([1, 2, 3, 4]),
    "metrics.loss": values_of([0.5, float("nan"), float("inf"), ...]),
    "metrics.loss:min": values_of([0.25, None, None, ...]),
    "metrics.val/accuracy:max": values_of([0.9, 0.95, 0.5, ...]),
    "tags.group": values_of(["a", "b", "c", ...]),
    "data.mnist": values_of(["v1", None, ..., ...]),
    "seeds.seed": values_of([1, 2, 3, 4]),
}


def chosen(text):
    found = parse_filter(text).select(COLUMNS, 4, now=NOW)
    return "".join(str(run) for run in range(4) if found[run])


FILTERS = [
    # Comparisons
    ('status == "finished"', "03"),
    ("status != 'finished'", "12"),
    ("params.lr > 1e-3", "0"),
    ("params.lr >= 1e-3", "01"),
    ("0.001 <= params.lr < 0.1", "1"),
    ("3 < params.depth == 50 > 10", "1"),
    ("params.model.width / params.depth > 20", "0"),
    ('params["a.b"] <= 2', "01"),
    ("seeds.seed in [1, 3]", "02"),
    ('name > "cosine"', "13"),
    ("exit_code == 0", "03"),
    # What is missing or of another type is not known, and nor is the opposite
    ("not params.lr > 1e-3", "1"),
    ("params.lr != 0.1", "1"),
    ('params.lr != "x"', "2"),
    ('params.lr == "auto"', "2"),
    ('params.lr < 1 or status == "running"', "012"),
    ('not (params.lr < 1 and status == "finished")', "12"),
    ("params.flag == 1", "1"),
    ("params.flag == True", "0"),
    ("params.flag", "0"),
    ("not params.flag", ""),
    # Conditions
    ("dirty", "02"),
    ("not dirty", "1"),
    ("True", "0123"),
    ("False or dirty", "02"),
    ("not dirty or dirty", "012"),
    ('dirty and status == "finished" or exit_code == 1', "01"),
    ('dirty and (status == "finished" or exit_code == 1)', "0"),
    ("(params.depth > 10) == (params.lr < 0.01)", "01"),
    # Lists
    ('status in ["failed", "running"]', "12"),
    ('status not in ["failed", "running",]', "03"),
    ('params.lr in [0.1, "auto"]', "02"),
    ('params.lr not in [0.1, "auto"]', "1"),
    ("params.lr not in [0.1]", "1"),
    ("params.depth in [None, -1, 3]", "02"),
    ("params.depth not in [None, 3]", "1"),
    ("params.lr in []", ""),
    ("params.lr not in []", "012"),
    ('params.day in ["2026-01-05"]', "01"),
    # Text
    ('name startswith "co"', "0"),
    ('not name startswith "co"', "123"),
    ('name not endswith "e"', "12"),
    ('name contains "s"', "01"),
    ('name contains "ße"', "3"),
    ('name matches "^.{4,5}$"', "13"),
    (r'name matches r"\w+"', "013"),
    ('name matches "S"', ""),
    ('name matches "(?i)S"', "01"),
    ('params.lr startswith "a"', "2"),
    ('params.lr not startswith "a"', ""),
    # None, nothing, and NaN
    ("params.depth is None", "2"),
    ("params.depth is not None", "01"),
    ("has(params.depth)", "012"),
    ("not has(params.depth)", "3"),
    ("params.depth == params.depth", "01"),
    ("parent is None", "023"),
    ("parent is not None", "1"),
    ("has(parent)", "1"),
    ("finished is None", "2"),
    ("has(params.net)", "012"),
    ("not has(params.net)", "3"),
    ("has(params.model)", "0123"),
    ("has(params.net.depth)", "1"),
    ("has(tags.nowhere)", ""),
    ("not has(tags.nowhere)", "0123"),
    ("has(metrics.loss)", "012"),
    ("has(metrics.loss.min)", "0"),
    ("metrics.loss.min is None", "12"),
    ("has(data.mnist)", "01"),
    ("metrics.loss is nan", "1"),
    ("metrics.loss is not nan", "02"),
    ("metrics.loss > 0", "02"),
    ("not metrics.loss > 0", "1"),
    ("metrics.loss == inf", "2"),
    # Metrics
    ("metrics.loss.last < 1", "0"),
    ("metrics.loss:min < 1", "0"),
    ('metrics["val/accuracy"].max > 0.9', "1"),
    # Numbers
    ("params.depth + 1 == 4", "0"),
    ("-params.depth < -10", "1"),
    ("params.depth - 1 - 1 == 1", "0"),
    ("100 - params.depth * 2 == 0", "1"),
    ("params.depth % 2 == 1", "0"),
    ("-7 // 2 == -4 and -7 % 2 == 1", "0123"),
    ("2 ** 3 ** 2 == 512 and -2 ** 2 == -4 and 2 ** -1 == 0.5", "0123"),
    ("1_000 == 1e3 and .5 == 0.50", "0123"),
    ("params.depth / 0 > 0", ""),
    ("not params.depth / 0 > 0", ""),
    ("(-8) ** 0.5 == 1 or 9.0 ** 9 ** 9 > 1", ""),
    ("params.big == 1152921504606846976", "02"),
    ("params.big > 1152921504606846976", "13"),
    ("-params.big < -1152921504606846976", "13"),
    # Times
    ('started >= "2026-01-28"', "123"),
    ('"2026-01-28" <= started < "2026-01-31"', "13"),
    ('started > "2026-01-30 23:59:59.5"', "2"),
    ('started == "2026-01-31 10:00 +01:00"', "2"),
    ('started >= "yesterday"', "23"),
    ('started >= "today"', "2"),
    ('started > "3d 4h ago"', "23"),
    ('started < "now"', "0123"),
    ('age < "3 days"', "23"),
    ('age > "1w"', "0"),
    ('not age > "1w"', "123"),
    ('duration > "1h 15m"', "03"),
    ('duration in ["90 minutes", "1h"]', "13"),
    ('finished - started == "90m" or finished - started == "5h"', "0"),
    ('duration / 2 < "1h"', "13"),
    ("duration / duration == 1", "013"),
    ("started + duration == finished", "01"),
    ('params.day == "2026-01-05"', "01"),
    ('params.day > "2026-01-04"', "012"),
]


@pytest.mark.parametrize(("text", "runs"), FILTERS)
def test_filter_chooses_the_runs_that_it_means(text, runs):
    assert chosen(text) == runs


@pytest.mark.parametrize("text", ["dirty", " dirty\n", "\tdirty", "(dirty)", "((dirty))"])
def test_space_and_parentheses_change_nothing(text):
    assert chosen(text) == "02"


def test_text_is_written_as_in_python_and_json():
    texts = ['a"b', "it's", "tab\t", "é", "\U0001f600", "back\\slash", r"\d", "/"]
    written = [r'"a\"b"', r"'it\'s'", r'"tab\t"', r'"\u00e9"', r'"\ud83d\uDE00"',
               r"'back\\slash'", r'r"\d"', r'"\/"']  # fmt: skip
    column = {"name": values_of(texts)}
    for place, text in enumerate(written):
        found = parse_filter(f"name == {text}").select(column, len(texts))
        assert found.tolist() == [one == place for one in range(len(texts))], text


def test_a_time_without_a_zone_is_utc_wherever_it_is_asked():
    zone = timezone(timedelta(hours=9))
    for now in (NOW, NOW.astimezone(zone)):
        found = parse_filter('started >= "today"').select(COLUMNS, 4, now=now)
        assert found.tolist() == [False, False, True, False]


def test_no_runs_are_chosen_of_none():
    assert parse_filter("params.lr > 1 and has(tags.x)").select({}, 0).tolist() == []


def test_filter_is_read_once_and_asked_often():
    read = parse_filter("params.lr > 1")
    for values in ([0, 2], [3, 1, 5]):
        found = read.select({"params.lr": values_of(values)}, len(values))
        assert found.tolist() == [value > 1 for value in values]
