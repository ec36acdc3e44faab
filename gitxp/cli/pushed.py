"""What `git xp push` says: what would leave, what went, and what stays here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from gitxp.cli.output import say
from gitxp.cli.sharing import counted_refs, told_ref
from gitxp.cli.told import counted
from gitxp.storage.transport.failure import hint_for
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.sync.large_files.upload import Upload
from gitxp.sync.leaving import Leaving
from gitxp.sync.outgoing.found import Outgoing
from gitxp.ui.format import cell, size

if TYPE_CHECKING:
    from gitxp.sync.replacing import InPlace

_SHOWN: Final = 20
# Of runs by their ids: asked for only where one is to be told.
Names = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known before anything leaves.

    Attributes:
        stays: Runs that stay since their code's history may not go.
        asks: Runs about whose code's history a push would ask first.
    """

    leaving: Leaving
    outgoing: Outgoing
    stays: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()

    @property
    def is_refused(self) -> bool:
        """Whether something was found that may not leave, so that nothing does."""
        return bool(self.outgoing.secrets or self.outgoing.oversized)

    @property
    def replaced(self) -> dict[str, InPlace]:
        """The records of the remote that do not count any more once all has gone, by their refs."""
        goes = {one.ref for one in self.leaving.plan.sends}
        return {ref: one for ref, one in self.leaving.plan.in_place.items() if ref in goes}

    @property
    def kept(self) -> dict[str, str]:
        """Why records of the remote are not replaced, by their refs."""
        return {ref: one.kept for ref, one in self.leaving.plan.in_place.items() if one.kept}


def tell_unsearched(report: Report) -> None:
    """Name what would leave and was not searched, or not to its end."""
    for one in report.outgoing.unsearched[:_SHOWN]:
        say(f"note: not searched for secrets: {cell(one.path)}: {cell(one.reason)}")


def history_lines(outgoing: Outgoing) -> list[str]:
    """Return the commits of the user's own that would go along."""
    commits = outgoing.unpublished
    are = "is" if len(commits) == 1 else "are"
    told = counted(len(commits), "commit")
    lines = [f"{told} of your own that {are} not on the remote would go along:"]
    lines += [f"  {one.commit[:7]} {cell(one.subject)}" for one in commits[:_SHOWN]]
    return [*lines, *(["  …"] if len(commits) > _SHOWN else [])]


def show(remote: Remote, report: Report, names: Names, *, refused: bool, dry_run: bool) -> None:
    """Show what would leave, or why nothing does."""
    _show_found(report, names)
    if dry_run:
        if report.outgoing.unpublished:
            for line in history_lines(report.outgoing):
                click.echo(line)
        if report.asks:
            runs = counted(len(report.asks), "run")
            click.echo(f"git xp push asks about them first; without a terminal {runs} would stay")
        for large in report.outgoing.large_files:
            click.echo(f"would go, with Git LFS: {cell(large.path)} ({size(large.pointer.size)})")
        for send in report.leaving.plan.sends:
            what = "would go" if send.tip else "would be removed there"
            click.echo(f"{what}: {told_ref(send.ref, names())}")
        for line in _replaced_lines(report, list(report.replaced), names):
            click.echo(f"would replace there: {line}")
        _tell_left(remote, report, names)
        if not report.leaving.plan.sends:
            click.echo(f"nothing would go to {cell(remote.name)}")
    if refused:
        was = "would go" if dry_run else "was pushed"
        say(f"error: nothing {was} to {cell(remote.name)}: see above")
    _hint(report.outgoing)


def _hint(found: Outgoing) -> None:
    """Say what to do about what may not leave."""
    if found.secrets:
        say("hint: git xp push --allow-secret PATH, for what is none; git xp remove --purge RUN")
    own = {one.commit for one in found.unpublished}
    if any(one.commit in own for one in found.secrets):
        say("hint: rewrite commits of yours that hold one: git push would send them, too")
    if found.oversized:
        say("hint: GITXP_PUSH_MAX_FILE_SIZE=SIZE git xp push; git xp remove --purge RUN")


def _show_found(report: Report, names: Names) -> None:
    """Show what may not leave, and whose it is."""
    found = report.outgoing
    whose = _owners(report, names) if found.secrets or found.oversized else {}

    def place(path: str, commit: str) -> str:
        return f"{cell(path) or 'a message'} in {commit[:7]}{whose.get(commit, '')}"

    for one in found.secrets:
        path = f"{one.path}:{one.line}" if one.path and one.line else one.path
        excerpt = f": {cell(one.excerpt)}" if one.excerpt else ""
        click.echo(f"secret: {place(path, one.commit)}: {cell(one.what)}{excerpt}")
    for large in found.oversized:
        click.echo(f"too large: {place(large.path, large.commit)}: {size(large.size)}")


def _owners(report: Report, names: Names) -> dict[str, str]:
    """Return by commit what to say of it behind its id."""
    found: dict[str, str] = {}
    for ref, run in report.leaving.runs.items():
        for session in run.sessions:
            if session.code.commit is not None:
                found.setdefault(session.code.commit, f" (code of {told_ref(ref, names())})")
    for send in report.leaving.plan.sends:
        if send.tip is not None:
            found[send.tip] = f" ({told_ref(send.ref, names())})"
    return found | {one.commit: " (a commit of yours)" for one in report.outgoing.unpublished}


