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
from collections.abc import Callable, Mapping
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

    Captures may lie inside each other: then what is printed goes into each of the files. What is
    shown keeps its order. In the file standard output and error may change places by a
    few lines if they lead to different places, as to a terminal and a file.
    """

    def __init__(self, path: Path) -> None:
        """Begin to copy into the file `path`, behind what it holds.

        Raises:
            OSError: If the file or the pipes cannot be made, or there is no `tee`.
        """
        self._copies: list[_Copy] = []
        try:
            own = {}
            for number, name in _STREAMS.items():
                stream = getattr(sys, name)
                if _is_on(stream, number):
                    own[number] = stream
                elif stream is not None:
                    self._copies.append(_StreamCopy(name, stream, path))
            self._copies += [_DescriptorCopy(part, path) for part in _by_target(own)]
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


def _by_target(streams: Mapping[int, Any]) -> list[Mapping[int, Any]]:
    """Return streams that lead to one place together: what is printed there stays in order."""
    if len(streams) == 2 and not _same_file(*streams):
        return [{number: stream} for number, stream in streams.items()]
    return [streams] if streams else []


def _is_on(stream: Any, number: int) -> bool:
    """Return whether a stream prints on its usual descriptor, and that is open."""
    try:
        os.fstat(number)
        return stream is not None and stream.fileno() == number
    except (OSError, ValueError, AttributeError):  # closed, or no file at all
        return False


class _DescriptorCopy:
    """Descriptors with one target that lead through one `tee` for a while."""

    def __init__(self, streams: Mapping[int, Any], path: Path) -> None:
        self._streams = streams
        _flush(streams)
        self._saved = os.dup(min(streams))
        try:
            # Ctrl-C is for the script: `-i` makes it go past the program that copies.
            self._tee = subprocess.Popen(
                ["tee", "-i", "-a", str(path)], stdin=subprocess.PIPE, stdout=self._saved
            )
        except OSError:
            os.close(self._saved)
            raise
        assert self._tee.stdin is not None
        self._pipe = self._tee.stdin
        for number in streams:
            os.dup2(self._pipe.fileno(), number)
        self._unset = [_buffer_lines(stream) for stream in streams.values()]

    def end(self) -> None:
        _flush(self._streams)
        for unset in self._unset:
            unset()
        for number in self._streams:
            # Somebody else may have redirected it since: that is theirs to undo.
            if _same_file(number, self._pipe.fileno()):
                os.dup2(self._saved, number)
        os.close(self._saved)
        _wait_until_read(self._pipe.fileno())
        self._pipe.close()
        try:
            self._tee.wait(_PATIENCE / 4)
        except subprocess.TimeoutExpired:  # a child that prints on has it, and would miss it
            with suppress(RuntimeError):  # while the interpreter shuts down there are no new ones
                threading.Thread(target=self._tee.wait, daemon=True).start()

    def leave(self) -> None:
        os.close(self._saved)
        self._pipe.close()
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


def _flush(streams: Mapping[int, Any]) -> None:
    """Print what Python and C libraries hold back.

    Not `fflush(NULL)`: it would wait for a thread that reads from standard input. What C libraries
    print on standard error they never hold back.
    """
    for stream in streams.values():
        with suppress(OSError, ValueError):  # closed, or nobody reads
            stream.flush()
    if 1 not in streams:
        return
    library = ctypes.CDLL(None)
    for name in ("stdout", "__stdoutp"):  # as the C libraries of Linux and macOS call it
        with suppress(ValueError, OSError):
            library.fflush(ctypes.c_void_p.in_dll(library, name))


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:  # closed
        return False


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
