"""A record is read back with plain Git, a TOML reader and a Parquet reader alone.

What writes the record and what reads it share nothing: the functions that read import no gitxp.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import random
import re
import subprocess
import tomllib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gitxp
from gitxp.model.event import Event, EventId, Tagging, Untagging
from gitxp.model.identity import RunId
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import event_path
from gitxp.storage.odb.objects import Entry
from gitxp.storage.reader import RecordReader
from gitxp.storage.records import NewRecord, write_record
from gitxp.storage.repository import open_repository

PARAMS = {
    "lr": 0.1,
    "none": None,
    "big": 2**70,
    "negative": -(2**70),
    "shape": (3, None, (1, 2)),
    "raw": b"\x00\xff",
    "odd": {1: "one", "$x": [True, None], (1, 2): b""},
    "model": {"depth": [1, 2, {"a": None}], "empty": {}},
    "path": "\udcff",
    "limits": [math.inf, -math.inf],
}
LARGE = random.Random(1).randbytes(2 << 20)


# Writing: all that a run can hold, in two sessions, with two events after them.


def first_session():
    """Log steps that go back, repeat and are negative, and values that are no numbers."""
    points = []
    with gitxp.start_run(
        "plain", "first", params=PARAMS, hypothesis="it works", tags={"a": 1, "b": "x"}, seeds=7
    ) as run:
        for step, value in [(3, 1.0), (-2, 5.0), (3, 0.5), (0, math.nan), (-2, 4.0), (1, math.inf)]:
            run.log({"loss": value, "äcc": -value}, step=step)
            points += [("loss", step, value), ("äcc", step, -value)]
        run.log_dataset("digits", version="3", role="train", split={"train": 0.8}, rows=10)
        run.log_text("hello", "notes/hello.txt")
    return run.id, points


def second_session(run_id, folder):
    points = []
    with gitxp.start_run(resume=run_id) as run:
        for step, value in [(3, 0.25), (-2, 9.0), (2, -1.5), (2, -math.inf)]:
            run.log({"loss": value}, step=step)
            points.append(("loss", step, value))
        run.log_dataset("digits", version="3", role="train", split={"train": 0.8}, rows=10)
        run.log_dataset("digits", version="4", role="test")
        (folder / "model.bin").write_bytes(LARGE)
        run.log_artifact(folder / "model.bin")
    return points


def say(repo_dir, run_id):
    """Say two things of the run, the later one first in the order of ids."""
    repository = open_repository(repo_dir)
    run = gitxp.get_run(run_id)
    events = [
        Event(EventId("ff" * 16), 9_000_000_000_000, run.finished, "Ada", (Tagging("a", 2),)),
        Event(
            EventId("00" * 16),
            9_000_000_000_001,
            run.finished,
            "Ada",
            (Untagging("b"), Tagging("c", 2**70)),
        ),
    ]
    files: dict[str, bytes | Entry] = dict(RecordReader(repository).entries(run.tip))
    files |= {event_path(one.clock, one.id): encode_event(one) for one in events}
    record = NewRecord(run, files, run.tip, run.code.commit, run.finished)
    write_record(repository, record, pack_path=repo_dir / ".git/said.pack", command="say")


@pytest.fixture
def written(repo_dir, tmp_path, monkeypatch):
    """The ref of a run, and what each of its sessions logged."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "module.py").write_text("untracked\n")
    run_id, first = first_session()
    second = second_session(run_id, tmp_path)
    say(repo_dir, run_id)
    return f"refs/experiments/plain/{RunId(run_id)}", [first, second]


# Reading: Git, tomllib and pyarrow, as the page of the format tells.


def shown(repo_dir, name) -> bytes:
    return subprocess.run(
        ["git", "cat-file", "blob", name], cwd=repo_dir, capture_output=True, check=True
    ).stdout


