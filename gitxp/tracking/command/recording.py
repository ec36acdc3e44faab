"""Recording any command: its output, exit code and curves, its code untouched."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gitxp.errors import CommandNotFound
from gitxp.model.run import Status
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.command.output import Output, Show
from gitxp.tracking.command.output_metrics import OutputMetrics
from gitxp.tracking.command.pass_through import pass_through
from gitxp.tracking.command.passed_signals import PassedSignals
from gitxp.tracking.outer import OUTER_VARIABLE, OuterRun
from gitxp.tracking.workspace import Workspace

# A signal's number is added to this, as shells do.
_SIGNALLED = 128
# As shells, `env` and `timeout` answer for a command that may not be executed, or is not there.
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        exit_code: The child's own, or 128 plus the signal that killed it; 126 or 127 where it
            could not be started.
        problem: Why it could not be started.
        has_left_behind: Whether a process that it started still holds its output.
        unmatched: Metrics that were looked for, and that no line of output told of.
    """

    exit_code: int
    status: Status
    problem: CommandNotFound | None = None
    has_left_behind: bool = False
    unmatched: tuple[str, ...] = ()


def run_command(
    workspace: Workspace,
    run: ActiveRun,
    words: Sequence[str],
    *,
    is_chosen: bool,
    metrics: OutputMetrics,
    show: Show,
    signals: PassedSignals,
    variables: Mapping[str, str],
) -> Finished:
    """Run a command to its end as the given run, which is left open.

    Nothing that goes wrong with its output ends the command: it is warned of, and counted.

    Args:
        is_chosen: Whether somebody named the experiment of the run.
        show: Called with 1 or 2 (standard output or error) and each piece as it comes.
        signals: Entered; what comes while the command runs is passed on to it.
        variables: The environment of the command.
    """
    common_dir = str(workspace.repository.common_dir)
    outer = OuterRun(run.id, run.experiment, common_dir, is_chosen)
    environment = {
        "PYTHONUNBUFFERED": "1",  # so that output is shown, and kept, as it comes
        **variables,
        OUTER_VARIABLE: outer.spelled(),
    }
    try:
        child = subprocess.Popen(
            list(words), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        return _not_started(words[0], error)
    signals.attach(child)
    output = Output(run, metrics, show, limit=workspace.limits.output)
    has_left_behind = pass_through(child, output, signals)
    ended = _ending(child.wait(), signals, has_left_behind=has_left_behind)
    return replace(ended, unmatched=output.unmatched)


def _not_started(word: str, error: OSError) -> Finished:
    problem = CommandNotFound(
        f"cannot start {word!r}: {error.strerror}", hint="git xp run -- python train.py"
    )
    # What is there and yet not found is a script whose interpreter is missing.
    is_missing = isinstance(error, FileNotFoundError) and shutil.which(word) is None
    return Finished(_NOT_FOUND if is_missing else _NOT_EXECUTABLE, Status.FAILED, problem)


def _ending(code: int, signals: PassedSignals, *, has_left_behind: bool) -> Finished:
    """Return how the command ended: `killed`, too, where it obeyed and ended by itself."""
    exit_code = code if code >= 0 else _SIGNALLED - code
    is_killed = (
        code < 0
        or code == _SIGNALLED + signal.SIGINT
        or signals.asked_to_end
        or (signals.was_interrupted and code != 0)
    )
    ended = Status.FINISHED if code == 0 else Status.FAILED
    return Finished(
        exit_code, Status.KILLED if is_killed else ended, has_left_behind=has_left_behind
    )
