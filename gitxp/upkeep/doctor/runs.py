"""Runs that were not recorded, and packs that are kept until it is certain that none is lost."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gitxp.errors import DamagedRecord, UnsupportedRepository
from gitxp.storage.events.about import about_events
from gitxp.storage.journal.places import all_journals
from gitxp.storage.journal.reader import Liveness, journal_liveness, read_journal
from gitxp.storage.large_layout import large_path, looked_through_path
from gitxp.storage.layout import recorded_dir
from gitxp.storage.odb.pack import Pack, pack_oids
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.odb.proved import is_partial_clone
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_about_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.doctor.finding import Finding, finding
from gitxp.upkeep.doctor.remotes import Settings
from gitxp.upkeep.unneeded_files import stray_files

# As many files can be named in a command that somebody copies.
_SHOWN = 20


def check_journals(repository: Repository) -> Iterator[Finding]:
    """Yield which runs wait to be recorded."""
    waiting: dict[Liveness, list[str]] = {}
    for run, folder in all_journals(repository):
        try:
            journal = read_journal(run, folder)
        except FileNotFoundError:  # recorded a moment ago
            continue
        if journal is not None:
            waiting.setdefault(journal_liveness(journal), []).append(run.short)
    gone, unknown = waiting.get(Liveness.GONE), waiting.get(Liveness.UNKNOWN)
    if gone:
        message = f"{_named(gone)} died before being recorded"
        yield finding("unrecorded-runs", message, "git xp recover")
    if unknown:
        message = f"{_named(unknown)} may be running on another host, or have died there"
        yield finding("unknown-runs", message, "git xp recover --force")


def _named(runs: list[str]) -> str:
    return f"run {runs[0]}" if len(runs) == 1 else f"{len(runs)} runs ({', '.join(runs[:3])}, …)"


def check_abouts(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield which experiments' own records cannot be read."""
    tips = {ref: tip for ref, tip in list_refs(repository, SHARED).items() if parse_about_ref(ref)}
    if not tips or is_partial_clone(dict(settings)):  # Git would fetch what is missing
        return
    try:
        reader = RecordReader(repository)
    except UnsupportedRepository:  # as is told already
        return
    for ref, tip in tips.items():
        try:
            about_events(reader, tip)
        except DamagedRecord as error:
            yield finding("damaged-experiment", f"{ref}: {error}", "git xp verify")


def check_large_files(repository: Repository) -> Iterator[Finding]:
    """Yield a finding if large files are held that no run needs."""
    stray = sorted(stray_files(repository).held)
    if not stray:
        return
    paths = [large_path(repository.private_dir, digest) for digest in stray]
    size = sum(path.stat().st_size for path in paths)
    message = f"{len(stray)} large files ({size:,} bytes) are held, and no run needs them"
    # Without that list, what later runs name is looked for again.
    shown = [looked_through_path(repository.private_dir), *paths[:_SHOWN]]
    again = "; git xp doctor" if len(paths) > _SHOWN else ""
    yield finding("stray-large-files", message, f"rm -f {shlex.join(map(str, shown))}{again}")


def check_kept_packs(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield which kept packs are damaged, and which hold what the store has lost."""
    held: dict[str, str] = {}
    for path in sorted(recorded_dir(repository.private_dir).glob("*/*.pack")):
        try:
            held |= dict.fromkeys(pack_oids(Pack(path)), path.parent.name)
        except FileNotFoundError:  # tidied away meanwhile
            continue
        except DamagedRecord as error:
            yield finding("kept-pack", str(error), "git xp verify")
    if is_partial_clone(dict(settings)):  # Git would fetch what is missing
        return
    lost = missing_objects(repository, held)
    for folder in sorted({held[oid] for oid in lost}):
        count = sum(held[oid] == folder for oid in lost)
        message = f"the store lacks {count} objects that the kept pack of {folder[:7]} holds"
        yield finding("kept-pack", message, "git xp list")
