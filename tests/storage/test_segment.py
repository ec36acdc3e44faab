"""Points become a segment and summaries, in one chunk or in many."""

from __future__ import annotations

import io
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord
from gitxp.storage.journal.points import record_dtype
from gitxp.storage.points.segment import read_segment, segment_bytes, write_segment
from gitxp.storage.points.sorted_points import PointSource, sorted_points

POINT = st.tuples(
    st.integers(0, 2), st.integers(-5, 5), st.floats(allow_nan=True, allow_infinity=True)
)


def source(writer, points, names=("loss", "acc", "äcc")):
    """Return points that were logged one microsecond after another."""
    records = np.zeros(len(points), record_dtype())
    for row, (metric, step, value) in enumerate(points):
        records[row] = (1, metric, step, row, value)
    return PointSource(writer, records, dict(enumerate(names)))


def many(writer, count, seed):
    rng = np.random.default_rng(seed)
    records = np.zeros(count, record_dtype())
    records["metric"] = rng.integers(0, 3, count)
    records["step"] = np.arange(count) // 3
    records["time"] = np.arange(count)
    records["value"] = rng.normal(size=count)
    return PointSource(writer, records, {0: "loss", 1: "acc", 2: "äcc"})


@given(st.lists(POINT, max_size=30), st.lists(POINT, max_size=30))
def test_rows_are_in_order_and_no_point_is_missing(first, second):
    with sorted_points([source("b", second), source("a", first)]) as points:
        table = read_segment(segment_bytes(points))
    names = ("loss", "acc", "äcc")
    expected = sorted(
        (
            (names[metric].encode(), writer, row, step, value)
            for writer, logged in (("a", first), ("b", second))
            for row, (metric, step, value) in enumerate(logged)
        ),
        key=lambda point: point[:3],
    )
    found = [(p["metric"].encode(), p["writer"], p["step"], p["value"]) for p in table.to_pylist()]
    assert [one[:3] for one in found] == [(name, w, step) for name, w, _, step, _ in expected]
    for (*_, have), (*_, want) in zip(found, expected, strict=True):
        assert have == want or (math.isnan(have) and math.isnan(want))


@example([(0, 0, 1.7976931348623157e308)] * 3)
@given(st.lists(POINT, min_size=1, max_size=40))
def test_summary_is_that_of_the_series(logged):
    with sorted_points([source("a", logged)]) as points:
        summaries = points.summaries()
    for number, name in enumerate(("loss", "acc", "äcc")):
        series = [(step, value) for metric, step, value in logged if metric == number]
        if not series:
            assert name not in summaries
            continue
        found = summaries[name]
        finite = [value for _, value in series if math.isfinite(value)]
        assert (found.count, found.nonfinite) == (len(series), len(series) - len(finite))
        assert found.first.step == min(step for step, _ in series)
        assert found.last.step == max(step for step, _ in series)
        assert (found.min and found.min.value) == (min(finite) if finite else None)
        assert (found.max and found.max.value) == (max(finite) if finite else None)


def test_more_points_than_fit_into_memory_at_once_come_out_the_same(tmp_path):
    sources = [many("b", 700_001, 1), many("a", 600_000, 2)]
    with sorted_points(sources, spill_in=tmp_path) as points:
        assert not points.is_small
        assert list(tmp_path.iterdir()), "nothing was spilled"
        summaries = points.summaries()
        write_segment(points, tmp_path / "segment.parquet")
        assert read_segment(segment_bytes(points)).num_rows == 1_300_001
    assert [path.name for path in tmp_path.iterdir()] == ["segment.parquet"]
    table = read_segment((tmp_path / "segment.parquet").read_bytes()).to_pandas()
    for number, name in enumerate(("loss", "acc", "äcc")):
        expected = np.concatenate(
            [
                one.records["value"][one.records["metric"] == number]
                for one in sorted(sources, key=lambda one: one.writer)
            ]
        )
        values = table.loc[table["metric"] == name, "value"].to_numpy()
        assert np.array_equal(values, expected)
        assert summaries[name].mean == pytest.approx(expected.mean())


def test_number_that_nobody_named_is_passed_over():
    with sorted_points([source("a", [(0, 0, 1.0), (7, 0, 2.0)], names=("loss",))]) as points:
        assert read_segment(segment_bytes(points))["value"].to_pylist() == [1.0]
        assert points.counts() == {"a": 1}


def test_values_are_stored_in_the_documented_encodings():
    with sorted_points([many("a", 1000, 3)]) as points:
        group = pq.ParquetFile(io.BytesIO(segment_bytes(points))).metadata.row_group(0)
    found = {group.column(number).path_in_schema: group.column(number) for number in range(5)}
    assert "BYTE_STREAM_SPLIT" in found["value"].encodings
    assert "DELTA_BINARY_PACKED" in found["step"].encodings
    assert "DELTA_BINARY_PACKED" in found["time"].encodings
    assert {column.compression for column in found.values()} == {"ZSTD"}


@pytest.mark.parametrize(("count", "compression"), [(64, "UNCOMPRESSED"), (65, "ZSTD")])
def test_few_points_are_not_compressed(count, compression):
    with sorted_points([many("a", count, 1)]) as points:
        file = pq.ParquetFile(io.BytesIO(segment_bytes(points)))
    assert file.metadata.row_group(0).column(3).compression == compression
    assert file.read().num_rows == count


def parquet(**columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1 no file PAR1",
        parquet(metric=["loss"], step=[0]),
        parquet(metric=["loss"], step=["x"], time=[0], value=[1.0], writer=["a"]),
        parquet(metric=["loss"], step=[0], time=[0], value=[None], writer=["a"]),
    ],
)
def test_segment_that_is_none_is_a_clear_error(content):
    with pytest.raises(DamagedRecord, match="segment"):
        read_segment(content)


def test_columns_of_a_newer_version_are_passed_over():
    time = pa.array([5], pa.timestamp("us", tz="UTC"))
    content = parquet(metric=["a"], step=[1], new=["?"], value=[2.0], time=time, writer=["w"])
    assert read_segment(content).column_names == ["metric", "step", "time", "value", "writer"]
