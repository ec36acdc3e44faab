"""A comparison as a frame, as HTML and as JSON: whole, well-formed, and of nobody's making."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.comparison.differences.comparison import Cell, Comparison, Row, Section
from gitxp.comparison.differences.fields import comparison_fields
from gitxp.comparison.differences.html_table import MOST_ROWS, comparison_page, comparison_table
from gitxp.comparison.differences.spelling import cell_texts
from gitxp.comparison.values import Bytes, Content, Digest
from gitxp.model.goal import MetricGoal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session
from gitxp.query.strict_json import strict_object

SESSION = Session(datetime(2026, 1, 2, tzinfo=UTC))
TEXT = st.text(max_size=20)


def comparison(*rows, title="params", labels=("a", "b")):
    ids = [RunId(f"{number:032x}") for number in range(len(labels))]
    runs = tuple(Run(one, ExperimentName("lr"), (SESSION,), name="n") for one in ids)
    return Comparison(runs, tuple(labels), (Section(title, rows),), ("code",))


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.5, 0.25), ["0.5", "0.25"]),
        ((0.12341, 0.12342), ["0.12341", "0.12342"]),
        ((1, 1.0, "1", True), ["1", "1.0", "'1'", "True"]),
        ((None, "None"), ["None", "'None'"]),
        ((Bytes(1536), Bytes(2048)), ["1.5 KiB", "2 KiB"]),
        ((Bytes(1 << 30), Bytes((1 << 30) + 1)), ["1073741824 B", "1073741825 B"]),
        ((Digest("ab" * 20), Digest("cd" * 20)), ["abababababab", "cdcdcdcdcdcd"]),
        ((Digest("a" * 40), Digest("a" * 39 + "b")), ["a" * 40, "a" * 39 + "b"]),
        (("a\nb", "a b"), ["'a\\nb'", "'a b'"]),
        (("a  b", "a b"), ["'a  b'", "'a b'"]),
        ((Content(Digest(""), Bytes(3)),), ["3 B"]),
    ],
)
def test_values_that_differ_never_look_alike(values, texts):
    assert cell_texts(Row("x", tuple(map(Cell, values)))) == texts


@given(st.lists(st.floats() | st.integers() | TEXT | st.none() | st.booleans(), min_size=2))
def test_texts_tell_any_values_apart(values):
    row = Row("x", (*map(Cell, values), None))
    texts = cell_texts(row)
    for one, text in zip(row.cells, texts, strict=True):
        for other, as_text in zip(row.cells, texts, strict=True):
            if Row("x", (one, other)).differs:
                assert text != as_text


def test_frame_keeps_every_value_in_a_cell_of_its_own():
    values = [[1, 2], (1,), {"a": 1}, None, math.nan, "text", True]
    found = comparison(
        *(Row(f"x{place}", (Cell(value), None)) for place, value in enumerate(values))
    )
    frame = found.frame
    assert frame.index.names == ["section", "field"]
    assert list(frame.columns) == [str(run.id) for run in found.runs]
    assert frame.columns.name == "run"
    kept = [frame.loc[("params", f"x{place}")].iloc[0] for place in range(len(values))]
    assert list(map(repr, kept)) == list(map(repr, values))
    assert [type(one) for one in kept] == [type(one) for one in values]
    assert {repr(one) for one in frame.iloc[:, 1]} == {"<NA>"}
    assert found.frame is frame


def test_frame_of_nothing_is_empty():
    found = replace(comparison(), sections=())
    assert found.frame.shape == (0, 2)
    assert "nothing differs" in repr(found)


@given(TEXT, TEXT, TEXT)
def test_html_is_well_formed_and_nothing_but_what_it_was_given(label, field, value):
    row = Row(
        field, (Cell(value), Cell(1.5, -0.5, is_better=True)), MetricGoal("min", is_guessed=True)
    )
    text = comparison_table(comparison(row, title="metrics", labels=(label, "b")))
    # What XML 1.0 has no place for, escaped or not.
    table = minidom.parseString(text.replace("\ufffe", "").replace("\uffff", ""))
    assert len(table.getElementsByTagName("td")) == 3
    assert {one.tagName for one in table.getElementsByTagName("*")} <= {
        "table", "caption", "thead", "tbody", "tr", "th", "td", "small",
    }  # fmt: skip


def test_html_shows_gains_goals_and_what_is_the_same():
    row = Row(
        "<loss>", (Cell(2.0), Cell(1.5, -0.5, is_better=True)), MetricGoal("min", is_guessed=True)
    )
    text = comparison(row, title="metrics")._repr_html_()
    for told in ("&lt;loss&gt; ↓?", "1.5 <small>(-0.5 better)</small>", "the same in all: code"):
        assert told in text
    page = comparison_page(comparison(row, labels=("</title>", "b")))
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>gitxp: &lt;/title&gt;, b</title>" in page
    assert "http" not in page


def test_html_of_thousands_of_params_counts_what_it_leaves_out():
    rows = [Row(f"p{number}", (Cell(number), Cell(0.5))) for number in range(5000)]
    text = comparison_table(comparison(*rows))
    assert text.count("<tr>") == MOST_ROWS + 3
    assert "and 4,900 more" in text


def test_json_is_strict_and_keeps_types_and_absence():
    found = comparison(
        Row("x", (Cell(1), Cell(1.0))),
        Row("y", (Cell(None), None)),
        Row("z", (Cell(math.nan), Cell((1, "a")))),
    )
    made = json.loads(json.dumps(strict_object(comparison_fields(found)), allow_nan=False))
    x, y, z = made["sections"][0]["rows"]
    assert x["cells"] == [{"value": 1, "type": "int"}, {"value": 1.0, "type": "float"}]
    assert y["cells"] == [{"value": None, "type": "NoneType"}, None]
    assert z["cells"] == [
        {"value": None, "type": "float"}, {"value": [1, "a"], "type": "tuple"},
    ]  # fmt: skip
    assert list(made["nonfinite"].values()) == ["nan"]
    assert [one["run"] for one in made["runs"]] == [str(run.id) for run in found.runs]
    assert made["same"] == ["code"]


def test_html_cuts_long_values_where_they_part():
    text = comparison_table(comparison(Row("x", (Cell("a" * 5000 + "1"), Cell("a" * 5000 + "2")))))
    assert len(text) < 1000
    assert "aa1</td>" in text
    assert "aa2</td>" in text
