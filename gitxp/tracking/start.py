"""Starting a run: the journal is opened, the code captured, and the first line written."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from gitxp.errors import GitxpError
from gitxp.model.clock import next_clock
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, LeftOut, Run, Session
from gitxp.policy.routes import narrower, route_of
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.events.baseline import standing_baseline
from gitxp.storage.journal.places import find_journal, make_journal_folder
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.layout import code_pack_path
from gitxp.storage.odb.objects import Entry
from gitxp.storage.repository import Repository
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.job import Part, captures_code, samples_host
from gitxp.tracking.machine import make_sampler
from gitxp.tracking.opening import introduce, opening
from gitxp.tracking.recording.finish import end_writer
from gitxp.tracking.recording.record import RecordedRun
from gitxp.tracking.recording.record_lock import joining_lock
from gitxp.tracking.request import StartRequest
from gitxp.tracking.resume import Resumed, next_steps, record_before, resumed_start
from gitxp.tracking.trouble import warn_script
from gitxp.tracking.workspace import NOT_WANTED, Workspace

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
    part: Part | None = None,
) -> ActiveRun:
    """Open a run, or become one of the ranks that have opened it.

    Args:
        announce: Told once what the snapshot left out, or why there is none.
        on_finish: Called when the run has been finished.
        on_record: Called when this process has recorded the run.
        resumed: The recorded run that goes on, if any.
        part: This process's part, where the run is one of a distributed job.

    Raises:
        JournalFailed: If the journal cannot be opened.
    """
    ends = _Ends(on_finish, on_record)
    start = _Start(workspace, request, announce, ends, resumed, part)
    active = start.open_alone() if part is None else start.open_part(part)
    if workspace.repository.is_away(active.writer.folder):
        _warn_of_fallback(workspace.repository)
    return active


@dataclass(frozen=True, slots=True)
class _Ends:
    """Who is told that a run has ended; see `start_run`."""

    on_finish: Callable[[ActiveRun], None]
    on_record: OnRecord


@dataclass(frozen=True, slots=True)
class _Start:
    """A run that is about to start, or to go on; each field as in `start_run`."""

    workspace: Workspace
    request: StartRequest
    announce: Announce
    ends: _Ends
    resumed: Resumed | None
    part: Part | None

    def open_alone(self) -> ActiveRun:
        """Open the run of this process alone."""
        run = self.resumed.run.id if self.resumed else RunId.random()
        folder = make_journal_folder(self.workspace.repository, run)
        return self._open(run, folder, self.resumed)

    def open_part(self, part: Part) -> ActiveRun:
        """Open the run as one of the ranks of a job: each of them says how it starts.

        So it matters to none whether another one comes, and in what order. One that comes when
        the others have been recorded adds a session to the record.
        """
        run = self.resumed.run.id if self.resumed else part.run_id(self.workspace.home)
        is_new = self.resumed is None and part.is_alone
        while True:
            folder = make_journal_folder(self.workspace.repository, run)
            with joining_lock(folder) as is_in_place:
                if is_in_place:
                    before = None if is_new else record_before(self.workspace, run, folder)
                    return self._open(run, folder, before)

    def _open(self, run_id: RunId, folder: Path, before: Resumed | None) -> ActiveRun:
        part, request = self.part, self.request
        rank = part.rank.number if part else None
        with opening(folder, is_shared=part is not None) as writer:
            captures = part is None or captures_code(folder)
            session = _session(self.workspace, request, folder, captures=captures)
            run = before.run if before else _new_run(self.workspace, request, run_id)
            run = replace(run, sessions=(*(before.run.sessions if before else ()), session))
            clock = {"clock": time.time_ns() // 1_000_000}
            introduce(writer, rank)
            if captures:
                environment = self.workspace.environment
                environment.keep_lock_files(session.code, folder)
                writer.say("environment", {"text": environment.text(session.code), **clock})
            start = {"run": encode_run(run).decode(), **clock, **(part.spelled() if part else {})}
            writer.say("start", start | _carried(request, before))
            earlier = before.run if before and self.resumed else request.continues
            files = before.files if before else {}
            active = _handle(self.workspace, run, writer, request, self.ends, rank, files, earlier)
            active.log_first(request.params, request.tags, request.seeds)
            if part is None or samples_host(folder):
                steps = next_steps(earlier) if earlier else {}
                make = partial(make_sampler, self.workspace, session.code, steps, learns=captures)
                active.sample_machine(make)
        failure = session.code.failure
        self.announce(session.code.left_out, "" if failure == NOT_WANTED else failure)
        return active


def join_run(
    workspace: Workspace,
    run: RunId,
    experiment: ExperimentName,
    request: StartRequest,
    *,
    on_finish: Callable[[ActiveRun], None],
    on_record: OnRecord,
    rank: int | None = None,
) -> ActiveRun:
    """Become another writer of a run that another process has started and will end."""
    folder = find_journal(workspace.repository, run)
    with opening(folder) as writer:
        introduce(writer, rank)
        asked = Run(run, experiment, sessions=(), name="")
        ends = _Ends(on_finish, on_record)
        active = _handle(workspace, asked, writer, request, ends, rank)
        active.log_first(request.params, request.tags, request.seeds)
    return active


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
        baseline=_baseline(workspace, request, experiment),
        hypothesis=request.hypothesis or "",
        description=request.description or "",
        author=workspace.author,
        host=socket.gethostname(),
    )
    if request.continues is not None:
        made = _continuing(made, request, request.continues)
    return replace(made, route=narrower(route_of(workspace.settings, made.experiment), made.route))


def _baseline(
    workspace: Workspace, request: StartRequest, experiment: ExperimentName
) -> RunId | None:
    """Return the run to measure the new one against: that asked for, or the one in force."""
    if request.baseline is not None or request.continues is not None:
        return request.baseline or None
    try:
        return standing_baseline(workspace.repository, experiment)
    except (GitxpError, OSError) as error:
        warn_script(
            f"gitxp: the baseline of {experiment} cannot be read: {error}; the run has none"
        )
        return None


def _continuing(made: Run, request: StartRequest, earlier: Run) -> Run:
    """Return the new run with all that it does not say itself as the earlier one had it."""
    is_named = request.experiment is not None
    return replace(
        made,
        continues=earlier.id,
        experiment=made.experiment if is_named else earlier.experiment,
        title=made.title if is_named else earlier.title,
        name=made.name or earlier.given_name,
        group=made.group or earlier.group,
        baseline=earlier.baseline if request.baseline is None else made.baseline,
        hypothesis=made.hypothesis or earlier.hypothesis,
        description=made.description or earlier.description,
        route=earlier.route,
        tags=earlier.tags,
        seeds=earlier.seeds,
    )


def _handle(
    workspace: Workspace,
    run: Run,
    writer: JournalWriter,
    request: StartRequest,
    ends: _Ends,
    rank: int | None,
    before_files: Mapping[str, Entry] | None = None,
    earlier: Run | None = None,
) -> ActiveRun:
    """Return the handle of a run that has been opened.

    Args:
        before_files: The files of the record before.
        earlier: The run whose params, steps and clock go on.
    """

    def end(active: ActiveRun) -> None:
        try:
            if active.has_ended:
                tell = partial(ends.on_record, workspace.repository)
                end_writer(workspace, run.id, active.writer, before_files or {}, tell)
            else:  # whoever sees that this process is gone records what it had logged
                active.writer.close()
        finally:
            ends.on_finish(active)

    root: Path | None = workspace.repository.work_tree
    return ActiveRun(
        run.id,
        run.experiment,
        run.name,
        writer,
        root=root,
        params=earlier.params if earlier else {},
        next_steps=next_steps(earlier) if earlier else {},
        seen_clock=_seen_clock(earlier, before_files or {}),
        is_strict=request.is_strict,
        is_durable=workspace.settings.durability_power,
        rank=rank,
        baseline=run.baseline,
        on_finish=end,
    )


def _seen_clock(earlier: Run | None, files: Mapping[str, Entry]) -> int:
    """Return a clock that what was said of the earlier run, or in its params, does not outlast."""
    if earlier is None:
        return 0
    return next_clock(time.time_ns() // 1_000_000, Resumed(earlier, files).clocks) - 1


def _session(
    workspace: Workspace, request: StartRequest, folder: Path, *, captures: bool
) -> Session:
    code = Code()
    if captures:
        mode = request.snapshot or workspace.settings.snapshot_mode
        code = workspace.code(mode, code_pack_path(folder))
    return Session(
        started=datetime.now(UTC),
        argv=request.argv,
        folder=_folder(workspace),
        code=code,
        pools_ranks=workspace.settings.summary_ranks == "all",
    )


def _folder(workspace: Workspace) -> str | None:
    """Return the working folder relative to the top of the working tree; None outside of it."""
    prefix = workspace.repository.prefix
    return None if prefix is None else prefix or "."
