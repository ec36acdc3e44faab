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
from gitxp.artifacts.named import named_by_code
from gitxp.errors import GitxpError
from gitxp.model.identity import RunId
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.large_layout import looked_through_path
from gitxp.storage.layout import is_said_folder, recorded_dir
from gitxp.storage.odb.proved import is_partial_clone
from gitxp.storage.refs import SHARED, TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.unpushed import unpushed_codes


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


def hold_files_of_code(repository: Repository, settings: Mapping[str, str]) -> None:
    """Hold the large files which the code of new runs names and no remote has.

    Costs nothing where no run is new, nor where there is no Git LFS.

    Args:
        settings: Git's own.
    """
    # In a partial clone Git would fetch what is missing.
    if not cleans_files(repository.common_dir, settings) or is_partial_clone(settings):
        return
    looked = _read(repository)
    folders = {folder.name: folder for folder in _folders(repository)}
    new = [folder for name, folder in folders.items() if name not in looked.folders]
    if not new:
        return
    codes = _codes(repository, new)
    unpushed, pushed = unpushed_codes(repository, sorted({*codes.values()} - {""}))
    names = LastingNames(repository, settings.get("lfs.storage", ""))
    seen = [looked.code] if looked.code else []
    for pointer in named_by_code(repository, unpushed, but_not=[*pushed, *seen]):
        names.hold(pointer.digest)
    last = unpushed[-1] if unpushed else looked.code
    _write(repository, _Looked(last, looked.folders.intersection(folders).union(codes)))


def _folders(repository: Repository) -> Iterator[Path]:
    yield from (folder for _, folder in list_journals(repository.private_dir))
    with suppress(FileNotFoundError):
        for folder in recorded_dir(repository.private_dir).iterdir():
            if not is_said_folder(folder):
                yield folder


def _codes(repository: Repository, folders: Iterable[Path]) -> dict[str, str]:
    """Return the code that runs ran by the names of their folders; empty where there is none.

    One that is just starting is not among them.
    """
    codes: dict[str, str] = {}
    recorded: dict[str, RunId] = {}
    for folder in folders:
        text, dash, _ = folder.name.partition("-")
        with suppress(GitxpError, FileNotFoundError):  # cannot be read; recorded a moment ago
            run = RunId(text)
            if dash:
                recorded[folder.name] = run
            elif (journal := read_journal(run, folder)) is not None:
                codes[folder.name] = fold_journal(journal).run.code.commit or ""
    if recorded:
        of_runs = _recorded_codes(repository, frozenset(recorded.values()))
        codes |= {name: of_runs.get(run, "") for name, run in recorded.items()}
    return codes


def _recorded_codes(repository: Repository, runs: Collection[RunId]) -> dict[RunId, str]:
    tips: dict[RunId, str] = {}
    for ref, tip in list_refs(repository, SHARED, TRASH).items():
        place = parse_run_ref(ref)
        run = place.run if place is not None else parse_trash_ref(ref)
        if run is not None and run in runs:
            tips[run] = tip
    given = "".join(f"{tip}\n" for tip in tips.values()).encode()
    words = ("rev-list", "--no-walk", "--parents", "--ignore-missing", "--stdin")
    lines = [line.split(" ") for line in repository.git(*words, given=given).decode().splitlines()]
    # `<record> <record before> <code>`
    codes = {line[0]: line[2] for line in lines if len(line) > 2}
    return {run: codes[tip] for run, tip in tips.items() if tip in codes}


def forget_what_was_looked_through(repository: Repository) -> None:
    """Begin anew, since not all that was found is held any more."""
    looked_through_path(repository.private_dir).unlink(missing_ok=True)


def _read(repository: Repository) -> _Looked:
    try:
        text = looked_through_path(repository.private_dir).read_text()
    except FileNotFoundError:
        return _Looked()
    code, *folders = text.split("\n")
    return _Looked(code, frozenset(folders))


def _write(repository: Repository, looked: _Looked) -> None:
    content = "\n".join([looked.code, *sorted(looked.folders)]).encode()
    stage_content(content, looked_through_path(repository.private_dir))