def paths(repo_dir, ref) -> list[str]:
    listing = subprocess.run(
        ["git", "ls-tree", "-r", "--format=%(objectmode) %(path)", ref],
        cwd=repo_dir,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    assert all(line.startswith("100644 ") for line in listing)
    return [line.partition(" ")[2] for line in listing]


def document(repo_dir, ref, path):
    return tomllib.loads(shown(repo_dir, f"{ref}:{path}").decode())


def meant(value):
    """Return what a value of `params.toml` stands for."""
    if isinstance(value, list):
        return [meant(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$none": True}:
            return None
        case {"$int": digits}:
            return int(digits)
        case {"$bytes": encoded}:
            return base64.b64decode(encoded, validate=True)
        case {"$tuple": items}:
            return tuple(meant(item) for item in items)
        case {"$text": text}:
            return json.loads(text)
        case {"$map": pairs}:
            return {meant(key): meant(item) for key, item in pairs}
    return {key: meant(item) for key, item in value.items()}


def tags(record, events):
    """Return the tags of a run as it stands."""
    made = {key: (tag["clock"], meant(tag["value"])) for key, tag in record["tags"].items()}
    for event in events:
        for said in event["said"]:
            if made.get(said["key"], (0,))[0] > event["clock"]:
                continue
            if said["kind"] == "tag":
                made[said["key"]] = (event["clock"], meant(said["value"]))
            else:
                made.pop(said["key"], None)
    return {key: value for key, (_, value) in made.items()}


def summary(sessions):
    """Return the summary of one metric: of the points of each session, in the order of logging."""
    every = [point for session in sessions for point in session]
    finite = [(step, value) for step, value in every if math.isfinite(value)]
    first = min(every, key=lambda point: point[0])  # of equals the first
    last = max(reversed(every), key=lambda point: point[0])  # of equals the latest
    low, high = min(value for _, value in finite), max(value for _, value in finite)
    return {
        "first": first[1],
        "first_step": first[0],
        "last": last[1],
        "last_step": last[0],
        "min": low,
        "min_step": min(step for step, value in finite if value == low),
        "max": high,
        "max_step": min(step for step, value in finite if value == high),
        "count": len(every),
        "nonfinite": len(every) - len(finite),
    }, math.fsum(value for _, value in finite) / len(finite)


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


def test_record_holds_what_the_page_says_and_nothing_else(repo_dir, written):
    ref, _ = written
    assert paths(repo_dir, ref) == [
        "artifacts/model.bin",
        "artifacts/notes/hello.txt",
        "code.diff",
        "datasets.toml",
        "environment.toml",
        f"events/00/0009000000000001-{'00' * 16}.toml",
        f"events/ff/0009000000000000-{'ff' * 16}.toml",
        "metrics.toml",
        "metrics/0.parquet",
        "metrics/1.parquet",
        "params.toml",
        "run.toml",
    ]


def test_run_and_its_events_are_read(repo_dir, written):
    ref, logged = written
    record = document(repo_dir, ref, "run.toml")
    assert (record["format"], record["status"]) == (1, "finished")
    assert record["id"] == ref.rpartition("/")[2]
    assert (record["experiment"], record["hypothesis"]) == ("plain", "it works")
    assert record["seeds"] == {"seed": 7}
    assert [session["status"] for session in record["sessions"]] == ["finished", "finished"]
    writers = [session["writers"] for session in record["sessions"]]
    assert [[one["points"] for one in some] for some in writers] == [[len(one)] for one in logged]
    names = sorted(path.rpartition("/")[2] for path in paths(repo_dir, ref) if "events" in path)
    events = [document(repo_dir, ref, f"events/{name[17:19]}/{name}") for name in names]
    assert [event["id"] for event in events] == ["ff" * 16, "00" * 16]
    assert tags(record, events) == {"a": 2, "c": 2**70}


def test_params_are_read_by_the_encoding_of_the_page(repo_dir, written):
    ref, _ = written
    found = meant(document(repo_dir, ref, "params.toml"))
    assert found == PARAMS
    assert repr(found["shape"]) == repr(PARAMS["shape"])
    assert [type(key) for key in found["odd"]] == [int, str, tuple]


def test_points_are_read_in_the_order_and_encodings_of_the_page(repo_dir, written):
    ref, logged = written
    sessions = document(repo_dir, ref, "run.toml")["sessions"]
    for number, points in enumerate(logged):
        content = shown(repo_dir, f"{ref}:metrics/{number}.parquet")
        file = pq.ParquetFile(io.BytesIO(content))
        assert {field.name: field.type for field in file.schema_arrow} == {
            "metric": pa.dictionary(pa.int32(), pa.string()),
            "step": pa.int64(),
            "time": pa.timestamp("us", tz="UTC"),
            "value": pa.float64(),
            "writer": pa.dictionary(pa.int32(), pa.string()),
        }
        group = file.metadata.row_group(0)
        columns = {group.column(at).path_in_schema: group.column(at) for at in range(5)}
        compression = "ZSTD" if len(points) > 64 else "UNCOMPRESSED"
        assert {one.compression for one in columns.values()} == {compression}
        assert "BYTE_STREAM_SPLIT" in columns["value"].encodings
        assert "DELTA_BINARY_PACKED" in columns["step"].encodings
        assert "DELTA_BINARY_PACKED" in columns["time"].encodings
        rows = file.read().to_pylist()
        # By metric as bytes of UTF-8, then in the order of logging: there is one writer.
        expected = sorted(points, key=lambda point: point[0].encode())
        assert [(row["metric"], row["step"]) for row in rows] == [point[:2] for point in expected]
        pairs = zip(rows, expected, strict=True)
        assert all(same(row["value"], point[2]) for row, point in pairs)
        assert {row["writer"] for row in rows} == {
            writer["id"] for writer in sessions[number]["writers"]
        }
        for name in {row["metric"] for row in rows}:
            times = [row["time"] for row in rows if row["metric"] == name]
            assert times == sorted(times)
            assert all(sessions[number]["started"] <= time for time in times)


def test_summaries_are_those_of_the_points(repo_dir, written):
    ref, logged = written
    found = document(repo_dir, ref, "metrics.toml")
    assert list(found) == ["loss", "äcc"]
    for name, table in found.items():
        series = [
            [(step, value) for metric, step, value in points if metric == name] for points in logged
        ]
        expected, mean = summary(series)
        assert table.pop("mean") == pytest.approx(mean)
        assert table == expected


def test_data_sets_are_read(repo_dir, written):
    ref, _ = written
    found = document(repo_dir, ref, "datasets.toml")["datasets"]
    assert [(one["name"], one["version"], one["role"]) for one in found] == [
        ("digits", "3", "train"),
        ("digits", "4", "test"),
    ]
    assert (found[0]["split"], found[0]["rows"]) == ({"train": 0.8}, 10)
    assert found[0]["strength"] == "version"


def test_artifacts_and_environment_are_read(repo_dir, written):
    ref, _ = written
    assert shown(repo_dir, f"{ref}:artifacts/notes/hello.txt") == b"hello"
    digest = hashlib.sha256(LARGE).hexdigest()
    assert shown(repo_dir, f"{ref}:artifacts/model.bin").decode() == (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(LARGE)}\n"
    )
    stored = repo_dir / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
    assert stored.read_bytes() == LARGE
    environment = document(repo_dir, ref, "environment.toml")
    assert re.fullmatch(r"3\.\d+\.\d+.*", environment["python"]["version"])
    assert "pyarrow" in environment["packages"]


def test_code_is_read_and_the_difference_applies(repo_dir, written, git):
    ref, _ = written
    code = document(repo_dir, ref, "run.toml")["sessions"][-1]["code"]
    again = repo_dir.parent / "again"
    git("worktree", "add", "--quiet", "--detach", str(again), f"{ref}^2", cwd=repo_dir)
    assert (again / "train.py").read_text() == "edited\n"
    assert (again / "module.py").read_text() == "untracked\n"
    assert git("rev-parse", f"{ref}^2", f"{ref}^2^{{tree}}", cwd=repo_dir).split() == [
        code["commit"],
        code["tree"],
    ]
    base = repo_dir.parent / "base"
    git("worktree", "add", "--quiet", "--detach", str(base), code["base"], cwd=repo_dir)
    difference = shown(repo_dir, f"{ref}:code.diff")
    subprocess.run(["git", "apply", "-"], cwd=base, input=difference, check=True)
    git("add", "--all", cwd=base)
    assert git("write-tree", cwd=base).strip() == code["tree"]


def test_history_of_the_record_leads_to_the_constant_root(repo_dir, written, git):
    ref, _ = written
    lines = git("log", "--first-parent", "--format=%H %s", ref, cwd=repo_dir).splitlines()
    assert lines[-1] == "e433d6405c0831e6bd9bf92b1b81f6f061ea64b5 gitxp: where every record begins"
    assert len(lines) == 4
    message = git("log", "-1", "--format=%B", ref, cwd=repo_dir).strip().split("\n\n")
    assert message == [
        "plain: first (finished)",
        "it works",
        "loss 0.25\näcc -0.5",
        f"Run-Id: {ref.rpartition('/')[2]}\nExperiment: plain\nStatus: finished\nFormat: 1",
    ]
