"""The names of the files in a record and in gitxp's private folder; they stand nowhere else."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from gitxp.model.clock import CLOCK_DIGITS
from gitxp.model.identity import EventId, ExperimentName, RunId

_Entry = TypeVar("_Entry")

FORMAT = 1

# Inside a record's tree.
RUN = "run.toml"
PARAMS = "params.toml"
METRICS = "metrics.toml"
SEGMENTS = "metrics"
ENVIRONMENT = "environment.toml"
DATASETS = "datasets.toml"
CODE_DIFF = "code.diff"
OUTPUT = "output.log"
ARTIFACTS = "artifacts"
EVENTS = "events"
SUBMODULES = "submodules"
NOTEBOOKS = "notebooks"
LOCK_FILES = "lock-files"
# In a checkpoint alone.
CHECKPOINT = "checkpoint.toml"

_WRITTEN_ONCE = (f"{EVENTS}/", f"{SEGMENTS}/", f"{NOTEBOOKS}/")


def is_written_once(path: str) -> bool:
    """Whether every later record of a run must hold the file at `path` unchanged."""
    return path.startswith(_WRITTEN_ONCE)


def segment_path(number: int) -> str:
    """Return where the points of session `number` lie in a record."""
    return f"{SEGMENTS}/{number}.parquet"


def notebook_path(number: int) -> str:
    """Return where the cells executed in session `number` lie in a record."""
    return f"{NOTEBOOKS}/{number}.ipynb"


_NOTEBOOK_PATH = re.compile(rf"{NOTEBOOKS}/(?P<number>0|[1-9][0-9]{{0,8}})\.ipynb")


def parse_notebook_path(path: str) -> int | None:
    """Return the session whose cells lie at `path`; None for other files."""
    match = _NOTEBOOK_PATH.fullmatch(path)
    return int(match["number"]) if match else None


def bundle_path(commit: str, number: int = 1) -> str:
    """Return where the bundle that brings `commit` lies in a record, and in a run's journal.

    Args:
        number: Counts the bundles of equal commits that build on others.

    Example:
        >>> bundle_path("c0ffee00" * 5)
        'submodules/c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00.bundle'
    """
    return f"{SUBMODULES}/{commit}{'' if number == 1 else f'-{number}'}.bundle"


_BUNDLE_PATH = re.compile(
    rf"{SUBMODULES}/(?P<commit>[0-9a-f]{{40}})(?:-[1-9][0-9]{{0,3}})?\.bundle"
)


def parse_bundle_path(path: str) -> str | None:
    """Return the commit that the bundle at `path` brings; None for other files.

    Example:
        >>> parse_bundle_path(bundle_path("c0ffee00" * 5, 2)) == "c0ffee00" * 5
        True
        >>> parse_bundle_path("submodules/README")
    """
    match = _BUNDLE_PATH.fullmatch(path)
    return match["commit"] if match else None


_SEGMENT_PATH = re.compile(rf"{SEGMENTS}/(?P<number>0|[1-9][0-9]{{0,8}})\.parquet")


def parse_segment_path(path: str) -> int | None:
    """Return the number of the session whose points lie at `path`; None for other files.

    Example:
        >>> parse_segment_path("metrics/12.parquet"), parse_segment_path("metrics/x.parquet")
        (12, None)
    """
    match = _SEGMENT_PATH.fullmatch(path)
    return int(match["number"]) if match else None


def artifact_path(path: str) -> str:
    """Return where the artifact `path` of a run lies in its record."""
    return f"{ARTIFACTS}/{path}"


def lock_file_path(path: str) -> str:
    """Return where the lock file `path` of a working tree lies in a record."""
    return f"{LOCK_FILES}/{path}"


def event_path(clock: int, event_id: str) -> str:
    """Return where an event lies in a record; names sort as clocks do.

    Example:
        >>> event_path(1_764_000_000_000, "c0ffee00c0ffee00c0ffee00c0ffee00")
        'events/c0/0001764000000000-c0ffee00c0ffee00c0ffee00c0ffee00.toml'
    """
    return f"{EVENTS}/{event_id[:2]}/{clock:0{CLOCK_DIGITS}d}-{event_id}.toml"


_EVENT_PATH = re.compile(
    rf"{EVENTS}/(?P<folder>[0-9a-f]{{2}})/"
    rf"(?P<clock>[0-9]{{{CLOCK_DIGITS}}})-(?P<id>(?P=folder)[0-9a-f]{{30}})\.toml"
)


class EventName(NamedTuple):
    """What the path of an event tells; sorts as events count."""

    clock: int
    id: EventId


def parse_event_path(path: str) -> EventName | None:
    """Return what the path of an event tells; None where it is no event's.

    Example:
        >>> parse_event_path("events/c0/0000000000000042-c0ffee00c0ffee00c0ffee00c0ffee00.toml")
        EventName(clock=42, id='c0ffee00c0ffee00c0ffee00c0ffee00')
        >>> parse_event_path("events/README")
    """
    match = _EVENT_PATH.fullmatch(path)
    return EventName(int(match["clock"]), EventId(match["id"])) if match else None


def event_ids(paths: Iterable[str]) -> set[EventId]:
    """Return the ids of the events among the files of a record."""
    names = (parse_event_path(path) for path in paths)
    return {name.id for name in names if name is not None}


def parse_event_file(name: str) -> EventName | None:
    """Return what the name of an event's file tells, wherever it lies; None for other files.

    Example:
        >>> parse_event_file("0000000000000042-c0ffee00c0ffee00c0ffee00c0ffee00.toml")
        EventName(clock=42, id='c0ffee00c0ffee00c0ffee00c0ffee00')
    """
    start = CLOCK_DIGITS + 1
    return parse_event_path(f"{EVENTS}/{name[start : start + 2]}/{name}")


def fallback_dir(state_home: Path, common_dir: Path) -> Path:
    """Return the folder that stands in for `<git common dir>/gitxp/` where that is read-only."""
    digest = hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:32]
    return state_home / "gitxp" / digest


# Inside `<git common dir>/gitxp/`, or the folder that stands in for it.
def live_dir(private_dir: Path) -> Path:
    """Return the folder that holds one folder a running run."""
    return private_dir / "live"


def journal_dir(private_dir: Path, run: RunId) -> Path:
    """Return the folder of one running run."""
    return live_dir(private_dir) / run


_SAID = "said"
_POINTS = ".points"
_LINES = ".jsonl"


def points_path(journal: Path, writer: str) -> Path:
    """Return the file with the points of one writer of a journal."""
    return journal / f"{writer}{_POINTS}"


def lines_path(journal: Path, writer: str) -> Path:
    """Return the file with everything else that one writer of a journal said."""
    return journal / f"{writer}{_LINES}"


def writers_in(journal: Path) -> list[str]:
    """Return the writers of a journal that have said anything, in order."""
    return sorted(path.name.removesuffix(_LINES) for path in journal.glob(f"*{_LINES}"))


def points_files(journal: Path) -> Iterator[Path]:
    """Yield the files with points of a journal's writers."""
    return journal.glob(f"*{_POINTS}")


