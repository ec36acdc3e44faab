"""Events that wait for the record of a run that goes on.

They lie in a folder of their own, not in the journal: whoever records the run at the same moment
moves that away. A file goes only once the run's record is known to hold the event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitxp.errors import DamagedRecord, InvalidName, UnsupportedFormat
from gitxp.model.identity import EventId, RunId
from gitxp.storage.disk import is_partial, write_whole
from gitxp.storage.layout import EventName, event_path, parse_event_file, pending_dir

if TYPE_CHECKING:  # every command looks whether anything waits, and mostly nothing does
    from gitxp.model.event import Event

# Somebody who finds the folder empty removes it; one just made may be gone again.
_TRIES = 20


def keep_pending(private_dir: Path, run: RunId, event: Event) -> None:
    """Keep what was said of a run that goes on: whole, or not at all."""
    from gitxp.storage.codecs.event import encode_event

    folder = pending_dir(private_dir) / run
    target = folder / Path(event_path(event.clock, event.id)).name
    content = encode_event(event)
    for attempt in range(1, _TRIES + 1):
        try:
            write_whole(target, content)
        except FileNotFoundError:
            if attempt == _TRIES:
                raise
        else:
            return


def pending_runs(private_dir: Path) -> list[RunId]:
    """Return every run of which something waits."""
    found = []
    with suppress(FileNotFoundError):
        for path in pending_dir(private_dir).iterdir():
            with suppress(InvalidName):  # no folder of ours
                found.append(RunId(path.name))
    return found


def pending_events(private_dir: Path, run: RunId) -> tuple[Event, ...]:
    """Return what waits for the record of a run, in the order in which it counts."""
    from gitxp.storage.codecs.event import decode_event

    found = []
    for name, path in _files(private_dir, run):
        # Taken into the record this moment; noise, or newer, beside which the others still count.
        with suppress(FileNotFoundError, DamagedRecord, UnsupportedFormat):
            found.append(decode_event(path.read_bytes(), event_path(name.clock, name.id)))
    return tuple(found)


def all_pending(private_dir: Path) -> dict[RunId, tuple[Event, ...]]:
    """Return by run all that waits."""
    return {run: pending_events(private_dir, run) for run in pending_runs(private_dir)}


def drop_pending(private_dir: Path, run: RunId, events: Collection[EventId]) -> None:
    """Let go of events that the record of the run holds."""
    folder = pending_dir(private_dir) / run
    if not folder.exists():  # as of most runs: nothing was said while they went on
        return
    for name, path in _files(private_dir, run):
        if name.id in events:
            path.unlink(missing_ok=True)
    # Left by a process that was killed; one that is alive writes its own again.
    for partial in filter(is_partial, folder.glob("*")):
        partial.unlink(missing_ok=True)
    with suppress(OSError):  # something else waits there, or nothing ever did
        folder.rmdir()


def _files(private_dir: Path, run: RunId) -> Iterator[tuple[EventName, Path]]:
    try:
        paths = sorted((pending_dir(private_dir) / run).iterdir())
    except FileNotFoundError:
        return
    for path in paths:
        name = parse_event_file(path.name)
        if name is not None:
            yield name, path
