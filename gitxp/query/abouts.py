"""What was said of experiments, and the baselines that were chosen so."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from gitxp.errors import GitxpError
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import BaselineChoice, baseline_in_force, fold_baselines
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_about_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Baseline:
    """Against which run those of an experiment are measured, and were before.

    Attributes:
        choices: Every one, that in force last; at least one.
    """

    experiment: ExperimentName
    choices: tuple[BaselineChoice, ...]

    @property
    def run(self) -> RunId | None:
        """The run that is in force; None where none is any more."""
        return baseline_in_force(self.choices)


def read_abouts(repository: Repository) -> dict[ExperimentName, tuple[Event, ...]]:
    """Return by experiment what was said of each; a damaged record tells of nothing."""
    tips = {
        name: tip
        for ref, tip in list_refs(repository, SHARED).items()
        if (name := parse_about_ref(ref)) is not None
    }
    found: dict[ExperimentName, tuple[Event, ...]] = {}
    if not tips:
        return found
    reader = RecordReader(repository)
    for name, tip in tips.items():
        with suppress(GitxpError):  # `git xp verify` names what is wrong with it
            found[name] = reader.events(tip)
    return found


def baselines_in(abouts: Mapping[ExperimentName, tuple[Event, ...]]) -> list[Baseline]:
    """Return the baseline of every experiment for which one was ever chosen, by name."""
    found = [Baseline(name, fold_baselines(abouts[name])) for name in sorted(abouts)]
    return [one for one in found if one.choices]


def baseline_fields(baseline: Baseline) -> dict[str, Any]:
    """Return a baseline as plain facts, its history the oldest first."""
    return {
        "experiment": str(baseline.experiment),
        "run": baseline.run,
        "history": [asdict(choice) for choice in baseline.choices],
    }
