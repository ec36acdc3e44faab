"""`git xp log`: the story of an experiment, as `git log` tells a branch's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from gitxp.cli import options
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection
from gitxp.cli.selection import named_rows, status_of
from gitxp.cli.stands import find_stands, with_stands
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.origins import origins_last
from gitxp.query.outcome import Outcome, Pair
from gitxp.query.run_rows import RunRows
from gitxp.query.story import Chapter, chapter_fields, tell_story
from gitxp.ui.compared import stand_notes
from gitxp.ui.goals import goal_note
from gitxp.ui.screen import Screen, screen_of
from gitxp.ui.story import heading_lines, one_line, page_lines, stand_of, with_graph

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand


@click.command("log")
@click.argument("experiment", required=False)
@click.option("--oneline", is_flag=True, help="A line a run.")
@click.option("--graph", is_flag=True, help="Draw which run comes from which.")
@options.where
@options.remote
@click.option("-n", "--limit", type=click.IntRange(min=0), help="At most this many runs.")
@options.baseline
@options.as_json("The story, as an array of objects.")
def command(
    experiment: str | None,
    oneline: bool,  # noqa: FBT001
    graph: bool,  # noqa: FBT001
    where: str | None,
    remote: str | None,
    limit: int | None,
    against: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Tell the story of EXPERIMENT and those below it, or of all: each run, the newest first.

    Of each: what it was to show, how it came out, against its baseline where there is one, the
    verdict, and what people noted. Whether it is better depends on the metric's goal: as in the
    settings, or as its name says; then a ? marks it.

    With several seeds of both, the runs that differ in nothing but seeds are compared as well: by
    their means, by Welch's test whether that is within the noise, and by the effect g. p is
    corrected for all that is shown.

    With --graph a line leads from each run, marked * then, down to the one inside which it was
    started and to the one that it carries on; a run that has neither is marked o.
    """
    project = open_project(remote=remote)
    selection = Selection(experiment, where)
    rows = named_rows(project, selection, ())
    against = named_baseline(project, against, (key.experiment for key in rows.keys))
    compared = None if against is None else project.resolve(against)
    chapters = _chapters(project, rows, limit, compared, has_graph=graph)
    if as_json:
        stands = _stands(project, chapters, oneline=False)
        print_json(
            [with_stands(chapter_fields(one), one.run.id, one.measured, stands) for one in chapters]
        )
    elif chapters:
        lines = _lines(project, chapters, experiment, oneline=oneline, has_graph=graph)
        show_lines(project.repository, lines)
    elif not len(project.found.rows):
        project.tell_no_runs()
    elif where is not None:
        say("no run fits")
    return status_of(project, selection, ())


def _chapters(
    project: Opened, rows: RunRows, limit: int | None, against: Run | None, *, has_graph: bool
) -> list[Chapter]:
    """Return what is told; only the runs of that and their baselines are read whole."""
    # Which come first in a graph is known from all of them.
    told = rows if has_graph else rows.head(limit)
    ids = told.values("run")
    others = told.values("baseline") if against is None else []
    known = {run.id: run for run in project.read_all({*ids, *others})}
    runs = [known[run] for run in map(RunId, ids) if run in known]
    if has_graph:
        runs = origins_last(runs)[:limit]
    measured = None if against is None else against.id
    if against is not None:  # which may not be here
        known.setdefault(against.id, against)
    goals = project.workspace.settings.goals
    return list(tell_story(runs, rows, known, goals, measured))


def _shown(chapter: Chapter, *, oneline: bool) -> Sequence[Outcome]:
    return chapter.outcomes[:1] if oneline else chapter.outcomes


def _stands(project: Opened, chapters: Sequence[Chapter], *, oneline: bool) -> Mapping[Pair, Stand]:
    return find_stands(
        project, ((one.run, one.baseline, _shown(one, oneline=oneline)) for one in chapters)
    )


def _lines(
    project: Opened,
    chapters: Sequence[Chapter],
    experiment: str | None,
    *,
    oneline: bool,
    has_graph: bool,
) -> Iterator[str]:
    screen, now = screen_of(sys.stdout), datetime.now(UTC)
    if experiment is not None and not oneline:
        yield from _heading(project, ExperimentName.slug(experiment), now)
    are_several = len({chapter.run.experiment for chapter in chapters}) > 1
    stands = _stands(project, chapters, oneline=oneline)
    if oneline:
        pages = [[one_line(one, screen, stands, names_experiment=are_several)] for one in chapters]
    else:
        pages = [list(page_lines(one, screen, now, stands)) for one in chapters]
    yield from _joined(chapters, pages, screen, has_graph=has_graph)
    if not oneline:
        told = [
            stand_of(chapter, one, stands)
            for chapter in chapters
            for one in chapter.outcomes
            if one.difference is not None
        ]
        yield from stand_notes(told, screen)
    metrics = (found.metric for one in chapters for found in _shown(one, oneline=oneline))
    yield from goal_note(metrics, project.workspace.settings.goals, screen)


def _joined(
    chapters: Sequence[Chapter], pages: Sequence[list[str]], screen: Screen, *, has_graph: bool
) -> Iterator[str]:
    if has_graph:
        runs = [chapter.run for chapter in chapters]
        return with_graph(list(zip(runs, pages, strict=True)), screen)
    return (line for page in pages for line in page)


def _heading(project: Opened, name: ExperimentName, now: datetime) -> Iterator[str]:
    description = project.abouts.descriptions.get(name)
    if description is not None:
        yield from heading_lines(name, description, now)
