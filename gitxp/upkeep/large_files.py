"""Keeping the large files of recorded runs from `git lfs prune`, those of their code among them.

What a snapshot or a record brought has a second name from the start (`artifacts/kept.py`). The
files of commits that the user may amend away and prune are looked for here, in a command's time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.files import stage_content
from gitxp.artifacts.large_code import new_pointers
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import lfs_dir
from gitxp.errors import GitFailed, GitxpError
from gitxp.model.identity import RunId
from gitxp.model.run import Code
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.fold import fold_journal
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.layout import is_said_folder, looked_through_path, recorded_dir
from gitxp.storage.proved import is_partial_clone
from gitxp.storage.refs import SHARED, TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

_REMOTES = "refs/remotes/"


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked through.

    Attributes:
        code: The last commit all of whose files were; empty where there is none.
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
    configured = settings.get("lfs.storage", "")
    has_objects = (lfs_dir(repository.common_dir, configured) / "objects").is_dir()
    if not has_objects or is_partial_clone(settings):  # where Git would fetch what is missing
        return
    looked = _read(repository)
    folders = {folder.name: folder for folder in _folders(repository)}
    new = [folder for name, folder in folders.items() if name not in looked.folders]
    if not new:
        return
    codes = _codes(repository, new)
    names = LastingNames(repository, configured)
    whole = looked.code
    for code, pushed in _unpushed(repository, sorted({*codes.values()} - {""})):
        base = pushed or whole
        with suppress(GitFailed):  # of code that is lost nobody knows the files
            for pointer in _pointers(repository, base, code):
                names.hold(pointer.digest)
            whole = whole if pushed else code
    _write(repository, _Looked(whole, looked.folders.intersection(folders).union(codes)))


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
        run, dash, _ = folder.name.partition("-")
        if dash:
            recorded[folder.name] = RunId(run)
            continue
        with suppress(GitxpError, FileNotFoundError):  # cannot be read; recorded a moment ago
            journal = read_journal(RunId(run), folder)
            if journal is not None:
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


def _unpushed(repository: Repository, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Return the code that no remote has, each with a commit it builds on that one has, if any."""
    if not codes or not repository.git("for-each-ref", "--count=1", _REMOTES):
        return [(code, "") for code in codes]
    words = ("rev-list", "--boundary", "--ignore-missing", *codes, "--not", "--remotes")
    listed = repository.git(*words).decode().split()
    pushed = next((line[1:] for line in listed if line.startswith("-")), "")
    return [(code, pushed) for code in codes if code in listed]


def _pointers(repository: Repository, base: str, code: str) -> Collection[Pointer]:
    try:
        return new_pointers(repository, Code(commit=code, base=base or None)).values()
    except GitFailed:
        if not base:
            raise
    # What was looked through before is gone: then all of it is new.
    return new_pointers(repository, Code(commit=code)).values()


def forget_what_was_looked_through(repository: Repository) -> None:
    """Begin anew, since not all that was found is held any more."""
    looked_through_path(repository.private_dir).unlink(missing_ok=True)


def _read(repository: Repository) -> _Looked:
    try:
        code, *folders = looked_through_path(repository.private_dir).read_text().split("\n")
    except FileNotFoundError:
        return _Looked()
    return _Looked(code, frozenset(folders))


def _write(repository: Repository, looked: _Looked) -> None:
    content = "\n".join([looked.code, *sorted(looked.folders)]).encode()
    stage_content(content, looked_through_path(repository.private_dir))
