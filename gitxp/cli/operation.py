"""Operations as facts: what a command changed and said, for `--json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gitxp.storage.operations import Operation


def operation_fields(operation: Operation) -> dict[str, Any]:
    """Return an operation, each ref of it before and after, and what it said."""
    return {
        "id": operation.id,
        "time": operation.time,
        "command": operation.command,
        "changes": [asdict(change) for change in operation.changes],
        "said": [asdict(one) for one in operation.said],
    }
