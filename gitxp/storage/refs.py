"""The spelling of every ref that gitxp uses; it stands nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gitxp.model.identity import ExperimentName, RunId

SHARED = "refs/experiments/"
PRIVATE = "refs/gitxp/"
LIVE_CODE = "refs/gitxp/live/"
TRASH = "refs/gitxp/trash/"
INCOMING = "refs/gitxp/incoming/"
ABOUT = "about"
LIVE = "live"
# Systems allow 4,096 bytes or fewer for a path, of which the repository's own is a part.
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class RunRef:
    """Which run a ref under `refs/experiments/` is the tip of."""

    experiment: ExperimentName
    run: RunId


def run_ref(experiment: ExperimentName, run: RunId) -> str:
    """Return the ref of a run's record.

    Example:
        >>> run_ref(ExperimentName("lr"), RunId("0" * 32))
        'refs/experiments/lr/00000000000000000000000000000000'
    """
    return f"{SHARED}{experiment}/{run}"


def about_ref(experiment: ExperimentName) -> str:
    """Return the ref of an experiment's own record.

    Example:
        >>> about_ref(ExperimentName("lr"))
        'refs/experiments/lr/about'
    """
    return f"{SHARED}{experiment}/{ABOUT}"


def live_ref(experiment: ExperimentName, run: RunId) -> str:
    """Return the ref under which a remote has the latest checkpoint of a run that goes on.

    Example:
        >>> live_ref(ExperimentName("lr"), RunId("0" * 32))
        'refs/experiments/lr/live/00000000000000000000000000000000'
    """
    return f"{SHARED}{experiment}/{LIVE}/{run}"


def live_code_ref(commit: str) -> str:
    """Return the ref that keeps a running run's code from `git gc`."""
    return f"{LIVE_CODE}{commit}"


def trash_ref(milliseconds: int, run: RunId) -> str:
    """Return the ref under which a removed run waits to expire."""
    return f"{TRASH}{milliseconds:016d}-{run}"


def incoming_refs(remote: str) -> str:
    """Return what the refs begin with that were fetched from a remote.

    Example:
        >>> incoming_refs("origin")
        'refs/gitxp/incoming/origin/'
    """
    return f"{INCOMING}{remote}/"


def incoming_ref(remote: str, ref: str) -> str:
    """Return where the record that a remote shares as `ref` waits until it is merged.

    Example:
        >>> incoming_ref("origin", "refs/experiments/lr/about")
        'refs/gitxp/incoming/origin/lr/about'
    """
    return f"{incoming_refs(remote)}{ref.removeprefix(SHARED)}"


def parse_run_ref(name: str) -> RunRef | None:
    """Return what the ref `name` is the tip of; None where it is not a run's."""
    if not name.startswith(SHARED):
        return None
    text, _, run = name.removeprefix(SHARED).rpartition("/")
    experiment = _experiment(text)
    try:
        return None if experiment is None else RunRef(experiment, RunId(run))
    except ValueError:
        return None


def parse_live_ref(name: str) -> RunRef | None:
    """Return of which run the ref `name` leads to a checkpoint; None for other refs.

    Example:
        >>> parse_live_ref(live_ref(ExperimentName("vision/lr"), RunId("0" * 32))).experiment
        'vision/lr'
        >>> parse_live_ref(run_ref(ExperimentName("lr"), RunId("0" * 32)))
    """
    if not name.startswith(SHARED):
        return None
    above, _, run = name.removeprefix(SHARED).rpartition("/")
    experiment, _, last = above.rpartition("/")
    try:
        return RunRef(ExperimentName(experiment), RunId(run)) if last == LIVE else None
    except ValueError:
        return None


def parse_trash_ref(name: str) -> RunId | None:
    """Return the run that the ref `name` keeps in the trash; None for other refs.

    Example:
        >>> parse_trash_ref(trash_ref(42, RunId("0" * 32)))
        '00000000000000000000000000000000'
    """
    if not name.startswith(TRASH):
        return None
    try:
        return RunId(name.rpartition("-")[2])
    except ValueError:
        return None


def parse_about_ref(name: str) -> ExperimentName | None:
    """Return the experiment whose own record the ref `name` is the tip of; None for other refs.

    Example:
        >>> parse_about_ref("refs/experiments/vision/lr/about")
        'vision/lr'
        >>> parse_about_ref("refs/heads/about")
    """
    if not name.startswith(SHARED):
        return None
    text, _, last = name.removeprefix(SHARED).rpartition("/")
    return _experiment(text) if last == ABOUT else None


@lru_cache(maxsize=4096)
def _experiment(text: str) -> ExperimentName | None:
    """Return a name that many refs have in common, and that takes longer to check than to know."""
    try:
        return ExperimentName(text)
    except ValueError:
        return None


def may_be_below(name: str, experiment: ExperimentName) -> bool:
    """Return whether what the ref `name` leads to may be of an experiment, or of one below it.

    Of a fetched one nobody can tell where the remote's name ends, which may have slashes; and what
    is no ref of ours, such as a journal, may be of any.

    Example:
        >>> may_be_below(about_ref(ExperimentName("vision/lr")), ExperimentName("vision"))
        True
        >>> may_be_below(about_ref(ExperimentName("vision/lr")), ExperimentName("lr"))
        False
    """
    if name.startswith(SHARED):
        return name.startswith(f"{SHARED}{experiment}/")
    return not name.startswith(INCOMING) or f"/{experiment}/" in name


def may_be_in(name: str, experiment: ExperimentName) -> bool:
    """Return whether what the ref `name` leads to may be of that very experiment.

    A ref of ours tells its experiment; of any other it is as `may_be_below` says.

    Example:
        >>> may_be_in(about_ref(ExperimentName("vision")), ExperimentName("vision"))
        True
        >>> may_be_in(about_ref(ExperimentName("vision/lr")), ExperimentName("vision"))
        False
    """
    shared = name
    if name.startswith(INCOMING):
        _, found, last = name.rpartition(f"/{experiment}/")
        shared = f"{SHARED}{experiment}/{last}" if found else name
    own = parse_run_ref(shared) or parse_live_ref(shared)
    told = own.experiment if own else parse_about_ref(shared)
    return may_be_below(name, experiment) if told is None else told == experiment


def is_record_ref(name: str) -> bool:
    """Return whether a ref is the tip of a run's record, or an experiment's.

    One of a longer name no file system could keep.

    Example:
        >>> is_record_ref("refs/experiments/lr/about"), is_record_ref("refs/experiments/lr")
        (True, False)
    """
    if len(name) > _LONGEST:
        return False
    return parse_run_ref(name) is not None or parse_about_ref(name) is not None
