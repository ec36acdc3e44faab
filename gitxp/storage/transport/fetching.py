"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from gitxp.storage.odb.pack import brought_in
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.advertised import (
    OF_INTEREST,
    Advertised,
    parse_advertised,
    parse_tips,
)
from gitxp.storage.transport.carrier import carrier
from gitxp.storage.transport.failure import answer_of, remote_failed
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, hear_out

# Where the carrier keeps what the remote is known to have.
_THERE = "refs/there/"


def advertised_tips(
    repository: Repository,
    remote: Remote,
    pattern: str = f"{SHARED}*",
    *,
    to_push: bool = False,
    over: threading.Event | None = None,
) -> dict[str, str]:
    """Return by ref the tips of what a remote has under `refs/experiments/`.

    Args:
        pattern: Which of them.
        to_push: Whether what is pushed there is meant, where that is another place.
        over: Set once nobody waits for the answer any more.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    address = remote.push_address if to_push else remote.name
    return parse_tips(_advertised(repository, remote, address, pattern, over=over))


def advertised_to_push(
    repository: Repository, remote: Remote, over: threading.Event | None = None
) -> Advertised:
    """Return what the place has where runs are pushed; see `advertised_tips`.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    patterns = [f"{prefix}*" for prefix in OF_INTEREST]
    return parse_advertised(
        _advertised(repository, remote, remote.push_address, *patterns, over=over)
    )


def _advertised(
    repository: Repository,
    remote: Remote,
    address: str,
    *patterns: str,
    over: threading.Event | None,
) -> str:
    words = ("ls-remote", "--refs", "--quiet", "--", address, *patterns)
    patience = remote.patience
    return answer_of(
        remote.name, lambda: hear_out(repository.start_git(*words), patience=patience), over
    )


@contextmanager
def fetched_commits(
    repository: Repository,
    remote: Remote,
    commits: Collection[str],
    *,
    known: Mapping[str, str],
    heard: Heard | None = None,
) -> Iterator[frozenset[str]]:
    """Bring commits that a remote has here, and yield those that came.

    Git leaves out what would make a whole clone a shallow one. No `git gc` takes the objects while
    the block makes refs lead to them; no ref changes here.

    Args:
        known: What is known to be there, and here, by ref.

    Raises:
        RemoteFailed: If it does not answer, or has one of them no more; with Git's own words.
    """
    # Negotiating, and looking whether all came, Git stops at what refs lead to.
    here = list_refs(repository)
    there = {f"{_THERE}{ref.removeprefix(SHARED)}": tip for ref, tip in known.items()}
    with ExitStack() as stack:
        way = stack.enter_context(carrier(repository, {**here, **there}))
        said = way.fetch(remote.name, commits, heard=heard)
        if said.status:
            raise remote_failed(remote.name, said.words)
        for pack in way.packs():
            stack.enter_context(brought_in(pack, repository.common_dir))
        yield way.fetched()
