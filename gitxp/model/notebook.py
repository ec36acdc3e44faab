"""Cells of a notebook that a run was started in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was when it was executed.

    Attributes:
        number: Counts the executions of a kernel, from 1; a cell that runs again has another.
        text: Its source, with magics as they were typed.
    """

    number: int
    text: str
