"""The current run: the innermost open one of this context, else the process's only one."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from contextvars import ContextVar

from gitxp.api.ending_signals import EndingSignals
from gitxp.api.process_end import ProcessEnd, is_notebook
from gitxp.api.recorded import RECORDED_RUNS
from gitxp.api.thread_errors import ThreadErrors
from gitxp.errors import NoActiveRun, RunAlreadyActive
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.ending import Ending


class OpenRuns:
    """The runs that are open in this process.

    The one place of gitxp that remembers anything from one call to the next.

    Attributes:
        next_seed: What was seeded with since the last run; the next one records it.
    """

    def __init__(self) -> None:
        self._open: list[ActiveRun] = []
        self._calls: list[ActiveRun] = []
        self._context: ContextVar[tuple[ActiveRun, ...]] = ContextVar("gitxp_runs", default=())
        self._is_watching = False
        self.next_seed: int | None = None
        self._process_end = ProcessEnd()
        self._signals = EndingSignals(end=self._end_all, note=self._note_end, variables=os.environ)
        self._thread_errors = ThreadErrors(self._tell_error)

    def add(self, run: ActiveRun, *, is_call: bool = False) -> None:
        """Make `run` the current one of this context.

        Args:
            is_call: Whether it ends when a function returns: to other contexts it is nothing.
        """
        if not self._is_watching:
            atexit.register(self.finish_all)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._leave_all)
            self._is_watching = True
        self._process_end.watch()
        self._signals.watch()
        self._thread_errors.watch()
        self.next_seed = None
        self._open.append(run)
        if is_call:
            self._calls.append(run)
        self._context.set((*self._context.get(), run))

    def remove(self, run: ActiveRun) -> None:
        """Forget a run that has been finished."""
        self._open = [one for one in self._open if one is not run]
        self._calls = [one for one in self._calls if one is not run]
        if not self._open:
            self._process_end.leave()
            self._thread_errors.leave()
            self._signals.leave()
        self._context.set(tuple(one for one in self._context.get() if one is not run))
        self._signals.deliver()

    @property
    def are_any(self) -> bool:
        """Whether a run is open in this process."""
        return bool(self._open)

    def innermost(self) -> ActiveRun | None:
        """Return the current run; None where none is open, or several and none is current."""
        here = [run for run in self._context.get() if not run.is_finished]
        if here:
            return here[-1]
        return self._open[0] if len(self._open) == 1 else None

    def around_call(self) -> ActiveRun | None:
        """Return the run inside which a call begins that is to be one itself; None for none.

        Calls in several threads are beside each other, whichever began first.
        """
        here = [run for run in self._context.get() if not run.is_finished]
        by_hand = [run for run in self._open if run not in self._calls]
        if here:
            return here[-1]
        return by_hand[0] if len(by_hand) == 1 else None

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

    def record_seed(self, seed: int) -> None:
        """Record the seed in the current run; where none is open, keep it for the next.

        Raises:
            NoActiveRun: If several are open and none is current.
        """
        if self._open:
            self.current().log_seeds(seed)
        else:
            self.next_seed = seed

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
        self._end_all(self._process_end.ending())

    def _end_all(self, end: Ending) -> bool:
        """End every open run, the inner ones first; False where this thread is amid ending one."""
        if any(run.is_ending_here for run in self._open):
            return False
        with ExitStack() as ends:  # all of them end, even if one raises
            for run in self._open:
                ends.callback(run.end_as, end)
        return True

    def _note_end(self) -> None:
        for run in self._open:
            run.was_told_to_end()

    def _tell_error(self, error: str) -> None:
        for run in self._open:
            run.tell_error_of_thread(error)

    def _leave_all(self) -> None:
        self._signals.leave()
        for run in self._open:
            run.after_fork()
        RECORDED_RUNS.after_fork()


OPEN_RUNS = OpenRuns()
