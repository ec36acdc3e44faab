"""Letting something go on for as long as its answer is not needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Callable[[], T]:
    """Start `work` in a thread of its own.

    Returns:
        What waits for its answer and returns it, or raises what it raised.

    Example:
        >>> answer = begin(lambda: 6 * 7)
        >>> answer()
        42
    """
    answers: list[T] = []
    failures: list[Exception] = []

    def act() -> None:
        try:
            answers.append(work())
        except Exception as error:  # noqa: BLE001  # raised again to whoever waits
            failures.append(error)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()

    def wait() -> T:
        thread.join()
        if failures:
            raise failures[0]
        return answers[0]

    return wait
