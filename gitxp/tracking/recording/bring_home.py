"""Bringing home a journal that lies in the fallback folder, once `.git` can be written."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from gitxp.model.run import Code
from gitxp.storage.clone import home_clone_id
from gitxp.storage.codecs.run import decode_run, encode_run
from gitxp.storage.disk import sync
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.reader import Journal, parse_lines
from gitxp.storage.layout import journal_dir, scratch_dir
from gitxp.storage.odb.pack import Pack, brought_in
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refstore import hold_code
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import OWNER_ONLY, make_folder, share


def bring_home(repository: Repository, journal: Journal) -> None:
    """Move a journal into the private folder, and its code into the store.

    The recording lock must be held. Whoever is killed amid it leaves a journal that is brought
    home by the next one; the folder at home comes into being at once.

    Raises:
        OSError: If `.git` still cannot be written.
    """
    home = journal_dir(repository.private_dir, journal.run)
    if not _is_there(journal, home):
        make_folder(home.parent)
        copy = scratch_dir(repository.private_dir) / f"home-{secrets.token_hex(4)}"
        make_folder(copy, OWNER_ONLY)
        try:
            passed_over = shutil.ignore_patterns("record.lock")
            shutil.copytree(journal.folder, copy, ignore=passed_over, dirs_exist_ok=True)
            _settle(copy, home_clone_id(repository), _held_code(repository, journal))
            for path in (copy, *copy.rglob("*")):
                share(path)
            copy.replace(home)
            sync(home.parent)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(journal.folder)


def _is_there(journal: Journal, home: Path) -> bool:
    """Return whether the journal was brought home by somebody who was killed right after."""
    return all((home / f"{writer.id}.jsonl").exists() for writer in journal.writers)


def _held_code(repository: Repository, journal: Journal) -> Code:
    """Bring the code into the store where a ref holds it, and return what is there of it."""
    code = fold_journal(journal).run.code
    if code.commit is None:
        return code
    pack = Pack(journal.folder / "code.pack")
    with ExitStack() as stack:
        if not missing_objects(repository, [code.base] if code.base else []):
            if pack.index_path.exists():
                stack.enter_context(brought_in(pack, repository.common_dir))
            if not missing_objects(repository, [code.commit]):
                hold_code(repository, code.commit)
                return code
    return replace(code, commit=None, tree=None, failure=f"commit {code.base} is gone since")


def _settle(folder: Path, home: str, code: Code) -> None:
    """Make the copy of a journal one of this clone, and hand it on to the disk."""
    for path in folder.glob("*.jsonl"):
        found = path.stat()
        lines = [_settled(line, home, code) for line in path.read_bytes().splitlines(keepends=True)]
        path.write_bytes(b"".join(lines))
        # Of a process that died, it is the last sign of life.
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    sync(*(path for path in folder.rglob("*") if path.is_file()), folder)


def _settled(line: bytes, home: str, code: Code) -> bytes:
    """Return the line that starts a run as this clone would have written it; others as they are."""
    start = next(parse_lines(line), None)
    if start is None or start["kind"] != "start":
        return line
    run = decode_run(start["run"].encode())
    *earlier, latest = run.sessions
    # A run that is carried on has the home that its record says.
    run = replace(
        run,
        home=run.home if "before" in start else home,
        sessions=(*earlier, replace(latest, code=code)),
    )
    return json.dumps({**start, "run": encode_run(run).decode()}).encode() + b"\n"
