"""Repositories of every kind, made for real; each is a row of the table in the docs."""

from kinds import (
    clones,
    content,
    filters,
    settings,
    shared,
    submodules,
    surroundings,
    working_trees,
)

__all__ = [
    "clones",
    "content",
    "filters",
    "settings",
    "shared",
    "submodules",
    "surroundings",
    "working_trees",
]
