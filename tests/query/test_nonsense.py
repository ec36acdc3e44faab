"""Files of the index whose checksums are right, and which say what no writer would."""

from __future__ import annotations

import json
import random
import shutil
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Run, Session
from gitxp.query.found import find_rows
from gitxp.query.index.block import block_of
from gitxp.query.index.block_file import Listed, block_bytes, read_block
from gitxp.query.index.files import VERSION, log_files, new_file_name
from gitxp.query.rows import run_row
from gitxp.query.run_names import run_names
from gitxp.query.run_rows import RunRows, indexed_row
from gitxp.query.runs import find_runs
from gitxp.storage.layout import index_dir
from gitxp.storage.repository import open_repository


@pytest.fixture
def project(repo_dir, monkeypatch):
    """Three runs, one without a column that the others have, all of them in one file."""
    monkeypatch.chdir(repo_dir)
    for number in range(3):
        params = {"lr": number / 10, "sizes": [number, 1]} | ({"n": number} if number else {})
        with gitxp.start_run("lr", f"run-{number}", params=params) as run:
            run.log({"loss": number}, step=0)
    repository = open_repository()
    find_rows(repository)
    return repository


def the_file(repository) -> Path:
    (path,) = index_dir(repository.private_dir).glob("*.arrow")
    return path


def put(repository, content: bytes) -> Path:
    """Put another file in the place of the one there, with the checksum in its name right."""
    old = the_file(repository)
    old.unlink()
    path = old.with_name(new_file_name(content))
    path.write_bytes(content)
    return path


def ended(arrow: bytes, listing: bytes, names: bytes) -> bytes:
    both = listing + names
    return arrow + both + struct.pack("<QQI", len(listing), len(names), zlib.crc32(both))


def parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    listing, names, _ = struct.unpack("<QQI", content[-20:])
    end = len(content) - 20
    cut = end - names
    return content[: cut - listing], content[cut - listing : cut], content[cut:end]


