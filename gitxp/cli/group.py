"""The group of all commands, each loaded when it is called."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import groupby
from typing import Any

import click

from gitxp.cli.exits import USAGE, PipeClosed
from gitxp.cli.table import ENTRIES
from gitxp.query.nearest import nearest_hint

# What `git --no-pager` sets, so that Git's own commands heed it, too.
NO_PAGER = {"GIT_PAGER": "cat"}


@contextmanager
def _closed_pipe_told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise PipeClosed from error


class Verbs(click.Group):
    """A group of commands that says which one was probably meant."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        # Typed without a command it is used wrongly, and says so as any other is.
        super().__init__(*arguments, **{"no_args_is_help": False, **named})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names, or say which one was probably meant."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None:
            hint = nearest_hint(name, self.list_commands(ctx), otherwise="")
            told = f"there is no command {name!r}"
            raise click.UsageError(f"{told}: {hint}" if hint else told, ctx)
        return name, command, rest


class LazyGroup(Verbs):
    """A group whose commands are files, loaded by name."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the words up to the command."""
        with _closed_pipe_told():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _closed_pipe_told():
            return super().invoke(ctx)

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
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--no-pager", is_flag=True, help="Never show long output through a pager.")
@click.version_option(package_name="gitxp", prog_name="git xp")
@click.pass_context
def git_xp(ctx: click.Context, no_pager: bool) -> int:  # noqa: FBT001
    """Track experiments in the Git repository you already have."""
    if no_pager:
        os.environ |= NO_PAGER
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return USAGE
    return 0
