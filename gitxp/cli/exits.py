"""How `git xp` ends: exit statuses and the words for errors are decided here alone."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from gitxp.cli.output import say, silence
from gitxp.errors import GitxpError
from gitxp.ui.format import safe

ANSWER_IS_NO: Final = 1
USAGE: Final = 2
GITXP_FAILED: Final = 128
INTERRUPTED: Final = 130


class PipeClosed(Exception):
    """Nobody reads what is printed any more.

    A name of our own, for click would end with the status that says no.
    """


def run_and_exit(command: click.Command, arguments: Sequence[str]) -> NoReturn:
    """Run `command` and exit: 0 yes, 1 no, 2 usage, 128 gitxp failed, 130 interrupted.

    Whoever closes a pipe that is printed into has seen enough: that is a yes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name in letters that the terminal lacks is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    status = _status(command, arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            silence(stream)
    sys.exit(status)


def _status(command: click.Command, arguments: Sequence[str]) -> int:
    try:
        status = command.main(list(arguments), prog_name="git xp", standalone_mode=False)
    except PipeClosed:
        return 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.UsageError as error:
        _tell_usage(error)
        return USAGE
    except click.ClickException as error:
        tell_error(GitxpError(error.format_message()))
    except GitxpError as error:
        tell_error(error)
    except OSError as error:
        tell_error(GitxpError(str(error)))
    except Exception:  # noqa: BLE001  # status 1 would say that the answer is no
        traceback.print_exc()
    else:
        return status if isinstance(status, int) else 0
    return GITXP_FAILED


def _tell_usage(error: click.UsageError) -> None:
    message = error.format_message()
    say(f"error: {safe(message[:1].lower() + message[1:])}")
    if error.ctx is not None:
        words = [error.ctx.command_path, *error.ctx.command.collect_usage_pieces(error.ctx)]
        say(f"usage: {' '.join(words)}")
        cause = error.__cause__
        known = cause.hint if isinstance(cause, GitxpError) else ""
        say(f"hint: {safe(known) or f'{error.ctx.command_path} -h'}")


def tell_error(error: GitxpError) -> None:
    """Say what went wrong, and what to do about it."""
    say(f"error: {safe(str(error))}")
    if error.hint:
        say(f"hint: {safe(error.hint)}")
