"""What the page of the record format promises is what the code does."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitxp.model.dataset import Dataset
from gitxp.model.event import (
    Event,
    EventId,
    Removal,
    Return,
    Tagging,
    UnknownStatement,
    Untagging,
)
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Code, Run, Session, Status
from gitxp.storage.code_commit import code_commit
from gitxp.storage.codecs.event import decode_event, encode_event
from gitxp.storage.codecs.params import decode_params
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.objects import Entry
from gitxp.storage.record_commit import EMPTY_ROOT, about_commit, record_commit

PAGE = (Path(__file__).parents[2] / "docs/reference/record-format.md").read_text()
# Kept in files of their own, or told by the ref and the commit.
NOT_IN_RUN_TOML = {"params", "metrics", "datasets", "artifacts", "tip", "extra"}


def blocks(label):
    return re.findall(rf"^```{label}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


VECTORS = [json.loads(block) for block in blocks("json vector")]


def empty_root(vector):
    return EMPTY_ROOT.oid


def snapshot(vector):
    return code_commit(vector["tree"], vector["base"], vector["seconds"]).oid


def record(vector):
    when = datetime.fromtimestamp(vector["seconds"], UTC)
    metrics = {name: summary(value) for name, value in vector["last"].items()}
    run = Run(
        RunId(vector["run"]),
        ExperimentName(vector["experiment"]),
        sessions=(Session(when, finished=when, status=Status(vector["status"])),),
        name=vector["name"],
        author=vector["author"],
        hypothesis=vector["hypothesis"],
        metrics=metrics,
    )
    made = record_commit(
        run, vector["tree"], before=vector["before"], code=vector["code"], when=when
    )
    return made.oid


def summary(value):
    at = At(value, 0)
    return MetricSummary(at, at, at, at, value, 1)


def about(vector):
    event = Event(
        EventId(vector["event"]),
        vector["seconds"] * 1000,
        datetime.fromtimestamp(vector["seconds"], UTC),
        vector["author"],
        tuple(UnknownStatement(kind) for kind in vector["kinds"]),
    )
    experiment = ExperimentName(vector["experiment"])
    return about_commit(experiment, event, vector["tree"], before=vector["before"]).oid


def merge(vector):
    ancestors = [tip(described) for described in vector["ancestors"]]
    one, other = (tip(described) for described in vector["records"])
    merged = merge_records(one, other, ancestors)
    assert merged == merge_records(other, one, ancestors)
    assert isinstance(merged, Merged)
    return merged.commit.oid


def tip(described):
    files = {path: Entry(oid) for path, oid in described["files"].items()}
    return Tip(described["id"], described["seconds"], described["code"], files)


MAKERS = {
    "empty root": empty_root,
    "snapshot": snapshot,
    "record": record,
    "about": about,
    "merge": merge,
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["make"])
def test_vector_gives_the_id_on_the_page(vector):
    assert MAKERS[vector["make"]](vector) == vector["id"]


def test_every_kind_of_commit_has_a_vector():
    assert {vector["make"] for vector in VECTORS} == set(MAKERS)


def test_params_on_the_page_are_read_as_the_page_says():
    (written,), (meant,) = blocks("toml params"), blocks("python params")
    assert decode_params(tomllib.loads(written)) == ast.literal_eval(
        meant.replace("2**64", str(2**64)).replace("\n", " ")
    )


def test_event_on_the_page_is_read_as_the_page_says():
    (path,), (written,), (meant,) = (
        blocks("text event"),
        blocks("toml event"),
        blocks("python event"),
    )
    event = decode_event(written.encode(), path.strip())
    assert event == Event(
        EventId("c0ffee00c0ffee00c0ffee00c0ffee00"),
        1_767_323_045_678,
        datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "Ada Lovelace <ada@example.org>",
        event.said,
    )
    said = [(statement.kind, keys(statement)) for statement in event.said]
    assert said == ast.literal_eval(meant.replace("2**64", str(2**64)))
    assert tomllib.loads(encode_event(event).decode()) == tomllib.loads(written)


def keys(statement):
    if isinstance(statement, UnknownStatement):
        return statement.content
    return {field.name: getattr(statement, field.name) for field in fields(statement)}


@pytest.mark.parametrize("statement", [Tagging, Untagging, Removal, Return])
def test_every_kind_of_statement_is_on_the_page(statement):
    (row,) = re.findall(rf"^\| `{statement.kind}` \|.*$", PAGE, flags=re.MULTILINE)
    assert all(f"`{field.name}`" in row for field in fields(statement))


@pytest.mark.parametrize("value", [Run, Session, Code, Dataset, MetricSummary, Event])
def test_every_key_is_on_the_page(value):
    keys = {field.name for field in fields(value)} - NOT_IN_RUN_TOML
    assert [key for key in sorted(keys) if not re.search(rf"`(code\.)?{key}[`.]", PAGE)] == []
