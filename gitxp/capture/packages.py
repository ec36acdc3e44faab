"""Which packages are installed, told by the names of their folders alone.

Reading every package's metadata takes some 100 ms for 150 of them, the names of the folders 2 ms.
Source of the folders' form: the "Recording installed projects" specification of PyPA.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

_SEPARATORS = re.compile(r"[-_.]+")
_EGG = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-py[\d.]+.*)?\.egg-info")


def installed_packages(search_path: Sequence[str]) -> dict[str, str]:
    """Return version by normalised name (PEP 503), sorted; the first on the path counts.

    Args:
        search_path: Folders as in `sys.path`.
    """
    found: dict[str, str] = {}
    for folder in search_path:
        for name, version in _in_folder(folder or "."):
            found.setdefault(name, version)
    return dict(sorted(found.items()))


def _in_folder(folder: str) -> Iterator[tuple[str, str]]:
    try:
        names = os.listdir(folder)
    except OSError:  # a zip file, or a folder that is not there
        return
    for entry in names:
        if entry.endswith(".dist-info"):
            name, dash, version = entry.removesuffix(".dist-info").rpartition("-")
            if dash:
                yield _normalised(name), version
        elif match := _EGG.fullmatch(entry):
            yield _normalised(match["name"]), match["version"]


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
