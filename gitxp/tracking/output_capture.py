"""Keeping what a process prints: each piece goes to the user and into the run's `output.log`.

Where Python prints on the descriptors 1 and 2, they lead into a pipe of the program `tee`, which
writes to the user and to the log. So the output of C libraries and of children is kept as well, and
what was printed outlasts a `kill -9` of this process. A thread of this process could not do that:
it would die with it, and stand still while a C library prints and holds Python's lock.

In IPython and the like, where `sys.stdout` is something else, what is written to it is copied.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

_STREAMS = {1: "stdout", 2: "stderr"}
# Seconds for the last lines to get through; where a child still has the pipe, it goes on alone.
_PATIENCE = 2.0
_POLL = 0.005


class _Copy(Protocol):
    def end(self) -> None: ...

    def leave(self) -> None: ...


class OutputCapture:
    """Copies standard output and error into a file until it is ended.

    Captures may lie inside each other: then what is printed goes into each of the files.
    """

    def __init__(self, path: Path) -> None:
        """Begin to copy into the file `path`, behind what it holds.

        Raises:
            OSError: If the file or the pipes cannot be made, or there is no `tee`.
        """
        self._copies: list[_Copy] = []
        try:
            for number, name in _STREAMS.items():
                stream = getattr(sys, name)
                if _is_on(stream, number):
                    self._copies.append(_DescriptorCopy(number, stream, path))
                elif stream is not None:
                    self._copies.append(_StreamCopy(name, stream, path))
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Let the output go its own way again; what was printed until now is in the file."""
        while self._copies:
            self._copies.pop().end()

    def leave(self) -> None:
        """In a forked child: print on as the parent does, and leave the rest to it."""
        for copy in self._copies:
            copy.leave()
        self._copies = []


def _is_on(stream: Any, number: int) -> bool:
    """Return whether a stream prints on its usual descriptor, and that is open."""
    try:
        os.fstat(number)
        return stream is not None and stream.fileno() == number
    except (OSError, ValueError, AttributeError):  # closed, or no file at all
        return False


class _DescriptorCopy:
    """One descriptor that leads through `tee` for a while."""

    def __init__(self, number: int, stream: Any, path: Path) -> None:
        self._number = number
        self._stream = stream
        _flush(stream)
        _flush_c_library(number)
        self._saved = os.dup(number)
        try:
            # Ctrl-C is for the script: `-i` makes it go past the program that copies.
            self._tee = subprocess.Popen(
                ["tee", "-i", "-a", str(path)], stdin=subprocess.PIPE, stdout=self._saved
            )
        except OSError:
            os.close(self._saved)
            raise
        assert self._tee.stdin is not None
        os.dup2(self._tee.stdin.fileno(), number)
        self._pipe = os.fstat(number)
        self._unset_line_buffering = _buffer_lines(stream)

    def end(self) -> None:
        _flush(self._stream)
        _flush_c_library(self._number)
        self._unset_line_buffering()
        # Somebody else may have redirected it since: that is theirs to undo.
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._number), self._pipe):
                os.dup2(self._saved, self._number)
        os.close(self._saved)
        assert self._tee.stdin is not None
        _wait_until_read(self._tee.stdin.fileno())
        self._tee.stdin.close()
        try:
            self._tee.wait(_PATIENCE / 4)
        except subprocess.TimeoutExpired:  # a child that prints on has it, and would miss it
            with suppress(RuntimeError):  # while the interpreter shuts down there are no new ones
                threading.Thread(target=self._tee.wait, daemon=True).start()

    def leave(self) -> None:
        os.close(self._saved)
        if self._tee.stdin is not None:
            self._tee.stdin.close()
        self._tee.returncode = 0  # not this process's child: there is nothing to wait for


class _StreamCopy:
    """One stream of Python that is copied as it is written to."""

    def __init__(self, name: str, stream: Any, path: Path) -> None:
        self._name = name
        self._stream = stream
        self._file = path.open("ab", buffering=0)
        self._copying = _Copying(stream, self._file.write)
        setattr(sys, name, self._copying)

    def end(self) -> None:
        if getattr(sys, self._name) is self._copying:
            setattr(sys, self._name, self._stream)
        self._copying.keep = None
        self._file.close()

    def leave(self) -> None:
        self.end()


class _Copying:
    """A stream in all but that what is written is kept, too."""

    def __init__(self, stream: Any, keep: Callable[[bytes], object]) -> None:
        self.stream = stream
        self.keep: Callable[[bytes], object] | None = keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> Any:
        """Write as the stream does."""
        keep = self.keep  # another thread may end the capture at any moment
        if keep is not None and isinstance(text, str):
            with suppress(OSError, ValueError):  # a full disk costs the log, never the output
                keep(text.encode(errors="replace"))
        return self.stream.write(text)

    def writelines(self, lines: Any) -> None:
        """Write line by line."""
        for line in lines:
            self.write(line)


def _buffer_lines(stream: Any) -> Callable[[], object]:
    """Make each line leave the process at once; return what sets it back."""
    if getattr(stream, "line_buffering", True) or not hasattr(stream, "reconfigure"):
        return bool
    stream.reconfigure(line_buffering=True)

    def unset() -> None:
        with suppress(ValueError):  # closed meanwhile
            stream.reconfigure(line_buffering=False)

    return unset


def _flush(stream: Any) -> None:
    with suppress(OSError, ValueError):  # closed, or nobody reads
        stream.flush()


def _flush_c_library(number: int) -> None:
    """Print what C libraries hold back; standard error is never held back.

    Not `fflush(NULL)`: it would wait for a thread that reads from standard input.
    """
    if number != 1:
        return
    library = ctypes.CDLL(None)
    for name in ("stdout", "__stdoutp"):  # as the C libraries of Linux and macOS call it
        with suppress(ValueError, OSError):
            library.fflush(ctypes.c_void_p.in_dll(library, name))


def _wait_until_read(pipe: int) -> None:
    """Wait until nothing is left in the pipe, for a short while."""
    import fcntl
    import termios

    until = time.monotonic() + _PATIENCE
    with suppress(OSError):  # not every system tells
        while time.monotonic() < until:
            left = fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0")
            if not int.from_bytes(left, sys.byteorder):
                return
            time.sleep(_POLL)
