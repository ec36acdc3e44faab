"""Every setting that there is: what it takes, what it does, and its value where nobody sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gitxp.model.goal import Goal
from gitxp.model.identity import DEFAULT_EXPERIMENT
from gitxp.policy.kinds import (
    COUNT,
    EXPERIMENT,
    REMOTES,
    SECONDS,
    SIZE,
    TEXT,
    TRUTH,
    UNIT,
    VARIABLES,
    WORDS,
    Kind,
    choice,
)
from gitxp.policy.sources import FILE, Source

__all__ = ["FILE", "KNOWN", "OF_METRIC", "ROUTE", "Known", "Settings"]

_MEBIBYTE: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with the value that is in force.

    Attributes:
        goals: By metric name, which way it is better.
        units: By metric name, in what it is measured.
        routes: By pattern of experiments, the remotes to which their runs may go.
    """

    experiment: str = DEFAULT_EXPERIMENT
    snapshot_mode: Literal["auto", "each", "off"] = "auto"
    # Source files, configurations and most notebooks fit; a checkpoint does not.
    snapshot_file_bytes: int = 10 * _MEBIBYTE
    # Read, compressed and written in about a second, once a process.
    snapshot_total_bytes: int = 100 * _MEBIBYTE
    # More than anyone writes before committing, far less than a forgotten virtual environment.
    snapshot_files: int = 1000
    # Git keeps every version of a blob for good: what is larger goes where it can be pruned.
    artifacts_limit: int = _MEBIBYTE
    output_limit: int = 10 * _MEBIBYTE
    output_quiet: bool = False
    # The snapshot holds the code in any case; the diff is for reading.
    diff_limit: int = 5 * _MEBIBYTE
    durability_power: bool = False
    environment_variables: tuple[str, ...] = ()
    # Fine enough to see an epoch, coarse enough to cost nothing: 9,000 samples a day.
    system_interval: float = 10.0
    secrets_allowed: tuple[str, ...] = ()
    summary_ranks: Literal["lowest", "all"] = "lowest"
    # Git keeps every version for good, and GitHub refuses 100 MB.
    push_max_file_size: int = 50 * _MEBIBYTE
    push_history: Literal["ask", "allow", "refuse"] = "ask"
    # Soon enough for a person who watches, seldom enough for a server that hundreds of runs use.
    live_every: float = 30.0
    # Longer than a remote takes for what is left at the end, and no burden on an allocation.
    live_wait: float = 60.0
    job: str = ""
    rank: int | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """One setting that exists.

    Attributes:
        key: As in `.gitxp.toml`, tables joined by dots, words by dashes: Git's configuration
            allows no underscore.
        attribute: Its name in `Settings`.
        description: One line for people.
        sources: Who may set it.
    """

    key: str
    attribute: str
    kind: Kind
    description: str
    sources: tuple[Source, ...] = tuple(Source)

    @property
    def default(self) -> str:
        """The value where nobody sets it, as TOML; empty where there is none."""
        value = getattr(Settings(), self.attribute)
        return "" if value in ({}, "", None) else self.kind.show(value)


KNOWN: Final = (
    Known("experiment", "experiment", EXPERIMENT, "Experiment of a run that names none."),
    Known(
        "snapshot.mode",
        "snapshot_mode",
        choice("auto", "each", "off"),
        "`auto` captures the code once a process, `each` at every run, `off` never.",
    ),
    Known(
        "snapshot.file-bytes",
        "snapshot_file_bytes",
        SIZE,
        "The largest untracked file that a snapshot holds.",
    ),
    Known(
        "snapshot.total-bytes",
        "snapshot_total_bytes",
        SIZE,
        "How much of untracked files a snapshot holds in all, and of commits that a submodule "
        "has not pushed.",
    ),
    Known(
        "snapshot.files",
        "snapshot_files",
        COUNT,
        "How many untracked files a snapshot holds.",
    ),
    Known("artifacts.limit", "artifacts_limit", SIZE, "Larger artifacts become Git LFS objects."),
    Known("output.limit", "output_limit", SIZE, "How much of a run's output its record holds."),
    Known(
        "output.quiet",
        "output_quiet",
        TRUTH,
        "Print no line on the terminal where a run starts and where it ends.",
    ),
    Known("diff.limit", "diff_limit", SIZE, "How much of `code.diff` a record holds."),
    Known(
        "durability.power",
        "durability_power",
        TRUTH,
        "Write through to the disk, so that runs outlast a loss of power.",
    ),
    Known(
        "environment.variables",
        "environment_variables",
        VARIABLES,
        "Environment variables to record besides those that always are; never a secret's.",
    ),
    Known(
        "system.interval",
        "system_interval",
        SECONDS,
        "How long from one sample of the machine to the next; 0 for none.",
    ),
    Known(
        "secrets.allowed",
        "secrets_allowed",
        WORDS,
        "Names of params and variables that mean no secret, and kinds of finding that are none.",
    ),
    Known(
        "summary.ranks",
        "summary_ranks",
        choice("lowest", "all"),
        "Of a distributed job: whether a metric's summary is over the points of the lowest rank "
        "that logged it, or of all.",
    ),
    Known(
        "push.max-file-size",
        "push_max_file_size",
        SIZE,
        "The largest file that a push sends, in records and in the code; those of Git LFS have no "
        "bound.",
    ),
    Known(
        "push.history",
        "push_history",
        choice("ask", "allow", "refuse"),
        "Whether commits of your own that a remote lacks may go along with a run.",
    ),
    Known(
        "live.every",
        "live_every",
        SECONDS,
        "How long from one checkpoint to the next while runs are pushed with `--live`; 0 for none.",
    ),
    Known(
        "live.wait",
        "live_wait",
        SECONDS,
        "How long `git xp run --live` waits at its end for the record to be pushed, at most.",
    ),
    Known(
        "job",
        "job",
        TEXT,
        "The distributed job of which this process is a rank, in place of what its launcher "
        "tells; `off` for none.",
        (Source.PROCESS,),
    ),
    Known(
        "rank",
        "rank",
        COUNT,
        "Which rank of the job this process is, in place of what its launcher tells.",
        (Source.PROCESS,),
    ),
)
# The settings with a name inside their keys.
OF_METRIC: Final = (
    Known(
        'metrics."<name>".goal',
        "goals",
        choice("max", "min"),
        "Which way the metric is better.",
        (Source.TEAM,),
    ),
    Known(
        'metrics."<name>".unit',
        "units",
        UNIT,
        "In what the metric is measured, such as `%`: pictures say it beside the metric's name.",
        (Source.TEAM,),
    ),
)
ROUTE: Final = Known(
    'routes."<pattern>"',
    "routes",
    REMOTES,
    "The remotes to which runs of experiments that match may be pushed; `[]` for none.",
    (Source.TEAM,),
)
