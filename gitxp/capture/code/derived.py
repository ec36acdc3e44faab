"""Folders that programs fill: environments and caches, which can be made anew."""

from __future__ import annotations

from collections.abc import Iterable

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
# Files that mark a folder, whatever it is called, and how many folders up: Python's virtual
# environments (PEP 405), caches (https://bford.info/cachedir/), and conda's environments.
_MARKS = {"pyvenv.cfg": "", "CACHEDIR.TAG": "", "history": "/conda-meta"}


def split_derived(paths: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the paths that lie in no environment or cache, and the others by the outermost one.

    Example:
        >>> split_derived(["a.py", "env/pyvenv.cfg", "env/bin/python"])
        (['a.py'], {'env': ['env/pyvenv.cfg', 'env/bin/python']})
    """
    by_parent: dict[str, list[str]] = {}
    marked: set[str] = set()
    for path in paths:
        parent, _, name = path.rpartition("/")
        by_parent.setdefault(parent, []).append(path)
        if name in _MARKS and parent.endswith(_MARKS[name]):
            marked.add(parent.removesuffix(_MARKS[name]))
    own: list[str] = []
    derived: dict[str, list[str]] = {}
    for parent, members in by_parent.items():
        folder = _outermost(parent, marked)
        (own if folder is None else derived.setdefault(folder, [])).extend(members)
    return own, derived


def _outermost(folder: str, marked: set[str]) -> str | None:
    parts = folder.split("/")
    for number, part in enumerate(parts, 1):
        candidate = "/".join(parts[:number])
        if part in _NAMES or (candidate and candidate in marked):
            return candidate
    return None
