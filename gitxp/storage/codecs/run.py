"""`run.toml`: who ran what, when and why, and how each session went."""

from __future__ import annotations

from typing import Any

from gitxp.errors import UnsupportedFormat
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, LeftOut, ParamChange, Run, Session, Status, Tag, Writer
from gitxp.storage.codecs.params import decode_value, encode_value
from gitxp.storage.codecs.text import decode_text, encode_text
from gitxp.storage.codecs.toml import Table, dumps, loads, without_empty
from gitxp.storage.layout import FORMAT, RUN


def encode_run(run: Run) -> bytes:
    """Return `run.toml`; params, metrics, data sets and artifacts have files of their own."""
    document = {
        "format": FORMAT,
        "id": run.id,
        "home": run.home,
        "name": run.name,
        "experiment": run.experiment,
        "title": run.title,
        "group": run.group,
        "parent": run.parent,
        "continues": run.continues,
        "status": str(run.status),
        "hypothesis": run.hypothesis,
        "description": run.description,
        "author": encode_text(run.author),
        "host": run.host,
        "route": list(run.route),
        "failures": run.failures,
        "tags": {key: {"value": tag.value, "clock": tag.clock} for key, tag in run.tags.items()},
        "seeds": {key: encode_value(seed) for key, seed in run.seeds.items()},
        "baseline": {"run": run.baseline} if run.baseline else None,
        "param_changes": [_encode_change(change) for change in run.param_changes],
        "sessions": [_encode_session(session) for session in run.sessions],
    }
    return dumps(without_empty(document))


def decode_run(content: bytes) -> Run:
    """Return the run, its params, metrics, data sets and artifacts left empty.

    Raises:
        DamagedRecord: If the bytes break the format.
        UnsupportedFormat: If a newer gitxp wrote them.
    """
    table = Table(loads(content, RUN), RUN)
    _check_format(table.integer("format"))
    sessions = tuple(_decode_session(session) for session in table.tables("sessions"))
    if not sessions:
        raise table.wrong("sessions", "at least one")
    tags = table.table("tags")
    seeds = table.table("seeds")
    return Run(
        id=table.parsed("id", RunId),
        experiment=table.parsed("experiment", ExperimentName),
        sessions=sessions,
        name=table.text("name", ""),
        title=table.text("title", ""),
        home=table.text("home", ""),
        group=table.optional_text("group"),
        parent=table.optional_parsed("parent", RunId),
        continues=table.optional_parsed("continues", RunId),
        baseline=table.table("baseline").optional_parsed("run", RunId),
        hypothesis=table.text("hypothesis", ""),
        description=table.text("description", ""),
        author=decode_text(table.raw("author", ""), "author"),
        host=table.text("host", ""),
        route=table.texts("route"),
        failures=table.integer("failures", 0),
        tags={key: _decode_tag(tag) for key, tag in tags.items()},
        seeds={key: decode_value(seeds.raw(key)) for key in seeds.keys()},
        param_changes=tuple(_decode_change(change) for change in table.tables("param_changes")),
    )


def _check_format(number: int) -> None:
    if number > FORMAT:
        raise UnsupportedFormat(
            f"the record has format {number}: this gitxp reads up to {FORMAT}",
            hint="pip install --upgrade gitxp",
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
        path=tuple(decode_value(key) for key in path),
        before=decode_value(table.raw("before")),
        clock=table.integer("clock"),
    )


def _decode_tag(table: Table) -> Tag:
    value = table.raw("value")
    if not isinstance(value, str | int | float | bool):
        raise table.wrong("value", "a string, number or truth value")
    return Tag(value, table.integer("clock"))


def _encode_session(session: Session) -> dict[str, Any]:
    return without_empty(
        {
            "started": session.started,
            "finished": session.finished,
            "status": str(session.status),
            "argv": [encode_text(word) for word in session.argv],
            "folder": None if session.folder is None else encode_text(session.folder),
            "exit_code": session.exit_code,
            "error": encode_text(session.error),
            "code": _encode_code(session.code),
            "writers": [_encode_writer(writer) for writer in session.writers],
        }
    )


def _decode_session(table: Table) -> Session:
    argv = table.raw("argv", [])
    if not isinstance(argv, list):
        raise table.wrong("argv", "an array")
    return Session(
        started=table.time("started"),
        finished=table.time("finished") if "finished" in table else None,
        status=table.parsed("status", Status),
        argv=tuple(decode_text(word, "argv") for word in argv),
        folder=decode_text(table.raw("folder"), "folder") if "folder" in table else None,
        exit_code=table.optional_integer("exit_code"),
        error=decode_text(table.raw("error", ""), "error"),
        code=_decode_code(table.table("code")),
        writers=tuple(_decode_writer(writer) for writer in table.tables("writers")),
    )


def _encode_code(code: Code) -> dict[str, Any]:
    return without_empty(
        {
            "commit": code.commit,
            "tree": code.tree,
            "base": code.base,
            "branch": None if code.branch is None else encode_text(code.branch),
            "dirty": code.dirty,
            "failure": encode_text(code.failure),
            "left_out": [_encode_left_out(left_out) for left_out in code.left_out],
        }
    )


def _decode_code(table: Table) -> Code:
    return Code(
        commit=table.optional_text("commit"),
        tree=table.optional_text("tree"),
        base=table.optional_text("base"),
        branch=decode_text(table.raw("branch"), "branch") if "branch" in table else None,
        dirty=table.truth("dirty"),
        failure=decode_text(table.raw("failure", ""), "failure"),
        left_out=tuple(
            LeftOut(
                path=decode_text(entry.raw("path"), "path"),
                reason=entry.text("reason"),
                size=entry.optional_integer("size"),
            )
            for entry in table.tables("left_out")
        ),
    )


def _encode_left_out(left_out: LeftOut) -> dict[str, Any]:
    return without_empty(
        {
            "path": encode_text(left_out.path),
            "reason": left_out.reason,
            "size": left_out.size,
        }
    )


def _encode_writer(writer: Writer) -> dict[str, Any]:
    return {"id": writer.id, "host": writer.host, "pid": writer.pid, "points": writer.points}


def _decode_writer(table: Table) -> Writer:
    return Writer(
        table.text("id"), table.text("host", ""), table.integer("pid"), table.integer("points", 0)
    )


