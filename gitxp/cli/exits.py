"""How `git xp` ends: exit statuses and the words for errors are decided here alone."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from gitxp.errors import GitxpError
from gitxp.ui.format import safe

ANSWER_IS_NO: Final = 1
USAGE: Final = 2
GITXP_FAILED: Final = 128
INTERRUPTED: Final = 130


def run_and_exit(command: click.Command, arguments: Sequence[str]) -> NoReturn:
    """Run `command` and exit: 0 yes, 1 no, 2 usage, 128 gitxp failed, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name in letters that the terminal lacks is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = command.main(list(arguments), prog_name="git xp", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.UsageError as error:
        _tell_usage(error)
        sys.exit(USAGE)
    except click.ClickException as error:
        _tell(GitxpError(error.format_message()))
        sys.exit(GITXP_FAILED)
    except GitxpError as error:
        _tell(error)
        sys.exit(GITXP_FAILED)
    except BrokenPipeError:
        # Whoever read us has seen enough; Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        _tell(GitxpError(str(error)))
        sys.exit(GITXP_FAILED)
    except Exception:  # noqa: BLE001  # status 1 would say that the answer is no
        traceback.print_exc()
        sys.exit(GITXP_FAILED)
    sys.exit(status if isinstance(status, int) else 0)


def _tell_usage(error: click.UsageError) -> None:
    message = error.format_message()
    click.echo(f"error: {safe(message[:1].lower() + message[1:])}", err=True)
    if error.ctx is not None:
        words = [error.ctx.command_path, *error.ctx.command.collect_usage_pieces(error.ctx)]
        click.echo(f"usage: {' '.join(words)}", err=True)
        click.echo(f"hint: {error.ctx.command_path} -h", err=True)


def _tell(error: GitxpError) -> None:
    click.echo(f"error: {safe(str(error))}", err=True)
    if error.hint:
        click.echo(f"hint: {safe(error.hint)}", err=True)
