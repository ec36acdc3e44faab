"""A conversation with the remote of a push: first it is asked what it has, later refs are sent.

Over HTTP both go through one process, so that the remote is asked once. By any other way Git is
run twice.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from gitxp.errors import RemoteFailed
from gitxp.storage.repository import Repository
from gitxp.storage.transport.advertised import Advertised, parse_advertised
from gitxp.storage.transport.asking import asking
from gitxp.storage.transport.carrier import carrier
from gitxp.storage.transport.failure import answer_of
from gitxp.storage.transport.fetching import advertised_to_push
from gitxp.storage.transport.helper_talk import HelperTalk, helper_command
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Said

_FORBIDDEN: Final = re.compile(r"error: 403|HTTP 403")


@dataclass
class Conversation:
    """What was begun with a remote.

    Attributes:
        advertised: Waits for what the remote has, or raises `RemoteFailed` with Git's words.
    """

    advertised: Callable[[], Advertised]
    _opened: list[HelperTalk]

    def take_helper(self) -> HelperTalk | None:
        """Return the process that has told what is there, once; None where there is none such."""
        return self._opened.pop() if self._opened else None


@contextmanager
def conversation(repository: Repository, remote: Remote, *, sends: bool) -> Iterator[Conversation]:
    """Begin to ask a remote what it has; all that was begun is over at the end of the block.

    Args:
        sends: Whether anything is to be sent: to ask is allowed to more people.
    """
    with ExitStack() as ends:
        opened: list[HelperTalk] = []

        def ask(over: threading.Event) -> Advertised:
            found = _ask_helper(repository, remote, ends, opened, over) if sends else None
            # Not to be allowed to send, or to be shown what is hidden, is told when it comes to it.
            return found if found and found.tips else advertised_to_push(repository, remote, over)

        with asking(ask) as advertised:
            yield Conversation(advertised, opened)


def _ask_helper(
    repository: Repository,
    remote: Remote,
    ends: ExitStack,
    opened: list[HelperTalk],
    over: threading.Event,
) -> Advertised | None:
    """Ask by the process that is to send; None where none does, or the server lets nobody push."""
    way = ends.enter_context(carrier(repository, {}))
    command = helper_command(way, remote)
    if command is None:
        return None

    def ask() -> Said:
        talk = HelperTalk(way, command, remote.patience)
        ends.callback(talk.end)
        said = talk.listing()
        opened[:] = [] if said.status else [talk]
        return said

    try:
        return parse_advertised(answer_of(remote.name, ask, over))
    except RemoteFailed as error:
        if _FORBIDDEN.search(str(error)):
            return None
        raise
