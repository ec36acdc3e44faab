"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from gitxp.storage.odb.pack import Pack, brought_in
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
from gitxp.storage.transport.failure import answer_of
from gitxp.storage.transport.halving import THERE, Came, Manner, fetch_commits
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, hear_out


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


# Brings commits here, in what manner is said.
Fetch = Callable[[Collection[str], Manner], Came]


@contextmanager
def fetching(
    repository: Repository,
    remote: Remote,
    *,
    known: Mapping[str, str],
    lost: Collection[str] = (),
    heard: Heard | None = None,
) -> Iterator[Fetch]:
    """Yield what brings commits here that a remote has, as often as it is called.

    No `git gc` takes the objects while the block makes refs lead to them; no ref changes here.
    What is yielded raises `RemoteFailed` if the remote does not answer, with Git's own words, and
    `BrokenHere` if a ref of this clone has lost its object, which stops each fetch.

    Args:
        known: What is known to be there, and here, by ref.
        lost: Refs of this clone whose objects are gone.
    """
    # Negotiating, and looking whether all came, Git stops at what refs lead to.
    here = list_refs(repository)
    there = {
        f"{THERE}{ref.removeprefix(SHARED)}": tip for ref, tip in known.items() if ref not in lost
    }
    refs = {ref: tip for ref, tip in here.items() if ref not in lost} | there
    with ExitStack() as stack:
        way = stack.enter_context(carrier(repository, refs))
        held: list[Pack] = []

        def fetch(commits: Collection[str], manner: Manner) -> Came:
            if manner is not Manner.WHOLE:  # it takes many talks
                stack.enter_context(way.kept_login())
            came = fetch_commits(
                way,
                repository,
                refs,
                remote,
                commits,
                manner=manner,
                answers=bool(held),
                heard=heard,
            )
            for pack in way.packs() if came.commits else ():
                if pack not in held:
                    held.append(pack)
                    stack.enter_context(brought_in(pack, repository.common_dir))
            return came

        yield fetch
