"""`git xp config`: the settings in force, and where each comes from."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.group import Verbs
from gitxp.cli.opening import open_workspace
from gitxp.cli.output import print_json
from gitxp.cli.pager import show_lines
from gitxp.errors import InvalidSettings
from gitxp.policy.in_force import InForce, settings_in_force
from gitxp.query.nearest import nearest_hint
from gitxp.ui.format import cell
from gitxp.ui.screen import screen_of
from gitxp.ui.table import TableColumn, table_lines


@click.group("config", cls=Verbs)
def command() -> None:
    """Show the settings in force, and where each comes from."""


@command.command("list", short_help="List every setting.")
@options.as_json("Every setting, as an array of objects.")
def list_command(as_json: bool) -> None:  # noqa: FBT001
    """List every setting with its value, and the file or variable that it comes from.

    To change one: git xp init for the team, git config xp.KEY VALUE for yourself.
    """
    repository = open_workspace().repository
    found = settings_in_force(repository, os.environ)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        show_lines(repository, table_lines(_table(found), screen_of(sys.stdout)))


@command.command("get", short_help="Print the value of a setting.")
@click.argument("key")
@options.as_json("The setting, as an object.")
def get_command(key: str, as_json: bool) -> int:  # noqa: FBT001
    """Print the value of the setting KEY; the exit status is 1 where it has none."""
    found = settings_in_force(open_workspace().repository, os.environ)
    one = next((setting for setting in found if setting.key == key), None)
    if one is None and _has_name_inside(key):
        return ANSWER_IS_NO
    if one is None:
        known = [setting.key for setting in found]
        raise InvalidSettings(
            f"there is no setting {key!r}",
            hint=nearest_hint(key, known, otherwise="git xp config list"),
        )
    if not one.value:
        return ANSWER_IS_NO
    if as_json:
        print_json(asdict(one))
    else:
        click.echo(cell(one.value))
    return 0


def _has_name_inside(key: str) -> bool:
    """Whether the key would say something of a metric, or where runs may be pushed."""
    is_of_metric = key.startswith("metrics.") and key.endswith((".goal", ".unit"))
    return is_of_metric or key.startswith("routes.")


def _table(settings: Sequence[InForce]) -> list[TableColumn]:
    return [
        TableColumn("key", [cell(one.key) for one in settings]),
        TableColumn("value", [cell(one.value) for one in settings]),
        TableColumn("from", [cell(one.origin) for one in settings], rank=1),
    ]
