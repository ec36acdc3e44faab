"""A run as its record tells it: frozen, and complete but for points and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gitxp.model.checkpoint import Checkpoint
from gitxp.model.dataset import Dataset
from gitxp.model.finding import Finding, Unsearched
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import MetricSummary


class Status(StrEnum):
    """How far a run has come, or how it ended."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"
    CRASHED = "crashed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in the working tree that the snapshot does not hold, and why.

    Attributes:
        path: Path relative to the top of the working tree, with `/`; bytes that are not
            UTF-8 are kept as lone surrogates.
        reason: A short sentence for people.
        size: Bytes, where known.
        modified: When a file was last changed; None for what is no single file. UTC.
        digest: That of a file's bytes, as data sets have it (`sha256:…`); empty where it was not
            cheap to have, or would give a secret away.
    """

    path: str
    reason: str
    size: int | None = None
    modified: datetime | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule with a working tree, as a session found it.

    Attributes:
        path: Path relative to the top of the outermost working tree, with `/`.
        commit: What the snapshot of the repository around it names: `head` itself where its
            working tree was clean, else a snapshot.
        head: The commit that was checked out in it; None on an unborn branch, or unknown.
        base: The commit that HEAD of the repository around it names; None where it has none.
        url: The remote that the submodule comes from, in a record without its login; empty
            where it has none.
        bundles: Files of the record that bring what no remote has, in the order to fetch them.
    """

    path: str
    commit: str
    head: str | None = None
    base: str | None = None
    url: str = ""
    bundles: tuple[str, ...] = ()

    @property
    def dirty(self) -> bool:
        """Whether the working tree differed from `head`."""
        return self.commit != self.head


