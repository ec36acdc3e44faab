"""A record made to exhaust memory or time is a problem of one run, told at once."""

from __future__ import annotations

import io
import re
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pygit2
import pytest

import gitxp
from gitxp.errors import DamagedRecord, GitxpError
from gitxp.model.identity import ExperimentName, RunId
from gitxp.query.runs import find_runs
from gitxp.storage import bounds
from gitxp.storage.odb.object_sizes import GitSizes, size_reader
from gitxp.storage.points.segment import read_segment
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.verify.verify import verify

EVIL = RunId("e" * 32)
REF = run_ref(ExperimentName("evil"), EVIL)
RUN_TOML = f"""format = 1
id = "{EVIL}"
experiment = "evil"
[[sessions]]
started = 2026-01-01T00:00:00Z
status = "finished"
""".encode()
BLOB, TREE = pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.TREE


@pytest.fixture
def repository(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("sound"):
        pass
    return open_repository(repo_dir)


@pytest.fixture
def store(repository):
    return pygit2.Repository(str(repository.git_dir))


def folder(store, entries):
    builder = store.TreeBuilder()
    for name, (oid, mode) in entries.items():
        builder.insert(name, oid, mode)
    return builder.write(), TREE


def file(store, content):
    return store.create_blob(content), BLOB


def put(store, entries):
    """Make a record of these entries, and return its commit."""
    tree, _ = folder(store, {"run.toml": file(store, RUN_TOML), **entries})
    who = pygit2.Signature("Eve", "eve@example.org")
    return str(store.create_commit(REF, who, who, "by hand\n", tree, []))


def refused(repository, tip, message, *, verified=None):
    """Whoever reads it is told, and verification says so, in words of its own or the same."""
    with pytest.raises(DamagedRecord, match=message):
        RecordReader(repository).run(tip)
    found = find_runs(repository)
    assert [run.experiment for run in found.runs] == ["sound"]
    assert [problem.ref for problem in found.problems] == [REF]
    flaws = [flaw.what for flaw in verify(repository, [REF], home="").failures]
    assert any(re.search(verified or message, what) for what in flaws), flaws


@pytest.mark.parametrize("name", ["artifacts", "events"])
def test_folder_that_repeats_itself_is_refused(repository, store, name):
    """Ten folders deep, ten names each: 10,000,000,000 files of a few hundred bytes."""
    made = folder(store, {f"f{number}": file(store, b"x") for number in range(10)})
    for _ in range(10):
        made = folder(store, {f"d{number}": made for number in range(10)})
    tip = put(store, {name: made})
    refused(repository, tip, f"'{name}' holds more than {bounds.MOST_ENTRIES} files")
    with pytest.raises(DamagedRecord, match="more than"):
        RecordReader(repository).entries(tip)


def test_folder_that_is_nested_without_end_is_refused(repository, store):
    made = folder(store, {"f": file(store, b"x")})
    for _ in range(2000):
        made = folder(store, {"d": made})
    refused(repository, put(store, {"artifacts": made}), "nested more than 64 deep")


def test_deepest_path_that_a_script_can_log_is_read(repository):
    parts = ["d"] * 62
    with gitxp.start_run("deep") as run:
        run.log_text("x", "/".join([*parts, "f"]))
        with pytest.warns(gitxp.GitxpWarning, match="has 64 parts, more than 63"):
            run.log_text("x", "/".join([*parts, "d", "f"]))
    assert len(gitxp.get_run(run.id).artifacts) == 1


@pytest.mark.parametrize(
    "name", ["run.toml", "params.toml", "metrics.toml", "environment.toml", "datasets.toml"]
)
def test_document_is_refused_by_its_size_before_it_is_read(repository, store, name):
    content = b"#" * (bounds.LARGEST_DOCUMENT + 1)
    tip = put(store, {name: file(store, content)})
    told = f"has {len(content)} bytes: expected at most 4194304"
    refused(repository, tip, f"{name} {told}", verified=f"'{name}': blob [0-9a-f]+ {told}")


def test_events_are_refused_by_what_they_have_together(repository, store):
    large = file(store, b"#" * (bounds.LARGEST_EVENTS // 2))
    names = [f"{clock:016d}-{'ab' * 16}.toml" for clock in range(3)]
    made = folder(store, {"ab": folder(store, dict.fromkeys(names, large))})
    refused(repository, put(store, {"events": made}), "the events have 25165824 bytes")


def test_document_nested_too_deeply_is_damage_of_one_run(repository, store):
    deep = b"x = " + b"[" * 100_000 + b"]" * 100_000
    refused(repository, put(store, {"params.toml": file(store, deep)}), r"params\.toml")


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "C:x", "n" * 256])
def test_artifact_of_a_name_that_none_may_have_is_refused(repository, store, name):
    made = folder(store, {name: file(store, b"x")})
    tip = put(store, {"artifacts": made})
    refused(repository, tip, "artifact of a name that none has", verified="artifact path")


def test_artifact_is_not_read_to_be_listed(repository, store):
    """Its size stands in its header: the listing shows it, though its bytes are damaged."""
    content = bytes(range(256)) * 4096
    oid, mode = file(store, content)
    path = repository.common_dir / "objects" / str(oid)[:2] / str(oid)[2:]
    damaged = path.read_bytes()[:2000]
    tip = put(store, {"artifacts": folder(store, {"model.bin": (oid, mode)})})
    path.chmod(0o644)
    path.write_bytes(damaged)
    (artifact,) = RecordReader(repository).run(tip).artifacts
    assert artifact.size == len(content)


def points(count, **columns):
    zeros = np.zeros(count, np.int64)
    names = pa.DictionaryArray.from_arrays(pa.array(zeros.astype(np.int32)), pa.array(["m"]))
    made = {
        "metric": names,
        "step": pa.array(zeros),
        "time": pa.array(zeros).cast(pa.timestamp("us", tz="UTC")),
        "value": pa.array(zeros.astype(np.float64)),
        "writer": names,
        **columns,
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(made), sink, compression="zstd", row_group_size=count)
    return sink.getvalue()


def test_points_beyond_the_bound_are_refused_by_what_the_file_says(repository, store):
    with pytest.raises(DamagedRecord, match="has 1001 points: expected at most 1000"):
        read_segment(points(1001), most=1000)
    assert read_segment(points(1000), most=1000).num_rows == 1000


def test_long_name_that_every_row_repeats_takes_no_memory_of_its_own():
    count = 1_000_000
    long = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(count, np.int32)), pa.array(["m" * 100_000])
    ).cast(pa.dictionary(pa.int32(), pa.string()))
    before = pa.total_allocated_bytes()
    with pytest.raises(DamagedRecord, match="has 100000 characters"):
        read_segment(points(count, metric=long))
    assert pa.total_allocated_bytes() - before < 100 * count


