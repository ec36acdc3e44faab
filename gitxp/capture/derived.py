"""Folders that programs fill: environments and caches, which can be made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_NAMES = frozenset(
    {
        ".cache",
        ".eggs",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".venv",
        "__pycache__",
        "bower_components",
        "node_modules",
        "site-packages",
        "venv",
        "virtualenv",
    }
)
# Files that mark their folder, whatever it is called: Python's virtual environments (PEP 405),
# conda's environments, and caches (https://bford.info/cachedir/).
_MARKS = ("pyvenv.cfg", "conda-meta/history", "CACHEDIR.TAG")


def derived_folders(paths: Iterable[str]) -> Mapping[str, str]:
    """Return the outermost environment or cache in which a path lies, for each that lies in one.

    Example:
        >>> dict(derived_folders(["a.py", "env/pyvenv.cfg", "env/bin/python"]))
        {'env/pyvenv.cfg': 'env', 'env/bin/python': 'env'}
    """
    paths = list(paths)
    marked = {
        path.removesuffix(f"/{mark}")
        for path in paths
        for mark in _MARKS
        if path.endswith(f"/{mark}")
    }
    by_parent: dict[str, str | None] = {"": None}
    found = {}
    for path in paths:
        parent = path.rpartition("/")[0]
        if parent not in by_parent:
            by_parent[parent] = _outermost(parent, marked)
        if folder := by_parent[parent]:
            found[path] = folder
    return found


def _outermost(folder: str, marked: set[str]) -> str | None:
    parts = folder.split("/")
    for number, part in enumerate(parts, 1):
        candidate = "/".join(parts[:number])
        if part in _NAMES or candidate in marked:
            return candidate
    return None
