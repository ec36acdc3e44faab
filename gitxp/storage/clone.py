"""Which clone this is: the home of the runs that are started in it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from gitxp.storage.disk import is_read_only
from gitxp.storage.layout import clone_id_path
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, share


def clone_id(repository: Repository) -> str:
    """Return the id of this clone, 32 hexadecimal digits; made at the first question.

    While `.git` is read-only the fallback folder keeps it. Where nothing can be written at all
    nothing can be started either, and the answer is an id that no run has.
    """
    for place in (repository.private_dir, repository.fallback_dir):
        with suppress(FileNotFoundError):
            return clone_id_path(place).read_text().strip()
    for place in (repository.private_dir, repository.fallback_dir):
        try:
            return _make(clone_id_path(place))
        except OSError as error:
            if not is_read_only(error):
                raise
    return secrets.token_hex(16)


def home_clone_id(repository: Repository) -> str:
    """Return the id of this clone, kept in its private folder from now on."""
    path = clone_id_path(repository.private_dir)
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    return _make(path, clone_id(repository))


def _make(path: Path, known: str = "") -> str:
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        partial.write_text(f"{known or secrets.token_hex(16)}\n")
        share(partial)
        _put(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path.read_text().strip()


def _put(partial: Path, path: Path) -> None:
    """Give a file its name; unlike `write_whole` it leaves that of a faster process alone."""
    try:
        os.link(partial, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        partial.replace(path)


def known_clone_id(private_dir: Path) -> str:
    """Return the id of this clone; empty where none was made yet."""
    try:
        return clone_id_path(private_dir).read_text().strip()
    except FileNotFoundError:
        return ""
