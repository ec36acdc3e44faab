"""`git xp tag`: a tag of runs is set, or taken off."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.cli.say import say_and_tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_runs, status_of
from gitxp.cli.told import told_runs
from gitxp.model.event import Tagging, Untagging
from gitxp.query.lookup import is_recent
from gitxp.tracking.command.arguments import exact_value
from gitxp.ui.format import cell


@click.command("tag")
@click.argument("tag", metavar="KEY[=VALUE]")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@click.option("-d", "--delete", is_flag=True, help="Take the tag off.")
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def command(
    tag: str,
    runs: tuple[str, ...],
    selection: Selection,
    delete: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Set a tag of each RUN, by default of the newest of this clone, running or not.

    A VALUE spelled as gitxp prints a number, true or false is one: 0.5, but neither 1.10 nor
    007. Without a VALUE the tag is true.
    The tag hypothesis says what the run is to show.
    """
    if is_recent(tag):
        raise click.UsageError(f"{tag!r} is a run: expected KEY[=VALUE] before it")
    key, equals, typed = tag.partition("=")
    if delete and equals:
        raise click.UsageError(f"-d {tag!r}: expected the key alone")
    project = open_project(quiet=quiet, changes_runs=True)
    chosen = selected_runs(project, selection, runs)
    if delete:
        said: Tagging | Untagging = Untagging(key)
        told, words = f"took the tag {cell(key)} off {told_runs(chosen)}", ["-d", key]
    else:
        said = Tagging(key, exact_value(typed) if equals else True)
        # The log of operations, and the terminal, are no place for a secret either.
        spelled = _spelled(project.workspace.limits.redactor.statement(said))
        told, words = f"tagged {told_runs(chosen)}: {cell(spelled)}", [spelled]
    say_and_tell(
        project,
        chosen,
        said,
        told,
        words=["tag", *words],
        named=runs,
        selection=selection,
        quiet=quiet,
        as_json=as_json,
    )
    return status_of(project, selection)


def _spelled(statement: object) -> str:
    """Return a tag as it is typed."""
    assert isinstance(statement, Tagging)
    match statement.value:
        case True:
            return statement.key
        case False:
            return f"{statement.key}=false"
    return f"{statement.key}={statement.value}"
