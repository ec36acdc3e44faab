"""How the commands end that say something: it is said, and told in one line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

import click

from gitxp.cli.opening import Opened
from gitxp.cli.operation import operation_fields
from gitxp.cli.output import print_json, say
from gitxp.cli.selecting import Selection
from gitxp.cli.told import SHOWN
from gitxp.model.event import Statement
from gitxp.model.run import Run
from gitxp.tracking.say import Said, say_of_runs

_NONE: Final = Selection()


def say_and_tell(
    project: Opened,
    runs: Sequence[Run],
    statement: Statement,
    told: str,
    *,
    words: Sequence[str],
    named: Sequence[str],
    selection: Selection = _NONE,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say one thing of runs, and tell the user.

    Args:
        told: What was done, for people.
        words: What the user typed behind `git xp`, but for what may be long or secret.
        named: How the user named the runs.
        selection: How else the user chose them.
    """
    # The log of operations is no place for a secret that somebody looks for.
    chosen = [project.workspace.limits.redactor.text(word) for word in selection.words()]
    command = f"git xp {shlex.join([*words, *chosen, *named[:SHOWN]])}"
    if len(named) > SHOWN:
        command += f" and {len(named) - SHOWN} more"
    said = say_of_runs(project.workspace, runs, [statement], command=command)
    tell(said, told, quiet=quiet, as_json=as_json)


def tell(said: Said, told: str, *, quiet: bool, as_json: bool) -> None:
    """Tell the user what was said, and how to take it back."""
    if said.has_lost_secret:
        say("warning: what looks secret was left out: <redacted> stands in its place")
    if as_json:
        print_json(operation_fields(said.operation))
    elif not quiet:
        click.echo(f"{told}; undo: git xp undo {said.operation.id}")
