"""One thread beside the training that does a little for each open run when it is due."""

from __future__ import annotations

import os
import threading
import time
from typing import Protocol

# How long the thread sleeps where nothing is due: whoever comes with work that is due no sooner
# need not wake it, which would take as long as recording the points of a short run.
_IDLE = 1.0


class Worker(Protocol):
    """Something that is done in turns.

    Attributes:
        needs_turn: Whether it is to have one more even if it is stopped, to end what it has begun.
        is_stopped: Whether nobody wants anything else of it.
    """

    needs_turn: bool
    is_stopped: bool

    def turn(self) -> float | None:
        """Do a part, and return when to be asked again, by the monotonic clock; None at the end.

        It raises nothing.
        """


class Turns:
    """Gives each worker a turn when it is due, in a thread that stays for the next run."""

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        # Again by the same thread: a signal's handler may end a run amid the start of another.
        self._lock = threading.RLock()
        self._due: dict[Worker, float] = {}
        self._woken = threading.Event()
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None

    def add(self, worker: Worker, due: float) -> None:
        """Give `worker` its first turn at a moment of the monotonic clock."""
        with self._lock:
            self._due[worker] = due
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="gitxp-sampler", daemon=True
                )
                self._thread.start()
            elif due < self._wakes_at:
                self._woken.set()

    def drop(self, worker: Worker) -> None:
        """Give a worker that is stopped no turn any more, or at once the one that it needs."""
        with self._lock:
            if not worker.needs_turn:
                self._due.pop(worker, None)
            elif worker in self._due:
                self._due[worker] = 0.0
                self._woken.set()

    def _serve(self) -> None:
        while True:
            for worker in self._taken():
                again = worker.turn()
                if again is not None:
                    with self._lock:
                        self._due[worker] = 0.0 if worker.is_stopped else again
            with self._lock:
                now = time.monotonic()
                self._wakes_at = min([now + _IDLE, *self._due.values()])
            self._woken.wait(max(0.0, self._wakes_at - now))
            self._woken.clear()

    def _taken(self) -> list[Worker]:
        with self._lock:
            now = time.monotonic()
            due = [worker for worker, at in self._due.items() if at <= now]
            for worker in due:
                del self._due[worker]
        return due
