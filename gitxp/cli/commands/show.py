"""`git xp show`: everything that is recorded of one run."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.model.run import Code, Run, Session
from gitxp.query.columns import param_columns
from gitxp.query.rows import run_row
from gitxp.ui.format import duration, number, safe, size, value

_SHORT = 12
_SHOWN_LEFT_OUT = 10


@click.command("show")
@click.argument("run", default="@")
@click.option("--json", "as_json", is_flag=True, help="Every field, as one object.")
def command(run: str, as_json: bool) -> None:  # noqa: FBT001
    """Show everything that is recorded of RUN, by default the newest of this clone."""
    project = open_project()
    found = project.resolve(run)
    if as_json:
        print_json(run_row(found))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(run: Run) -> Iterator[str]:
    yield f"run {run.id}"
    yield from _facts(run)
    for session in run.sessions:
        yield from _session(session)
    yield from _table(
        "params",
        (
            (name.removeprefix("params").removeprefix("."), value(v))
            for name, v in param_columns(run.params).items()
        ),
    )
    yield from _table("tags", ((key, value(tag.value)) for key, tag in run.tags.items()))
    yield from _table("seeds", ((key, str(seed)) for key, seed in run.seeds.items()))
    yield from _table("metrics", ((name, _metric(run, name)) for name in run.metrics))
    yield from _table(
        "data sets",
        (
            (one.name, f"{one.role or one.kind} {one.version or one.digest[:19]} {size(one.size)}")
            for one in run.datasets
        ),
    )
    yield from _table(
        "artifacts",
        ((one.path, size(one.size) + (" (LFS)" if one.is_lfs else "")) for one in run.artifacts),
    )


def _facts(run: Run) -> Iterator[str]:
    facts = {
        "experiment": run.title or run.experiment,
        "name": run.name,
        "status": str(run.status),
        "hypothesis": run.hypothesis,
        "description": run.description,
        "group": run.group or "",
        "parent": run.parent or "",
        "author": run.author,
        "host": run.host,
        "took": duration(run.duration),
        "failed calls": str(run.failures) if run.failures else "",
        "record": run.tip or "not recorded yet",
    }
    for key, text in facts.items():
        if text:
            yield f"{key + ':':<14}{safe(text)}"


def _session(session: Session) -> Iterator[str]:
    started = f"{session.started:%Y-%m-%d %H:%M:%S} UTC"
    yield f"{'started:':<14}{started} in {safe(session.folder or '?')}"
    yield f"{'command:':<14}{safe(' '.join(session.argv))}"
    if session.exit_code is not None:
        yield f"{'exit code:':<14}{session.exit_code}"
    yield from _code(session.code)
    if session.error:
        yield "error:"
        yield from (f"  {safe(line)}" for line in session.error.rstrip().splitlines())


def _code(code: Code) -> Iterator[str]:
    if code.commit is None:
        yield f"{'code:':<14}not captured: {safe(code.failure)}"
        return
    base = f"{(code.base or 'no commit')[:_SHORT]} on {safe(code.branch or 'no branch')}"
    dirty = f", with uncommitted changes in {code.commit[:_SHORT]}" if code.dirty else ""
    yield f"{'code:':<14}{base}{dirty}"
    for left in code.left_out[:_SHOWN_LEFT_OUT]:
        yield f"{'left out:':<14}{safe(left.path)} ({safe(left.reason)})"
    if len(code.left_out) > _SHOWN_LEFT_OUT:
        yield f"{'':<14}and {len(code.left_out) - _SHOWN_LEFT_OUT} more"


def _metric(run: Run, name: str) -> str:
    summary = run.metrics[name]
    low = number(summary.min.value if summary.min else None)
    high = number(summary.max.value if summary.max else None)
    return f"{number(summary.last.value):<10} min {low:<10} max {high:<10} {summary.count} points"


def _table(title: str, pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    rows = list(pairs)
    if rows:
        width = max(len(safe(key)) for key, _ in rows)
        yield f"{title}:"
        yield from (f"  {safe(key):<{width}}  {safe(text)}".rstrip() for key, text in rows)
