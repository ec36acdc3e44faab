"""Where an export goes: a file or folder that is there whole, as it was before, or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gitxp.artifacts.files import partial_path, written_whole
from gitxp.errors import CannotExport

_PART: Final = re.compile(r"part-0\.[a-z]+")


def is_stream(path: Path) -> bool:
    """Return whether a path leads to what is written into rather than made: a pipe, a device."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def placed_file(
    path: Path, *, force: bool, instead: str = "name a file in it"
) -> Iterator[BinaryIO]:
    """Write a file that is there only when the block ends well.

    Args:
        force: Whether one that is there gives way; a link to one stays, and leads to the new one.
        instead: What to do where the path is a folder.

    Raises:
        CannotExport: If it does not, or the file cannot be written.
    """
    with _told(path):
        if path.is_dir():
            raise CannotExport(f"{str(path)!r} is a folder", hint=instead)
        if os.path.lexists(path) and not force:
            raise _taken(path)
        with written_whole(Path(os.path.realpath(path)), replaces=force) as stream:
            yield stream


@contextmanager
def placed_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """Fill a folder that is there only when the block ends well, in place of one that was.

    Args:
        force: Whether an export that is there gives way; nothing else does.

    Raises:
        CannotExport: If it does not, or the folder cannot be written.
    """
    with _told(path):
        target = Path(os.path.realpath(path))
        _check_free(path, force=force)
        partial = partial_path(target)
        try:
            partial.mkdir()
            yield partial
            _put_in_place(partial, target, force=force)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _check_free(path: Path, *, force: bool) -> None:
    if not os.path.lexists(path) or (path.is_dir() and not any(path.iterdir())):
        return
    if not path.is_dir():
        raise CannotExport(f"{str(path)!r} is there already, and is no folder")
    if not _is_export(path):
        raise CannotExport(
            f"the folder {str(path)!r} holds what no export has written",
            hint="give a folder that is empty, or not there yet",
        )
    if not force:
        raise _taken(path)


def _is_export(folder: Path) -> bool:
    """Return whether a folder holds nothing but files of an export, in folders of its kind."""
    return all(
        ("=" in path.name and _is_export(path))
        if path.is_dir() and not path.is_symlink()
        else _PART.fullmatch(path.name) is not None
        for path in folder.iterdir()
    )


def _put_in_place(partial: Path, target: Path, *, force: bool) -> None:
    if not force or not target.exists() or not any(target.iterdir()):
        partial.rename(target)  # which takes the place of an empty folder alone
        return
    aside = partial_path(target)
    target.rename(aside)
    try:
        partial.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say of what cannot be written where it was to be."""
    try:
        yield
    except FileExistsError as error:  # made by somebody else meanwhile
        raise _taken(path) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotExport(f"cannot write {str(path)!r}: {reason}") from error


def _taken(path: Path) -> CannotExport:
    return CannotExport(f"{str(path)!r} is there already", hint="-f replaces it")
