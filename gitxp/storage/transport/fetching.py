"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

from collections.abc import Mapping

from gitxp.errors import RemoteFailed
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import parse_tips
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, hear_out

# The user's tags, FETCH_HEAD and remote-tracking branches are left as they are, and so are runs
# that the remote does not have, whatever `fetch.prune` and the remote's own refspecs say.
_LEAVE_ALONE = (
    "--no-tags",
    "--no-write-fetch-head",
    "--no-prune",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--refmap=",
)


def advertised_tips(repository: Repository, remote: Remote) -> dict[str, str]:
    """Return by ref the tips of all that a remote has under `refs/experiments/`.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    said = hear_out(
        repository.start_git("ls-remote", "--refs", "--quiet", remote.name, f"{SHARED}*")
    )
    if said.status:
        raise RemoteFailed(said.words or f"remote {remote.name!r} does not answer")
    return parse_tips(said.output.decode("utf-8", "surrogateescape"))


def fetch_refs(
    repository: Repository,
    remote: Remote,
    wanted: Mapping[str, str],
    *,
    heard: Heard | None = None,
) -> None:
    """Bring refs of a remote here, with all that they lead to.

    Args:
        wanted: By the remote's ref the one that holds it here from now on.

    Raises:
        RemoteFailed: If not all of them came; with Git's own words.
    """
    specs = "".join(f"+{source}:{target}\n" for source, target in wanted.items())
    process = repository.start_git(
        "fetch", *_LEAVE_ALONE, "--progress", "--stdin", remote.name, reads_input=True
    )
    said = hear_out(process, specs.encode("utf-8", "surrogateescape"), heard=heard)
    if said.status:
        raise RemoteFailed(said.words or f"cannot fetch from {remote.name!r}")
