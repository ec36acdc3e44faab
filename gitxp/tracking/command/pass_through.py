"""Reading what a command prints until it has ended, and not until its last descendant has."""

from __future__ import annotations

import fcntl
import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final

from gitxp.tracking.command.output import Output
from gitxp.tracking.command.passed_signals import PassedSignals

# As large as Linux lets anyone make a pipe: a command seldom waits for its recording.
_PIPE: Final = 1 << 20
_PIECE: Final = 1 << 18
# A process that was left behind may print what belongs to the command in its first moments.
_GRACE_SECONDS: Final = 0.2


def pass_through(child: subprocess.Popen[bytes], output: Output, signals: PassedSignals) -> bool:
    """Hand all that a command prints to `output`, and return soon after it has ended.

    Returns:
        Whether a process that the command left behind still holds its output.
    """
    pipes = dict(_pipes(child))
    streams = dict(pipes)
    with selectors.DefaultSelector() as selector:
        for stream, file in streams.items():
            selector.register(file, selectors.EVENT_READ, stream)
        selector.register(signals, selectors.EVENT_READ)
        # A child that has ended already has woken us already: no end of it is missed.
        while streams:
            if _read_ready(selector, streams, output, None) is None:
                signals.clear()
                if child.poll() is not None:
                    break
        selector.unregister(signals)
        _read_rest(selector, streams, output)
    output.end()
    for pipe in pipes.values():
        pipe.close()
    return bool(streams)


def _pipes(child: subprocess.Popen[bytes]) -> Iterator[tuple[int, IO[bytes]]]:
    for stream, file in ((1, child.stdout), (2, child.stderr)):
        assert file is not None
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
            with suppress(OSError):  # the user has as much in pipes as one may have
                fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, _PIPE)
        yield stream, file


def _read_ready(
    selector: selectors.BaseSelector,
    streams: dict[int, IO[bytes]],
    output: Output,
    patience: float | None,
) -> int | None:
    """Take one piece of each stream that has something.

    Returns:
        How many bytes came; None where a signal did.
    """
    count, has_signal = 0, False
    for key, _ in selector.select(patience):
        if key.data is None:
            has_signal = True
            continue
        piece = os.read(key.fd, _PIECE)
        count += len(piece)
        if piece:
            output.take(key.data, piece)
        else:
            selector.unregister(key.fileobj)
            del streams[key.data]
    return None if has_signal else count


def _read_rest(
    selector: selectors.BaseSelector, streams: dict[int, IO[bytes]], output: Output
) -> None:
    """Read what the command had printed when it ended, however long it takes to show it.

    That is no more than the pipes hold; whatever more comes is of a process it left behind.
    """
    end = time.monotonic() + _GRACE_SECONDS
    room = len(streams) * _PIPE
    while streams and room > 0:
        before = len(streams)
        count = _read_ready(selector, streams, output, max(end - time.monotonic(), 0)) or 0
        room -= count
        if not count and len(streams) == before and time.monotonic() >= end:
            return
