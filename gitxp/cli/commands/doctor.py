"""`git xp doctor`: what will not work here, and what to do about it."""

from __future__ import annotations

import os

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.output import print_json
from gitxp.ui.format import cell
from gitxp.upkeep.doctor.diagnose import diagnose
from gitxp.upkeep.doctor.finding import Finding, Severity


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="What was found, as one object.")
def command(as_json: bool) -> int:  # noqa: FBT001
    """Name what will not work on this machine and repository, and what to do about it.

    One line a finding, with something to type. Exits with 1 if something is wrong; a note is
    nothing wrong. Nothing is changed.
    """
    found = diagnose(None, dict(os.environ))
    wrong = [one for one in found if one.severity is not Severity.NOTE]
    if as_json:
        print_json({"ok": not wrong, "findings": [_as_json(one) for one in found]})
        return ANSWER_IS_NO if wrong else 0
    for one in found:
        click.echo(f"{one.severity} {one.slug}: {cell(one.message)}; try: {cell(one.hint)}")
    if not wrong:
        click.echo("nothing is wrong")
    return ANSWER_IS_NO if wrong else 0


def _as_json(one: Finding) -> dict[str, str]:
    return {
        "slug": one.slug,
        "severity": str(one.severity),
        "message": cell(one.message),
        "hint": cell(one.hint),
    }
