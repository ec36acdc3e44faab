"""`git xp verify`: every record is read to the last byte, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.output import print_json
from gitxp.cli.progress import Progress
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import may_be_of, selected_rows
from gitxp.errors import UnknownRun
from gitxp.model.identity import ExperimentName, RunId
from gitxp.query.fetched import fetched_runs, remote_meant, resolve_fetched
from gitxp.query.found import FoundRows, find_rows
from gitxp.query.live import Problem
from gitxp.query.lookup import resolve
from gitxp.query.recent import doubted
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.storage.clone import known_clone_id
from gitxp.storage.refs import incoming_ref, parse_run_ref, run_ref
from gitxp.storage.repository import Repository, open_repository
from gitxp.storage.transport.known import known_tips
from gitxp.ui.format import cell, size
from gitxp.upkeep.verify.flaw import RefFlaw, Verified
from gitxp.upkeep.verify.verify import matching_among, matching_refs, verify, verify_tips


@click.command("verify")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@click.option(
    "--deep", is_flag=True, help="Also read files of code, apply code.diff, ask submodules."
)
@click.option("--json", "as_json", is_flag=True, help="What was checked and found, as one object.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    deep: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Check that records are whole: every object there, every digest true, every sum right.

    All runs where no RUN is given, those in the trash among them. Exits with 1 if something is
    wrong, and says what; a note is nothing wrong. Nothing is repaired or changed. What lies
    elsewhere, such as data sets and what the remotes of submodules have, is not asked for.

    Of origin/RUN the record is checked that was fetched, be it merged or not.

    By --where and the like, and by @, those are checked that fit, and those of which that cannot
    be told, since their records cannot be read. RUN is named or found by a filter, not both.
    """
    repository = open_repository()
    if runs and selection.is_given:
        raise click.UsageError("expected either a RUN, or which runs by --where and the like")
    asked = _asked(repository, runs, selection)
    progress = Progress("verifying")
    done = _verified(repository, asked, is_deep=deep, progress=progress)
    progress.erase()
    if as_json:
        print_json(_as_json(done))
    else:
        _print(done)
    return ANSWER_IS_NO if done.failures else 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be checked.

    Attributes:
        refs: Of this clone; all of them where None.
        fetched: By remote the records as they were there, by the refs where it shares them.
    """

    refs: Sequence[str] | None = None
    fetched: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _asked(repository: Repository, runs: Sequence[str], selection: Selection) -> _Asked:
    if selection.is_given:
        return _Asked(_selected_refs(repository, selection))
    if not runs:
        return _Asked()
    refs: list[str] = []
    fetched: dict[str, dict[str, str]] = {}
    for text in runs:
        try:
            refs += matching_refs(repository, text)
        except UnknownRun:
            home = known_clone_id(repository.private_dir)
            own = find_rows(repository)
            remote = remote_meant(repository, own.rows.keys, text, home=home)
            if remote is None:
                refs += _refs_here(repository, own, text, home=home)
            else:
                fetched.setdefault(remote, {}).update(_fetched(repository, remote, text))
    return _Asked(refs, fetched)


def _refs_here(repository: Repository, own: FoundRows, text: str, *, home: str) -> Sequence[str]:
    """Return the ref of the run that `text` means, and those that cannot be read and may be it."""
    unread = _run_refs(doubted(repository, own.problems, [text], home=home))
    try:
        return [_ref(resolve(_recorded(own.rows), text, home=home)), *unread]
    except UnknownRun:
        if not unread:
            raise
        return unread


def _fetched(repository: Repository, remote: str, text: str) -> Mapping[str, str]:
    """Return the record that `text` means of those fetched, by the ref where it is shared.

    A damaged one is found by its id, too.
    """
    tips = known_tips(repository, remote)
    try:
        found = matching_among(list(tips), text.removeprefix(f"{remote}/"))
    except UnknownRun:
        home = known_clone_id(repository.private_dir)
        there = _recorded(fetched_runs(repository, remote).rows)
        found = [_ref(resolve_fetched(there, remote, text, home=home))]
    return {ref: tips[ref] for ref in found}


def _verified(
    repository: Repository, asked: _Asked, *, is_deep: bool, progress: Progress
) -> Verified:
    home = known_clone_id(repository.private_dir)
    parts = []
    if asked.refs is None or asked.refs or not asked.fetched:
        parts.append(
            verify(repository, asked.refs, home=home, is_deep=is_deep, watch=progress.show)
        )
    for remote, tips in asked.fetched.items():
        found = verify_tips(repository, tips, home=home, is_deep=is_deep, watch=progress.show)
        there = (replace(flaw, ref=incoming_ref(remote, flaw.ref)) for flaw in found.flaws)
        parts.append(replace(found, flaws=tuple(there)))
    return reduce(add, parts)


def _selected_refs(repository: Repository, selection: Selection) -> Sequence[str]:
    """Return the refs of the runs that are selected, and of those that cannot be asked."""
    found = find_rows(repository)
    keys = _recorded(selected_rows(found.rows, selection, found.problems))
    unread = [one for one in found.problems if may_be_of(selection, one.ref)]
    return [*(_ref(key) for key in keys), *_run_refs(unread)]


def _run_refs(problems: Sequence[Problem]) -> list[str]:
    return [one.ref for one in problems if parse_run_ref(one.ref) is not None]


def _recorded(rows: RunRows) -> list[RunKey]:
    """Return the runs that have a record here, rather than a journal here or elsewhere."""
    remotes = rows.values("remote")
    return [
        key
        for key, remote in zip(rows.keys, remotes, strict=True)
        if key.tip is not None and remote is None
    ]


def _ref(key: RunKey) -> str:
    return run_ref(ExperimentName(key.experiment), RunId(key.id))


def _print(done: Verified) -> None:
    for flaw in done.failures:
        click.echo(f"{cell(flaw.ref)}: {cell(flaw.what)}")
    for flaw in done.notes:
        click.echo(f"note: {cell(flaw.ref)}: {cell(flaw.what)}")
    for hint in dict.fromkeys(flaw.hint for flaw in (*done.failures, *done.notes) if flaw.hint):
        click.echo(f"hint: {cell(hint)}", err=True)
    click.echo(f"{_summary(done)}: {_verdict(done)}")


def _verdict(done: Verified) -> str:
    broken = len({flaw.ref for flaw in done.failures})
    return f"{broken} of them with something wrong" if broken else "all true"


def _summary(done: Verified) -> str:
    counts = [
        (done.runs, "run"),
        (done.experiments, "experiment's record"),
        (done.codes, "held snapshot"),
    ]
    named = [_counted(count, what) for count, what in counts if count] or ["no runs"]
    rest = [_counted(done.commits, "commit"), _counted(done.points, "point")]
    if done.files:
        rest.append(f"{_counted(done.files, 'large file')} ({size(done.file_bytes)})")
    if done.bundles:
        rest.append(_counted(done.bundles, "bundle"))
    if done.elsewhere:
        rest.append(f"{_counted(done.elsewhere, 'commit')} of submodules elsewhere not looked at")
    return f"verified {', '.join(named)} with {', '.join(rest)}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _as_json(done: Verified) -> dict[str, object]:
    return {
        "ok": not done.failures,
        "checked": {
            "runs": done.runs,
            "experiments": done.experiments,
            "snapshots": done.codes,
            "commits": done.commits,
            "points": done.points,
            "files": done.files,
            "file_bytes": done.file_bytes,
            "bundles": done.bundles,
            "elsewhere": done.elsewhere,
        },
        "failures": [_flaw(flaw) for flaw in done.failures],
        "notes": [_flaw(flaw) for flaw in done.notes],
    }


def _flaw(flaw: RefFlaw) -> dict[str, str]:
    return {"ref": flaw.ref, "what": cell(flaw.what), "hint": cell(flaw.hint)}
