"""Rows left by whoever recorded the runs: each as it was, or not at all."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.query.index.files import VERSION, log_files
from gitxp.query.index.row_log import RowLog, logged_names, read_rows, take, take_all
from gitxp.storage.refs import SHARED

TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00\udcff\n\r\u2028"))
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary() | st.dates()
    | st.lists(st.none() | st.integers() | TEXTS) | st.tuples(st.integers(), st.floats())
)  # fmt: skip
# A second time within the hour in which clocks are put back is none in UTC.
STARTED = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "started": STARTED,
            "duration": st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
        }
    ).flatmap(
        lambda own: st.dictionaries(
            st.text("ab.:é"), VALUES.filter(lambda value: not isinstance(value, datetime))
        ).map(lambda params: own | {f"params.{key}": value for key, value in params.items()})
    ),
    max_size=4,
)
RUN = {"experiment": "lr", "run": "0" * 32, "tip": "1" * 40, "name": "first"}


def taken_rows(path):
    taken = take(path)
    return [] if taken is None else read_rows(taken)


@given(ROWS)
def test_rows_are_what_was_added(rows):
    with TemporaryDirectory() as folder:
        log = RowLog(Path(folder) / "index")
        for row in rows:
            log.add(row)
        taken = [row for path in log_files(Path(folder) / "index") for row in taken_rows(path)]
    assert list(map(repr, taken)) == list(map(repr, rows))  # NaN is not equal to itself


def test_file_that_is_cut_anywhere_has_the_rows_before(tmp_path):
    log = RowLog(tmp_path)
    rows = [{"n": number, "day": date(2026, 1, 1 + number)} for number in range(3)]
    for row in rows:
        log.add(row)
    content = log.path.read_bytes()
    ends = [place for place, byte in enumerate(content) if byte == ord("\n")]
    for size in range(len(content)):
        log.path.write_bytes(content[:size])
        assert taken_rows(log.path) == rows[: sum(end <= size for end in ends)]


@pytest.mark.parametrize("seed", range(50))
def test_noise_is_no_row(tmp_path, seed):
    log = RowLog(tmp_path)
    for number in range(3):
        log.add(RUN | {"n": number})
    chance = random.Random(seed)
    content = bytearray(log.path.read_bytes())
    place = chance.randrange(len(content))
    content[place : place + chance.randrange(1, 9)] = chance.randbytes(8)
    log.path.write_bytes(content)
    assert len(logged_names(tmp_path)) <= 1
    rows = taken_rows(log.path)
    assert all(row in [RUN | {"n": number} for number in range(3)] for row in rows)
    assert len(rows) in (1, 2, 3)


def test_rows_are_taken_once_and_what_comes_later_stands_in_a_new_file(tmp_path):
    log = RowLog(tmp_path)
    log.add({"n": 1})
    assert taken_rows(log.path) == [{"n": 1}]
    assert taken_rows(log.path) == []
    log.add({"n": 2})
    assert taken_rows(log.path) == [{"n": 2}]


def test_what_one_question_has_taken_another_finds_until_it_stands_in_a_block(tmp_path):
    log = RowLog(tmp_path)
    log.add({"n": 1})
    (first,) = take_all(tmp_path)
    log.add({"n": 2})
    both = {path: read_rows(path) for path in take_all(tmp_path)}
    assert both.pop(first) == [{"n": 1}]
    assert list(both.values()) == [[{"n": 2}]]
    first.unlink()
    assert read_rows(first) == []
    assert take_all(tmp_path) == list(both)


def test_names_are_told_and_the_file_stays(tmp_path):
    log = RowLog(tmp_path)
    log.add(RUN)
    log.add(RUN | {"tip": "2" * 40, "name": None})
    ref = f"{SHARED}lr/{'0' * 32}"
    assert logged_names(tmp_path) == {("1" * 40, ref): "first", ("2" * 40, ref): ""}
    assert log_files(tmp_path) == [log.path]


def test_file_of_another_version_is_none_of_ours(tmp_path):
    for version in (VERSION - 1, VERSION + 1):
        (tmp_path / f"{version}-0123456789abcdef.rows").write_bytes(b"")
    assert log_files(tmp_path) == []


def test_folder_that_cannot_be_made_is_gone_without(tmp_path):
    (tmp_path / "index").write_text("a file")
    log = RowLog(tmp_path / "index")
    log.add({"n": 1})
    assert log.count == 0


def test_number_longer_than_json_may_be_is_left_to_be_decoded(tmp_path):
    log = RowLog(tmp_path)
    log.add({"n": 10**5000})
    log.add({"n": 1})
    assert taken_rows(log.path) == [{"n": 1}]
