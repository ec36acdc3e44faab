"""What was said of experiments, and the baselines that were chosen so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gitxp.errors import GitxpError
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import (
    BaselineChoice,
    Description,
    baseline_in_force,
    fold_baselines,
    fold_description,
)
from gitxp.query.live import Problem
from gitxp.storage.events.about import about_events
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, incoming_ref, parse_about_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import known_tips


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


@dataclass(frozen=True, slots=True)
class Abouts:
    """What was said of experiments, by experiment, and which records could not be read."""

    events: Mapping[ExperimentName, tuple[Event, ...]]
    problems: tuple[Problem, ...] = ()

    @property
    def baselines(self) -> list[Baseline]:
        """The baseline of every experiment for which one was ever chosen, by name."""
        found = [Baseline(name, fold_baselines(self.events[name])) for name in sorted(self.events)]
        return [one for one in found if one.choices]

    @property
    def descriptions(self) -> dict[ExperimentName, Description]:
        """By experiment what each is about."""
        folded = {name: fold_description(events) for name, events in self.events.items()}
        return {name: told for name, told in folded.items() if told is not None}


def read_abouts(repository: Repository, remote: str | None = None) -> Abouts:
    """Return what was said of each experiment; a damaged record is named and passed over.

    Args:
        remote: As it stood there when it was last fetched from; in this clone where None.
    """
    refs = list_refs(repository, SHARED) if remote is None else known_tips(repository, remote)
    tips = {ref: tip for ref, tip in refs.items() if parse_about_ref(ref) is not None}
    if not tips:
        return Abouts({})
    reader = RecordReader(repository)
    events: dict[ExperimentName, tuple[Event, ...]] = {}
    problems: list[Problem] = []
    for ref, tip in tips.items():
        name = parse_about_ref(ref)
        assert name is not None  # as was asked above
        try:
            events[name] = about_events(reader, tip)
        except GitxpError as error:
            name_there = ref if remote is None else incoming_ref(remote, ref)
            problems.append(Problem(name_there, str(error)))
    return Abouts(events, tuple(problems))


def baseline_fields(baseline: Baseline) -> dict[str, Any]:
    """Return a baseline as plain facts, its history the oldest first."""
    return {
        "experiment": str(baseline.experiment),
        "run": baseline.run,
        "history": [asdict(choice) for choice in baseline.choices],
    }
