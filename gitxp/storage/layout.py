"""The names of the files in a record and in gitxp's private folder; they stand nowhere else."""

from __future__ import annotations

from pathlib import Path

from gitxp.model.clock import CLOCK_DIGITS
from gitxp.model.identity import RunId

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


def segment_path(number: int) -> str:
    """Return where the points of session `number` lie in a record."""
    return f"{SEGMENTS}/{number}.parquet"


def event_path(clock: int, event_id: str) -> str:
    """Return where an event lies in a record; names sort as clocks do.

    Example:
        >>> event_path(1_764_000_000_000, "c0ffee00c0ffee00c0ffee00c0ffee00")
        'events/c0/0001764000000000-c0ffee00c0ffee00c0ffee00c0ffee00.toml'
    """
    return f"{EVENTS}/{event_id[:2]}/{clock:0{CLOCK_DIGITS}d}-{event_id}.toml"


# Inside `<git common dir>/gitxp/`.
def live_dir(private_dir: Path) -> Path:
    """Return the folder that holds one folder a running run."""
    return private_dir / "live"


def journal_dir(private_dir: Path, run: RunId) -> Path:
    """Return the folder of one running run."""
    return live_dir(private_dir) / run


def recorded_dir(private_dir: Path) -> Path:
    """Return the folder that keeps the packs of runs recorded a while ago."""
    return private_dir / "recorded"


def operations_path(private_dir: Path) -> Path:
    """Return the log of every change of a ref."""
    return private_dir / "operations.jsonl"


def clone_id_path(private_dir: Path) -> Path:
    """Return the file with this clone's id."""
    return private_dir / "clone-id"


def scratch_dir(private_dir: Path) -> Path:
    """Return the folder for files that live no longer than one call."""
    return private_dir / "scratch"
