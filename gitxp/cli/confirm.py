"""Asking before something is destroyed: on a terminal, or by `--yes` where there is none."""

from __future__ import annotations

import sys

import click

from gitxp.errors import ConfirmationNeeded


def confirm(question: str, *, command: str) -> bool:
    """Ask, and return whether the answer is yes.

    Args:
        command: What to type where nobody can be asked.

    Raises:
        ConfirmationNeeded: If there is no terminal.
    """
    if not sys.stdin.isatty():
        raise ConfirmationNeeded("there is no terminal to ask for confirmation", hint=command)
    return click.confirm(question, err=True)
