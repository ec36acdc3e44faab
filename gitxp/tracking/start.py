"""Starting a run: the journal is opened, the code captured, and the first line written."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import check_name
from gitxp.model.run import LeftOut, Run, Session
from gitxp.storage.codecs.params import plain_params
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.journal.process import this_process
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.layout import journal_dir
from gitxp.tracking.active_run import ActiveRun, Tags
from gitxp.tracking.finish import end_writer
from gitxp.tracking.resume import Resumed, resumed_start
from gitxp.tracking.workspace import Workspace

SNAPSHOT_MODES = ("auto", "each", "off")


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a user asked for when starting a run; each field as in `gitxp.start_run`."""

    experiment: str | None = None
    name: str | None = None
    params: Mapping[Any, Any] = field(default_factory=dict)
    tags: Tags = ()
    hypothesis: str | None = None
    description: str | None = None
    group: str | None = None
    parent: RunId | None = None
    baseline: RunId | None = None
    seeds: int | Mapping[str, int] | None = None
    snapshot: str | None = None
    is_strict: bool = False
    argv: tuple[str, ...] = field(default_factory=lambda: tuple(sys.orig_argv))

    def with_parent(self, parent: RunId) -> StartRequest:
        """Return the request for a child of `parent`, if it names no other."""
        return replace(self, parent=self.parent or parent)


Announce = Callable[[tuple[LeftOut, ...], str], None]


def start_run(
    workspace: Workspace,
    request: StartRequest,
    *,
    announce: Announce,
    on_finish: Callable[[ActiveRun], None],
    resumed: Resumed | None = None,
) -> ActiveRun:
    """Open a run.

    Args:
        announce: Told once what the snapshot left out, or why there is none.
        on_finish: Called when the run has been finished.
        resumed: The recorded run that goes on, if any.

    Raises:
        GitxpError: If an argument is wrong, or the journal cannot be opened.
    """
    _check(request)
    run = resumed.run if resumed else _new_run(workspace, request)
    folder = journal_dir(workspace.repository.private_dir, run.id)
    writer = JournalWriter(folder)
    code = workspace.code(
        request.snapshot or workspace.settings.snapshot_mode, folder / "code.pack"
    )
    session = Session(
        started=datetime.now(UTC),
        argv=request.argv,
        folder=_folder(workspace),
        code=code,
    )
    run = replace(run, sessions=(*(resumed.run.sessions if resumed else ()), session))
    clock = {"clock": time.time_ns() // 1_000_000}
    _introduce(writer)
    writer.say("environment", {"text": workspace.environment(), **clock})
    start = {"run": encode_run(run).decode(), **clock}
    writer.say("start", start | (resumed_start(resumed) if resumed else {}))
    active = _handle(workspace, run, writer, request, on_finish, resumed)
    _log_request(active, request)
    announce(code.left_out, code.failure)
    return active


def join_run(
    workspace: Workspace,
    run: RunId,
    experiment: ExperimentName,
    request: StartRequest,
    *,
    on_finish: Callable[[ActiveRun], None],
) -> ActiveRun:
    """Become another writer of a run that another process has started and will end."""
    _check(request)
    writer = JournalWriter(journal_dir(workspace.repository.private_dir, run))
    _introduce(writer)
    asked = Run(run, experiment, sessions=(), name="")
    active = _handle(workspace, asked, writer, request, on_finish, None)
    _log_request(active, request)
    return active


def _check(request: StartRequest) -> None:
    if request.snapshot not in (None, *SNAPSHOT_MODES):
        raise InvalidValue(f"snapshot is {request.snapshot!r}: expected one of {SNAPSHOT_MODES}")
    plain_params(request.params)
    for kind, text in (("run", request.name), ("group", request.group)):
        if text is not None:
            check_name(kind, text)


def _new_run(workspace: Workspace, request: StartRequest) -> Run:
    typed = request.experiment or workspace.settings.experiment
    experiment = ExperimentName.slug(typed)
    return Run(
        id=RunId.random(),
        experiment=experiment,
        sessions=(),
        name=request.name or "",
        title="" if typed == experiment else typed,
        home=workspace.home,
        group=request.group,
        parent=request.parent,
        baseline=request.baseline,
        hypothesis=request.hypothesis or "",
        description=request.description or "",
        author=workspace.author,
        host=socket.gethostname(),
    )


def _introduce(writer: JournalWriter) -> None:
    mark = asdict(this_process())
    writer.say("writer", {"process": mark, "is_locked": writer.is_locked})


def _handle(
    workspace: Workspace,
    run: Run,
    writer: JournalWriter,
    request: StartRequest,
    on_finish: Callable[[ActiveRun], None],
    resumed: Resumed | None,
) -> ActiveRun:
    def end(active: ActiveRun) -> None:
        try:
            end_writer(workspace, run.id, writer, resumed.files if resumed else {})
        finally:
            on_finish(active)

    root: Path | None = workspace.repository.work_tree
    return ActiveRun(
        run.id,
        run.experiment,
        run.name,
        writer,
        root=root,
        params=resumed.run.params if resumed else {},
        next_steps=resumed.next_steps if resumed else {},
        is_strict=request.is_strict,
        is_durable=workspace.settings.durability_power,
        on_finish=end,
    )


def _log_request(active: ActiveRun, request: StartRequest) -> None:
    if request.params:
        active.log_params(request.params)
    if request.tags:
        active.set_tags(request.tags)
    if request.seeds is not None:
        active.log_seeds(request.seeds)


def _folder(workspace: Workspace) -> str | None:
    """Return the working folder relative to the top of the working tree; None outside of it."""
    prefix = workspace.repository.prefix
    return None if prefix is None else prefix or "."
