"""Taking back what a command did to refs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gitxp.errors import NothingToUndo
from gitxp.model.event import Retraction, Return
from gitxp.model.identity import EventId, ExperimentName
from gitxp.storage.configuration import configured_author
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.operations import COMMAND, Operation, RefChange, undoable
from gitxp.storage.refs import INCOMING, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import forget_fetched


def undo(repository: Repository, operation_id: str | None = None) -> Operation:
    """Put every ref back to where it was before a command, and return that command.

    A record only grows, for it may have been shared: what the command said of runs and
    experiments stays there, and it is said that it does not count; of runs that come back, that
    they do.

    Args:
        operation_id: A prefix of its id; the newest that can be taken back where None.

    Raises:
        NothingToUndo: If there is no such command, or it was taken back already.
        RefChanged: If a ref has moved on since.
        UnknownRun: If a run of which the command said something has been removed since.
        DamagedRecord: If a record in which something is to be said cannot be read.
    """
    operation = command_meant(repository, operation_id)
    retractions = _retractions(repository, operation)
    spoken_of = {new.ref for new in retractions}
    changes = [
        RefChange(change.ref, change.after, change.before)
        for change in _still_done(operation, list_refs(repository, INCOMING))
        if parse_about_ref(change.ref) is None and change.ref not in spoken_of
    ]
    if not changes and not retractions:
        raise NothingToUndo(f"what {operation.command!r} said cannot be unsaid")
    _check_objects(repository, changes)
    change_refs_and_say(
        repository,
        changes,
        [*retractions, *_returns(repository, operation)],
        command=f"{COMMAND}undo",
        undoes=operation.id,
    )
    forget_fetched(repository, [one.ref for one in changes if one.after is None])
    return operation


def commands_to_undo(repository: Repository) -> list[Operation]:
    """Return the commands of which something can be taken back, the newest first.

    A pull fetches and merges. Once that is done, nothing is left of what its first half did.
    """
    waiting = list_refs(repository, INCOMING)
    return [
        one for one in undoable(repository.private_dir) if one.said or _still_done(one, waiting)
    ]


def command_meant(repository: Repository, operation_id: str | None) -> Operation:
    """Return the newest command of which something can be taken back, or of those with such an id.

    Raises:
        NothingToUndo: If there is none.
    """
    begin = operation_id or ""
    for operation in commands_to_undo(repository):
        if operation.id.startswith(begin):
            return operation
    for operation in undoable(repository.private_dir) if operation_id else ():
        if operation.id.startswith(begin):
            raise NothingToUndo(
                f"nothing is left of what {operation.command!r} fetched: it was merged since, or "
                "something else was fetched",
                hint=_first(repository, operation),
            )
    wanted = f"operation {operation_id!r}" if operation_id else "command"
    raise NothingToUndo(f"there is no {wanted} to take back", hint="git xp undo --list")


def _first(repository: Repository, operation: Operation) -> str:
    """Return what to type before an operation can be taken back whose work has gone on since."""
    made = {(change.ref, change.after) for change in operation.changes}
    for later in commands_to_undo(repository):
        if later.time > operation.time and made & {(one.ref, one.before) for one in later.changes}:
            return f"git xp undo {later.id}"
    return "git xp undo --list"


def _still_done(operation: Operation, waiting: Mapping[str, str]) -> list[RefChange]:
    """Return what an operation did, but for what has waited since, or does no more.

    Args:
        waiting: What was fetched and is not merged, by refs of this clone.
    """
    return [
        change
        for change in operation.changes
        if not change.ref.startswith(INCOMING) or waiting.get(change.ref) == change.after
    ]


def _check_objects(repository: Repository, changes: Sequence[RefChange]) -> None:
    """Refuse to make a ref whose object is gone: it would stop the user's own Git."""
    missing = missing_objects(repository, [change.after for change in changes if change.after])
    for change in changes:
        if change.after in missing:
            raise NothingToUndo(
                f"ref {change.ref!r} cannot come back: its object {change.after} is gone"
            )


def _retractions(repository: Repository, operation: Operation) -> list[NewEvent]:
    """Return what is to be said of each record in which `operation` said something."""
    author, now = configured_author(repository), datetime.now(UTC)
    events = []
    for one in operation.said:
        said, run = (Retraction(EventId(one.event)),), parse_run_ref(one.ref)
        experiment = run.experiment if run else parse_about_ref(one.ref)
        if experiment is not None:
            events.append(NewEvent(experiment, said, author, now, run.run if run else None))
    return events


def _returns(repository: Repository, operation: Operation) -> list[NewEvent]:
    """Return what is to be said of each experiment of which `operation` said that runs go."""
    spoken_of = {parse_about_ref(change.ref) for change in operation.changes}
    said: dict[ExperimentName, list[Return]] = {}
    for change in operation.changes:
        run = parse_run_ref(change.ref)
        if run is None or run.experiment not in spoken_of:
            continue
        if change.before is not None and change.after is None:
            said.setdefault(run.experiment, []).append(Return(run.run, change.before))
    author, now = configured_author(repository), datetime.now(UTC)
    return [
        NewEvent(experiment, tuple(returns), author, now) for experiment, returns in said.items()
    ]
