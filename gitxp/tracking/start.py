"""Starting a run: the journal is opened, the code captured, and the first line written."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import LeftOut, Run, Session
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.journal.places import find_journal, make_journal_folder
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.layout import code_pack_path
from gitxp.storage.repository import Repository
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.finish import end_writer
from gitxp.tracking.opening import introduce, opening
from gitxp.tracking.record import RecordedRun
from gitxp.tracking.request import StartRequest
from gitxp.tracking.resume import Resumed, latest_clock, next_steps, resumed_start
from gitxp.tracking.trouble import warn_script
from gitxp.tracking.workspace import Workspace

Announce = Callable[[tuple[LeftOut, ...], str], None]
OnRecord = Callable[[Repository, RecordedRun], None]


def start_run(
    workspace: Workspace,
    request: StartRequest,
    *,
    announce: Announce,
    on_finish: Callable[[ActiveRun], None],
    on_record: OnRecord,
    resumed: Resumed | None = None,
) -> ActiveRun:
    """Open a run.

    Args:
        announce: Told once what the snapshot left out, or why there is none.
        on_finish: Called when the run has been finished.
        on_record: Called when this process has recorded the run.
        resumed: The recorded run that goes on, if any.

    Raises:
        JournalFailed: If the journal cannot be opened.
    """
    run_id = resumed.run.id if resumed else RunId.random()
    folder = make_journal_folder(workspace.repository, run_id)
    with opening(folder) as writer:
        run = resumed.run if resumed else _new_run(workspace, request, run_id)
        code = workspace.code(
            request.snapshot or workspace.settings.snapshot_mode, code_pack_path(folder)
        )
        session = Session(
            started=datetime.now(UTC),
            argv=request.argv,
            folder=_folder(workspace),
            code=code,
        )
        run = replace(run, sessions=(*(resumed.run.sessions if resumed else ()), session))
        clock = {"clock": time.time_ns() // 1_000_000}
        introduce(writer)
        writer.say("environment", {"text": workspace.environment(), **clock})
        start = {"run": encode_run(run).decode(), **clock}
        writer.say("start", start | _carried(request, resumed))
        active = _handle(workspace, run, writer, request, _Ends(on_finish, on_record), resumed)
        active.log_first(request.params, request.tags, request.seeds)
    announce(code.left_out, code.failure)
    if workspace.repository.is_away(folder):
        _warn_of_fallback(workspace.repository)
    return active


def join_run(
    workspace: Workspace,
    run: RunId,
    experiment: ExperimentName,
    request: StartRequest,
    *,
    on_finish: Callable[[ActiveRun], None],
    on_record: OnRecord,
) -> ActiveRun:
    """Become another writer of a run that another process has started and will end."""
    folder = find_journal(workspace.repository, run)
    with opening(folder) as writer:
        introduce(writer)
        asked = Run(run, experiment, sessions=(), name="")
        active = _handle(workspace, asked, writer, request, _Ends(on_finish, on_record), None)
        active.log_first(request.params, request.tags, request.seeds)
    return active


@dataclass(frozen=True, slots=True)
class _Ends:
    """Who is told that a run has ended; see `start_run`."""

    on_finish: Callable[[ActiveRun], None]
    on_record: OnRecord


def _warn_of_fallback(repository: Repository) -> None:
    warn_script(
        f"gitxp: {str(repository.common_dir)!r} cannot be written: runs are kept in "
        f"{str(repository.fallback_dir)!r}; once it can be, to bring them home: git xp recover"
    )


def _carried(request: StartRequest, resumed: Resumed | None) -> dict[str, Any]:
    """Return what the journal's first line says of the run that is carried on."""
    if resumed is not None:
        return resumed_start(resumed)
    if request.continues is not None:
        return {"params": dumps(encode_params(request.continues.params)).decode()}
    return {}


def _new_run(workspace: Workspace, request: StartRequest, run: RunId) -> Run:
    typed = workspace.settings.experiment if request.experiment is None else request.experiment
    experiment = ExperimentName.slug(typed)
    made = Run(
        id=run,
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
    return made if request.continues is None else _continuing(made, request, request.continues)


def _continuing(made: Run, request: StartRequest, earlier: Run) -> Run:
    """Return the new run with all that it does not say itself as the earlier one had it."""
    is_named = request.experiment is not None
    return replace(
        made,
        continues=earlier.id,
        experiment=made.experiment if is_named else earlier.experiment,
        title=made.title if is_named else earlier.title,
        name=made.name or earlier.name,
        group=made.group or earlier.group,
        baseline=made.baseline or earlier.baseline,
        hypothesis=made.hypothesis or earlier.hypothesis,
        description=made.description or earlier.description,
        tags=earlier.tags,
        seeds=earlier.seeds,
    )


def _handle(
    workspace: Workspace,
    run: Run,
    writer: JournalWriter,
    request: StartRequest,
    ends: _Ends,
    resumed: Resumed | None,
) -> ActiveRun:
    def end(active: ActiveRun) -> None:
        try:
            if active.has_ended:
                files = resumed.files if resumed else {}
                tell = partial(ends.on_record, workspace.repository)
                end_writer(workspace, run.id, active.writer, files, tell)
            else:  # whoever sees that this process is gone records what it had logged
                active.writer.close()
        finally:
            ends.on_finish(active)

    root: Path | None = workspace.repository.work_tree
    earlier = resumed.run if resumed else request.continues
    return ActiveRun(
        run.id,
        run.experiment,
        run.name,
        writer,
        root=root,
        params=earlier.params if earlier else {},
        next_steps=next_steps(earlier) if earlier else {},
        seen_clock=latest_clock(earlier) if earlier else 0,
        is_strict=request.is_strict,
        is_durable=workspace.settings.durability_power,
        on_finish=end,
    )


def _folder(workspace: Workspace) -> str | None:
    """Return the working folder relative to the top of the working tree; None outside of it."""
    prefix = workspace.repository.prefix
    return None if prefix is None else prefix or "."
