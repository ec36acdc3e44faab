"""What the page of the record format promises is what the code does."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from gitxp.model.dataset import Dataset
from gitxp.model.event import (
    Event,
    EventId,
    Statement,
    UnknownStatement,
)
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Code, Run, Session, Status, Tag
from gitxp.model.standing import fold_events
from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.codecs.event import decode_event, encode_event
from gitxp.storage.codecs.params import decode_params
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.layout import event_path
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.odb.objects import Entry
from gitxp.storage.record_commit import EMPTY_ROOT, about_commit, event_commit, record_commit

PAGE = (Path(__file__).parents[2] / "docs/reference/record-format.md").read_text()
# Kept in files of their own, or told by the ref and the commit.
NOT_IN_RUN_TOML = {"params", "metrics", "datasets", "artifacts", "tip", "extra"}
# What events alone tell.
NOT_IN_RUN_TOML |= {"notes", "judgement", "is_kept"}


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


def said(vector):
    return Event(
        EventId(vector["event"]),
        vector["seconds"] * 1000,
        datetime.fromtimestamp(vector["seconds"], UTC),
        vector["author"],
        tuple(UnknownStatement(kind) for kind in vector["kinds"]),
    )


def event(vector):
    session = Session(datetime.fromtimestamp(0, UTC), status=Status(vector["status"]))
    name, experiment = vector["name"], ExperimentName(vector["experiment"])
    run = Run(RunId(vector["run"]), experiment, sessions=(session,), name=name)
    code, before = vector["code"], vector["before"]
    return event_commit(run, said(vector), vector["tree"], before=before, code=code).oid


def standing(vector):
    tags = {key: Tag(**tag) for key, tag in vector["run"].pop("tags").items()}
    session = Session(datetime.fromtimestamp(0, UTC))
    run = Run(RunId("0" * 32), ExperimentName("lr"), (session,), tags=tags, **vector["run"])
    run = fold_events(run, [decoded(**one) for one in vector["events"]])
    return {
        "name": run.name,
        "hypothesis": run.hypothesis,
        "tags": {key: tag.value for key, tag in run.tags.items()},
        "notes": [note.text for note in run.notes],
        "verdict": run.judgement.verdict,
        "kept": run.is_kept,
    }


def decoded(*, clock, said, **named):
    time = datetime.fromtimestamp(clock, UTC)
    document = {"format": 1, "clock": clock, "time": time, "said": said, **named}
    return decode_event(dumps(document), event_path(clock, named["id"]))


def about(vector):
    experiment = ExperimentName(vector["experiment"])
    return about_commit(experiment, said(vector), vector["tree"], before=vector["before"]).oid


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
    "event": event,
    "standing": standing,
    "about": about,
    "merge": merge,
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["make"])
def test_vector_gives_the_id_on_the_page(vector):
    expected = vector["stands" if vector["make"] == "standing" else "id"]
    assert MAKERS[vector["make"]](vector) == expected


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


STATEMENTS = [one for one in get_args(Statement) if one is not UnknownStatement]


def keys(statement):
    if isinstance(statement, UnknownStatement):
        return statement.content
    return {field.name: getattr(statement, field.name) for field in fields(statement)}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_kind_of_statement_is_on_the_page(statement):
    (row,) = re.findall(rf"^\| `{statement.kind}` \|.*$", PAGE, flags=re.MULTILINE)
    assert all(f"`{field.name}`" in row for field in fields(statement))


@pytest.mark.parametrize("value", [Run, Session, Code, Dataset, MetricSummary, Event])
def test_every_key_is_on_the_page(value):
    keys = {field.name for field in fields(value)} - NOT_IN_RUN_TOML
    assert [key for key in sorted(keys) if not re.search(rf"`(code\.)?{key}[`.]", PAGE)] == []
