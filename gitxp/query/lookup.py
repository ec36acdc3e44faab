"""Finding the run that somebody means: by id, prefix, name, or how new it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitxp.errors import AmbiguousRun, DamagedRecord, UnknownRun
from gitxp.model.identity import SHORT_ID
from gitxp.model.names import LONGEST_NAME
from gitxp.query.nearest import nearest_name
from gitxp.query.run_rows import RunKey
from gitxp.text import shown

if TYPE_CHECKING:
    from gitxp.query.live import Problem

_RECENT = re.compile(r"@(?:~(\d+))?")
# As short as Git lets an abbreviated object id be.
_PREFIX = re.compile(r"[0-9a-f]{4,32}")
_SHOWN = 5


def resolve(runs: Sequence[RunKey], text: str, *, home: str) -> RunKey:
    """Return the run that `text` means.

    Args:
        runs: The newest first.
        text: A full id, a prefix of one, an exact name (the newest of them counts), `@` for the
            newest run started in this clone, `@~2` for the third newest.
        home: The id of this clone.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If a prefix fits several.
    """
    found = matches(runs, text, home=home)
    if not found:
        raise _unknown(runs, text)
    by_prefix = [run for run in found if run.name != text]
    if len(by_prefix) > 1:
        raise _ambiguous(text, by_prefix)
    return found[0]


def resolve_exactly(runs: Sequence[RunKey], text: str, *, home: str) -> RunKey:
    """Return the only run that `text` can mean, for commands that destroy.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If there are several.
    """
    found = matches(runs, text, home=home)
    if not found:
        raise _unknown(runs, text)
    if len(found) > 1:
        raise _ambiguous(text, found)
    return found[0]


def matches(runs: Sequence[RunKey], text: str, *, home: str) -> list[RunKey]:
    """Return every run that `text` can mean, the newest first."""
    recent = _RECENT.fullmatch(text)
    if recent:
        here = [run for run in runs if run.home == home]
        back = int(recent[1] or 0)
        return here[back : back + 1]
    named = [run for run in runs if text and run.name == text]
    if named or not is_prefix(text):
        return named
    return [run for run in runs if run.id.startswith(text)]


def unreadable(
    problems: Sequence[Problem], text: str, *, remote: str | None = None
) -> DamagedRecord | None:
    """Return the error of a run that is here, and has no row to be found by; None for any other.

    Args:
        problems: What could not be read.
        text: The run's id, or a prefix that no other of them has; nobody knows its name.
        remote: From where it was fetched, if so.
    """
    if not is_prefix(text):
        return None
    found = {problem.run: problem for problem in problems if problem.run.startswith(text)}
    if len(found) != 1:
        return None
    ((run, problem),) = found.items()
    named = run if remote is None else shlex.quote(f"{remote}/{run}")
    return DamagedRecord(f"run {run}: {problem.message}", hint=f"git xp verify {named}")


def refuse_unreadable(
    problems: Sequence[Problem],
    texts: Sequence[str],
    runs: Sequence[RunKey],
    *,
    home: str,
    remote: str | None = None,
) -> None:
    """Refuse what means none of the runs that can be read, and one that cannot; see `unreadable`.

    Raises:
        DamagedRecord: If one of the texts does.
    """
    for text in texts:
        damaged = unreadable(problems, text, remote=remote)
        if damaged is not None and not matches(runs, text, home=home):
            raise damaged


def is_prefix(text: str) -> bool:
    """Return whether `text` may mean a run by its id, or by what that begins with."""
    return _PREFIX.fullmatch(text) is not None


def is_recent(text: str) -> bool:
    """Return whether `text` means a run by how new it is, as `@` and `@~2` do."""
    return _RECENT.fullmatch(text) is not None


def _unknown(runs: Sequence[RunKey], text: str) -> UnknownRun:
    # As pages and `repr` have them: the experiment, and what the run is called in it.
    spelled = [run for run in runs if "/" in text and text == f"{run.experiment}/{run.label}"]
    names = {run.name: run.id for run in reversed(runs) if run.name}
    likely = [run.name if names.get(run.name) == run.id else run.id[:SHORT_ID] for run in spelled]
    nearest = likely[0] if likely else nearest_name(text, names)
    hint = "git xp list" if nearest is None else f"did you mean {nearest!r}? All runs: git xp list"
    return UnknownRun(f"no run {shown(text, LONGEST_NAME)} here", hint=hint)


def _ambiguous(text: str, found: Sequence[RunKey]) -> AmbiguousRun:
    some = ", ".join(f"{run.id[:12]} ({run.label})" for run in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return AmbiguousRun(
        f"{shown(text, LONGEST_NAME)} may mean {some}{more}", hint="give more digits of the id"
    )
