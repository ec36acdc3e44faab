"""One process of Git's helper for HTTP: it tells what a remote has, and then sends refs there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.http_helper import LIST_END, LIST_WORDS, helper_of, push_words
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend
from gitxp.storage.transport.talk import Heard, Said, end_talk, hear_answer, hear_out


class HelperTalk:
    """What is said to one process of the helper.

    Attributes:
        way: The repository that it sends from.
    """

    def __init__(self, way: Carrier, command: Sequence[str], patience: float | None) -> None:
        """Start the process.

        Args:
            command: See `helper_command`.
            patience: For how many seconds it may be silent; see `hear_out`.
        """
        self.way = way
        self._patience = patience
        self._process = way.start_helper(*command)

    def listing(self) -> Said:
        """Ask what the remote has; where that fails, the process has ended."""
        return hear_answer(self._process, LIST_WORDS, LIST_END, patience=self._patience)

    def push(self, refs: Collection[RefToSend], *, heard: Heard | None = None) -> Said:
        """Send what the carrier holds, to a remote that was asked what it has; then it ends."""
        return hear_out(self._process, push_words(refs), heard=heard, patience=self._patience)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        end_talk(self._process)


def helper_command(way: Carrier, remote: Remote) -> tuple[str, ...] | None:
    """Return how to start the helper that speaks to a remote; None where `git push` has to."""
    addresses = way.push_addresses(remote.name)
    helper = helper_of(addresses, way.settings())
    return (helper, remote.name, *addresses) if helper else None
