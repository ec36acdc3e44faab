"""`git xp diff`: the code of a run against its base, or of two runs."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import click

from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import say
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_run, selected_two, status_of
from gitxp.errors import CaptureFailed
from gitxp.model.run import Run
from gitxp.storage.code.show import show_diff
from gitxp.ui.format import cell
from gitxp.ui.screen import refuses_colours


class _CommandWithPaths(click.Command):
    """A command that takes what stands behind `--` as paths, as Git's own do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set the paths aside, since click would not tell them from arguments."""
        place = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[place + 1 :])
        return super().parse_args(ctx, args[:place])


@click.command("diff", cls=_CommandWithPaths)
@click.argument("runs", nargs=-1, metavar="[RUN [RUN]] [-- PATH...]")
@takes_selection()
@click.option("--stat", is_flag=True, help="Only which files changed, and how much.")
@click.pass_obj
def command(
    paths: tuple[str, ...],
    runs: tuple[str, ...],
    selection: Selection,
    stat: bool,  # noqa: FBT001
) -> int:
    """Show the uncommitted code of RUN, or how the code of two runs differs.

    By Git's own diff, pager and settings, and without colours under NO_COLOR. RUN is the newest
    of this clone where none is given; of several that fit --where and the like it is the first,
    with a note.
    """
    if len(runs) > 2:
        raise click.UsageError("expected one run or two, then -- and paths")
    project = open_project()
    found = _meant(project, selection, runs)
    before = _commit(found[0]) if len(found) == 2 else found[0].code.base
    options = ["--stat"] if stat else []
    if refuses_colours():  # which Git itself does not ask for
        options.append("--no-color")
    status = show_diff(project.repository, before, _commit(found[-1]), options=options, paths=paths)
    # Whoever reads has seen enough; any other signal counts as shells count it.
    shown = 0 if status == -signal.SIGPIPE else status if status >= 0 else 128 - status
    return shown or status_of(project, selection)


def _meant(project: Opened, selection: Selection, runs: Sequence[str]) -> Sequence[Run]:
    """Return the run whose own changes are shown, or the two that are compared."""
    if len(runs) < 2:
        return [selected_run(project, selection, next(iter(runs), None))]
    found = project.read_every(selected_two(project, selection, runs))
    if len(found) == 1:
        say(f"note: only run {cell(found[0].label)!r} fits: this is its uncommitted code")
    return found


def _commit(run: Run) -> str:
    if run.code.commit is None:
        raise CaptureFailed(f"run {run.label!r} has no code: {run.code.failure}")
    return run.code.commit
