"""Taking back what a command did to refs."""

from __future__ import annotations

from gitxp.errors import NothingToUndo
from gitxp.storage.operations import Operation, RefChange, read_operations
from gitxp.storage.refstore import change_refs
from gitxp.storage.repository import Repository

_COMMAND = "git xp "


def undoable(repository: Repository) -> list[Operation]:
    """Return the commands that can be taken back, the newest first.

    Runs that scripts record are no commands: `git xp remove` takes those away.
    """
    operations = read_operations(repository.private_dir)
    undone = {operation.undoes for operation in operations}
    return [
        operation
        for operation in reversed(operations)
        if operation.command.startswith(_COMMAND)
        and operation.undoes is None
        and operation.id not in undone
    ]


def undo(repository: Repository, operation_id: str | None = None) -> Operation:
    """Put every ref back to where it was before a command, and return that command.

    Args:
        operation_id: A prefix of its id; the newest that can be taken back where None.

    Raises:
        NothingToUndo: If there is no such command, or it was taken back already.
        RefChanged: If a ref has moved on since.
    """
    found = [
        operation
        for operation in undoable(repository)
        if operation_id is None or operation.id.startswith(operation_id)
    ]
    if not found:
        wanted = f"operation {operation_id!r}" if operation_id else "a command"
        raise NothingToUndo(f"there is no {wanted} to take back", hint="git xp undo --list")
    operation = found[0]
    changes = [RefChange(change.ref, change.after, change.before) for change in operation.changes]
    change_refs(repository, changes, command=f"{_COMMAND}undo", undoes=operation.id)
    return operation
