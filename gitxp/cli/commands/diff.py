"""`git xp diff`: the code of a run against its base, or of two runs."""

from __future__ import annotations

import signal

import click

from gitxp.cli.opening import open_project
from gitxp.errors import CaptureFailed
from gitxp.model.run import Run
from gitxp.storage.code.show import show_diff
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
@click.option("--stat", is_flag=True, help="Only which files changed, and how much.")
@click.pass_obj
def command(paths: tuple[str, ...], runs: tuple[str, ...], stat: bool) -> int:  # noqa: FBT001
    """Show the uncommitted code of RUN, or how the code of two runs differs.

    By Git's own diff, pager and settings, and without colours under NO_COLOR. RUN is the newest
    of this clone where none is given.
    """
    if len(runs) > 2:
        raise click.UsageError("expected one run or two, then -- and paths")
    project = open_project()
    found = [project.resolve(name) for name in runs or ["@"]]
    before = _commit(found[0]) if len(found) == 2 else found[0].code.base
    options = ["--stat"] if stat else []
    if refuses_colours():  # which Git itself does not ask for
        options.append("--no-color")
    status = show_diff(project.repository, before, _commit(found[-1]), options=options, paths=paths)
    # Whoever reads has seen enough; any other signal counts as shells count it.
    return 0 if status == -signal.SIGPIPE else status if status >= 0 else 128 - status


def _commit(run: Run) -> str:
    if run.code.commit is None:
        raise CaptureFailed(f"run {run.label!r} has no code: {run.code.failure}")
    return run.code.commit
