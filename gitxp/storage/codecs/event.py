"""`events/…`: what one command said of a record after it was written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.model.event import (
    Event,
    EventId,
    Removal,
    Return,
    Statement,
    Tagging,
    UnknownStatement,
    Untagging,
)
from gitxp.model.identity import RunId
from gitxp.model.names import check_name
from gitxp.storage.bounds import LARGEST_EVENT
from gitxp.storage.codecs.format import check_format
from gitxp.storage.codecs.object_id import parse_object_id
from gitxp.storage.codecs.params import encode_value
from gitxp.storage.codecs.run import decode_tag_value
from gitxp.storage.codecs.toml import Table, dumps, loads, with_unread, without_empty
from gitxp.storage.layout import FORMAT, parse_event_path


def encode_event(event: Event) -> bytes:
    """Return the event's file; `layout.event_path` says where it lies.

    Raises:
        InvalidValue: If it says more than a reader would take.
    """
    document = {
        "format": FORMAT,
        "id": event.id,
        "clock": event.clock,
        "time": event.time,
        "author": event.author,
        "said": [_encode_statement(statement) for statement in event.said],
    }
    content = dumps(with_unread(without_empty(document), event.extra))
    if len(content) > LARGEST_EVENT:
        raise InvalidValue(
            f"an event of {len(event.said)} statements has {len(content)} bytes: "
            f"expected at most {LARGEST_EVENT}",
            hint="do it in several commands",
        )
    return content


def decode_event(content: bytes, path: str) -> Event:
    """Return the event in the file `path` of a record.

    Raises:
        DamagedRecord: If the bytes break the format, or belong to another path.
        UnsupportedFormat: If a newer gitxp wrote them.
    """
    table = Table(loads(content, path, most=LARGEST_EVENT), path)
    check_format(table.integer("format"), path)
    event = Event(
        id=table.parsed("id", EventId),
        clock=table.integer("clock"),
        time=table.time("time"),
        author=table.text("author", ""),
        said=tuple(_decode_statement(statement) for statement in table.tables("said")),
    )
    if (event.clock, event.id) != parse_event_path(path):
        raise DamagedRecord(f"{path} holds the event {event.id} of clock {event.clock}")
    return replace(event, extra=table.unread())


def _encode_statement(statement: Statement) -> dict[str, Any]:
    match statement:
        case Tagging(key, value):
            rest: dict[str, Any] = {"key": key, "value": encode_value(value)}
        case Untagging(key):
            rest = {"key": key}
        case Removal(run, tip) | Return(run, tip):
            rest = {"run": run, "tip": tip}
        case UnknownStatement(_, content):
            rest = dict(content)
    return {"kind": statement.kind, **rest}


def _decode_statement(table: Table) -> Statement:
    kind = table.text("kind")
    match kind:
        case Tagging.kind:
            return Tagging(table.parsed("key", _tag_key), decode_tag_value(table))
        case Untagging.kind:
            return Untagging(table.parsed("key", _tag_key))
        case Removal.kind:
            return Removal(table.parsed("run", RunId), table.parsed("tip", parse_object_id))
        case Return.kind:
            return Return(table.parsed("run", RunId), table.parsed("tip", parse_object_id))
    return UnknownStatement(kind, {key: table.raw(key) for key in table if key != "kind"})


def _tag_key(text: str) -> str:
    return check_name("tag", text)
