"""Options that several commands have, each spelled and meant alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

quiet: Final = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
where: Final = click.option(
    "--where", metavar="FILTER", help='Only runs that fit, such as "params.lr > 0.01".'
)
remote: Final = click.option(
    "-r", "--remote", metavar="NAME", help="Runs fetched from it, as they were there."
)
dry_run: Final = click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
yes: Final = click.option("--yes", is_flag=True, help="Do not ask.")


message: Final = click.option(
    "-m",
    "--message",
    "paragraphs",
    multiple=True,
    metavar="TEXT",
    help="What is said; again for another paragraph.",
)


def against(meaning: str) -> Callable[[F], F]:
    """Return the option `--baseline` of a command; `meaning` says what is compared.

    Which run is meant `gitxp.cli.measure` says.
    """
    return click.option("--baseline", "against", metavar="RUN|baseline", help=meaning)


baseline: Final = against(
    "Compare with this run, or the baseline in force, rather than each with its own baseline."
)


def columns(meaning: str) -> Callable[[F], F]:
    """Return the option `--column`; `meaning` says of what only some columns are told."""
    return click.option("-c", "--column", "columns", multiple=True, metavar="COLUMN", help=meaning)


def as_json(content: str) -> Callable[[F], F]:
    """Return the option `--json` of a command; `content` says what it prints."""
    return click.option("--json", "as_json", is_flag=True, help=content)


def only_one_of(**flags: bool) -> str | None:
    """Return which of some flags was given; None for none of them.

    Raises:
        click.UsageError: If several were.
    """
    given = [name for name, is_given in flags.items() if is_given]
    if len(given) > 1:
        raise click.UsageError(f"--{given[0]} and --{given[1]} do not go together")
    return given[0] if given else None
