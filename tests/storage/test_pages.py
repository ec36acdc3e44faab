"""Pages of a segment are looked at before anything is unpacked."""

from __future__ import annotations

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_PAGE
from gitxp.storage.points.pages import check_pages
from gitxp.storage.points.segment import read_segment, segment_batches

COUNT = 50_000


def table(count: int = COUNT) -> pa.Table:
    numbers = pa.array(range(count), pa.int64())
    return pa.table(
        {
            "metric": pa.array([f"metric{number % 7}" for number in range(count)], pa.string()),
            "step": numbers,
            "time": numbers.cast(pa.timestamp("us", tz="UTC")),
            "value": numbers.cast(pa.float64()),
            "writer": pa.array(["c0ffee00"] * count, pa.string()),
        }
    )


def written(points: pa.Table, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(points, sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("has_dictionary", [True, False])
def test_segment_of_any_writer_is_read(compression, version, has_dictionary):
    content = written(
        table(),
        compression=compression,
        data_page_version=version,
        use_dictionary=has_dictionary,
        data_page_size=10_000,
        write_page_checksum=True,
        write_page_index=True,
    )
    whole = read_segment(content)
    assert whole["step"].to_pylist() == list(range(COUNT))
    pieces = pa.concat_tables(segment_batches(content))
    for name in ("metric", "writer"):
        assert pieces[name].cast("string").equals(whole[name].cast("string"))
    assert pieces.select(["step", "time", "value"]).equals(whole.select(["step", "time", "value"]))


def test_segment_without_rows_has_no_page_to_look_at():
    assert read_segment(written(table(0))).num_rows == 0


def test_encoding_in_which_a_name_may_stand_for_gigabytes_is_refused():
    content = written(
        table(),
        use_dictionary=False,
        column_encoding={"metric": "DELTA_BYTE_ARRAY", "writer": "DELTA_BYTE_ARRAY"},
    )
    with pytest.raises(DamagedRecord, match="DELTA_BYTE_ARRAY"):
        read_segment(content)


def test_page_that_unpacks_to_too_much_is_refused():
    long = "m" * (LARGEST_PAGE + 1)
    points = table(1).set_column(0, "metric", pa.array([long]))
    with pytest.raises(DamagedRecord, match=f"at most {LARGEST_PAGE}"):
        read_segment(written(points, compression="zstd"))


def test_noise_among_the_headers_is_damage_and_nothing_else():
    content = written(table(1000), data_page_size=1000)
    metadata = pq.read_metadata(io.BytesIO(content))
    chance = random.Random(7)
    refused = 0
    for _ in range(2000):
        noisy = bytearray(content)
        for _ in range(3):
            noisy[chance.randrange(4, len(content) - 8)] = chance.randrange(256)
        try:
            check_pages(bytes(noisy), metadata)
        except DamagedRecord:
            refused += 1
    assert refused > 50
