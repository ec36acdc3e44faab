"""`git xp init`: a commented settings file for the team."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from gitxp.cli import options
from gitxp.errors import CannotInit
from gitxp.policy.settings import FILE, KNOWN
from gitxp.policy.sources import Source
from gitxp.storage.repository import open_repository


@click.command("init")
@options.quiet
def command(quiet: bool) -> None:  # noqa: FBT001
    """Write a commented .gitxp.toml at the top of the working tree.

    gitxp works without one; no Git configuration is changed.
    """
    repository = open_repository()
    if repository.work_tree is None:
        raise CannotInit(
            f"a bare repository has no working tree for {FILE}", hint="git config xp.<key> <value>"
        )
    path = repository.work_tree / FILE
    try:
        with path.open("x") as file:
            file.write(_content())
    except FileExistsError as error:
        raise CannotInit(f"{str(path)!r} exists already", hint="edit that file") from error
    if not quiet:
        shown = _shown(path)
        click.echo(f"wrote {shown}; commit it to share it; undo: rm {shlex.quote(shown)}")


def _shown(path: Path) -> str:
    folder = Path.cwd()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _content() -> str:
    lines = ["# The team's settings for gitxp; every line shows a default."]
    table = ""
    for known in KNOWN:
        if Source.TEAM not in known.sources:
            continue
        *tables, key = known.key.split(".")
        if tables and tables[0] != table:
            table = tables[0]
            lines += ["", f"# [{table}]"]
        lines += [f"# {known.description}", f"# {key} = {known.default}"]
    lines += [
        "",
        "# Which way a metric is better, and in what it is measured.",
        '# [metrics."val/accuracy"]',
        '# goal = "max"',
        '# unit = "%"',
        "",
        "# To which remotes runs may be pushed.",
        "# [routes]",
        '# "secret/*" = ["private"]',
    ]
    return "\n".join(lines) + "\n"
