"""What people say of runs and experiments: checked, without secrets, and kept as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gitxp.errors import InvalidValue, RunNotMerged, RunStillActive
from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Judging,
    Noting,
    Renaming,
    Statement,
    Tagging,
    Untagging,
)
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import check_name
from gitxp.model.run import Run
from gitxp.storage.configuration import configured_author
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.baseline import standing_baseline
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.operations import Operation
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import read_ref
from gitxp.tracking.values.checked import check_text_length, checked_tag
from gitxp.tracking.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Said:
    """What was said.

    Attributes:
        has_lost_secret: Whether something that looked secret was taken out of it.
    """

    operation: Operation
    has_lost_secret: bool


def say_of_runs(
    workspace: Workspace, runs: Sequence[Run], said: Sequence[Statement], *, command: str
) -> Said:
    """Say the same of each run, of all of them or of none.

    Runs that go on are spoken of, too: nobody waits, and their records will hold it.

    Args:
        command: What the user did, for the operation log; without the text of what is said.

    Raises:
        InvalidName: If a tag or run would have no valid name.
        InvalidValue: If something cannot be recorded.
        UnknownRun: If one of the runs has been removed meanwhile.
        RunStillActive: If one goes on in another clone, and has no record here.
        RunNotMerged: If the record of one was fetched only.
    """
    for run in runs:
        if run.checkpoint is not None and _has_no_record(workspace, run):
            if run.checkpoint.is_record:
                raise RunNotMerged(
                    f"run {run.label!r} is not merged here yet", hint=run.ending_hint
                )
            raise RunStillActive(
                f"run {run.label!r} goes on in another clone", hint=run.ending_hint
            )
    checked = tuple(map(_checked, said))
    statements = tuple(map(workspace.limits.redactor.statement, checked))
    author, now = configured_author(workspace.repository), datetime.now(UTC)
    events = [NewEvent(run.experiment, statements, author, now, run.id) for run in runs]
    operation = change_refs_and_say(workspace.repository, [], events, command=command)
    return Said(operation, statements != checked)


def _has_no_record(workspace: Workspace, run: Run) -> bool:
    return read_ref(workspace.repository, run_ref(run.experiment, run.id)) is None


def describe_experiment(
    workspace: Workspace, experiment: ExperimentName, text: str, *, command: str
) -> Said:
    """Say what an experiment is about; an empty text takes the description off.

    Args:
        command: What the user did, for the operation log.

    Raises:
        InvalidValue: If the text is too long.
    """
    return _say_of_experiment(workspace, experiment, _checked(Describing(text)), command=command)


def choose_baseline(
    workspace: Workspace, experiment: ExperimentName, run: RunId | None, *, command: str
) -> Said:
    """Say against which run those of an experiment are measured that start from now on.

    Args:
        run: None where against none any more.
        command: What the user did, for the operation log.
    """
    said = _say_of_experiment(workspace, experiment, ChoosingBaseline(run), command=command)
    standing_baseline(workspace.repository, experiment)  # so that no start has to ask Git
    return said


def _say_of_experiment(
    workspace: Workspace, experiment: ExperimentName, statement: Statement, *, command: str
) -> Said:
    said = workspace.limits.redactor.statement(statement)
    author = configured_author(workspace.repository)
    event = NewEvent(experiment, (said,), author, datetime.now(UTC))
    operation = change_refs_and_say(workspace.repository, [], [event], command=command)
    return Said(operation, said != statement)


def _checked(statement: Statement) -> Statement:
    """Return the statement as a record holds it."""
    match statement:
        case Tagging(key, value):
            return replace(statement, value=checked_tag(key, value))
        case Untagging(key):
            check_name("tag", key)
        case Renaming(name):
            check_name("run", name)
        case Noting(text):
            if not text:
                raise InvalidValue("a note says nothing: expected text")
            check_text_length("a note", text)
        case Judging(_, text):
            check_text_length("the reason of a verdict", text)
        case Describing(text):
            check_text_length("a description", text)
    return statement
