"""A process of a distributed job, as its launcher tells of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rank:
    """One of the processes that train one model together.

    Attributes:
        number: Counted from 0 over all nodes.
        job: What all ranks of one launch have in common, and no other launch.
        label: The job as people may call it.
        is_spread: Whether the job runs on several nodes, which may have clones of their own.
    """

    number: int
    job: str
    label: str
    is_spread: bool = False
