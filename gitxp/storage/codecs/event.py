"""`events/…`: what one command said of a record after it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Event,
    Judging,
    Keeping,
    Noting,
    Removal,
    Renaming,
    Retraction,
    Return,
    Statement,
    Tagging,
    Unkeeping,
    UnknownStatement,
    Untagging,
)
from gitxp.model.identity import EventId, RunId
from gitxp.model.names import check_name
from gitxp.model.run import Verdict
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
    return {"kind": statement.kind, **_encoded_rest(statement)}


def _encoded_rest(statement: Statement) -> dict[str, Any]:
    match statement:
        case Tagging(key, value):
            return {"key": key, "value": encode_value(value)}
        case Untagging(key):
            return {"key": key}
        case Noting(text):
            return {"text": text}
        case Judging(verdict, text):
            return without_empty({"verdict": str(verdict), "text": text})
        case Keeping() | Unkeeping():
            return {}
        case Renaming(name):
            return {"name": name}
        case Describing(text):
            return without_empty({"text": text})
        case ChoosingBaseline(run):
            return without_empty({"run": run})
        case Retraction(event):
            return {"event": event}
        case Removal(run, tip) | Return(run, tip):
            return {"run": run, "tip": tip}
        case UnknownStatement(_, content):
            return dict(content)


def _decode_statement(table: Table) -> Statement:
    kind = table.text("kind")
    decode = _DECODERS.get(kind)
    if decode is None:
        return UnknownStatement(kind, {key: table.raw(key) for key in table if key != "kind"})
    return decode(table)


def _name_of(what: str) -> Callable[[str], str]:
    return partial(check_name, what)


_DECODERS: Final[Mapping[str, Callable[[Table], Statement]]] = {
    Tagging.kind: lambda table: Tagging(
        table.parsed("key", _name_of("tag")), decode_tag_value(table)
    ),
    Untagging.kind: lambda table: Untagging(table.parsed("key", _name_of("tag"))),
    Noting.kind: lambda table: Noting(table.text("text")),
    Judging.kind: lambda table: Judging(table.parsed("verdict", Verdict), table.text("text", "")),
    Keeping.kind: lambda _: Keeping(),
    Unkeeping.kind: lambda _: Unkeeping(),
    Renaming.kind: lambda table: Renaming(table.parsed("name", _name_of("run"))),
    Describing.kind: lambda table: Describing(table.text("text", "")),
    ChoosingBaseline.kind: lambda table: ChoosingBaseline(table.optional_parsed("run", RunId)),
    Retraction.kind: lambda table: Retraction(table.parsed("event", EventId)),
    Removal.kind: lambda table: Removal(
        table.parsed("run", RunId), table.parsed("tip", parse_object_id)
    ),
    Return.kind: lambda table: Return(
        table.parsed("run", RunId), table.parsed("tip", parse_object_id)
    ),
}
