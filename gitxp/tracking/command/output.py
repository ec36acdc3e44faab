"""What becomes of a command's output: it is shown, kept, and looked at for metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.command.kept_output import KeptOutput
from gitxp.tracking.command.output_lines import OutputLines
from gitxp.tracking.command.output_metrics import OutputMetrics
from gitxp.tracking.trouble import Trouble, lost

Show = Callable[[int, bytes], None]
_STREAMS: Final = (1, 2)


class Output:
    """Takes a command's output; whatever goes wrong with a use of it leaves the others be."""

    def __init__(self, run: ActiveRun, metrics: OutputMetrics, show: Show, *, limit: int) -> None:
        """Begin without output; `limit` is how much of it the record will hold."""
        self._run = run
        self._metrics = metrics
        self._show = show
        self._kept = KeptOutput(run.writer.folder, limit)
        self._is_kept = True
        self._open_line = 0  # of which stream the kept output ends amid a line
        self._lines = {stream: OutputLines() for stream in _STREAMS}
        self._shown = set(_STREAMS)
        self._seen: set[str] = set()
        self._trouble = Trouble(self._count, is_strict=False)

    def take(self, stream: int, piece: bytes) -> None:
        """Use a piece of standard output (1) or error (2)."""
        self._show_piece(stream, piece)
        self._keep(stream, piece)
        if self._metrics:
            self._look(self._lines[stream].take(piece))

    def end(self) -> None:
        """Use what stands in the last lines, and close the files."""
        if self._metrics:
            for lines in self._lines.values():
                self._look(lines.end())
        self._kept.close()

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The metrics that no line told of; `json` where no line told of any."""
        return tuple(self._metrics.unmatched(self._seen))

    def _show_piece(self, stream: int, piece: bytes) -> None:
        if stream not in self._shown:
            return
        try:
            self._show(stream, piece)
        except BrokenPipeError:  # whoever reads has seen enough; the record has not
            self._shown.discard(stream)
        except OSError as error:
            self._shown.discard(stream)
            self._trouble.report(f"output: show {stream}", lost("showing the output", error))

    def _keep(self, stream: int, piece: bytes) -> None:
        # Both go into one file: a line that the other stream has begun ends here.
        begin = b"\n" if self._open_line not in (0, stream) else b""
        self._open_line = 0 if piece.endswith(b"\n") else stream
        try:
            self._kept.write(begin + piece)
            self._is_kept = True
        except OSError as error:
            if self._is_kept:  # counted once for all that is lost in a row
                self._trouble.report("output: keep", lost("keeping the output", error))
            self._is_kept = False

    def _look(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            try:
                for values, step in self._metrics.find(line.decode(errors="replace")):
                    self._seen.update(values)
                    self._run.log(values, step)
            except Exception as error:  # noqa: BLE001  # whatever a line holds, the next one comes
                told = lost("looking for metrics in a line of output", error)
                self._trouble.report(f"output: {type(error).__name__}", told)

    def _count(self, kind: str) -> None:
        clock = time.time_ns() // 1_000_000
        self._run.writer.say("failure", {"what": kind, "clock": clock})
