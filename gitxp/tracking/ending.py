"""How a run ends, told by what ended the script that logged to it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from gitxp.model.run import Status


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a run.

    Attributes:
        exit_code: The process's own; None where it is not known.
        error: The traceback of what ended it.
    """

    status: Status = Status.FINISHED
    exit_code: int | None = None
    error: str = ""


def ending_of(error: BaseException | None) -> Ending:
    """Return the end of a run whose script was left by `error`.

    Example:
        >>> ending_of(SystemExit(3)).status, ending_of(SystemExit(3)).exit_code
        (<Status.FAILED: 'failed'>, 3)
        >>> ending_of(KeyboardInterrupt()).status
        <Status.KILLED: 'killed'>
        >>> ending_of(SystemExit(0)).status
        <Status.FINISHED: 'finished'>
    """
    code = exit_code_of(error.code) if isinstance(error, SystemExit) else None
    if error is None or code == 0:
        return Ending(exit_code=code)
    status = Status.KILLED if isinstance(error, KeyboardInterrupt) else Status.FAILED
    return Ending(status, code, "".join(traceback.format_exception(error)))


def exit_code_of(code: object) -> int:
    """Return the exit code that Python makes of what `sys.exit` is given.

    Example:
        >>> exit_code_of(None), exit_code_of("went wrong"), exit_code_of(-1)
        (0, 1, 255)
    """
    if code is None:
        return 0
    return int(code) & 0xFF if isinstance(code, int) else 1
