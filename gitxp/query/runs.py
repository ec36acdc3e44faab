"""All runs of a repository, each read whole: for what needs more of every run than its row."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from gitxp.errors import GitxpError
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.live import Problem, live_runs
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Found:
    """Runs, the newest first, and what could not be read beside them."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


def find_runs(repository: Repository, *, experiment: ExperimentName | None = None) -> Found:
    """Return every run; a damaged record is named and passed over.

    Args:
        experiment: Only its runs, and those of experiments below it.
    """
    runs: dict[RunId, Run] = {}
    problems: list[Problem] = []
    prefix = f"{SHARED}{experiment}/" if experiment else SHARED
    places = {ref: (parse_run_ref(ref), tip) for ref, tip in list_refs(repository, prefix).items()}
    reader: RecordReader | None = None
    for ref, (place, tip) in places.items():
        if place is None:
            continue
        reader = reader or RecordReader(repository)
        try:
            runs[place.run] = reader.run_at(place, tip)
        except GitxpError as error:
            problems.append(Problem(ref, str(error)))
    live = live_runs(repository)
    problems += live.problems
    runs |= {run.id: run for run in live.runs if _belongs(run, experiment)}
    newest_first = sorted(runs.values(), key=attrgetter("started", "id"), reverse=True)
    return Found(tuple(newest_first), tuple(problems))


def _belongs(run: Run, experiment: ExperimentName | None) -> bool:
    return experiment is None or f"{run.experiment}/".startswith(f"{experiment}/")
