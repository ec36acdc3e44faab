"""Tables of any library are kept as Parquet, with their values and types."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from gitxp.capture.libraries.table_file import table_content
from gitxp.errors import InvalidValue

ROWS = [{"label": "cat", "score": 0.5}, {"label": "dog", "score": None}]


def read(table) -> pa.Table:
    return parquet.read_table(BytesIO(table_content(table, "a.parquet")))


@pytest.mark.parametrize(
    "table",
    [
        ROWS,
        tuple(ROWS),
        {"label": ["cat", "dog"], "score": [0.5, None]},
        pd.DataFrame(ROWS),
        pl.DataFrame(ROWS),
        pa.Table.from_pylist(ROWS),
        pa.RecordBatch.from_pylist(ROWS),
    ],
    ids=["rows", "tuple", "columns", "pandas", "polars", "arrow", "batch"],
)
def test_table_of_any_kind_keeps_its_rows(table):
    assert read(table).to_pylist() == ROWS


def test_file_is_compressed_with_zstd():
    content = table_content(ROWS, "a.parquet")
    assert (
        parquet.ParquetFile(BytesIO(content)).metadata.row_group(0).column(0).compression == "ZSTD"
    )


def test_frame_of_pandas_comes_back_with_its_index_and_types():
    frame = pd.DataFrame(
        {"a": pd.array([1, None], dtype="Int64"), "when": pd.to_datetime(["2026-01-01", None])},
        index=pd.Index(["x", "y"], name="key"),
    )
    pd.testing.assert_frame_equal(read(frame).to_pandas().astype(frame.dtypes), frame)


def test_columns_that_only_later_rows_have_are_kept():
    assert read([{"a": 1}, {"b": 2}]).to_pydict() == {"a": [1, None], "b": [None, 2]}


def test_columns_of_numpy_and_an_empty_table_are_tables():
    assert read({"a": np.arange(3)}).to_pydict() == {"a": [0, 1, 2]}
    assert read([]).num_rows == 0


@pytest.mark.parametrize(
    "table",
    [
        None,
        "a.csv",
        7,
        [1, 2],
        {"a": [1, 2], "b": [1]},
        {"a": [1, "x"]},
        {"a": [object()]},
        {"a": 1},
        pl.LazyFrame(ROWS),
    ],
)
def test_what_is_no_table_is_refused(table):
    with pytest.raises(InvalidValue, match=r"a\.parquet"):
        table_content(table, "a.parquet")


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a"])
def test_other_kinds_of_file_are_refused_and_the_hint_says_what_to_do(name):
    with pytest.raises(InvalidValue, match=r"\.parquet") as caught:
        table_content(ROWS, name)
    assert "to_csv" in caught.value.hint
