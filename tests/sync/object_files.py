"""What disks do to repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def object_file(folder: Path, revision: str) -> Path:
    """Return the file of a loose object.

    Args:
        folder: The repository; the one in `.git` where there is a working tree.
    """
    words = ["git", "rev-parse", revision]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    oid = done.stdout.strip()
    return folder / "objects" / oid[:2] / oid[2:]


def loosen(folder: Path, beside: Path) -> None:
    """Make a file of each object of a repository; what else held them is gone, too.

    Args:
        beside: A folder where the packs may lie meanwhile.
    """
    for pack in sorted((folder / "objects" / "pack").glob("*.pack")):
        loose = pack.rename(beside / pack.name)
        for path in pack.parent.glob(f"{pack.stem}.*"):
            path.unlink()
        with loose.open("rb") as content:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=folder, stdin=content, check=True)
        loose.unlink()
    for name in ("recorded", "index"):
        shutil.rmtree(folder / "gitxp" / name, ignore_errors=True)


def lose(folder: Path, revision: str) -> None:
    """Lose an object of a repository whose objects are loose."""
    object_file(folder, revision).unlink()
