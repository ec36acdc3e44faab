"""Going on with a recorded run in the clone that started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitxp.errors import CannotResume
from gitxp.model.run import Run
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.metrics import encode_summaries
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.objects import Entry
from gitxp.storage.reader import RecordReader
from gitxp.tracking.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Resumed:
    """A recorded run that goes on.

    Attributes:
        files: Every file of its record.
    """

    run: Run
    files: Mapping[str, Entry]

    @property
    def next_steps(self) -> dict[str, int]:
        """By metric the step that comes after the highest so far."""
        return {name: summary.last.step + 1 for name, summary in self.run.metrics.items()}


def resume(workspace: Workspace, run: Run) -> Resumed:
    """Return what a new session of `run` builds on.

    Raises:
        CannotResume: If the run was started in another clone, or is still running.
    """
    if run.tip is None:
        raise CannotResume(
            f"run {run.label!r} is still running",
            hint="git xp recover --force",
        )
    if run.home != workspace.home:
        raise CannotResume(
            f"run {run.label!r} was started in another clone, which alone may add to it"
        )
    return Resumed(run, RecordReader(workspace.repository).entries(run.tip))


def resumed_start(resumed: Resumed) -> dict[str, Any]:
    """Return what the journal's first line says of the record before."""
    run = resumed.run
    return {
        "before": run.tip,
        "params": dumps(encode_params(run.params)).decode(),
        "metrics": encode_summaries(run.metrics).decode(),
        "datasets": encode_datasets(run.datasets).decode(),
    }