def tell(
    remote: Remote,
    report: Report,
    sent: Sequence[Sent],
    upload: Upload,
    names: Names,
    *,
    quiet: bool,
) -> None:
    """Say what went, and what did not."""
    for one in sent:
        if one.is_stale:
            say(f"not pushed: {told_ref(one.ref, names())}: it changed there; git xp pull first")
        elif not one.is_there:
            say(f"not pushed: {told_ref(one.ref, names())}: {cell(one.reason)}")
    _tell_remote_words(remote, sent)
    _tell_left(remote, report, names)
    for failed in upload.failed:
        say(f"large file not uploaded: {failed.pointer.digest[:12]}: {cell(failed.reason)}")
    if upload.failed:
        say("hint: the next git xp push tries again; git xp status lists them")
    if upload.missing:
        say(f"note: not here, and not uploaded: {counted(len(upload.missing), 'large file')}")
    for path, left in upload.left.items():
        say(f"note: {len(left):,} large files of {cell(path)} stay: they belong to its own remote")
    if not quiet:
        tips = {one.ref: one.tip for one in report.leaving.plan.sends}
        there = [one.ref for one in sent if one.is_there]
        for line in _replaced_lines(report, there, names):
            click.echo(f"replaced there: {line}")
        told = counted_refs([ref for ref in there if tips[ref] is not None])
        if gone := sum(tips[ref] is None for ref in there):
            told.append(f"{gone:,} removed there")
        click.echo(f"pushed to {cell(remote.name)}: {', '.join(told) or 'nothing new'}")


def _replaced_lines(report: Report, refs: Sequence[str], names: Names) -> Iterator[str]:
    """Yield what was at some refs of the remote and does not count there any more, and whose."""
    for ref, one in report.replaced.items():
        if ref in refs:
            whose = f" by {cell(one.author)}" if one.author else ""
            yield f"{told_ref(ref, names())}: {one.tip[:7]}{whose}"


def _tell_remote_words(remote: Remote, sent: Sequence[Sent]) -> None:
    """Tell what the remote said when it refused, and what can be done about it."""
    refused = [one for one in sent if not one.is_there and not one.is_stale]
    lines = dict.fromkeys(line for one in refused for line in one.said.split("\n") if line)
    for line in islice(lines, _SHOWN):
        say(cell(line))
    hints = (hint_for(remote.name, f"{one.reason}\n{one.said}") for one in refused)
    for hint in dict.fromkeys(filter(None, hints)):
        say(f"hint: {cell(hint)}")


def _tell_left(remote: Remote, report: Report, names: Names) -> None:
    """Say what stays here, and why."""
    name = cell(remote.name)
    for ref in report.leaving.plan.diverged:
        was = "edited on both sides" if ref in report.leaving.plan.there else "removed there"
        say(f"not pushed: {told_ref(ref, names())}: {was}; git xp pull first")
    for ref, reason in {**report.kept, **report.leaving.unread}.items():
        say(f"not pushed: {told_ref(ref, names())}: {cell(reason)}")
    for ref in report.leaving.unsaid:
        say(f"not removed there: {told_ref(ref, names())}: the record that tells of it may not go")
    if report.leaving.routed:
        count = len(report.leaving.routed)
        stay = "stays: its" if count == 1 else "stay: their"
        say(f"note: {counted(count, 'run')} {stay} route does not lead to {name}")
    if report.stays:
        say(
            f"not pushed: {counted(len(report.stays), 'run')} whose code builds on commits that "
            f"{name} does not have"
        )
        say(
            f"hint: git push {name}, or git fetch {name} if it has them; "
            'or [push] history = "allow" in .gitxp.toml'
        )


def fields(
    remote: Remote, report: Report, sent: Sequence[Sent], upload: Upload | None = None
) -> dict[str, object]:
    """Return a push as plain facts; nothing was sent where `upload` is None."""
    outgoing = report.outgoing
    return {
        "remote": remote.name,
        "planned": [one.ref for one in report.leaving.plan.sends],
        "sent": [one.ref for one in sent if one.is_there],
        "refused": {one.ref: one.reason for one in sent if not one.is_there},
        "said": [*dict.fromkeys(one.said for one in sent if one.said)],
        "diverged": list(report.leaving.plan.diverged),
        "replaces": {
            ref: {"commit": one.tip, "author": one.author} for ref, one in report.replaced.items()
        },
        "kept": dict(report.kept),
        "unread": dict(report.leaving.unread),
        "routed_elsewhere": list(report.leaving.routed),
        "not_removed": list(report.leaving.unsaid),
        "waiting_for_history": sorted(report.stays),
        "asked_about": sorted(report.asks),
        "secrets": [
            {"path": one.path, "commit": one.commit, "line": one.line, "what": one.what}
            for one in outgoing.secrets
        ],
        "oversized": [
            {"path": one.path, "commit": one.commit, "size": one.size} for one in outgoing.oversized
        ],
        "unsearched": [{"path": one.path, "reason": one.reason} for one in outgoing.unsearched],
        "history": [{"commit": one.commit, "subject": one.subject} for one in outgoing.unpublished],
        "large_files": {
            "planned": [
                {"path": one.path, "digest": one.pointer.digest, "size": one.pointer.size}
                for one in outgoing.large_files
            ],
            **(_upload_fields(upload) if upload is not None else {}),
        },
    }


def _upload_fields(upload: Upload) -> dict[str, object]:
    return {
        "uploaded": [one.digest for one in upload.uploaded],
        "missing": [one.digest for one in upload.missing],
        "failed": {one.pointer.digest: one.reason for one in upload.failed},
        "of_submodules": {
            path: sorted(one.digest for one in left) for path, left in upload.left.items()
        },
    }
