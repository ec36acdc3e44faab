"""The words of `git push --porcelain`, which speaks to every kind of remote."""

from __future__ import annotations

import re
from collections.abc import Collection

from gitxp.storage.refs import SHARED
from gitxp.storage.transport.sending import RefToSend, Sent

_TOLD = re.compile(r"(?P<flag>[ +\-*=!t])\t(?P<source>[^:\t]*):(?P<target>[^\t]+)\t(?P<told>.*)")
_REASON = re.compile(r"\((?P<reason>.*)\)\s*$")


def push_arguments(remote: str, refs: Collection[RefToSend]) -> list[str]:
    """Return what to say behind `git push`, in a repository that holds nothing but what goes."""
    leases = [f"--force-with-lease={one.lease}" for one in refs if one.lease is not None]
    return [*leases, remote, *refspecs(refs)]


def refspecs(refs: Collection[RefToSend]) -> list[str]:
    """Return what is to go where: by one pattern, since Git looks up each that is named."""
    specs = [f"{SHARED}*:{SHARED}*"] if any(one.tip for one in refs) else []
    return [*specs, *(f":{one.ref}" for one in refs if one.tip is None)]


def parse_porcelain(output: str) -> dict[str, Sent]:
    r"""Return by ref what became of it.

    Example:
        >>> parse_porcelain("*\trefs/x/a:refs/x/a\t[new reference]\n")
        {'refs/x/a': Sent(ref='refs/x/a', is_there=True, is_stale=False, reason='')}
        >>> parse_porcelain("!\t:refs/x/a\t[rejected] (stale info)\n")["refs/x/a"].is_stale
        True
    """
    found: dict[str, Sent] = {}
    for line in filter(None, map(_TOLD.fullmatch, output.split("\n"))):
        ref, told = line["target"], line["told"]
        inner = _REASON.search(told)
        is_refused = line["flag"] == "!"
        reason = inner["reason"] if inner else told
        found[ref] = Sent.refused(ref, reason) if is_refused else Sent(ref, is_there=True)
    return found
