"""`start_run`: from a user's words to an open run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

from gitxp.api.current import OPEN_RUNS
from gitxp.api.process_end import is_notebook
from gitxp.api.recorded import RECORDED_RUNS
from gitxp.api.references import RunReference, find_run, find_run_id
from gitxp.api.terminal import announce_run, hint_at_baseline
from gitxp.capture.notebook import executed_cells, ipython, notebook_path, watch_cells
from gitxp.errors import NoRepository
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import LeftOut, Run, Status
from gitxp.text import cell, safe
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.job import Part, RankOrdinals
from gitxp.tracking.outer import OUTER_VARIABLE, OuterRun, outer_run
from gitxp.tracking.recording.record_lock import SECONDS_BETWEEN, SECONDS_WAITED
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.request import StartRequest
from gitxp.tracking.resume import Resumed, go_on, is_being_recorded, is_called
from gitxp.tracking.start import join_run
from gitxp.tracking.start import start_run as begin_run
from gitxp.tracking.trouble import warn_script
from gitxp.tracking.values.checked import Tags, checked_seeds
from gitxp.tracking.values.checked_params import checked_params
from gitxp.tracking.workspace import Workspace

_SHOWN_LEFT_OUT = 5


def start_run(
    experiment: str | None = None,
    name: str | None = None,
    *,
    params: object | None = None,
    tags: Tags | None = None,
    hypothesis: str | None = None,
    description: str | None = None,
    group: str | None = None,
    parent: RunReference | None = None,
    baseline: RunReference | Literal[False] | None = None,
    seeds: int | Mapping[str, int] | None = None,
    resume: RunReference | None = None,
    snapshot: str | None = None,
    capture_output: bool = False,
    repo: str | os.PathLike[str] | None = None,
    strict: bool = False,
) -> ActiveRun:
    """Start a run: from here on everything logged is kept, and the code that runs is too.

    Use it as a context manager, or call `finish()` at the end. A run that is open when the
    process ends is finished then: as `failed` where an exception or `sys.exit(3)` ended it, as
    `killed` after Ctrl-C. Of `raise SystemExit(3)` only a `with` block learns.

    Args:
        experiment: The line of work it belongs to; what is no valid name is made one.
        name: What people call the run; where None, it is called by the params in which it
            differs from the run before.
        params: Hyperparameters, nested as you like: a mapping, or a config object such as a
            dataclass, an `argparse.Namespace`, or one of attrs, pydantic, OmegaConf or Hydra.
        tags: Tags by name, or a list of tags that are true.
        hypothesis: What the run is to show.
        group: Runs that belong together, such as the seeds of one setting.
        parent: The run inside which this one is started.
        baseline: The run to measure this one against; where None, the one that is in force as
            baseline of the experiment (`git xp baseline set`); where False, none. A run that goes
            on keeps its own.
        seeds: The seeds in use, recorded and not set; `seed_everything` sets and records.
        resume: A run to go on with, or `"auto"`: the newest unfinished one of this clone with
            the same experiment and name, or a new run where there is none. A run of another
            clone is not added to: the new run `continues` it.
        snapshot: `"auto"` captures the code once a process, `"each"` now again, `"off"` never.
        capture_output: Keep what is printed as the run's `output.log`, that of C libraries and
            children too, up to the size of the setting `output.limit`. `sys.stdout` is no
            terminal then. Where `sys.stdout` is not the process's own, as in IPython, only what
            is written to `sys.stdout` and `sys.stderr` is kept. Inside `git xp run` the outer
            run keeps the output. Of runs inside each other each keeps all that is printed.
        repo: A folder in the repository; the working folder where None.
        strict: Raise on anything that cannot be recorded, rather than warn.

    Raises:
        GitxpError: If an argument or a setting is wrong, or there is no repository.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr-schedule", params={"lr": 0.1}) as run:
        ...     for step in range(3):
        ...         run.log({"loss": 1 / (step + 1)}, step=step)
        >>> run.is_finished
        True
    """
    workspace = workspace_at(repo)
    request = StartRequest(
        experiment=experiment,
        name=name,
        params={} if params is None else checked_params(params),
        tags=() if tags is None else tags,
        hypothesis=hypothesis,
        description=description,
        group=group,
        parent=None if parent is None else find_run_id(workspace, parent, argument="parent"),
        baseline=baseline
        if baseline is None or baseline is False
        else find_run_id(workspace, baseline, argument="baseline"),
        seeds=seeds,
        snapshot=snapshot or ("each" if is_notebook() else None),
        is_strict=strict,
    )
    OPEN_RUNS.make_room(has_parent=parent is not None)
    run = open_run(workspace, request, resume, captures=capture_output)
    OPEN_RUNS.add(run)
    return run


def open_run(
    workspace: Workspace, request: StartRequest, resumed: RunReference | None, *, captures: bool
) -> ActiveRun:
    """Open the run that is asked for, or join the one around this process.

    Args:
        resumed: The run to go on with, as in `start_run`.
        captures: Whether what is printed is kept.
    """
    run = _opened(workspace, _seeded(request), resumed, captures=captures)
    _keep_cells(run)
    return run


def _seeded(request: StartRequest) -> StartRequest:
    """Return the request with the seed that was set before the run, unless it names one itself."""
    if OPEN_RUNS.next_seed is None:
        return request
    given = {} if request.seeds is None else checked_seeds(request.seeds)
    return replace(request, seeds={"seed": OPEN_RUNS.next_seed, **given})


def _opened(
    workspace: Workspace, request: StartRequest, resumed: RunReference | None, *, captures: bool
) -> ActiveRun:
    outer = outer_run(os.environ.get(OUTER_VARIABLE, ""))
    rank = workspace.rank
    if outer is not None and resumed is None and outer.is_of(workspace.repository):
        if _JOINED.add_first(outer.run):
            if outer.passes_over(request.experiment) and not (rank and rank.number):
                _warn_of_experiment(outer, request)
            return join_run(
                workspace,
                outer.run,
                outer.experiment,
                request,
                on_finish=OPEN_RUNS.remove,
                on_record=RECORDED_RUNS.add,
                rank=rank.number if rank else None,
            )
        request = request.with_parent(outer.run)
    part = None if rank is None else _RANK_ORDINALS.take(workspace, rank)
    if part is not None and part.rank.is_spread:  # its nodes may each have a clone, and so a run
        request = request.with_group(part.rank.label)
    before = None
    if resumed is not None:
        request, before = _resumed(workspace, request, resumed, part)
    run = begin_run(
        workspace,
        request,
        announce=_announce,
        on_finish=OPEN_RUNS.remove,
        on_record=RECORDED_RUNS.add,
        resumed=before,
        part=part,
    )
    if run.rank:  # one line of all ranks, and one output, is enough
        return run
    if not workspace.settings.output_quiet:
        announce_run(run, workspace.repository, goals=workspace.settings.goals)
        if before is None and request.baseline is None:
            hint_at_baseline(run, workspace.repository)
    if captures:
        run.capture_output()
    return run


def _warn_of_experiment(outer: OuterRun, request: StartRequest) -> None:
    asked = ExperimentName.slug(request.experiment or "")
    warn_script(
        f"gitxp: the run is in experiment {outer.experiment}, not in {asked}: git xp run has "
        f"started it; to have it there: git xp run -e {asked} -- COMMAND"
    )


def _keep_cells(run: ActiveRun) -> None:
    """Keep what IPython has executed and executes until the run ends."""
    shell = ipython()
    if shell is None:
        return
    run.keep_cells(executed_cells(shell), notebook_path(shell))
    leave = watch_cells(shell, lambda cell: run.keep_cells([cell]))
    run.before_end(lambda _: leave())


class _Joined:
    """Which outer runs this process has joined already: only its first run joins."""

    def __init__(self) -> None:
        self._runs: set[RunId] = set()

    def add_first(self, run: RunId) -> bool:
        is_first = run not in self._runs
        self._runs.add(run)
        return is_first


_JOINED = _Joined()
_RANK_ORDINALS = RankOrdinals()


def workspace_at(folder: str | os.PathLike[str] | None = None) -> Workspace:
    """Return the workspace of a folder; of the working folder where None.

    Raises:
        GitxpError: If there is no repository, or a setting is wrong.
    """
    return _workspace(None if folder is None else os.fspath(folder), _folder())


@cache
def _workspace(path: str | None, folder: str) -> Workspace:
    """Return the workspace of a folder, opened once a process."""
    del folder  # a part of the key: where `path` is None or relative, it decides
    return Workspace.open(path, dict(os.environ))


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError as error:
        raise NoRepository("the working folder does not exist any more") from error


def _resumed(
    workspace: Workspace, request: StartRequest, asked: RunReference, part: Part | None
) -> tuple[StartRequest, Resumed | None]:
    limit = time.monotonic() + SECONDS_WAITED
    while True:
        recover_runs(workspace.repository, workspace.limits)
        run = _asked_for(workspace, request, asked)
        if run is None:
            return request, None
        # Another rank that resumes the run may be recording what it held before.
        if not is_being_recorded(workspace.repository, run) or time.monotonic() > limit:
            return go_on(workspace, request, run, part)
        time.sleep(SECONDS_BETWEEN)


def _asked_for(workspace: Workspace, request: StartRequest, asked: RunReference) -> Run | None:
    """Return the run to go on with; None where `"auto"` finds none that is unfinished."""
    if asked != "auto":
        return find_run(workspace, asked, argument="resume")
    # Loaded here: a run that starts anew reads no other.
    from gitxp.query.found import find_rows, read_run

    experiment = ExperimentName.slug(request.experiment or workspace.settings.experiment)
    rows = find_rows(workspace.repository).rows
    for key, status in zip(rows.keys, rows.values("status"), strict=True):
        is_own = key.experiment == experiment and key.home == workspace.home
        if is_own and status != Status.FINISHED:
            run = read_run(workspace.repository, key)
            if is_called(workspace, run, request.name):
                return run
    return None


def _announce(left_out: tuple[LeftOut, ...], failure: str) -> None:
    """Say once what the snapshot does not hold."""
    if failure:
        warn_script(f"gitxp: the code is not captured: {safe(failure)}")
    if left_out and not _ANNOUNCED.seen(left_out):
        shown = [
            f"  {cell(left.path)} ({cell(left.reason)})" for left in left_out[:_SHOWN_LEFT_OUT]
        ]
        more = len(left_out) - len(shown)
        lines = [*shown, f"  and {more} more"] if more else shown
        print("gitxp: left out of the snapshot:", *lines, sep="\n", file=sys.stderr)  # noqa: T201


class _Announced:
    def __init__(self) -> None:
        self._last: tuple[LeftOut, ...] = ()

    def seen(self, left_out: tuple[LeftOut, ...]) -> bool:
        is_seen = left_out == self._last
        self._last = left_out
        return is_seen


_ANNOUNCED = _Announced()
