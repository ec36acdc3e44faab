"""How a process inside `git xp run` learns of the run around it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gitxp.errors import InvalidName
from gitxp.model.identity import ExperimentName, RunId
from gitxp.storage.journal.places import find_journal
from gitxp.storage.repository import Repository

OUTER_VARIABLE = "GITXP_RUN"


@dataclass(frozen=True, slots=True)
class OuterRun:
    """The run that `git xp run` has started around this process.

    Attributes:
        common_dir: The repository's folder: a script that goes elsewhere does not join.
    """

    run: RunId
    experiment: ExperimentName
    common_dir: str

    def is_of(self, repository: Repository) -> bool:
        """Return whether the run belongs to `repository` and is still open."""
        if str(repository.common_dir) != self.common_dir:
            return False
        return find_journal(repository, self.run).is_dir()

    def spelled(self) -> str:
        """Return the value of the variable."""
        return json.dumps([self.run, self.experiment, self.common_dir])


def outer_run(value: str) -> OuterRun | None:
    """Return the run that the variable's value tells of; None where it tells of none."""
    if not value:
        return None
    try:
        run, experiment, common_dir = json.loads(value)
        return OuterRun(RunId(run), ExperimentName(experiment), str(common_dir))
    except (ValueError, TypeError, InvalidName):
        return None