@dataclass(frozen=True, slots=True)
class Code:
    """The code that a session ran.

    Attributes:
        commit: The code commit: `base` itself where the working tree was clean, else a snapshot.
            None where no code could be captured.
        tree: The tree of `commit`: equal trees are equal code.
        base: The commit that was checked out; None on an unborn branch.
        branch: The branch that was checked out; None where HEAD was detached.
        dirty: Whether the working tree differed from `base`.
        left_out: What the snapshot does not hold, also of submodules.
        submodules: Those that have a working tree, sorted by path.
        findings: What looks secret in what differs from `base`, also in submodules; as
            `told_findings` lists it, once the run has been recorded.
        unsearched: Of that, what could not be searched.
        failure: Why no code was captured; empty where it was.
    """

    commit: str | None = None
    tree: str | None = None
    base: str | None = None
    branch: str | None = None
    dirty: bool = False
    left_out: tuple[LeftOut, ...] = ()
    submodules: tuple[Submodule, ...] = ()
    findings: tuple[Finding, ...] = ()
    unsearched: tuple[Unsearched, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that wrote to the run.

    Attributes:
        id: Eight hexadecimal digits, as in the `writer` column of points.
        points: How many of its points the record holds.
        rank: Which rank of a distributed job it was, or a child of; None outside of one.
        status: How this rank of a job ended; None where the session's status tells.
    """

    id: str
    host: str
    pid: int
    points: int = 0
    rank: int | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of a run: from a start or a resume to its end. Times are aware and UTC.

    Attributes:
        folder: Working folder relative to the top of the working tree, `.` for the top itself;
            None outside of it.
        error: The traceback of the exception that ended the session, or else a thread of it;
            empty without one.
        pools_ranks: Whether summaries are over the points of all ranks of a job; else, metric
            by metric, over those of the lowest rank that logged it.
    """

    started: datetime
    finished: datetime | None = None
    status: Status = Status.RUNNING
    argv: tuple[str, ...] = ()
    folder: str | None = None
    exit_code: int | None = None
    error: str = ""
    code: Code = field(default_factory=Code)
    writers: tuple[Writer, ...] = ()
    pools_ranks: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag's value with the clock at which it was set: of two, the later counts."""

    value: str | int | float | bool
    clock: int


class Verdict(StrEnum):
    """What became of a hypothesis."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a run that is in force, and who gave it when.

    Attributes:
        text: Why; empty where nothing was said of it.
    """

    verdict: Verdict
    text: str
    author: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """Something that somebody noted of a run."""

    text: str
    author: str
    time: datetime


@dataclass(frozen=True, slots=True)
class ParamChange:
    """A param that was logged again with another value.

    Attributes:
        path: The keys that lead to the param, outermost first.
        before: The value that was replaced.
        clock: When, in clock milliseconds.
    """

    path: tuple[Any, ...]
    before: Any
    clock: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a run.

    Attributes:
        path: Path inside the run's artifacts, with `/`.
        size: Bytes of the file itself.
        oid: SHA-256 of the content for a Git LFS object, else the id of the blob; empty while
            the run is running.
        is_lfs: Whether the record holds a Git LFS pointer in place of the bytes.
    """

    path: str
    size: int
    oid: str
    is_lfs: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked, what ran, and what came out.

    Attributes:
        name: What people call it: as they said, or generated where nobody has.
        name_generated: Whether `name` was made of the params, since nobody has named it.
        tip: The record commit this was read from; None while the run is only a journal.
        home: Id of the clone that started the run and alone may add to it.
        title: The experiment as the user typed it.
        parent: The run inside which this one was started.
        continues: The run that this one carries on from another clone.
        baseline: The run in force as baseline when this one started.
        route: Remotes to which the run may be pushed; empty where nothing restricts it.
        failures: How many logging calls failed.
        params: Nested hyperparameters, types kept.
        metrics: A summary per metric name.
        environment: Content of `environment.toml`.
        notes: What was noted of it, the earliest first.
        judgement: The latest verdict; None where nobody has judged it.
        is_kept: Whether somebody said that it is to be kept.
        checkpoint: From where a run of another clone is known that is not merged; else None.
        extra: What a newer gitxp wrote and this one does not know, where it stood in `run.toml`;
            written again with the run.

    Example:
        >>> from datetime import UTC, datetime
        >>> start = datetime(2026, 1, 2, tzinfo=UTC)
        >>> run = Run(RunId("0" * 32), ExperimentName("lr"), sessions=(Session(start),))
        >>> run.status, run.started == start, run.finished
        (<Status.RUNNING: 'running'>, True, None)
    """

    id: RunId
    experiment: ExperimentName
    sessions: tuple[Session, ...]
    name: str = ""
    title: str = ""
    home: str = ""
    tip: str | None = None
    group: str | None = None
    parent: RunId | None = None
    continues: RunId | None = None
    baseline: RunId | None = None
    hypothesis: str = ""
    description: str = ""
    author: str = ""
    host: str = ""
    route: tuple[str, ...] = ()
    failures: int = 0
    tags: Mapping[str, Tag] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    params: Mapping[Any, Any] = field(default_factory=dict)
    param_changes: tuple[ParamChange, ...] = ()
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    judgement: Judgement | None = None
    is_kept: bool = False
    name_generated: bool = False
    checkpoint: Checkpoint | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """How the latest session stands."""
        return self.sessions[-1].status

    @property
    def started(self) -> datetime:
        """When the first session started."""
        return self.sessions[0].started

    @property
    def finished(self) -> datetime | None:
        """When the latest session ended; None while it runs."""
        return self.sessions[-1].finished

    @property
    def duration(self) -> timedelta | None:
        """Time spent in sessions, pauses between them left out; None while one runs."""
        total = timedelta()
        for session in self.sessions:
            if session.finished is None:
                return None
            total += session.finished - session.started
        return total

    @property
    def code(self) -> Code:
        """The code of the latest session."""
        return self.sessions[-1].code

    def with_code(self, code: Code) -> Run:
        """Return the run with another code of the latest session."""
        return replace(self, sessions=(*self.sessions[:-1], replace(self.sessions[-1], code=code)))

    @property
    def points(self) -> int:
        """How many points the run holds, over all metrics and writers."""
        return sum(writer.points for session in self.sessions for writer in session.writers)

    @property
    def ending_hint(self) -> str:
        """What to do where a run is in the way because it goes on.

        Only of one that nobody can see from here it may be said that its processes are dead: one
        that lives loses what it logs afterwards.
        """
        if self.checkpoint is not None:
            return self.checkpoint.ending_hint
        if self.status is Status.UNKNOWN:
            return f"if nothing runs on {self.host!r} any more: git xp recover --force"
        return "wait until its process has ended, or end it"

    @property
    def given_name(self) -> str:
        """The name that somebody gave the run; empty without one."""
        return "" if self.name_generated else self.name

    @property
    def label(self) -> str:
        """The name, or the short id where the run has none."""
        return self.name or self.id.short
