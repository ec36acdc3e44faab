"""Every command as its help describes it: what the pages, the manual and completions say."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

import click

from gitxp.cli.group import git_xp
from gitxp.cli.table import ENTRIES, Entry

_NAMED = re.compile(r"\[*(?P<what>RUN|EXPERIMENT)\b")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command.

    Attributes:
        names: Its spellings, such as `-e` and `--experiment`.
        takes: What its value is called; empty for a flag.
        named: What its value is the name of, such as `experiment`; empty where it is of nothing.
    """

    names: tuple[str, ...]
    takes: str
    help: str
    named: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command.

    Attributes:
        spelled: How the line of usage spells it.
        named: What it is the name of, `run` or `experiment`; empty where it is of nothing.
        repeats: Whether there may be more of them.
    """

    spelled: str
    named: str
    repeats: bool


@dataclass(frozen=True, slots=True)
class Described:
    """A command.

    Attributes:
        name: Of a command within a group both words: `artifact list`.
        purpose: Under what `git xp -h` lists it.
        summary: One line.
        said: What its help says, paragraphs parted by an empty line.
        arguments: In the order in which they are typed.
    """

    name: str
    purpose: str
    summary: str
    said: str
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]

    @property
    def usage(self) -> str:
        """The line that says how it is typed."""
        options = ["[options]"] if self.options else []
        return " ".join(["git xp", self.name, *options, *(one.spelled for one in self.arguments)])


def described_commands() -> list[Described]:
    """Return every command, in the order of the help; those of a group in its place."""
    return [one for entry in ENTRIES for one in _described(entry)]


def group_names() -> list[str]:
    """Return the names of the commands that are groups of others."""
    return [entry.name for entry in ENTRIES if isinstance(_command(entry), click.Group)]


def general_options() -> list[Option]:
    """Return the options that stand before the command."""
    return [*_options(git_xp), Option(("-h", "--help"), "", "Show the help and exit.")]


def _command(entry: Entry) -> click.Command:
    command = git_xp.get_command(click.Context(git_xp), entry.name)
    assert command is not None
    return command


def _described(entry: Entry) -> Iterator[Described]:
    command = _command(entry)
    if not isinstance(command, click.Group):
        yield _one(command, entry.name, entry.purpose, entry.summary)
        return
    for name, inner in command.commands.items():
        summary = inner.short_help
        assert summary, f"{entry.name} {name} has no short help"
        yield _one(inner, f"{entry.name} {name}", entry.purpose, summary)


def _one(command: click.Command, name: str, purpose: str, summary: str) -> Described:
    arguments = [_argument(one) for one in command.params if isinstance(one, click.Argument)]
    return Described(
        name=name,
        purpose=purpose,
        summary=summary,
        said=inspect.cleandoc((command.help or "").replace("\b\n", "")),
        arguments=tuple(arguments),
        options=tuple(_options(command)),
    )


def _options(command: click.Command) -> Iterator[Option]:
    for one in command.params:
        if isinstance(one, click.Option):
            takes = "" if one.is_flag else one.metavar or _type_name(one.type)
            named = "experiment" if one.name == "experiment" else ""
            yield Option((*one.opts, *one.secondary_opts), takes, one.help or "", named)


def _argument(argument: click.Argument) -> Argument:
    spelled = argument.metavar or _spelled(argument)
    match = _NAMED.match(spelled)
    return Argument(spelled, match["what"].lower() if match else "", argument.nargs == -1)


def _spelled(argument: click.Argument) -> str:
    name = str(argument.name).upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _type_name(kind: click.ParamType) -> str:
    if isinstance(kind, click.Choice):
        return " or ".join(f"`{choice}`" for choice in kind.choices)
    return {"integer": "NUMBER", "integer range": "NUMBER"}.get(kind.name, kind.name.upper())
