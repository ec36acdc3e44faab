"""Asking a remote something while this process does something else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from gitxp.storage.meanwhile import begin
from gitxp.storage.transport.talk import end_talks

T = TypeVar("T")

_BETWEEN_LOOKS: Final = 0.05
# A listing comes in pieces of 64 KiB. For each the usual 5 ms would pass while the other thread is
# busy, as it is that loads modules.
_TURN: Final = 0.0002


@contextmanager
def asking(ask: Callable[[threading.Event], T]) -> Iterator[Callable[[], T]]:
    """Begin to ask at once, and end it with the block even if nobody wants to know any more.

    Args:
        ask: What asks, by processes that it starts; given what is set once nobody wants to know.

    Yields:
        What waits for the answer and returns it, or raises what `ask` raised.
    """
    is_answered, over = threading.Event(), threading.Event()

    def answer() -> T:
        try:
            return ask(over)
        finally:
            is_answered.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    wait = begin(answer)
    try:
        yield wait
    finally:
        sys.setswitchinterval(interval)
        over.set()
        while not is_answered.wait(_BETWEEN_LOOKS):
            end_talks()
