"""`git xp init`: a commented settings file for the team."""

from __future__ import annotations

from pathlib import Path

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.policy.settings import FILE, KNOWN
from gitxp.storage.repository import open_repository


@click.command("init")
def command() -> int:
    """Write a commented .gitxp.toml at the top of the working tree.

    gitxp works without one; no Git configuration is changed.
    """
    repository = open_repository()
    if repository.work_tree is None:
        click.echo("error: a bare repository has no place for it", err=True)
        return ANSWER_IS_NO
    path = repository.work_tree / FILE
    try:
        with path.open("x") as file:
            file.write(_content())
    except FileExistsError:
        click.echo(f"error: {FILE} exists already\nhint: edit {path}", err=True)
        return ANSWER_IS_NO
    click.echo(f"wrote {_shown(path)}; commit it to share it, delete it to undo")
    return 0


def _shown(path: Path) -> str:
    folder = Path.cwd()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _content() -> str:
    lines = ["# The team's settings for gitxp; every line shows a default."]
    table = ""
    for known in KNOWN:
        *tables, key = known.key.split(".")
        if tables and tables[0] != table:
            table = tables[0]
            lines += ["", f"# [{table}]"]
        lines += [f"# {known.description}", f"# {key} = {known.default}"]
    lines += ["", "# Which way a metric is better.", '# [metrics."val/accuracy"]', '# goal = "max"']
    return "\n".join(lines) + "\n"
