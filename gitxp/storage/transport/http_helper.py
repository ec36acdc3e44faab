"""The words of Git's own helper for HTTP, to which a push may give a pattern.

`git push` names each ref to the helper, and that each to `git send-pack`, which looks for it
among all that the remote has: 1,000 refs to a remote with 10,000 take seconds. A pattern is
handed on as it is, and costs a tenth. And the helper that told what the remote has may send next.

Source of the words: `gitremote-helpers(7)`; of the answers: `print_helper_status` in Git's
`builtin/send-pack.c`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable

from gitxp.storage.transport.porcelain import refspecs
from gitxp.storage.transport.sending import RefToSend, Sent

_ADDRESS = re.compile(r"https?(?=://)")
_TOLD = re.compile(r"(?P<word>ok|error) (?P<ref>refs/\S+)(?: (?P<told>.*))?")
# `git push` heeds them, and the helper is told nothing of them.
_OF_GIT_PUSH = ("protocol.", "push.gpgsign", "push.pushoption")
_ALLOWED_PROTOCOLS = "GIT_ALLOW_PROTOCOL"


def helper_of(addresses: Iterable[str], settings: Iterable[str]) -> str | None:
    """Return the name of the helper that speaks to a remote; None where `git push` has to.

    Args:
        addresses: Every one to which a push goes.
        settings: Keys of Git's settings.

    Example:
        >>> helper_of(["https://example.org/team.git"], [])
        'remote-https'
        >>> helper_of(["git@example.org:team.git"], [])
    """
    schemes = [_ADDRESS.match(address) for address in addresses]
    if len(schemes) != 1 or schemes[0] is None or _ALLOWED_PROTOCOLS in os.environ:
        return None
    if any(key.startswith(_OF_GIT_PUSH) for key in settings):
        return None
    return f"remote-{schemes[0][0]}"


# What is asked first, and how the answer to it ends.
LIST_WORDS = b"option progress true\nlist for-push\n"
LIST_END = b"\n\n"


def push_words(refs: Collection[RefToSend]) -> bytes:
    """Return what to tell a helper that has listed what the remote has.

    It runs in a repository that holds nothing but what goes.
    """
    leases = [f"option cas {one.lease}" for one in refs if one.lease is not None]
    pushes = [f"push {spec}" for spec in refspecs(refs)]
    lines = [*leases, *pushes, "", ""]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def parse_answer(output: str, refs: Iterable[RefToSend]) -> dict[str, Sent]:
    r"""Return by ref what became of it.

    Args:
        refs: Those that were to be sent; the helper speaks of all that the remote has.

    Example:
        >>> ref = RefToSend("refs/x/a", None, "c0ffee")
        >>> answer = 'ok\n\nerror refs/x/a "hook declined"\nerror refs/heads/main no match\n\n'
        >>> parse_answer(answer, [ref])
        {'refs/x/a': Sent(ref='refs/x/a', is_there=False, is_stale=False, reason='hook declined')}
    """
    asked = {one.ref for one in refs}
    found: dict[str, Sent] = {}
    for line in filter(None, map(_TOLD.fullmatch, output.split("\n"))):
        ref, told = line["ref"], (line["told"] or "").strip('"')
        if ref in asked:
            is_there = line["word"] == "ok"
            found[ref] = Sent(ref, is_there=True) if is_there else Sent.refused(ref, told)
    return found
