"""The group of all commands, each loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from itertools import groupby

import click

from gitxp.cli.table import ENTRIES


class LazyGroup(click.Group):
    """A group whose commands are files, loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return [entry.name for entry in ENTRIES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None where there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"gitxp.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under what they are for."""
        for purpose, entries in groupby(ENTRIES, key=lambda entry: entry.purpose):
            with formatter.section(purpose):
                formatter.write_dl([(entry.name, entry.summary) for entry in entries])


@click.command(
    cls=LazyGroup,
    name="git xp",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="gitxp", prog_name="git xp")
def git_xp() -> None:
    """Track experiments in the Git repository you already have."""
