"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from gitxp.errors import RemoteFailed
from gitxp.storage.odb.pack import brought_in
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import carrier
from gitxp.storage.transport.last_seen import parse_tips
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, hear_out

# Where the carrier keeps what the remote has.
_THERE = "refs/there/"


def advertised_tips(
    repository: Repository, remote: Remote, pattern: str = f"{SHARED}*", *, to_push: bool = False
) -> dict[str, str]:
    """Return by ref the tips of what a remote has under `refs/experiments/`.

    Args:
        pattern: Which of them.
        to_push: Whether what is pushed there is meant, where that is another place.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    place = remote.push_url if to_push and remote.push_url != remote.url else remote.name
    said = hear_out(repository.start_git("ls-remote", "--refs", "--quiet", place, pattern))
    if said.status:
        raise RemoteFailed(said.words or f"remote {remote.name!r} does not answer")
    return parse_tips(said.output.decode("utf-8", "surrogateescape"))


@contextmanager
def fetched_tips(
    repository: Repository,
    remote: Remote,
    known: Mapping[str, str],
    *,
    only: Sequence[str] | None = None,
    heard: Heard | None = None,
) -> Iterator[dict[str, str]]:
    """Bring what a remote has here, and yield its tips by ref.

    No `git gc` takes the objects while the block makes refs lead to them; no ref changes here.

    Args:
        known: What is known to be there, and here.
        only: These refs of the remote; all under `refs/experiments/` where None.

    Raises:
        RemoteFailed: If it does not answer, or not all came; with Git's own words.
    """
    # Negotiating, and looking whether all came, Git stops at what refs lead to.
    here = list_refs(repository)
    there = {f"{_THERE}{ref.removeprefix(SHARED)}": tip for ref, tip in known.items()}
    with carrier(repository, {**here, **there}) as way, ExitStack() as stack:
        said = way.fetch(_words(remote, only), heard=heard)
        if said.status:
            raise RemoteFailed(said.words or f"cannot fetch from {remote.name!r}")
        for pack in way.packs():
            stack.enter_context(brought_in(pack, repository.common_dir))
        tips = way.refs(_THERE)
        yield {f"{SHARED}{name.removeprefix(_THERE)}": tip for name, tip in tips.items()}


def _words(remote: Remote, only: Sequence[str] | None) -> list[str]:
    if only is None:  # the carrier loses what the remote has no more; nothing else does
        return ["--prune", remote.name, f"+{SHARED}*:{_THERE}*"]
    return [
        "--no-prune",
        remote.name,
        *(f"+{ref}:{_THERE}{ref.removeprefix(SHARED)}" for ref in only),
    ]
