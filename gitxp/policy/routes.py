"""Where runs may be pushed: patterns of experiments, and the remotes that each may go to."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Final

from gitxp.errors import InvalidSettings, RouteRefused
from gitxp.policy.settings import Settings
from gitxp.policy.sources import FILE

# Git's own name for the repository itself, which no remote can have.
NOWHERE: Final = (".",)
_WILDCARD: Final = re.compile(r"\[[^\]]*\]|[*?]")
# Experiments have names of these characters; a pattern of others would silently match none.
_PATTERN: Final = re.compile(r"[a-z0-9._/*?\[\]!-]+")


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that no experiment's name can match.

    Raises:
        InvalidSettings: Since what it means to keep private would not be.
    """
    if not _PATTERN.fullmatch(pattern):
        raise InvalidSettings(
            f"{FILE}: no experiment matches {pattern!r}: "
            "names have small letters, digits and the marks '.', '_', '-' and '/'",
            hint=f"edit {FILE} at the top of the working tree",
        )


def route_of(settings: Settings, experiment: str) -> tuple[str, ...]:
    """Return the names of the remotes to which a run of an experiment may be pushed.

    A pattern covers what lies below as well: `secret` is also for `secret/lr`. Of several the one
    with the most characters that are no wildcards counts, whatever their order; of several with
    as many, what all of them allow.

    Returns:
        Empty where nothing restricts it, `NOWHERE` where it may go to no remote.

    Example:
        >>> settings = Settings(routes={"*": ("origin",), "secret/*": ("private",), "tmp": ()})
        >>> route_of(settings, "lr"), route_of(settings, "secret/lr"), route_of(settings, "tmp/lr")
        (('origin',), ('private',), ('.',))
    """
    found = [pattern for pattern in settings.routes if _covers(pattern, experiment)]
    most = max(map(_specificity, found), default=0)
    route: tuple[str, ...] = ()
    for pattern in found:
        if _specificity(pattern) == most:
            route = narrower(route, settings.routes[pattern] or NOWHERE)
    return route


def _covers(pattern: str, experiment: str) -> bool:
    return fnmatchcase(experiment, pattern) or fnmatchcase(experiment, f"{pattern}/*")


def _specificity(pattern: str) -> int:
    return len(_WILDCARD.sub("", pattern))


def narrower(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return the route to where both of two routes lead.

    Example:
        >>> narrower(("a", "b"), ("b", "c")), narrower((), ("b",)), narrower(("a",), ("b",))
        (('b',), ('b',), ('.',))
    """
    if not one or not other:
        return one or other
    return tuple(remote for remote in one if remote in other) or NOWHERE


def may_go(route: tuple[str, ...], remote: str) -> bool:
    """Return whether a run with this route may be pushed to the remote of this name.

    Example:
        >>> may_go((), "origin"), may_go(("private",), "origin"), may_go(NOWHERE, "origin")
        (True, False, False)
    """
    return not route or remote in route


def check_route(run: str, route: tuple[str, ...], remote: str, remotes: Collection[str]) -> None:
    """Refuse to send a run to a remote that it may not go to.

    Args:
        run: For people.
        remote: Its name, or its address where it has none here.
        remotes: The names of those that this clone has.

    Raises:
        RouteRefused: With what to type instead.
    """
    if may_go(route, remote):
        return
    if route == NOWHERE:
        raise RouteRefused(f"run {run} may be pushed to no remote")
    named = " or ".join(map(repr, route))
    here = [one for one in route if one in remotes]
    raise RouteRefused(
        f"run {run} may be pushed to {named} alone, not to {remote!r}"
        + ("" if here else f"; there is no remote {named} here"),
        hint=f"git xp push {here[0]}" if here else f"git remote add {route[0]} <url>",
    )
