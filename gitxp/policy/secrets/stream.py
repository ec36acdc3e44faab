"""Output that arrives in pieces, without its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gitxp.model.finding import Finding
from gitxp.policy.secrets.findings import NOTHING, Allowed, without
from gitxp.policy.secrets.private_keys import Place
from gitxp.policy.secrets.search import clean, search

# No more of a line is held back than this.
_LONGEST_LINE: Final = 1 << 16
# Of a longer line so much is searched again with what follows: more than a name and its value need.
_OVERLAP: Final = 1 << 13
# A value begins at most so far behind its name.
_REACH: Final = 1 << 10
_END_OF_VALUE: Final = re.compile(rb"[\s\"'`]")
# As much is remembered of what was found as anybody would read.
_MOST_FINDINGS: Final = 1000


class StreamRedactor:
    r"""Takes output in any pieces, and gives back what may be kept, whole lines at a time.

    However the output is cut, what comes back is the same in all. Progress bars, which go back
    by a carriage return, count as lines. Both methods are fast enough to be called for each read.

    Example:
        >>> redactor = StreamRedactor()
        >>> redactor.feed(b"done\npassword=hun")
        b'done\n'
        >>> redactor.feed(b"ter2\n") + redactor.close()
        b'password=<redacted>\n'
    """

    def __init__(self, allowed: Allowed = NOTHING) -> None:
        self._allowed = allowed
        self._held = bytearray()
        self._place = Place.OUTSIDE
        # Whether the next bytes go on with a secret whose beginning is already replaced.
        self._is_inside = False
        self._line = 0
        self._findings: dict[str, Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The first of each kind that was found so far."""
        return tuple(self._findings.values())

    def feed(self, piece: bytes) -> bytes:
        """Take a piece, and return what of the output so far is now safe to keep."""
        may_end = b"\n" in piece or b"\r" in piece or self._held.endswith(b"\r")
        self._held += piece
        if not may_end and not self._is_inside and len(self._held) < _LONGEST_LINE:
            return b""
        return b"".join(iter(self._next, b""))

    def close(self) -> bytes:
        """Return what was held back."""
        kept = b"".join(iter(self._next, b""))
        rest = bytes(self._held)
        self._held.clear()
        return kept + self._cleaned(rest)

    def _next(self) -> bytes:
        """Return the next lines, or part of a line that is too long to wait for its end."""
        self._skip()
        end = self._end_of_lines()
        if end:
            lines = bytes(self._held[:end])
            del self._held[:end]
            return self._cleaned(lines)
        return self._part_of_line() if len(self._held) >= _LONGEST_LINE else b""

    def _skip(self) -> None:
        if self._is_inside:
            match = _END_OF_VALUE.search(self._held)
            del self._held[: match.start() if match else len(self._held)]
            self._is_inside = match is None

    def _end_of_lines(self) -> int:
        """Return where the last of the whole lines ends, of as many as are taken at once."""
        # After the last byte held a line feed may follow, and both are one end.
        most = min(len(self._held), _LONGEST_LINE)
        returned = self._held.rfind(b"\r", 0, min(most, len(self._held) - 1)) + 1
        if returned and self._held[returned : returned + 1] == b"\n":
            returned += 1
        return max(self._held.rfind(b"\n", 0, most) + 1, returned)

    def _cleaned(self, lines: bytes) -> bytes:
        found = clean(lines, self._allowed, place=self._place)
        self._place = found.place
        self._remember(found.findings)
        self._line += lines.count(b"\n")
        return found.data

    def _part_of_line(self) -> bytes:
        window = bytes(self._held[:_LONGEST_LINE])
        found = search(window, self._allowed, place=self._place)
        cut = len(window) - _OVERLAP
        for span in found.spans:
            if span.start < cut + _REACH:
                cut = max(cut, span.end)
        spans = [span for span in found.spans if span.end <= cut]
        self._remember(Finding(span.what) for span in spans)
        part = clean(without(window[:cut], spans), self._allowed, place=self._place).data
        self._place = found.place
        self._is_inside = cut == len(window)
        del self._held[:cut]
        return part

    def _remember(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if len(self._findings) < _MOST_FINDINGS:
                placed = Finding(finding.what, self._line + finding.line)
                self._findings.setdefault(finding.what, placed)
