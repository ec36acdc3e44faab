"""`checkpoint.toml`: when a checkpoint was made, and when the next one is to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gitxp.model.checkpoint import Checkpoint
from gitxp.storage.codecs.toml import Table, dumps, loads
from gitxp.storage.layout import CHECKPOINT

_LONGEST: Final = timedelta(days=366).total_seconds()


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return `checkpoint.toml`."""
    return dumps({"made": checkpoint.made, "every": checkpoint.every.total_seconds()})


def decode_checkpoint(content: bytes) -> Checkpoint:
    """Return the checkpoint.

    Raises:
        DamagedRecord: If the bytes break the format.
    """
    table = Table(loads(content, CHECKPOINT), CHECKPOINT)
    every = table.number("every")
    if not 0 <= every <= _LONGEST:
        raise table.wrong("every", "seconds, a year at most")
    return Checkpoint(table.time("made"), timedelta(seconds=every))
