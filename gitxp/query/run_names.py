"""What runs and experiments are called, told as fast as completion needs it.

Names stand at the ends of the index's files, and are believed where a ref is as it was then.
Nothing is written. Arrow is never loaded; libgit2 and the codecs where the index does not tell all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitxp.errors import GitxpError
from gitxp.query.index.files import index_files, read_ending
from gitxp.query.index.row_log import logged_names
from gitxp.storage.layout import index_dir, live_dir, pending_dir
from gitxp.storage.refs import ABOUT, SHARED, RunRef, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import start_listing
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    from gitxp.model.event import Event
    from gitxp.model.identity import RunId
    from gitxp.model.run import Run

# A record takes half a millisecond; who has fetched thousands is not made to wait for them.
_MOST_READ = 100


def run_names(repository: Repository) -> dict[str, str]:
    """Return what each run is called, by id.

    Empty where a run has no name, and where it is one of many that are in no index yet: the next
    list of runs decodes those.
    """
    listing = start_listing(repository, SHARED)
    indexed = _indexed(repository)  # while Git lists
    said = _said(repository)
    names: dict[str, str] = {run.id: run.name for run in _live(repository, said)}
    unknown: list[tuple[RunRef, str]] = []
    for line in listing().split(b"\n")[:-1]:
        tip, _, ref = line.decode("utf-8", "surrogateescape").partition(" ")
        run = ref.rpartition("/")[2]
        name = indexed.get(line)
        if name is not None and run not in said:
            names[run] = name
        elif place := parse_run_ref(ref):
            names.setdefault(place.run, name or "")
            unknown.append((place, tip))
    return names | _read(repository, unknown[:_MOST_READ], said)


def experiment_names(repository: Repository) -> list[str]:
    """Return every experiment that has runs or is described, in order."""
    listing = start_listing(repository, SHARED)
    found: set[str] = {run.experiment for run in _live(repository, {})}
    refs = listing().decode("utf-8", "surrogateescape").split("\n")[:-1]
    # Each folder once: to look at the name of every run would take longer than all else.
    for folder in {ref.partition(" ")[2].rpartition("/")[0] for ref in refs}:
        experiment = parse_about_ref(f"{folder}/{ABOUT}")
        if experiment is not None:
            found.add(experiment)
    return sorted(found)


def _indexed(repository: Repository) -> dict[bytes, str]:
    """Return the names in the index, by what Git said of the ref."""
    names: dict[bytes, str] = {}
    folder = index_dir(repository.private_dir)
    for path in index_files(folder):
        ending = read_ending(path)
        if ending is not None:  # a damaged file is made again by whoever reads all of it
            names |= zip(ending.listing.splitlines(), ending.names, strict=True)
    return names | {
        f"{tip} {ref}".encode(): name for (tip, ref), name in logged_names(folder).items()
    }


def _said(repository: Repository) -> Mapping[RunId, tuple[Event, ...]]:
    """Return by run what waits for its record, such as another name."""
    if _is_empty(pending_dir(repository.private_dir)):
        return {}
    from gitxp.storage.events.pending import all_pending

    return all_pending(repository.private_dir)


def _live(repository: Repository, said: Mapping[RunId, tuple[Event, ...]]) -> Iterator[Run]:
    """Yield the runs that have a journal, without their points, of which there may be millions."""
    if all(map(_is_empty, map(live_dir, (repository.private_dir, repository.fallback_dir)))):
        return
    from gitxp.query.live import with_events
    from gitxp.storage.journal.fold import fold_journal
    from gitxp.storage.journal.places import all_journals
    from gitxp.storage.journal.reader import read_journal

    for run, folder in all_journals(repository):
        with suppress(GitxpError, FileNotFoundError):  # damaged, or recorded a moment ago
            journal = read_journal(run, folder)
            if journal is not None:
                yield with_events(fold_journal(journal).run, None, None, said.get(run, ()))


def _read(
    repository: Repository,
    places: list[tuple[RunRef, str]],
    said: Mapping[RunId, tuple[Event, ...]],
) -> dict[str, str]:
    """Return the names of runs as their records tell them."""
    if not places:
        return {}
    from gitxp.storage.reader import RecordReader

    reader = RecordReader(repository)
    names: dict[str, str] = {}
    for place, tip in places:
        with suppress(GitxpError):  # a damaged record, which lists name
            names[place.run] = reader.run_at(place, tip, said.get(place.run, ())).name
    return names


def _is_empty(folder: Path) -> bool:
    try:
        return next(folder.iterdir(), None) is None
    except OSError:  # there is none, or it may not be read
        return True
