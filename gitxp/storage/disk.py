"""What must outlast a loss of power is handed on from the kernel to the disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync(*paths: Path) -> None:
    """Ask the disk to keep files, and the names in folders; one that is gone is passed over."""
    for path in paths:
        with suppress(FileNotFoundError):  # a loose ref that was packed a moment ago
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
