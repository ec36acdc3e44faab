"""Examples in the manner of the interpreter, in docstrings and on pages."""

from __future__ import annotations

import doctest
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@contextmanager
def whole_errors() -> Iterator[None]:
    """Let doctest compare an error with all of its lines: early Python 3.11 takes the last alone.

    That is a note, where the error has one, such as its hint.
    """

    def whole(*error: object) -> list[str]:
        return ["".join(traceback.format_exception_only(*error))]

    kept = doctest.traceback
    doctest.traceback = SimpleNamespace(**{**vars(traceback), "format_exception_only": whole})
    try:
        yield
    finally:
        doctest.traceback = kept
