"""The operation log: every change of a ref that gitxp made, so that it can be taken back."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gitxp.storage.layout import operations_path
from gitxp.storage.sharing import make_folder, open_file

# With what the commands begin that users type.
COMMAND = "git xp "
# Of `git xp tag …`, or of what is no command.
_WORDS = 3


@dataclass(frozen=True, slots=True)
class RefChange:
    """One ref, from the value last seen to a new one; None where it does not exist."""

    ref: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SaidEvent:
    """An event that can be taken back by saying so.

    Attributes:
        ref: That of the record in which it was said; of a run that goes on, the ref to come.
        event: Its id.
    """

    ref: str
    event: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What one command did to refs, and what it said.

    Attributes:
        id: Twelve hexadecimal digits.
        time: When, aware and UTC.
        command: What the user did.
        undoes: Id of the operation that this one took back; None for any other.
        said: Also of runs that were running, whose refs did not change.
    """

    id: str
    time: datetime
    command: str
    changes: tuple[RefChange, ...]
    undoes: str | None = None
    said: tuple[SaidEvent, ...] = ()

    @property
    def is_command(self) -> bool:
        """Whether a user typed it: runs are recorded, and things tidied up, without one."""
        return self.command.startswith(COMMAND)


def new_operation(
    command: str,
    changes: Sequence[RefChange],
    *,
    undoes: str | None = None,
    said: Sequence[SaidEvent] = (),
) -> Operation:
    """Return an operation that happens now."""
    return Operation(
        secrets.token_hex(6), datetime.now(UTC), command, tuple(changes), undoes, tuple(said)
    )


def changes_backwards(private_dir: Path) -> Iterator[tuple[Operation, RefChange]]:
    """Yield every change of a ref, the latest first, with the operation that made it."""
    for operation in reversed(read_operations(private_dir)):
        for change in operation.changes:
            yield operation, change


def last_made(private_dir: Path, refs: Collection[str]) -> set[str]:
    """Return those refs which the log last tells to have been made or moved, not taken away."""
    after: dict[str, str | None] = {}
    for _, change in changes_backwards(private_dir):
        if change.ref in refs:
            after.setdefault(change.ref, change.after)
    return {ref for ref, tip in after.items() if tip is not None}


def append_operation(private_dir: Path, operation: Operation) -> None:
    """Add `operation` to the log by one write, so that processes do not tear each other's lines."""
    line: dict[str, object] = {
        "id": operation.id,
        "time": operation.time.isoformat(),
        "command": operation.command,
        "changes": [[change.ref, change.before, change.after] for change in operation.changes],
    }
    if operation.undoes:
        line["undoes"] = operation.undoes
    if operation.said:
        line["said"] = [[one.ref, one.event] for one in operation.said]
    make_folder(private_dir)
    descriptor = open_file(operations_path(private_dir), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, json.dumps(line).encode() + b"\n")
    finally:
        os.close(descriptor)


def read_operations(private_dir: Path) -> list[Operation]:
    """Return every operation, oldest first; a torn or damaged line is passed over."""
    try:
        lines = operations_path(private_dir).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [operation for line in lines if (operation := _parse(line)) is not None]


def undoable(private_dir: Path) -> list[Operation]:
    """Return the commands that can be taken back, the newest first.

    Runs that scripts record are no commands: `git xp remove` takes those away.
    """
    operations = read_operations(private_dir)
    undone = {operation.undoes for operation in operations}
    return [
        operation
        for operation in reversed(operations)
        if operation.is_command and operation.undoes is None and operation.id not in undone
    ]


def cut_commands(private_dir: Path, chosen: Callable[[Operation], bool]) -> None:
    """Leave of the commands of some operations nothing but what they did, without words of users.

    In place, byte for byte as long as before: other processes append at the same time.
    """
    try:
        descriptor = os.open(operations_path(private_dir), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "r+b") as file:
        offset = 0
        for line in file.read().splitlines(keepends=True):
            operation = _parse(line)
            if operation is not None and chosen(operation):
                file.seek(offset)
                file.write(_without_words(line, operation.command))
            offset += len(line)


def _without_words(line: bytes, command: str) -> bytes:
    before = f'"command": {json.dumps(command)}'.encode()
    after = f'"command": {json.dumps(" ".join(command.split()[:_WORDS]))}'.encode()
    return line.replace(before, after.ljust(len(before)), 1)


def _parse(line: bytes) -> Operation | None:
    try:
        found = json.loads(line)
        return Operation(
            id=found["id"],
            time=datetime.fromisoformat(found["time"]),
            command=found["command"],
            changes=tuple(RefChange(*change) for change in found["changes"]),
            undoes=found.get("undoes"),
            said=tuple(SaidEvent(*one) for one in found.get("said", [])),
        )
    except (ValueError, KeyError, TypeError):
        return None