def staged_dir(journal: Path) -> Path:
    """Return the folder of a journal that holds artifacts as they were when they were logged."""
    return journal / ARTIFACTS


def lock_files_dir(journal: Path) -> Path:
    """Return the folder of a journal that holds the lock files which the code lacks."""
    return journal / LOCK_FILES


def recording_lock_path(journal: Path) -> Path:
    """Return the file of a journal that is locked by whoever writes the record."""
    return journal / "record.lock"


def code_pack_path(journal: Path) -> Path:
    """Return the pack of a journal with the objects of the snapshot."""
    return journal / "code.pack"


def record_pack_path(journal: Path) -> Path:
    """Return the pack of a journal with the objects of the record, which is made at the end."""
    return journal / "record.pack"


def large_segment_path(journal: Path) -> Path:
    """Return where a segment is made that is too large for memory."""
    return journal / "segment.parquet"


def said_pack_path(folder: Path) -> Path:
    """Return the pack with the objects of what is being said of runs and experiments."""
    return folder / "said.pack"


def said_folder_name(token: str) -> str:
    """Return the name of the folder, in `recorded_dir`, of what one command said."""
    return f"{_SAID}-{token}"


def is_said_folder(path: Path) -> bool:
    """Whether a folder in `recorded_dir` keeps the pack of what one command said."""
    return path.name.startswith(f"{_SAID}-")


def pending_dir(private_dir: Path) -> Path:
    """Return the folder of what was said of runs while they run, one folder a run."""
    return private_dir / _SAID


def captured_path(journal: Path) -> Path:
    """Return the file of a journal that the rank has made which captures the code."""
    return journal / "captured"


def sampled_path(journal: Path, host: str) -> Path:
    """Return the file of a journal that the rank has made which samples a host."""
    return journal / f"sampled-{hashlib.sha256(host.encode()).hexdigest()[:8]}"


def job_dir(private_dir: Path, job: str) -> Path:
    """Return the folder that tells which rank of a distributed job has started which run."""
    return jobs_dir(private_dir) / hashlib.sha256(job.encode()).hexdigest()[:32]


def jobs_dir(private_dir: Path) -> Path:
    """Return the folder that holds one folder a distributed job."""
    return private_dir / "jobs"


def written_at_home(top: Mapping[str, _Entry]) -> dict[str, _Entry]:
    """Return of what stands at the top of a run's record all but what was said of it since."""
    return {name: entry for name, entry in top.items() if name != EVENTS}


def recorded_dir(private_dir: Path) -> Path:
    """Return the folder that keeps the packs of runs recorded a while ago."""
    return private_dir / "recorded"


def operations_path(private_dir: Path) -> Path:
    """Return the log of every change of a ref."""
    return private_dir / "operations.jsonl"


def clone_id_path(private_dir: Path) -> Path:
    """Return the file with this clone's id."""
    return private_dir / "clone-id"


def index_dir(private_dir: Path) -> Path:
    """Return the folder of the index, which may be deleted at any time."""
    return private_dir / "index"


def fetched_index_dir(private_dir: Path, remote: str) -> Path:
    """Return the folder of the index of what was fetched from a remote."""
    return index_dir(private_dir) / "incoming" / remote_file_name(remote)


def remote_file_name(remote: str) -> str:
    """Return a name for files of a remote, which leads out of no folder whatever it is called."""
    return remote.replace("%", "%25").replace("/", "%2F").replace(".", "%2E")


def latest_params_path(private_dir: Path, experiment: ExperimentName) -> Path:
    """Return the file that tells the params of the run recorded last apart from others.

    It may be deleted at any time.
    """
    return private_dir / "latest" / f"{experiment.replace('/', '%')}.json"


def baseline_path(private_dir: Path, experiment: ExperimentName) -> Path:
    """Return the file of which baseline stands at which `about` record; it may be deleted."""
    return private_dir / "baselines" / f"{experiment.replace('/', '%')}.json"


def scratch_dir(private_dir: Path) -> Path:
    """Return the folder for files that live no longer than one call."""
    return private_dir / "scratch"
