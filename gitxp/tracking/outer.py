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
        is_chosen: Whether somebody named the experiment when the run was started.
    """

    run: RunId
    experiment: ExperimentName
    common_dir: str
    is_chosen: bool

    def passes_over(self, experiment: str | None) -> bool:
        """Return whether an experiment that a script asks for is not the run's, by no one's choice.

        It is settled when the run starts: where it may go, and what it is measured against,
        follow from it, and others may have seen it already.
        """
        if experiment is None or self.is_chosen:
            return False
        return ExperimentName.slug(experiment) != self.experiment

    def is_of(self, repository: Repository) -> bool:
        """Return whether the run belongs to `repository` and is still open."""
        if str(repository.common_dir) != self.common_dir:
            return False
        return find_journal(repository, self.run).is_dir()

    def spelled(self) -> str:
        """Return the value of the variable."""
        return json.dumps([self.run, self.experiment, self.common_dir, self.is_chosen])


def outer_run(value: str) -> OuterRun | None:
    """Return the run that the variable's value tells of; None where it tells of none."""
    if not value:
        return None
    try:
        run, experiment, common_dir, is_chosen = json.loads(value)
        return OuterRun(RunId(run), ExperimentName(experiment), str(common_dir), bool(is_chosen))
    except (ValueError, TypeError, InvalidName):
        return None
