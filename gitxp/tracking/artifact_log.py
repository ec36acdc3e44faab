"""Artifacts of a running run: set aside as they are now, and told of in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gitxp.artifacts.files import stage, stage_content
from gitxp.errors import InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.tracking.checked import checked_source, path_inside


class ArtifactLog:
    """Takes files for one run; each method raises `InvalidValue` for what it cannot take."""

    def __init__(self, folder: Path, say: Callable[..., None]) -> None:
        """Begin without artifacts.

        Args:
            folder: Where files are set aside.
            say: Writes a line of the journal.
        """
        self._folder = folder
        self._say = say

    def add(self, path: Any, artifact_path: Any) -> None:
        """Keep a file as it is now, in the folder `artifact_path` of the run."""
        source = checked_source(path)
        # A folder may be given as `.`, which has no name of its own; `stage` refuses it.
        self.add_as(source.name or source.resolve().name, source, artifact_path)

    def add_as(self, name: str, source: Path, artifact_path: Any) -> None:
        """Keep a file under another name."""
        inside = checked_artifact_path(path_inside(artifact_path, name))
        size = stage(source, self._folder / inside)
        self._say("artifact", path=inside, size=size)

    def add_content(self, content: bytes, artifact_file: Any) -> None:
        """Keep `content` as the file `artifact_file` of the run."""
        inside = checked_artifact_path(path_inside(None, artifact_file))
        stage_content(content, self._folder / inside)
        self._say("artifact", path=inside, size=len(content))


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