@pytest.mark.parametrize(
    ("column", "name"),
    [
        *((column, name) for column in ("metric", "writer") for name in ("", "a\nb", "x" * 251)),
        ("metric", "loss:min"),
    ],
)
def test_segment_with_a_name_that_breaks_the_rules_is_refused(column, name):
    with pytest.raises(DamagedRecord, match=f"{column} name"):
        read_segment(points(1, **{column: pa.array([name])}))


def test_column_of_another_kind_is_refused():
    with pytest.raises(DamagedRecord, match="has 'step' as DOUBLE: expected INT64"):
        read_segment(points(1, step=pa.array([1.0])))


def test_files_among_the_segments_that_are_none_are_passed_over(repository, store):
    inside = {
        "README": file(store, b"x"),
        "00.parquet": file(store, b"x"),
        "0.parquet": file(store, points(2)),
        f"{'9' * 5000}.parquet": file(store, b"x"),
    }
    tip = put(store, {"metrics": folder(store, inside)})
    assert RecordReader(repository).points(tip).num_rows == 2


def test_every_way_to_ask_for_a_size_gives_the_same(repository, store):
    oids = [str(oid) for oid in store]
    by_libgit2, by_git = size_reader(repository, store), GitSizes(repository)
    assert [by_git(oid) for oid in oids] == [by_libgit2(oid) for oid in oids]
    for ask in (by_libgit2, by_git):
        with pytest.raises(KeyError):
            ask("1" * 40)
    assert by_git(oids[0]) == by_libgit2(oids[0])


def test_what_is_no_record_is_damage(repository, store, git):
    blob, _ = file(store, b"x")
    for oid in (str(blob), "1" * 40, "no id"):
        for read in (RecordReader(repository).run, RecordReader(repository).points):
            with pytest.raises(GitxpError, match="missing, damaged or no commit"):
                read(oid)
    subprocess.run(["git", "update-ref", REF, str(blob)], check=True)
    assert [problem.ref for problem in find_runs(repository).problems] == [REF]
