"""How this process ends, as far as Python lets it be known before the end."""

from __future__ import annotations

import builtins
import functools
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from gitxp.capture.notebook import ipython
from gitxp.model.run import Status
from gitxp.tracking.ending import Ending, ending_of, exit_code_of

# `exit` and `quit` are not there under `python -S`.
_WAYS_OUT = ((sys, "exit"), (builtins, "exit"), (builtins, "quit"))


class ProcessEnd:
    """Watches the ways out of a process while a run is open in it.

    An exception that nobody catches is kept by Python itself (`sys.last_value`), but of
    `sys.exit(3)` nothing is left when the functions of `atexit` are called. So `sys.exit`, `exit`
    and `quit` are replaced by functions that do the same and note the code. A bare `raise
    SystemExit(3)`, and an `exit` that was imported from `sys` before the run was started, cannot
    be seen: a run that was opened by hand ends as `finished` there, while one in a `with` block
    ends as it should. `os._exit` tells nobody; the next command finds
    the run crashed.
    """

    def __init__(self) -> None:
        self._noted: Ending | None = None
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def watch(self) -> None:
        """Note from here on with which code the process is told to exit."""
        if self._replaced or is_interactive():
            return
        for owner, name in _WAYS_OUT:
            before = getattr(owner, name, None)
            if before is not None:
                noting = self._noting(before)
                setattr(owner, name, noting)
                self._replaced.append((owner, name, before, noting))

    def leave(self) -> None:
        """Put back what was replaced, where nobody else has replaced it since."""
        for owner, name, before, noting in self._replaced:
            if getattr(owner, name, None) is noting:
                setattr(owner, name, before)
        self._replaced = []
        self._noted = None

    def ending(self) -> Ending:
        """Return the end of the runs that are open when the process ends."""
        if self._noted is not None:
            return self._noted
        return ending_of(None if is_interactive() else getattr(sys, "last_value", None))

    def _noting(self, leave: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(leave, assigned=("__module__", "__name__", "__doc__"), updated=())
        def noting(*arguments: Any, **options: Any) -> Any:
            try:
                return leave(*arguments, **options)
            except SystemExit as error:
                # In any other thread it ends that thread alone.
                if threading.current_thread() is threading.main_thread():
                    self._note(error)
                raise

        return noting

    def _note(self, error: SystemExit) -> None:
        code = exit_code_of(error.code)
        # The frames are told of now: the error that goes on must keep nothing of them alive.
        said = "".join(traceback.format_stack(sys._getframe(2)))  # noqa: SLF001  # the caller
        told = f"{said}SystemExit: {error.code}\n" if code else ""
        self._noted = Ending(Status.FAILED if code else Status.FINISHED, code, told)
        vars(error)["_gitxp_caught"] = _Caught(self._forget)

    def _forget(self) -> None:
        self._noted = None


class _Caught:
    """Rides on an exception, and tells when it is dropped while Python code still runs.

    The interpreter drops the one that ends the process with no code running any more.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def __del__(self) -> None:
        if sys._getframe().f_back is not None:  # noqa: SLF001  # the documented way to ask
            self._tell()


def is_interactive() -> bool:
    """Return whether somebody types at a prompt of Python or IPython."""
    return hasattr(sys, "ps1") or is_notebook()


def is_notebook() -> bool:
    """Return whether IPython runs this process."""
    return ipython() is not None