def arrow_of(columns: dict[str, pa.Array], size: bytes = b"3", count: int = 1) -> bytes:
    schema = pa.schema(
        [pa.field(name, values.type) for name, values in columns.items()],
        metadata={"gitxp.rows": size},
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as file:
        for _ in range(count):
            file.write_batch(pa.RecordBatch.from_arrays(list(columns.values()), schema=schema))
    return sink.getvalue().to_pybytes()


def columns_of(arrow: bytes) -> dict[str, pa.Array]:
    with pa.ipc.open_file(arrow) as file:
        batch = file.get_batch(0)
        return dict(zip(batch.schema.names, batch.columns, strict=True))


def changed(name: str, change):
    """What makes of a file another one, in which one list is changed."""

    def change_one(columns):
        values = change(columns[name].flatten().to_pylist())
        return columns | {name: pa.array([values], columns[name].type)}

    return with_columns(change_one)


def with_arrow(**wrong):
    def make(content):
        arrow, listing, names = parts(content)
        return ended(arrow_of(columns_of(arrow), **wrong), listing, names)

    return make


def with_columns(change):
    def make(content):
        arrow, listing, names = parts(content)
        return ended(arrow_of(change(columns_of(arrow))), listing, names)

    return make


def with_ending(change):
    def make(content):
        arrow, listing, names = parts(content)
        return ended(arrow, *change(listing, names))

    return make


def without_last(values):
    return values[:-1]


def _not_hex(text: str, digits: int) -> str:
    return f"G{text[1:]}" if len(text) == digits else text


def _cut(text: str, digits: int) -> str:
    return text[1:] if len(text) == digits else text


def _with(old: str, new: str, texts: list[str]) -> list[str]:
    return [new if text == old else text for text in texts]


def but_first(value):
    return lambda values: [value, *values[1:]]


NONSENSE = {
    "nothing": lambda _: b"",
    "too short": lambda _: b"12345",
    "an end alone": lambda _: ended(b"", b"", b"[]"),
    "sizes of more than there is": lambda content: content[:-20] + struct.pack("<QQI", 2**60, 9, 0),
    "no Arrow": with_columns(lambda _: {}),
    "noise for Arrow": lambda content: ended(random.Random(1).randbytes(5000), *parts(content)[1:]),
    "half of Arrow": lambda content: ended(
        parts(content)[0][: len(parts(content)[0]) // 2], *parts(content)[1:]
    ),
    "no block": with_arrow(count=0),
    "two blocks": with_arrow(count=2),
    "a row less": with_arrow(size=b"2"),
    "more rows": with_arrow(size=b"4"),
    "fewer rows than none": with_arrow(size=b"-1"),
    "no number of rows": with_arrow(size=b"many"),
    "a list less": with_columns(lambda columns: dict(list(columns.items())[:-1])),
    "another type": with_columns(
        lambda columns: columns | {"rows": columns["rows"].cast(pa.large_list(pa.int64()))}
    ),
    "a null": changed("floats", but_first(None)),
    "an unknown kind": changed("kinds", but_first(99)),
    "another kind": changed("kinds", but_first(5)),
    "a kind less": changed("kinds", without_last),
    "a start beyond the end": changed("starts", but_first(10**9)),
    "a length less": changed("lengths", without_last),
    "a length too large": changed("lengths", but_first(2**62)),
    "a length below zero": changed("lengths", but_first(-3)),
    "a start of rows too large": changed("rows_starts", but_first(10**9)),
    "a row that is none": changed("rows", but_first(10**6)),
    "a row below zero": changed("rows", but_first(-1)),
    "rows the wrong way round": changed("rows", lambda rows: rows[::-1]),
    "a text less": changed("texts", without_last),
    "an id that is none": changed("texts", lambda texts: [_not_hex(one, 32) for one in texts]),
    "a record that is none": changed("texts", lambda texts: [_not_hex(one, 40) for one in texts]),
    "an id cut": changed("texts", lambda texts: [_cut(one, 32) for one in texts]),
    "no experiment's name": changed("texts", lambda texts: _with("lr", "../..", texts)),
    "a reserved name": changed("texts", lambda texts: _with("lr", "lr/about", texts)),
    "an experiment without a name": changed("texts", lambda texts: _with("lr", "", texts)),
    "a float less": changed("floats", without_last),
    "no integers": changed("integers", lambda _: []),
    "a time beyond all years": changed("integers", lambda values: [2**62] * len(values)),
    "a name that is none": changed("names", lambda names: [*names[:-1], "what.is: this"]),
    "a name that is no text": changed("names", lambda names: [*names[:-1], "\0[1]"]),
    "a name that is no JSON": changed("names", lambda names: [*names[:-1], "\0{"]),
    "a name that is nested": changed("names", lambda names: [*names[:-1], "\0" + "[" * 10**5]),
    "one column twice": changed("names", lambda names: [names[0]] * len(names)),
    "no ids": changed("names", lambda names: ["params.run" if n == "run" else n for n in names]),
    "a line twice": changed("listed", lambda lines: [lines[0]] * len(lines)),
    "a line of no row": changed("listed", but_first(-7)),
    "a line less": with_ending(lambda listing, names: (listing[listing.index(b"\n") + 1 :], names)),
    "a line without an end": with_ending(lambda listing, names: (listing[:-1], names)),
}


def rows_as_decoded(repository):
    return [run_row(run) for run in find_runs(repository).runs]


@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE)
def test_file_of_nonsense_is_made_again_without_a_word(project, decoded, capfd, make):
    wrong = put(project, make(the_file(project).read_bytes()))
    found = find_rows(project)
    assert list(found.rows.dicts()) == rows_as_decoded(project)
    assert not found.problems
    assert not wrong.exists()
    decoded.clear()
    assert len(find_rows(project).rows) == 3
    assert decoded == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", ["value = [1,,", "= 1", "other = 1\n", 'value = {"$int" = 1}\n'])
def test_value_that_is_none_is_an_error_that_says_what_mends_it(project, wrong):
    def garbled(texts):
        return [wrong if text.startswith("value = ") else text for text in texts]

    put(project, changed("texts", garbled)(the_file(project).read_bytes()))
    with pytest.raises(DamagedRecord, match=r"the index holds .*, which is no value") as told:
        gitxp.runs()
    assert "rm -r .git/gitxp/index" in told.value.hint
    shutil.rmtree(".git/gitxp/index")
    assert list(find_rows(project).rows.dicts()) == rows_as_decoded(project)


@pytest.mark.parametrize(
    "names",
    [b"", b"{", b"7", b'["a"]', b'["a", "b", 3]', b'{"a": 1, "b": 2, "c": 3}', b"[" * 10**5],
)
def test_names_that_are_none_are_read_from_records(project, names):
    put(project, with_ending(lambda listing, _: (listing, names))(the_file(project).read_bytes()))
    assert sorted(run_names(project).values()) == ["run-0", "run-1", "run-2"]


def left(repository, text: bytes) -> None:
    path = index_dir(repository.private_dir) / f"{VERSION}-{'0' * 16}.rows"
    path.write_bytes(b"%08x%s\n" % (zlib.crc32(text), text))


def a_row(repository, **wrong) -> bytes:
    (run, *_) = find_runs(repository).runs
    row = {"run": str(run.id), "experiment": "lr", "tip": run.tip, "name": "x"}
    return json.dumps(row | {"started": [5, 10**15]} | wrong).encode()


@pytest.mark.parametrize(
    "wrong",
    [{"started": [5, 10**20]}, {"started": [5, "x"]}, {"started": [5]}, {"started": 3}, {"run": 7},
     {"run": "7"}, {"tip": "f"}, {"experiment": "a b"},
     {"tip": [1, 2, 3]}, {"name": {}}, {"params.x": [7, "= no TOML"]}, {"what.is: this": 1}],
    ids=str,
)  # fmt: skip
def test_row_of_nonsense_that_was_left_is_decoded(project, wrong):
    the_file(project).unlink()
    left(project, a_row(project, **wrong))
    assert len(run_names(project)) == 3
    assert list(find_rows(project).rows.dicts()) == rows_as_decoded(project)
    assert not log_files(index_dir(project.private_dir))


@pytest.mark.parametrize("text", [b"{", b"[]", b"7", b"null", b"[" * 10**5, b"{}"])
def test_line_that_is_no_row_is_decoded(project, text):
    the_file(project).unlink()
    left(project, text)
    assert sorted(run_names(project).values()) == ["run-0", "run-1", "run-2"]
    assert list(find_rows(project).rows.dicts()) == rows_as_decoded(project)


@pytest.mark.parametrize("seed", range(400))
def test_noise_in_a_block_is_refused_or_every_cell_can_be_asked_for(project_content, seed):
    chance = random.Random(seed)
    arrow, *ending = parts(project_content)
    noisy = bytearray(arrow)
    for _ in range(chance.randrange(1, 4)):
        place, size = chance.randrange(len(noisy)), chance.randrange(1, 9)
        noise = chance.choice([chance.randbytes(size), bytes(size), b"\xff" * size])
        noisy[place : place + size] = noise[: len(noisy) - place]
    try:
        block = read_block(ended(bytes(noisy), *ending)).block
    except ValueError:
        return
    rows = RunRows([block])
    for name in rows.names:
        rows.values(name)
    assert len(rows.newest_first()) == 3


@pytest.fixture(scope="module")
def project_content():
    """A block's file, without text in the encoding of params, which is read when asked for."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    at = At(0.5, 3)
    runs = [
        Run(
            RunId(f"{number:032x}"),
            ExperimentName("lr"),
            (Session(start, start + timedelta(seconds=number)),),
            name=f"run-{number}",
            params={"lr": 0.1, "ok": True, "none": None} | ({"n": number} if number else {}),
            metrics={"loss": MetricSummary(at, at, at, at, 0.5, 4)} if number else {},
        )
        for number in range(3)
    ]
    return block_bytes(Listed.of(block_of([indexed_row(run) for run in runs])))
