"""Keeping the large files of recorded runs from `git lfs prune`, those of their code among them.

What a snapshot or a record brought has a second name from the start (`artifacts/kept.py`). The
files of commits that the user may amend away and prune are looked for here, in a command's time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.files import stage_content
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import cleans_files
from gitxp.artifacts.named import codes_of_records, named_by_code
from gitxp.errors import GitxpError
from gitxp.model.identity import RunId
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.large_layout import looked_through_path, remote_tips_path
from gitxp.storage.layout import is_said_folder, recorded_dir
from gitxp.storage.odb.proved import is_partial_clone
from gitxp.storage.refs import SHARED, TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.unpushed import has_lost_any, remote_tips, unpushed_codes


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked through.

    Attributes:
        code: A commit all of whose files were, those left out that a remote had; empty where
            there is none.
        folders: Names of the folders, of running and lately recorded runs.
    """

    code: str = ""
    folders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Found:
    """What runs ran.

    Attributes:
        codes: Commits.
        folders: Names of the folders by which that was found.
    """

    codes: frozenset[str]
    folders: frozenset[str]


def hold_files_of_code(repository: Repository, settings: Mapping[str, str]) -> None:
    """Hold the large files which the code of new runs names and no remote has.

    Costs little where no run is new, and nothing where there is no Git LFS. Where a remote has
    less than before, all runs are looked at again.

    Args:
        settings: Git's own.
    """
    # In a partial clone Git would fetch what is missing.
    if not cleans_files(repository.common_dir, settings) or is_partial_clone(settings):
        return
    known, before, tips = _read(repository), _read_tips(repository), remote_tips(repository)
    is_anew = known is None or has_lost_any(repository, before, tips)
    looked = _Looked() if known is None or is_anew else known
    folders = {folder.name: folder for folder in _folders(repository)}
    new = [folder for name, folder in folders.items() if name not in looked.folders]
    found = _codes(repository, new, of_all=is_anew)
    if found.codes or found.folders:
        unpushed, pushed = unpushed_codes(repository, sorted(found.codes))
        names = LastingNames(repository, settings.get("lfs.storage", ""))
        seen = [looked.code] if looked.code else []
        for pointer in named_by_code(repository, unpushed, but_not=[*pushed, *seen]):
            names.hold(pointer.digest)
        last = unpushed[-1] if unpushed else looked.code
        kept = looked.folders.intersection(folders)
        _write(repository, _Looked(last, kept.union(found.folders)))
    elif known is None:  # nothing ever ran here
        return
    if tips != before:
        _write_tips(repository, tips)


def _folders(repository: Repository) -> Iterator[Path]:
    yield from (folder for _, folder in list_journals(repository.private_dir))
    with suppress(FileNotFoundError):
        for folder in recorded_dir(repository.private_dir).iterdir():
            if not is_said_folder(folder):
                yield folder


def _codes(repository: Repository, folders: Iterable[Path], *, of_all: bool) -> _Found:
    """Return the code that runs ran, in earlier sessions, too.

    Args:
        folders: Of runs that go on, and of those lately recorded.
        of_all: Whether that of all recorded runs is wanted.
    """
    from gitxp.storage.journal.fold import fold_journal  # mostly no run is new

    codes: set[str] = set()
    found: set[str] = set()
    recorded: set[RunId] = set()
    for folder in folders:
        text, dash, _ = folder.name.partition("-")
        with suppress(GitxpError, FileNotFoundError):  # cannot be read; recorded a moment ago
            run = RunId(text)
            if dash:
                recorded.add(run)
            elif (journal := read_journal(run, folder)) is None:  # just starting
                continue
            elif commit := fold_journal(journal).run.code.commit:
                codes.add(commit)
            found.add(folder.name)
    if recorded or of_all:
        tips = _tips(repository, None if of_all else recorded)
        codes |= codes_of_records(repository, tips)
    return _Found(frozenset(codes), frozenset(found))


def _tips(repository: Repository, runs: Collection[RunId] | None) -> list[str]:
    """Return the last records of runs, of those in the trash, too; of all where None."""
    tips = []
    for ref, tip in list_refs(repository, SHARED, TRASH).items():
        place = parse_run_ref(ref)
        run = place.run if place is not None else parse_trash_ref(ref)
        if run is not None and (runs is None or run in runs):
            tips.append(tip)
    return tips


def forget_what_was_looked_through(repository: Repository) -> None:
    """Begin anew, since not all that was found is held any more."""
    looked_through_path(repository.private_dir).unlink(missing_ok=True)


def _read(repository: Repository) -> _Looked | None:
    try:
        text = looked_through_path(repository.private_dir).read_text()
    except FileNotFoundError:
        return None
    code, *folders = text.split("\n")
    return _Looked(code, frozenset(folders))


def _write(repository: Repository, looked: _Looked) -> None:
    content = "\n".join([looked.code, *sorted(looked.folders)]).encode()
    stage_content(content, looked_through_path(repository.private_dir))


def _read_tips(repository: Repository) -> set[str]:
    """Return what remotes had when code was looked through last."""
    with suppress(FileNotFoundError):
        return set(remote_tips_path(repository.private_dir).read_text().split())
    return set()


def _write_tips(repository: Repository, tips: Iterable[str]) -> None:
    content = "".join(f"{tip}\n" for tip in sorted(tips)).encode()
    stage_content(content, remote_tips_path(repository.private_dir))
