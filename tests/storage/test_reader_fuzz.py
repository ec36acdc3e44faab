"""Whatever bytes stand in a record, reading gives what they say or a clear error, and soon."""

from __future__ import annotations

import time
from contextlib import suppress

import pygit2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gitxp
from gitxp.errors import GitxpError
from gitxp.model.event import Event, EventId, Tagging
from gitxp.model.run import Run
from gitxp.query.record import run_record
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import event_path
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository

# What the machine does beside it may slow down one reading of some milliseconds, but not several.
_TIMES_AS_LONG, _TRIES = 20, 5
EVENT = EventId("ab" * 16)


@pytest.fixture
def record(repo_dir, monkeypatch, put_files):
    """A record with a file of each kind: its store, tip and reader."""
    monkeypatch.chdir(repo_dir)
    params = {"lr": 0.1, "odd": {1: (None, b"x", 2**70)}, "model": {"depth": [1, 2]}}
    with gitxp.start_run("lr", "one", params=params, tags={"a": 1}, seeds=7) as run:
        run.log_dataset("digits", version="3", role="train", split={"train": 0.8})
        run.log_text("text", "plots/notes.txt")
        for step in range(50):
            run.log({"loss": 1 / (step + 1), "acc": step}, step=step)
        run.log_params({"lr": 0.2})
    event = Event(EVENT, 9_000_000_000_000, run_started(run), "Ada", (Tagging("b", 1),))
    path = event_path(event.clock, event.id)
    tip = put_files(f"refs/experiments/lr/{run.id}", {path: encode_event(event)})
    return pygit2.Repository(str(repo_dir)), tip, path


def run_started(run):
    return gitxp.get_run(run.id).started


FILES = [
    "run.toml",
    "params.toml",
    "metrics.toml",
    "datasets.toml",
    "environment.toml",
    "metrics/0.parquet",
    "event",
]

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "repeat", "insert"]),
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([1, 2, 7, 40]),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            st.sampled_from([b'"', b"[", b"]", b"{", b"}", b"\n", b"=", b".", b"-", b"9" * 5000]),
            st.sampled_from([b'{"$int" = "1"}', b"nan", b"1e999", b"[[sessions]]\n", b"$"]),
        ),
    ),
    min_size=1,
    max_size=4,
)


def changed(content: bytes, changes) -> bytes:
    made = bytearray(content)
    for what, place, length, inserted in changes:
        start = int(place * len(made))
        if what == "flip" and made:
            made[start % len(made)] ^= 1 << (length % 8)
        elif what == "cut":
            del made[start : start + length]
        elif what == "repeat":
            made[start:start] = made[start : start + length] * 3
        else:
            made[start:start] = inserted
    return bytes(made)


def with_file(store, tip, path, content):
    index = pygit2.Index()
    index.read_tree(store[tip].tree)
    index.add(pygit2.IndexEntry(path, store.create_blob(content), pygit2.enums.FileMode.BLOB))
    who = pygit2.Signature("Eve", "eve@example.org", 0, 0)
    tree = index.write_tree(store)
    return str(store.create_commit(None, who, who, "by hand\n", tree, [tip]))


def read_all(repository, tip):
    """Read a record in every way, and return how long that took."""
    began = time.perf_counter()
    with suppress(GitxpError):
        run = RecordReader(repository).run(tip)
        assert isinstance(run, Run)
        run_record(run, {})
    with suppress(GitxpError):
        RecordReader(repository).points(tip).to_pylist()
    with suppress(GitxpError):
        RecordReader(repository).events(tip)
    return time.perf_counter() - began


@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_changed_bytes_give_a_run_or_a_clear_error(record, repo_dir, name, changes):
    store, tip, event = record
    path = event if name == "event" else name
    repository = open_repository(repo_dir)
    sound = read_all(repository, tip)
    content = store[tip].tree[path].data
    broken = with_file(store, tip, path, changed(content, changes))
    assert any(read_all(repository, broken) < _TIMES_AS_LONG * sound for _ in range(_TRIES))
