"""What a record may hold, as the settings have it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitxp.tracking.recording.redact import Redactor


@dataclass(frozen=True, slots=True)
class RecordLimits:
    """What a record may hold, and what it must outlast.

    Attributes:
        artifact: Bytes of one artifact as a blob.
        diff: Bytes of `code.diff`.
        output: Bytes of `output.log`.
        is_durable: Whether it is written through to the disk.
        redactor: Keeps secrets out of it.
    """

    artifact: int
    diff: int
    output: int
    is_durable: bool = False
    redactor: Redactor = field(default_factory=Redactor)
