"""What waits of a remote: which of it is meant, and what of it is no record that may be merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from gitxp.errors import AmbiguousRun, UnknownRun
from gitxp.storage.refs import parse_about_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.text import few
from gitxp.upkeep.verify.verify import verify_tips

# Called with how many tips are verified, and of how many.
Watch = Callable[[int, int], None]

_MOST_SHOWN = 3
_TWICE = "another experiment has a run of this id"


def refs_of(
    waiting: Collection[str], beginnings: Collection[str] | None, remote: str
) -> frozenset[str]:
    """Return the refs of the runs whose ids begin so; of all where there is no beginning.

    Raises:
        AmbiguousRun: If the ids of several begin as one of them.
        UnknownRun: If none does.
    """
    if beginnings is None:
        return frozenset()
    runs = {ref: place.run for ref in waiting if (place := parse_run_ref(ref)) is not None}
    for beginning in beginnings:
        meant = sorted({run for run in runs.values() if run.startswith(beginning)})
        if len(meant) > 1:
            raise AmbiguousRun(
                f"{beginning!r} may mean {few(meant, _MOST_SHOWN)}",
                hint="give more digits of the id",
            )
        if not meant:
            raise UnknownRun(
                f"nothing of a run {beginning!r} waits: expected how the id of one begins",
                hint=f"git xp list --remote {remote}",
            )
    begin = tuple(beginnings) or ""
    return frozenset(ref for ref, run in runs.items() if run.startswith(begin))


def what_is_broken(
    repository: Repository,
    waiting: Mapping[str, str],
    here: Mapping[str, str],
    *,
    home: str,
    watch: Watch | None,
) -> dict[str, str]:
    """Return by ref what is wrong with what arrived."""
    found: dict[str, str] = {}
    for flaw in verify_tips(repository, waiting, own=here, home=home, watch=watch).failures:
        found.setdefault(flaw.ref, flaw.what)
    strange = [ref for ref in waiting if not (parse_run_ref(ref) or parse_about_ref(ref))]
    reasons = dict.fromkeys(strange, "no run and no experiment has such a name")
    return {**reasons, **dict.fromkeys(_doubles(waiting, here), _TWICE), **found}


def _doubles(waiting: Collection[str], here: Collection[str]) -> list[str]:
    """Return the refs of runs that are new here, and whose ids another experiment has, too."""
    seen = Counter(ref.rpartition("/")[2] for ref in {*waiting, *here})
    new = (ref for ref in waiting if ref not in here and parse_run_ref(ref) is not None)
    return [ref for ref in new if seen[ref.rpartition("/")[2]] > 1]
