"""Moving several large files at once, and trying again what failed for the moment."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gitxp.artifacts.transfer.answers import Unreached
from gitxp.errors import GitxpError, with_hint
from gitxp.storage.codecs.pointer import Pointer

T = TypeVar("T")

_PAUSE = 0.25
_LONGEST_PAUSE = 10.0
# Whoever wants to be left alone for longer is asked by the next command.
_MOST_PATIENCE = 60.0


class Stopped(Exception):  # no fault: somebody has no more need of it
    """Nobody waits any more for what a thread does."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often something is tried.

    Attributes:
        most: With the first one.
        stopping: Set once nobody waits any more.
    """

    most: int
    stopping: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Return while somebody waits.

        Raises:
            Stopped: If nobody does.
        """
        if self.stopping.is_set():
            raise Stopped

    def of(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt comes to, made again where a server cannot be reached for now.

        Raises:
            Unreached: If that was so each time.
        """
        for number in range(self.most):
            self.check()
            try:
                return attempt()
            except Unreached as error:
                pause = error.pause
                if number + 1 == self.most or (pause or 0) > _MOST_PATIENCE:
                    raise
            if pause is None:
                pause = min(_LONGEST_PAUSE, _PAUSE * 2**number) * random.uniform(0.5, 1.5)
            self.stopping.wait(pause)
        raise AssertionError("something is tried once at least")


def move_several(
    objects: Sequence[Pointer],
    move: Callable[[Pointer], None],
    *,
    at_once: int,
    tries: Tries,
) -> Iterator[tuple[Pointer, str]]:
    """Move large files with some threads; yield each as it is done, and why it was not, or "".

    The threads end with the process: one that waits for a server holds up no exit.
    """
    waiting: queue.SimpleQueue[Pointer] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Pointer, BaseException | None]] = queue.SimpleQueue()
    for one in objects:
        waiting.put(one)

    def work() -> None:
        while not tries.stopping.is_set():
            try:
                pointer = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                move(pointer)
            except BaseException as error:  # noqa: BLE001  # raised by whoever waits, or told
                done.put((pointer, error))
            else:
                done.put((pointer, None))

    for _ in range(min(at_once, len(objects))):
        threading.Thread(target=work, daemon=True).start()
    for _ in objects:
        pointer, error = done.get()
        if error is not None and not isinstance(error, Exception):
            raise error
        yield pointer, "" if error is None else told(error)


def told(error: Exception) -> str:
    """Return what went wrong and, if that is known, what to do about it.

    What nobody expected is a failure of one file, too: others go, and so do the records.
    """
    is_expected = isinstance(error, (GitxpError, OSError))
    return with_hint(error) if is_expected else f"{type(error).__name__}: {error}"
