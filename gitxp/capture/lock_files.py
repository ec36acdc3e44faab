"""Lock files: what says which versions of which packages a project is to be installed with.

Those are looked at that stand at the top of the working tree, in the working folder, and in the
folders between the two.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitxp.storage.plain_file import open_plain

# uv, Poetry, PDM, Pipenv, pixi, conda and conda-lock, pip-tools, and PEP 751.
_NAME = re.compile(
    r"""
      (?:uv|poetry|pdm|Pipfile|pixi)\.lock
    | pylock(?:\.[\w-]+)?\.toml
    | environment(?:[-_.][\w.-]+)?\.ya?ml
    | (?:[\w.-]+\.)?conda-lock\.ya?ml
    | conda-[\w.-]+\.lock
    | (?:[\w.-]+[-_.])?requirements(?:[-_.][\w.-]+)?\.txt
    """,
    re.VERBOSE,
)
# More are no lock files of this project, whatever they are called.
_MOST = 32
# The largest, of thousands of packages for several platforms, have some 10 MB.
_LARGEST = 32 << 20
# Of a file of which nothing else keeps the content: Git keeps every version of it for good.
LARGEST_KEPT = 1 << 20


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock file as it lies on disk.

    Attributes:
        path: From the top of the working tree, with `/`.
        digest: `sha256:` and 64 hexadecimal digits.
        content: None where it is larger than `LARGEST_KEPT`.
    """

    path: str
    digest: str
    size: int
    content: bytes | None


def find_lock_files(top: Path, prefix: str) -> list[LockFile]:
    """Return the lock files of the project, sorted by path.

    Args:
        prefix: The working folder, relative to `top`.
    """
    return [
        _lock_file(path, content)
        for path in sorted(_paths(top, prefix))[:_MOST]
        if (content := _read(top / path)) is not None
    ]


def _lock_file(path: str, content: bytes) -> LockFile:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    kept = content if len(content) <= LARGEST_KEPT else None
    return LockFile(path, digest, len(content), kept)


def _paths(top: Path, prefix: str) -> Iterator[str]:
    parts = Path(prefix).parts
    for length in range(len(parts) + 1):
        folder = Path(*parts[:length])
        try:
            names = os.listdir(top / folder)  # noqa: PTH208  # it may hold 100,000 names
        except OSError:
            continue
        yield from (str(folder / name) for name in names if _NAME.fullmatch(name))


def _read(path: Path) -> bytes | None:
    """Return a file's bytes; None where it is none, too large, or cannot be read."""
    try:
        with open_plain(path) as file:
            is_large = os.fstat(file.fileno()).st_size > _LARGEST
            return None if is_large else file.read(_LARGEST)
    except OSError:
        return None
