"""`checkpoint.toml`: when a checkpoint was made, and when the next one is to come."""

from __future__ import annotations

from datetime import timedelta

from gitxp.model.checkpoint import LONGEST_INTERVAL, Checkpoint
from gitxp.storage.codecs.toml import Table, dumps, loads
from gitxp.storage.layout import CHECKPOINT


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
    if not 0 <= every <= LONGEST_INTERVAL.total_seconds():
        raise table.wrong("every", "seconds, a day at most")
    return Checkpoint(table.time("made"), timedelta(seconds=every))
