"""Artifacts of a running run: set aside as they are now, and told of in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from gitxp.artifacts.files import stage, stage_content
from gitxp.errors import InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.storage.bounds import MOST_ENTRIES
from gitxp.storage.layout import staged_dir
from gitxp.tracking.values.checked import checked_source, checked_step, path_inside


class ArtifactLog:
    """Takes files for one run; each method raises `InvalidValue` for what it cannot take."""

    def __init__(
        self, journal: Path, say: Callable[..., None], *, most: int = MOST_ENTRIES
    ) -> None:
        """Begin without artifacts.

        Args:
            journal: The folder of the run, which files are set aside in.
            say: Writes a line of the journal.
            most: How many files and folders there may be.
        """
        self._folder = staged_dir(journal)
        self._say = say
        self._most = most
        self._entries: set[str] = set()

    def add(self, path: Any, artifact_path: Any, step: Any = None) -> None:
        """Keep a file as it is now, in the folder `artifact_path` of the run."""
        source = checked_source(path)
        # A folder may be given as `.`, which has no name of its own; `stage` refuses it.
        name = source.name or source.resolve().name
        self.add_as(at_step(name, step) if name else name, source, artifact_path)

    def add_as(self, name: str, source: Path, artifact_path: Any) -> None:
        """Keep a file under another name."""
        inside = checked_artifact_path(path_inside(artifact_path, name))
        self._make_room(inside)
        size = stage(source, self._folder / inside)
        self._say("artifact", path=inside, size=size)

    def add_content(
        self, make: Callable[[str], bytes], artifact_file: Any, step: Any = None
    ) -> None:
        """Keep what `make` returns for its path as the file `artifact_file` of the run."""
        inside = self.place(artifact_file, step)
        content = make(inside)
        self._make_room(inside)
        stage_content(content, self._folder / inside)
        self._say("artifact", path=inside, size=len(content))

    def place(self, artifact_file: Any, step: Any) -> str:
        """Return where the file `artifact_file` of the run, or of one of its steps, lies."""
        inside = checked_artifact_path(path_inside(None, artifact_file))
        return checked_artifact_path(at_step(inside, step))

    def _make_room(self, path: str) -> None:
        """Count a file and the folders that it lies in."""
        new = entries_of(path) - self._entries
        if len(self._entries) + len(new) > self._most:
            raise InvalidValue(
                f"artifact {path!r} is one too many: expected at most {self._most} files and "
                "folders",
                hint="pack them into one file, such as a .zip or .tar",
            )
        self._entries |= new


def entries_of(path: str) -> set[str]:
    """Return a file and every folder that it lies in, by path.

    Example:
        >>> sorted(entries_of("a/b/c"))
        ['a', 'a/b', 'a/b/c']
    """
    parts = path.split("/")
    return {"/".join(parts[:end]) for end in range(1, len(parts) + 1)}


def at_step(name: str, step: Any) -> str:
    """Return where a file lies that is one of a series; `name` itself where `step` is None.

    Raises:
        InvalidValue: If `step` is no whole number.

    Example:
        >>> at_step("figures/confusion.png", 12)
        'figures/confusion/000000012.png'
    """
    if step is None:
        return name
    path = PurePosixPath(name)
    return str(path.with_suffix("") / f"{checked_step(step):09d}{path.suffix}")


def files_below(folder: Any) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder, with its path relative to it.

    Raises:
        InvalidValue: If there is no such folder.
    """
    top = checked_source(folder)
    if not top.is_dir():
        raise InvalidValue(f"artifacts {str(top)!r} is no folder: expected one")
    for path in sorted(top.rglob("*")):
        if not path.is_dir():
            yield path.relative_to(top).as_posix(), path
