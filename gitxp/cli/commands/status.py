"""`git xp status`: what is running, not recorded yet, or not alike here and on remotes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import click

from gitxp.cli import options
from gitxp.cli.exits import GITXP_FAILED
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json
from gitxp.cli.pager import show_lines
from gitxp.cli.told import told_run
from gitxp.model.run import Run, Status
from gitxp.query.abouts import Baseline, baseline_fields
from gitxp.query.rows import run_row
from gitxp.query.run_rows import rows_of
from gitxp.storage.transport.not_uploaded import NotUploaded
from gitxp.sync.difference import Difference
from gitxp.sync.standing import Standing, standings
from gitxp.tracking.recording.recover import Recovered, Recovery
from gitxp.ui.baselines import told_baseline
from gitxp.ui.format import cell, size
from gitxp.ui.run_table import run_table
from gitxp.ui.screen import screen_of

_INDENT: Final = "  "
_SHOWN: Final = 10
_DIFFERENCES: Final = {
    Difference.HERE_ONLY: "not pushed",
    Difference.CHANGED_HERE: "changed here since",
    Difference.THERE_ONLY: "fetched and not merged",
    Difference.CHANGED_THERE: "changed there and not merged",
    Difference.CHANGED_ON_BOTH: "edited on both sides",
    Difference.REMOVED_HERE: "removed here and not there",
    Difference.REMOVED_THERE: "removed there and not here",
    Difference.ROUTED_ELSEWHERE: "routed elsewhere",
}


@click.command("status")
@options.as_json("What is running and what is not recorded, as one object.")
def command(as_json: bool) -> int:  # noqa: FBT001
    """Show the runs that go on, those that ended and could not be recorded yet, and baselines.

    Of each remote it tells, without asking it, how many runs and records of experiments are here
    only, were changed or removed on one side or on both, wait to be merged since they were
    fetched, or may not go there by their routes, and which large files were not uploaded; --json
    names them. Like every command it first records the runs of processes that died.
    """
    project = open_project()
    runs = [project.read(key) for key in project.keys if key.tip is None]
    running = [run for run in runs if run.status is Status.RUNNING]
    problems = {one.run: one for one in project.outcomes if one.outcome is not Recovery.RECORDED}
    baselines = [one for one in project.abouts.baselines if one.run]
    project.tell_problems(project.abouts.problems)
    status = GITXP_FAILED if project.abouts.problems else 0
    unrecorded = [run for run in runs if run.status is not Status.RUNNING]
    settings, routes = project.workspace.settings, project.found.rows.routes
    stand = standings(project.repository, settings, routes)
    if as_json:
        print_json(
            {
                "running": [run_row(run) for run in running],
                "baselines": [baseline_fields(one) for one in baselines],
                "remotes": [_fields(one) for one in stand],
                "unrecorded": [
                    {**run_row(run), "reason": _reason(run, problems.get(run.id))}
                    for run in unrecorded
                ],
            }
        )
        return status
    lines = [*_running(project, running), *_unrecorded(unrecorded, problems)]
    lines = lines or ["nothing is running, and every run is recorded"]
    lines += _baselines(project, baselines)
    show_lines(project.repository, [*lines, *_remotes(stand)])
    return status


def _running(project: Opened, runs: Sequence[Run]) -> Iterator[str]:
    if runs:
        yield "running:"
        screen = screen_of(sys.stdout).indented(len(_INDENT))
        table = run_table(rows_of(runs), screen, project.workspace.settings.goals)
        yield from (f"{_INDENT}{line}" for line in table)


def _unrecorded(runs: Sequence[Run], problems: dict[Any, Recovered]) -> Iterator[str]:
    if runs:
        yield "not recorded yet:"
        for run in runs:
            yield f"  {told_run(run)}: {_reason(run, problems.get(run.id))}"


def _baselines(project: Opened, baselines: Sequence[Baseline]) -> Iterator[str]:
    if baselines:
        yield "baselines:"
        names = {key.id: key.name for key in project.keys}
        for one in baselines:
            told = told_baseline(one.run, names.get(one.run or ""))
            yield f"{_INDENT}{one.experiment}: {told}"


def _remotes(stand: Sequence[Standing]) -> Iterator[str]:
    if stand:
        yield "remotes:"
    for one in stand:
        told = [] if one.is_known else ["nothing shared so far"]
        told += _counted(one.runs)
        if one.live:
            told.append(f"{len(one.live):,} going on elsewhere")
        if one.silent:
            told.append(f"{len(one.silent):,} not heard of since")
        experiments = _counted(one.experiments)
        if not told:
            told.append("no run" if experiments else "nothing")
            told[-1] += " to push or to merge"
        yield f"{_INDENT}{cell(one.remote)}: {', '.join(told)}"
        if experiments:
            yield f"{_INDENT * 2}records of experiments: {', '.join(experiments)}"
        yield from _large_files(one.not_uploaded)


def _counted(lists: Mapping[Difference, Sequence[str]]) -> list[str]:
    return [f"{len(lists[one]):,} {told}" for one, told in _DIFFERENCES.items() if lists[one]]


def _large_files(found: Sequence[NotUploaded] | None) -> Iterator[str]:
    """Name the large files that a remote was not given."""
    if found is None:
        yield f"{_INDENT * 2}which large files are not there is not known: git xp push looks"
        return
    if found:
        yield f"{_INDENT * 2}{len(found):,} large files are not there:"
    for one in found[:_SHOWN]:
        reason = cell(one.reason) or "it is not here, either"
        yield f"{_INDENT * 3}{one.pointer.digest[:12]} ({size(one.pointer.size)}): {reason}"
    if len(found) > _SHOWN:
        yield f"{_INDENT * 3}…"


def _fields(standing: Standing) -> dict[str, Any]:
    found = standing.not_uploaded
    if found is None:
        return asdict(standing)
    large = [{**asdict(one.pointer), "reason": one.reason} for one in found]
    return {**asdict(standing), "not_uploaded": large}


def _reason(run: Run, found: Recovered | None) -> str:
    """Return why a run that does not go on has no record, and what to do about it."""
    if found is not None and found.problem:
        return cell(found.problem)
    if run.status is Status.UNKNOWN:
        return f"it may be running on {cell(run.host)}; if it is not: git xp recover --force"
    return "another process is recording it"
