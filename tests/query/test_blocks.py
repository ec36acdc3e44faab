"""Rows that went through a block, and its file, are the rows that went in."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Run, Session, Status, Tag
from gitxp.query.index.block import block_of
from gitxp.query.index.block_file import Listed, block_bytes, read_block
from gitxp.query.rows import OWN_COLUMNS, run_row
from gitxp.query.run_frame import runs_frame
from gitxp.query.run_rows import RunRows, indexed_row, rows_of
from gitxp.tracking.values.plain_values import plain_params

NAMES = st.text(min_size=1, max_size=6) | st.sampled_from(["a.b", "a/b", 'q"', "c:min", "ä", "a"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.just("\udcff")
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
)
PARAMS = st.dictionaries(NAMES | st.integers(), VALUES | st.dictionaries(NAMES, VALUES, max_size=2))
METRIC_NAMES = st.sampled_from(["loss", "val/accuracy", "a.b", 'say "x"', "ö", "x:y"])
AT = st.builds(At, st.floats(), st.integers(-(2**63), 2**63 - 1))
FINITE_AT = st.builds(At, st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 9))
SUMMARIES = st.builds(
    MetricSummary,
    AT,
    AT,
    st.none() | FINITE_AT,
    st.none() | FINITE_AT,
    st.none() | st.floats(allow_nan=False),
    st.integers(1, 10**12),
)
FIRST = datetime(1971, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 10**16).map(lambda micros: FIRST + timedelta(microseconds=micros))
SESSIONS = st.builds(
    Session,
    TIMES,
    st.none() | TIMES,
    st.sampled_from(Status),
    exit_code=st.none() | st.integers(-255, 255),
)


@st.composite
def run_lists(draw, max_size=5):
    count = draw(st.integers(0, max_size))
    return [
        Run(
            RunId(f"{number:032x}"),
            ExperimentName(draw(st.sampled_from(["a", "a/b", "ab"]))),
            (draw(SESSIONS),),
            name=draw(st.text()),
            params=plain_params(draw(PARAMS)),
            metrics=draw(st.dictionaries(METRIC_NAMES, SUMMARIES, max_size=3)),
            tags={
                key: Tag(value, 1)
                for key, value in draw(
                    st.dictionaries(NAMES, st.booleans() | st.integers() | st.text(), max_size=2)
                ).items()
            },
            seeds=draw(st.dictionaries(NAMES, st.integers(), max_size=2)),
            title=draw(st.text()),
        )
        for number in range(count)
    ]


def spelled(row):
    """What tells values apart that are equal, and makes a NaN equal to itself."""
    return {name: (type(value).__name__, repr(value)) for name, value in row.items()}


def kept(rows: RunRows) -> RunRows:
    return RunRows([read_block(block_bytes(Listed.of(rows.block()))).block])


@given(run_lists())
def test_every_value_comes_back_as_what_it_was(runs):
    rows = kept(rows_of(runs))
    assert [spelled(row) for row in rows.dicts()] == [spelled(run_row(run)) for run in runs]
    assert [(key.id, key.name, key.home, key.tip) for key in rows.keys] == [
        (run.id, run.name, run.home, run.tip) for run in runs
    ]
    assert rows.values("title") == [run.title for run in runs]


@given(run_lists(8), st.data())
def test_rows_of_several_blocks_are_taken_in_any_order(runs, data):
    cut = data.draw(st.integers(0, len(runs)))
    rows = rows_of(runs[:cut]).followed_by(kept(rows_of(runs[cut:])))
    chosen = data.draw(st.permutations(range(len(runs))))
    chosen = chosen[: data.draw(st.integers(0, len(runs)))]
    taken = rows.take(chosen)
    wanted = [spelled(run_row(runs[place])) for place in chosen]
    assert [spelled(row) for row in taken.dicts()] == wanted
    assert [spelled(row) for row in kept(taken).dicts()] == wanted


@given(run_lists(8))
@example([])
def test_newest_first_is_by_start_and_then_by_id(runs):
    ordered = sorted(runs, key=lambda run: (run.started, run.id), reverse=True)
    assert rows_of(runs).newest_first().values("run") == [run.id for run in ordered]


@given(run_lists())
def test_column_varies_where_two_runs_have_not_the_same(runs):
    rows = rows_of(runs)
    for name in rows.names[1:]:
        cells = {spelled(run_row(run)).get(name, ("absent", "")) for run in runs}
        if name in OWN_COLUMNS:
            cells = {cell for cell in cells if cell[0] != "NoneType"} | {
                ("absent", "") for cell in cells if cell[0] == "NoneType"
            }
        if not any("nan" in cell[1] for cell in cells):  # a NaN may have other bits
            assert rows.column(name).varies() == (len(cells) > 1), name


def test_kinds_of_one_column_are_kept_apart():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    given_ = [1, 1.0, True, "1", None, (1,), [1], b"1", 2**70, date(2026, 1, 1), math.nan]
    runs = [
        Run(RunId(f"{n:032x}"), ExperimentName("a"), (Session(start),), params={"x": value})
        for n, value in enumerate(given_)
    ]
    runs.append(Run(RunId("f" * 32), ExperimentName("a"), (Session(start),)))
    found = kept(rows_of(runs)).values("params.x", absent="absent")
    assert list(map(repr, found)) == [*map(repr, given_), "'absent'"]


def test_metrics_that_no_other_run_has_take_no_room_for_the_others():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    one = MetricSummary(At(1.0, 0), At(1.0, 0), At(1.0, 0), At(1.0, 0), 1.0, 1)
    rows = [
        indexed_row(
            Run(
                RunId(f"{run:032x}"),
                ExperimentName("a"),
                (Session(start + timedelta(seconds=run)),),
                metrics={f"m{run}-{n}": one for n in range(20)},
            )
        )
        for run in range(200)
    ]
    assert len(block_bytes(Listed.of(block_of(rows)))) < 200 * 20 * 6 * 100
    assert RunRows([block_of(rows)]).column("metrics.m7-3").parts.popitem()[1].places == np.array(7)


def obvious_frame(runs):
    """The frame as one makes it from decoded runs, a column at a time."""
    rows = [run_row(run) for run in runs]
    names = dict.fromkeys(name for row in rows for name in row) or ["run", *OWN_COLUMNS]
    columns = {name: obvious_series(name, [row.get(name) for row in rows]) for name in names}
    return pd.DataFrame(columns).set_index("run")


def obvious_series(name, values):
    kinds = {type(value) for value in values if value is not None}
    if name in ("started", "finished"):
        return pd.Series(values, dtype="datetime64[us, UTC]")
    if name == "duration":
        # Older pandas would go by nanoseconds, of which centuries are too many.
        return pd.Series(np.array(values, dtype="timedelta64[us]"))
    if name.startswith("metrics"):
        return pd.Series(values, dtype="Int64" if name.endswith(":count") else "float64")
    if name in ("exit_code", "points") or kinds == {int}:
        is_small = all(value is None or -(2**63) <= value < 2**63 for value in values)
        return pd.Series(values, dtype="Int64" if is_small else "object")
    if name == "dirty" or kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if kinds and kinds <= {float, int}:
        if not all(abs(value) < 2**63 for value in values if type(value) is int):
            return pd.Series(values, dtype="object")
        return pd.Series(values, dtype="float64")
    if name in ("run", *OWN_COLUMNS) or kinds == {str}:
        try:
            return pd.Series(values, dtype="str" if pd.__version__ >= "3" else "object")
        except UnicodeEncodeError:
            pass
    return pd.Series(values, dtype="object")


@given(run_lists())
def test_frame_of_an_index_is_that_of_decoded_runs(runs):
    frame = runs_frame(kept(rows_of(runs)))
    wanted = obvious_frame(runs)
    assert set(frame.columns) == set(wanted.columns)
    assert [(name, str(frame[name].dtype)) for name in frame.columns] == [
        (name, str(wanted[name].dtype)) for name in frame.columns
    ]
    for name in frame.columns:
        same = [
            one is other or repr(one) == repr(other) or (pd.isna(one) and pd.isna(other))
            if not isinstance(one, list | tuple | dict)
            else repr(one) == repr(other)
            for one, other in zip(frame[name], wanted[name], strict=True)
        ]
        assert all(same), name
    assert list(frame.index) == [str(run.id) for run in runs]
