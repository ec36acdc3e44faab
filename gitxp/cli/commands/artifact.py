"""`git xp artifact`: the files of a run are listed, or brought out of its record."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.group import Verbs
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.progress import Progress
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_run, status_of
from gitxp.errors import InvalidValue, UnknownArtifact
from gitxp.model.run import Artifact, Run
from gitxp.sync.large_files.bring import bring_out_of_anywhere
from gitxp.ui.format import cell, size
from gitxp.ui.screen import screen_of
from gitxp.ui.table import TableColumn, table_lines


@click.group("artifact", cls=Verbs)
def command() -> None:
    """List the files of a run, or get them back."""


@command.command("list", short_help="List the files of a run.")
@click.argument("run", required=False)
@takes_selection()
@options.as_json("Every file, as an array of objects.")
def list_command(run: str | None, selection: Selection, as_json: bool) -> int:  # noqa: FBT001
    """List the files that RUN has logged, by default the newest run of this clone."""
    project = open_project()
    found = selected_run(project, selection, run)
    if as_json:
        print_json([asdict(artifact) for artifact in found.artifacts])
    elif found.artifacts:
        table = _table(found.artifacts)
        show_lines(project.repository, table_lines(table, screen_of(sys.stdout)))
    else:
        _tell_none(found)
    return status_of(project, selection)


@command.command("get", short_help="Get files of a run back.")
@click.argument("run", required=False)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@takes_selection()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="FOLDER",
    help="Where to put them; by default the working folder.",
)
@click.option("-f", "--force", is_flag=True, help="Overwrite files that are there.")
@options.quiet
def get_command(
    run: str | None,
    paths: tuple[str, ...],
    selection: Selection,
    output: Path,
    force: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
) -> int:
    """Get the files of RUN back as they were logged, or those at a PATH or below it.

    Where --where and the like say which run is meant, every word is a PATH; of several that fit it
    is the first, with a note.

    A large file that is not here comes from a remote that has it. Where one of them is there
    already, nothing is written, but for -f. Where the run has no artifacts the exit status is 1.
    """
    if selection.is_given:
        run, paths = None, tuple(word for word in (run, *paths) if word is not None)
    elif run is None:
        raise click.UsageError("expected a RUN, or which one by --where, --sort or --experiment")
    project = open_project(quiet=quiet)
    found = selected_run(project, selection, run)
    chosen = _chosen(found, paths)
    if not chosen:
        _tell_none(found)
        return status_of(project, selection) or ANSWER_IS_NO
    taken = [output / one.path for one in chosen if os.path.lexists(output / one.path)]
    if taken and not force:
        raise InvalidValue(f"{str(taken[0])!r} is there already", hint="-f overwrites it")
    for artifact in chosen:
        _bring(project, found, artifact, output / artifact.path)
        if not quiet:
            click.echo(f"wrote {cell(str(output / artifact.path))} ({size(artifact.size)})")
    return status_of(project, selection)


def _tell_none(run: Run) -> None:
    say(f"run {cell(run.label)!r} has no artifacts")


def _bring(project: Opened, run: Run, artifact: Artifact, target: Path) -> None:
    progress = Progress(f"downloading {cell(artifact.path)}")
    try:
        bring_out_of_anywhere(project.repository, run, artifact, target, moved=progress.show_bytes)
    finally:
        progress.erase()


def _chosen(run: Run, paths: Sequence[str]) -> list[Artifact]:
    """Return the artifacts at some paths or below them; all where there is no path."""
    if not paths:
        return list(run.artifacts)
    chosen: dict[str, Artifact] = {}
    for path in paths:
        fitting = [
            one for one in run.artifacts if f"{one.path}/".startswith(f"{path.rstrip('/')}/")
        ]
        if not fitting:
            raise UnknownArtifact(
                f"run {run.label!r} has no artifact {path!r}",
                hint=f"git xp artifact list {run.id.short}",
            )
        chosen |= {one.path: one for one in fitting}
    return list(chosen.values())


def _table(artifacts: Sequence[Artifact]) -> list[TableColumn]:
    return [
        TableColumn("path", [cell(one.path) for one in artifacts]),
        TableColumn("size", [size(one.size) for one in artifacts], is_number=True),
        TableColumn("kept in", ["Git LFS" if one.is_lfs else "Git" for one in artifacts], rank=1),
    ]
