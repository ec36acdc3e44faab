"""`run.toml`: who ran what, when and why, and how each session went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitxp.model.finding import Finding, Unsearched
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, LeftOut, ParamChange, Run, Session, Status, Submodule, Tag, Writer
from gitxp.storage.codecs.format import check_format
from gitxp.storage.codecs.object_id import parse_object_id
from gitxp.storage.codecs.params import decode_key, decode_value, encode_value
from gitxp.storage.codecs.toml import Table, dumps, loads, with_unread, without_empty
from gitxp.storage.layout import FORMAT, RUN, bundle_path, parse_bundle_path

_NO_PARTS = frozenset({"", ".", "..", ".git"})


def encode_run(run: Run) -> bytes:
    """Return `run.toml`; params, metrics, data sets and artifacts have files of their own."""
    document = {
        "format": FORMAT,
        "id": run.id,
        "home": run.home,
        "name": run.name,
        "name_generated": run.name_generated or None,
        "experiment": run.experiment,
        "title": run.title,
        "group": run.group,
        "parent": run.parent,
        "continues": run.continues,
        "status": str(run.status),
        "hypothesis": run.hypothesis,
        "description": run.description,
        "author": run.author,
        "host": run.host,
        "route": list(run.route),
        "failures": run.failures,
        "tags": {key: _encode_tag(tag) for key, tag in run.tags.items()},
        "seeds": {key: encode_value(seed) for key, seed in run.seeds.items()},
        "baseline": {"run": run.baseline} if run.baseline else None,
        "param_changes": [_encode_change(change) for change in run.param_changes],
        "sessions": [_encode_session(session) for session in run.sessions],
    }
    return dumps(with_unread(without_empty(document), run.extra))


def decode_run(content: bytes, beside: Mapping[str, Any] | None = None) -> Run:
    """Return the run.

    Args:
        beside: Its fields that other files tell, such as params and metrics; empty where None.

    Raises:
        DamagedRecord: If the bytes break the format.
        UnsupportedFormat: If a newer gitxp wrote them.
    """
    table = Table(loads(content, RUN), RUN)
    check_format(table.integer("format"), RUN)
    sessions = tuple(_decode_session(session) for session in table.tables("sessions"))
    if not sessions:
        raise table.wrong("sessions", "at least one")
    tags = table.table("tags")
    seeds = table.table("seeds")
    table.raw("status")  # the latest session's, repeated for plain readers
    return Run(
        id=table.parsed("id", RunId),
        experiment=table.parsed("experiment", ExperimentName),
        sessions=sessions,
        name=table.text("name", ""),
        name_generated=table.truth("name_generated"),
        title=table.text("title", ""),
        home=table.text("home", ""),
        group=table.optional_text("group"),
        parent=table.optional_parsed("parent", RunId),
        continues=table.optional_parsed("continues", RunId),
        baseline=table.table("baseline").optional_parsed("run", RunId),
        hypothesis=table.text("hypothesis", ""),
        description=table.text("description", ""),
        author=table.text("author", ""),
        host=table.text("host", ""),
        route=table.texts("route"),
        failures=table.integer("failures", 0),
        tags={key: _decode_tag(tag) for key, tag in tags.items()},
        seeds={key: _decode_seed(seeds, key) for key in seeds},
        param_changes=tuple(_decode_change(change) for change in table.tables("param_changes")),
        extra=table.unread(),  # last: by now all that is known has been asked for
        **(beside or {}),
    )


def _encode_change(change: ParamChange) -> dict[str, Any]:
    return {
        "path": [encode_value(key) for key in change.path],
        "before": encode_value(change.before),
        "clock": change.clock,
    }


def _decode_change(table: Table) -> ParamChange:
    path = table.raw("path", [])
    if not isinstance(path, list):
        raise table.wrong("path", "an array")
    return ParamChange(
        path=tuple(decode_key(key) for key in path),
        before=decode_value(table.raw("before")),
        clock=table.integer("clock"),
    )


def _encode_tag(tag: Tag) -> dict[str, Any]:
    return {"value": encode_value(tag.value), "clock": tag.clock}


def _decode_tag(table: Table) -> Tag:
    return Tag(decode_tag_value(table), table.integer("clock"))


def decode_tag_value(table: Table) -> str | int | float | bool:
    """Return the `value` of a tag.

    Raises:
        DamagedRecord: If no tag has such a value.
    """
    value = decode_value(table.raw("value"))
    if not isinstance(value, str | int | float | bool):
        raise table.wrong("value", "a string, number or truth value")
    return value


def _decode_seed(seeds: Table, key: str) -> int:
    seed = decode_value(seeds.raw(key))
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise seeds.wrong(key, "an integer")
    return seed


def _encode_session(session: Session) -> dict[str, Any]:
    return without_empty(
        {
            "started": session.started,
            "finished": session.finished,
            "status": str(session.status),
            "argv": list(session.argv),
            "folder": session.folder,
            "exit_code": session.exit_code,
            "error": session.error,
            "code": _encode_code(session.code),
            "writers": [_encode_writer(writer) for writer in session.writers],
            "pools_ranks": session.pools_ranks or None,
        }
    )


def _decode_session(table: Table) -> Session:
    return Session(
        started=table.time("started"),
        finished=table.optional_time("finished"),
        status=table.parsed("status", Status),
        argv=table.texts("argv"),
        folder=table.optional_text("folder"),
        exit_code=table.optional_integer("exit_code"),
        error=table.text("error", ""),
        code=_decode_code(table.table("code")),
        writers=tuple(_decode_writer(writer) for writer in table.tables("writers")),
        pools_ranks=table.truth("pools_ranks"),
    )


def _encode_code(code: Code) -> dict[str, Any]:
    return without_empty(
        {
            "commit": code.commit,
            "tree": code.tree,
            "base": code.base,
            "branch": code.branch,
            "dirty": code.dirty,
            "failure": code.failure,
            "left_out": [_encode_left_out(left_out) for left_out in code.left_out],
            "submodules": [_encode_submodule(submodule) for submodule in code.submodules],
            "findings": [_encode_finding(finding) for finding in code.findings],
            "unsearched": [
                {"path": entry.path, "reason": entry.reason} for entry in code.unsearched
            ],
        }
    )


def _decode_code(table: Table) -> Code:
    return Code(
        commit=table.optional_parsed("commit", parse_object_id),
        tree=table.optional_parsed("tree", parse_object_id),
        base=table.optional_parsed("base", parse_object_id),
        branch=table.optional_text("branch"),
        dirty=table.truth("dirty"),
        failure=table.text("failure", ""),
        left_out=tuple(_decode_left_out(entry) for entry in table.tables("left_out")),
        submodules=tuple(_decode_submodule(entry) for entry in table.tables("submodules")),
        findings=tuple(_decode_finding(entry) for entry in table.tables("findings")),
        unsearched=tuple(
            Unsearched(entry.text("path"), entry.text("reason", ""))
            for entry in table.tables("unsearched")
        ),
    )


def _encode_finding(finding: Finding) -> dict[str, Any]:
    return {"path": finding.path, "line": finding.line, "what": finding.what}


def _decode_finding(table: Table) -> Finding:
    return Finding(table.text("what"), table.integer("line", 1), table.text("path"))


def _encode_submodule(submodule: Submodule) -> dict[str, Any]:
    return without_empty(
        {
            "path": submodule.path,
            "commit": submodule.commit,
            "head": submodule.head,
            "base": submodule.base,
            "dirty": submodule.dirty,
            "url": submodule.url,
            "bundles": list(submodule.bundles),
        }
    )


def _decode_submodule(table: Table) -> Submodule:
    table.truth("dirty")  # whether commit and head differ, repeated for plain readers
    bundles = table.texts("bundles")
    if not all(map(parse_bundle_path, bundles)):
        raise table.wrong("bundles", f"paths such as '{bundle_path('<commit>')}'")
    return Submodule(
        path=table.parsed("path", _inner_path),
        commit=table.parsed("commit", parse_object_id),
        head=table.optional_parsed("head", parse_object_id),
        base=table.optional_parsed("base", parse_object_id),
        url=table.text("url", ""),
        bundles=bundles,
    )


def _inner_path(text: str) -> str:
    """Return `text` if it is the path of a folder inside a working tree."""
    if "\0" in text or _NO_PARTS & set(text.lower().split("/")):
        raise ValueError(f"{text!r} is no path inside a working tree")
    return text


def _encode_left_out(left_out: LeftOut) -> dict[str, Any]:
    return without_empty(
        {
            "path": left_out.path,
            "reason": left_out.reason,
            "size": left_out.size,
            "modified": left_out.modified,
            "digest": left_out.digest,
        }
    )


def _decode_left_out(table: Table) -> LeftOut:
    return LeftOut(
        path=table.text("path"),
        reason=table.text("reason", ""),
        size=table.optional_integer("size"),
        modified=table.optional_time("modified"),
        digest=table.text("digest", ""),
    )


def _encode_writer(writer: Writer) -> dict[str, Any]:
    table = {"id": writer.id, "host": writer.host, "pid": writer.pid, "points": writer.points}
    if writer.rank is not None:
        table["rank"] = writer.rank
    if writer.status is not None:
        table["status"] = str(writer.status)
    return table


def _decode_writer(table: Table) -> Writer:
    return Writer(
        table.text("id"),
        table.text("host", ""),
        table.integer("pid"),
        table.integer("points", 0),
        rank=table.optional_integer("rank"),
        status=table.optional_parsed("status", Status),
    )
