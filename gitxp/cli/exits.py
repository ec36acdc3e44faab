"""How `git xp` ends: exit statuses and the words for errors are decided here alone."""

from __future__ import annotations

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
    try:
        status = command.main(list(arguments), prog_name="git xp", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
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


def _tell(error: GitxpError) -> None:
    click.echo(f"error: {safe(str(error))}", err=True)
    if error.hint:
        click.echo(f"hint: {safe(error.hint)}", err=True)
