"""Recording any command: its output, exit code and curves, its code untouched."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitxp.errors import CommandNotFound
from gitxp.model.run import Status
from gitxp.storage.layout import OUTPUT
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.outer import OUTER_VARIABLE, OuterRun
from gitxp.tracking.output_metrics import OutputMetrics
from gitxp.tracking.workspace import Workspace

_PIECE = 1 << 16
# A signal's number is added to this, as shells do.
_SIGNALLED = 128


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        exit_code: The child's own, or 128 plus the signal that killed it.
    """

    exit_code: int
    status: Status


def run_command(
    workspace: Workspace,
    run: ActiveRun,
    words: Sequence[str],
    *,
    metrics: OutputMetrics,
    show: Callable[[int, bytes], None],
    variables: Mapping[str, str],
) -> Finished:
    """Run a command to its end as the given run, which is left open.

    Args:
        show: Called with 1 or 2 (standard output or error) and each piece as it comes.
        variables: The environment of the command.

    Raises:
        CommandNotFound: If it cannot be started.
    """
    outer = OuterRun(run.id, run.experiment, str(workspace.repository.common_dir))
    environment = {
        "PYTHONUNBUFFERED": "1",  # so that output is shown, and kept, as it comes
        **variables,
        OUTER_VARIABLE: outer.spelled(),
    }
    try:
        child = subprocess.Popen(
            list(words), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise CommandNotFound(
            f"cannot start {words[0]!r}: {error.strerror}", hint="git xp run -- python train.py"
        ) from error
    _pass_through(child, _Reader(run, metrics, show))
    return _ending(_wait(child))


def _wait(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the terminal has told the child as well
            continue


def _ending(code: int) -> Finished:
    if code < 0:
        return Finished(_SIGNALLED - code, Status.KILLED)
    if code == _SIGNALLED + signal.SIGINT:
        return Finished(code, Status.KILLED)
    return Finished(code, Status.FINISHED if code == 0 else Status.FAILED)


class _Reader:
    """Shows a command's output, keeps it, and looks for metrics in its lines."""

    def __init__(
        self, run: ActiveRun, metrics: OutputMetrics, show: Callable[[int, bytes], None]
    ) -> None:
        self._run = run
        self._metrics = metrics
        self._show = show
        self._rest = {1: b"", 2: b""}
        self.path: Path = run.writer.folder / OUTPUT

    def take(self, stream: int, piece: bytes, kept: IO[bytes]) -> None:
        self._show(stream, piece)
        kept.write(piece)
        *lines, self._rest[stream] = (self._rest[stream] + piece).split(b"\n")
        for line in lines:
            self._look(line)

    def end(self) -> None:
        for line in self._rest.values():
            self._look(line)

    def _look(self, line: bytes) -> None:
        for values, step in self._metrics.find(line.decode(errors="replace")):
            self._run.log(values, step)


def _pass_through(child: subprocess.Popen[bytes], reader: _Reader) -> None:
    assert child.stdout is not None
    assert child.stderr is not None
    with selectors.DefaultSelector() as selector, reader.path.open("ab", buffering=0) as kept:
        selector.register(child.stdout, selectors.EVENT_READ, 1)
        selector.register(child.stderr, selectors.EVENT_READ, 2)
        while selector.get_map():
            try:
                ready = selector.select()
            except KeyboardInterrupt:
                continue
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                if piece:
                    reader.take(key.data, piece, kept)
                else:
                    selector.unregister(key.fileobj)
    reader.end()


def show_here(stream: int, piece: bytes) -> None:
    """Pass a piece of output on to this process's own output."""
    target = sys.stdout if stream == 1 else sys.stderr
    target.buffer.write(piece)
    target.buffer.flush()
