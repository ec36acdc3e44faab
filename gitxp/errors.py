"""What can go wrong: one tree of errors, each with a slug to look up and a hint to type."""

from __future__ import annotations

from typing import ClassVar


class GitxpError(Exception):
    """Anything that gitxp reports on purpose.

    Attributes:
        slug: Stable name of the kind of error, the anchor of its entry in the docs.
        hint: What to do about it, best a command to type; empty where nothing helps. A traceback
            shows it below the message.

    Example:
        >>> error = GitxpError("no run 'abc'", hint="git xp list")
        >>> str(error), error.hint
        ("no run 'abc'", 'git xp list')
    """

    slug: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")


def with_hint(error: Exception) -> str:
    """Return what an error says in one line, and what to do about it where that is known.

    Example:
        >>> with_hint(GitxpError("no run 'abc'", hint="git xp list")), with_hint(OSError("full"))
        ("no run 'abc' (hint: git xp list)", 'full')
    """
    hint = error.hint if isinstance(error, GitxpError) else ""
    return f"{error} (hint: {hint})" if hint else str(error)


class GitxpWarning(UserWarning):
    """Trouble that must not stop a training run, or a record that an answer is without."""


class InvalidName(GitxpError, ValueError):
    """The name of an experiment, run, metric, param or tag breaks the rules for names."""

    slug = "invalid-name"


class InvalidValue(GitxpError, ValueError):
    """A param, metric, tag, step or argument has a value that cannot be recorded."""

    slug = "invalid-value"


class InvalidSettings(GitxpError):
    """A settings file, `git config xp.*` or `GITXP_*` variable holds something unknown or wrong."""

    slug = "invalid-settings"


class GitMissing(GitxpError):
    """The `git` program cannot be started, or is older than gitxp needs."""

    slug = "git-missing"


class GitFailed(GitxpError):
    """The `git` program reported an error; the message is Git's own."""

    slug = "git-failed"


class NoRepository(GitxpError):
    """There is no Git repository at or above the folder that was asked about."""

    slug = "no-repository"


class UnsupportedRepository(GitxpError):
    """The repository is of a kind that gitxp cannot read or write without harm."""

    slug = "unsupported-repository"


class UnknownRun(GitxpError, LookupError):
    """No run has the id, prefix or name that was given."""

    slug = "unknown-run"


class AmbiguousRun(GitxpError, LookupError):
    """Several runs match where exactly one is needed."""

    slug = "ambiguous-run"


class TooManyRuns(GitxpError, ValueError):
    """More runs were to be set side by side than anybody can look at."""

    slug = "too-many-runs"


class UnknownExperiment(GitxpError, LookupError):
    """No run belongs to the experiment that was asked for."""

    slug = "unknown-experiment"


class UnknownRemote(GitxpError, LookupError):
    """The repository has no remote of that name, and nothing was fetched from one."""

    slug = "unknown-remote"


class RemoteFailed(GitxpError):
    """A remote does not answer, or refuses what it was asked; the message is Git's own."""

    slug = "remote-failed"


class PushRefused(GitxpError):
    """Nothing was pushed: a hook says no, or what would leave looks as if it should not."""

    slug = "push-refused"


class RouteRefused(GitxpError):
    """A run was to be pushed to a remote to which it may not go."""

    slug = "route-refused"


class UnknownMetric(GitxpError, LookupError):
    """No run has the metric that was asked for."""

    slug = "unknown-metric"


class CannotCompare(GitxpError):
    """Two runs cannot be compared as asked, so that neither yes nor no would be an answer."""

    slug = "cannot-compare"


class UnknownArtifact(GitxpError, LookupError):
    """The run has no such file, or the file is not in this clone."""

    slug = "unknown-artifact"


class UnknownColumn(GitxpError, LookupError):
    """No run has the column that was asked for."""

    slug = "unknown-column"


class InvalidFilter(GitxpError, ValueError):
    """An expression that chooses runs is misspelled, or asks for what no run has.

    The message shows the expression, and below it where the mistake is.

    Attributes:
        column: Which character the mistake begins with, counted from 1.
    """

    slug = "invalid-filter"

    def __init__(self, message: str, *, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.column = column


class CannotExport(GitxpError):
    """A file or folder to export to is there already, or cannot be written."""

    slug = "cannot-export"


class NoActiveRun(GitxpError, RuntimeError):
    """Something was logged, and no run is open (or several are, and none is current)."""

    slug = "no-active-run"


class RunAlreadyActive(GitxpError, RuntimeError):
    """A run was started while another one of this process is still open."""

    slug = "run-already-active"


class RunFinished(GitxpError, RuntimeError):
    """Something was logged to a run that has been finished."""

    slug = "run-finished"


class RunStillActive(GitxpError):
    """A command would change a run that a live process is writing, or may be writing."""

    slug = "run-still-active"


class RunNotMerged(GitxpError):
    """A command would change a run whose record was fetched and is not merged yet."""

    slug = "run-not-merged"


class RunKept(GitxpError):
    """A command would remove a run of which somebody said that it is to be kept."""

    slug = "run-kept"


class CannotResume(GitxpError):
    """The run cannot be continued from this clone."""

    slug = "cannot-resume"


class CaptureFailed(GitxpError):
    """The working tree, the environment or a data set could not be captured."""

    slug = "capture-failed"


class JournalFailed(GitxpError):
    """A journal of a running run could not be written or read."""

    slug = "journal-failed"


class DamagedRecord(GitxpError):
    """A record's bytes are not what the record format says they must be."""

    slug = "damaged-record"


class UnsupportedFormat(GitxpError):
    """The record was written by a newer gitxp, in a format that this one does not know."""

    slug = "unsupported-format"


class RefChanged(GitxpError):
    """A ref was moved by somebody else between reading and writing it."""

    slug = "ref-changed"


class NothingToUndo(GitxpError):
    """The operation log holds no command that could be taken back."""

    slug = "nothing-to-undo"


class ConfirmationNeeded(GitxpError):
    """A command that destroys was run without a terminal and without `--yes`."""

    slug = "confirmation-needed"


class EditorFailed(GitxpError):
    """The editor in which something was to be written could not be started, or failed."""

    slug = "editor-failed"


class CannotInit(GitxpError):
    """The settings file is there already, or there is no working tree that could hold it."""

    slug = "cannot-init"


class CommandNotFound(GitxpError):
    """The command given to `git xp run` cannot be started."""

    slug = "command-not-found"


class MissingDependency(GitxpError):
    """A part of gitxp needs a package that is not installed."""

    slug = "missing-dependency"
