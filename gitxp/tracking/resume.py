"""Going on with a recorded run: with itself where it was started, elsewhere with a new one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gitxp.errors import CannotResume
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Status
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.metrics import encode_summaries
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.events.appending import clocks_of
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import Journal, Liveness, journal_liveness, read_journal
from gitxp.storage.layout import parse_event_path
from gitxp.storage.odb.objects import Entry
from gitxp.storage.reader import RecordReader
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository
from gitxp.tracking.job import Part
from gitxp.tracking.request import StartRequest
from gitxp.tracking.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Resumed:
    """A recorded run that goes on.

    Attributes:
        run: As its sessions left it: what was said of it since stands in events, and can still
            be taken back.
        files: Every file of its record.
    """

    run: Run
    files: Mapping[str, Entry]

    @classmethod
    def at(cls, repository: Repository, tip: str) -> Resumed:
        """Return the run that the record `tip` tells of."""
        reader = RecordReader(repository)
        return cls(reader.recorded_run(tip), reader.entries(tip))

    @property
    def clocks(self) -> list[int]:
        """The clocks at which something was said of the run."""
        names = (parse_event_path(path) for path in self.files)
        return [*clocks_of(self.run), *(name.clock for name in names if name)]


def is_called(workspace: Workspace, run: Run, name: str | None) -> bool:
    """Return whether a run is called `name`, or was at its start: scripts know the first name."""
    wanted = name or ""
    if run.given_name == wanted or run.tip is None:
        return run.given_name == wanted
    return RecordReader(workspace.repository).recorded_run(run.tip).given_name == wanted


def next_steps(run: Run) -> dict[str, int]:
    """Return by metric the step that comes after the highest so far."""
    return {name: summary.last.step + 1 for name, summary in run.metrics.items()}


def record_before(workspace: Workspace, run: RunId, folder: Path) -> Resumed | None:
    """Return the record on which a session builds that ranks of a job begin; None for the first.

    Args:
        folder: The run's journal, in which other ranks may have begun the session.
    """
    repository = workspace.repository
    journal = _journal(run, folder)
    tip = find_tip(repository, run) if journal is None else journal.start.get("before")
    if tip is None:
        return None
    return Resumed.at(repository, tip)


def is_of_job(repository: Repository, run: RunId, part: Part) -> bool:
    """Return whether other ranks of the job have begun the session in which a run is running."""
    journal = _journal(run, find_journal(repository, run))
    return journal is not None and journal.start.get("job") == part.spelled()["job"]


def is_being_recorded(repository: Repository, run: Run) -> bool:
    """Return whether all processes of a run are gone, and its record will stand in a moment."""
    folder = find_journal(repository, run.id)
    if run.tip is not None or repository.is_away(folder):
        return False
    journal = _journal(run.id, folder)
    return journal is None or journal_liveness(journal) is Liveness.GONE


def _journal(run: RunId, folder: Path) -> Journal | None:
    """Return the journal of a run; None also where it goes amid that, for its record stands now."""
    with suppress(FileNotFoundError):
        return read_journal(run, folder)
    return None


def go_on(
    workspace: Workspace, request: StartRequest, run: Run, part: Part | None = None
) -> tuple[StartRequest, Resumed | None]:
    """Return the request with what a new session builds on.

    Only the clone that started a run adds to its record. Elsewhere a new run `continues` it: it
    has its params, tags, seeds and words unless the request says otherwise, and its steps go on.

    Args:
        part: This process's part, where it is a rank of a distributed job.

    Raises:
        CannotResume: If the run is still running, but for other ranks of the job, or goes on here
            and is not what the request calls it.
    """
    if run.tip is None and part is not None and is_of_job(workspace.repository, run.id, part):
        return request, Resumed(run, {})
    if run.tip is None or (run.checkpoint is not None and run.status is Status.RUNNING):
        raise CannotResume(f"run {run.label!r} is still running", hint=run.ending_hint)
    if run.home != workspace.home:
        return replace(request, continues=run), None
    resumed = Resumed.at(workspace.repository, run.tip)
    _check_names(request, run, {run.name, resumed.run.name})
    return request, resumed


def _check_names(request: StartRequest, run: Run, names: Collection[str]) -> None:
    """Refuse another experiment or name: a run keeps its own, and would do so without a word.

    Args:
        names: What it was called at its start, and what it is called now.
    """
    named = request.experiment
    if named is not None and ExperimentName.slug(named) != run.experiment:
        raise CannotResume(
            f"run {run.label!r} is of experiment {str(run.experiment)!r}, not of {named!r}",
            hint=f"start_run(resume={run.id.short!r})",
        )
    if request.name is not None and request.name not in names:
        raise CannotResume(
            f"run {run.id.short!r} is called {run.name!r}, not {request.name!r}",
            hint=f"start_run(resume={run.id.short!r})",
        )


def resumed_start(resumed: Resumed) -> dict[str, Any]:
    """Return what the journal's first line says of the record before."""
    run = resumed.run
    return {
        "before": run.tip,
        "params": dumps(encode_params(run.params)).decode(),
        "metrics": encode_summaries(run.metrics).decode(),
        "datasets": encode_datasets(run.datasets).decode(),
    }
