"""The current run: the innermost open one of this context, else the process's only one."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from contextvars import ContextVar

from gitxp.api.process_end import ProcessEnd, is_notebook
from gitxp.api.recorded import RECORDED_RUNS
from gitxp.errors import NoActiveRun, RunAlreadyActive
from gitxp.tracking.active_run import ActiveRun


class OpenRuns:
    """The runs that are open in this process.

    The one place of gitxp that remembers anything from one call to the next.
    """

    def __init__(self) -> None:
        self._open: list[ActiveRun] = []
        self._context: ContextVar[tuple[ActiveRun, ...]] = ContextVar("gitxp_runs", default=())
        self._is_watching = False
        self._process_end = ProcessEnd()

    def add(self, run: ActiveRun) -> None:
        """Make `run` the current one of this context."""
        if not self._is_watching:
            atexit.register(self.finish_all)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._leave_all)
            self._is_watching = True
        self._process_end.watch()
        self._open.append(run)
        self._context.set((*self._context.get(), run))

    def remove(self, run: ActiveRun) -> None:
        """Forget a run that has been finished."""
        self._open = [one for one in self._open if one is not run]
        if not self._open:
            self._process_end.leave()
        self._context.set(tuple(one for one in self._context.get() if one is not run))

    def innermost(self) -> ActiveRun | None:
        """Return the current run; None where none is open, or several and none is current."""
        here = [run for run in self._context.get() if not run.is_finished]
        if here:
            return here[-1]
        return self._open[0] if len(self._open) == 1 else None

    def current(self) -> ActiveRun:
        """Return the current run.

        Raises:
            NoActiveRun: If there is none, or several are open and none is current.
        """
        run = self.innermost()
        if run is not None:
            return run
        if self._open:
            names = ", ".join(repr(one.name or one.id.short) for one in self._open)
            raise NoActiveRun(f"several runs are open, none of them in this thread: {names}")
        raise NoActiveRun("no run is open", hint="with gitxp.start_run('my-experiment') as run:")

    def make_room(self, *, has_parent: bool) -> None:
        """Let a new run begin: in a notebook a cell run again ends the run before it.

        Raises:
            RunAlreadyActive: If a run is open here, and the new one is not its child.
        """
        run = self.innermost()
        if run is None or has_parent:
            return
        if is_notebook():
            run.finish()
            return
        raise RunAlreadyActive(
            f"run {run.name or run.id.short!r} is still open",
            hint="finish it first, or start a child with parent=run.id",
        )

    def finish_all(self) -> None:
        """End every run that is open when the process ends."""
        end = self._process_end.ending()
        with ExitStack() as ends:  # all of them end, even if one raises
            for run in self._open:
                ends.callback(run.finish, end.status, exit_code=end.exit_code, error=end.error)
        RECORDED_RUNS.flush()

    def _leave_all(self) -> None:
        for run in self._open:
            run.after_fork()
        RECORDED_RUNS.after_fork()


OPEN_RUNS = OpenRuns()
