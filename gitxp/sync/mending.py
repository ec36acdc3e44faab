"""Mending what of this clone stands in the way of a fetch; the remote may have it yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.operations import last_made
from gitxp.storage.refs import PRIVATE, SHARED, incoming_ref, is_record_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import Answer, forget_lost, known_beside
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.waiting import what_is_broken
from gitxp.upkeep.mend import Mended, Mending, broken_among, mend_refs

# Git takes what was promised to a partial clone for what is here, until it is read.
_NOT_SENT = "what this clone lacks of it did not come; Git brings it by: git archive REF >/dev/null"

# Called with each ref that was broken.
TellMended = Callable[[Mended], None]


def untold(mended: Mended) -> None:
    """Whoever does not ask for it is told nothing."""


def mend_waiting(
    repository: Repository, remote: Remote, answer: Answer, tell: TellMended
) -> Answer:
    """Let go of what waits of a remote and is gone, so that it is fetched anew."""
    tips = {**answer.incoming.waiting, **answer.incoming.live}
    gone = missing_objects(repository, tips.values())
    if not gone:
        return answer
    lost = [incoming_ref(remote.name, ref) for ref, tip in tips.items() if tip in gone]
    return mend_own(repository, remote, answer, lost, tell)


def taken_away(
    repository: Repository, remote: Remote, answer: Answer, here: Mapping[str, str]
) -> Answer:
    """Forget that a remote has what stood here and another than gitxp took away.

    What gitxp removes it says in its log; of `git update-ref -d`, say, nothing is told there.
    """
    seen = answer.seen.tips if answer.seen else {}
    gone = {
        ref
        for ref in seen.keys() - here.keys() - answer.incoming.waiting.keys()
        if ref in answer.there and is_record_ref(ref)
    }
    again = last_made(repository.private_dir, gone) if gone else ()
    if not again:
        return answer
    forget_lost(repository, again)
    return known_beside(repository, remote, answer.there)


def beginning(refs: Iterable[str], beginnings: Collection[str]) -> list[str]:
    """Return the refs of records of runs whose ids begin so."""
    places = {ref: parse_run_ref(ref) for ref in refs} if beginnings else {}
    return [ref for ref, at in places.items() if at and at.run.startswith(tuple(beginnings))]


def lost_here(
    repository: Repository,
    answer: Answer,
    here: Mapping[str, str],
    named: Collection[str],
) -> frozenset[str]:
    """Return which records of this clone lack objects, of those for which it is looked.

    These are what is asked for by name, and what the remote is not known to have, though it has:
    where a command met a damaged one, that was forgotten. Nobody looks at ten thousand others.
    """
    seen = answer.seen.tips if answer.seen else {}
    doubtful = [ref for ref in answer.there if ref in here and ref not in seen]
    doubtful += [ref for ref in named if ref in here]
    return frozenset(broken_among(repository, {ref: here[ref] for ref in doubtful}))


def still_lacking(
    repository: Repository, broken: Mapping[str, str], there: Mapping[str, str], tell: TellMended
) -> dict[str, str]:
    """Tell which refs lack nothing any more, since a remote sent it; return why others do.

    Args:
        there: Tips of the remote: what it has otherwise comes in its own time.
    """
    still = broken_among(repository, broken)
    for ref, tip in broken.items():
        if ref not in still:
            tell(Mended(ref, tip, Mending.RESTORED))
    return {ref: _NOT_SENT for ref, tip in still.items() if there.get(ref) == tip}


def let_go_of_lost(
    repository: Repository,
    home: str,
    here: Mapping[str, str],
    waiting: Mapping[str, str],
    tell: TellMended,
) -> bool:
    """Mend the records of this clone that lack objects and that nobody needs, if there are any.

    They are removed also where nobody can tell whether what they lack is lost or out of reach.

    Args:
        here: Records of which others wait, or that somebody has removed, by ref.
        waiting: What was fetched: it takes the place of what is lost where it is sound.
    """
    lost = broken_among(repository, here)
    instead = {ref: waiting[ref] for ref in lost if ref in waiting}
    # What a partial clone was promised and never sent, it lacks of that, too.
    lacking = broken_among(repository, instead)
    whole = {ref: tip for ref, tip in instead.items() if ref not in lacking}
    flawed = what_is_broken(repository, whole, {}, home=home, watch=None) if whole else {}
    unneeded = lost.keys() - lacking.keys() - flawed.keys()
    return _mend(repository, unneeded, tell, are_replaced=True)


def own_refs(refs: Collection[str]) -> frozenset[str]:
    """Return those of some refs that are gitxp's: the user's own are not for mending."""
    return frozenset(ref for ref in refs if ref.startswith((SHARED, PRIVATE)))


def mend_own(
    repository: Repository,
    remote: Remote,
    answer: Answer,
    refs: Collection[str],
    tell: TellMended,
) -> Answer:
    """Mend refs whose objects are gone, and return what is known of a remote by then."""
    _mend(repository, own_refs(refs), tell)
    # Its tip may be whole, and what a remote was seen to have before that be gone.
    forget_lost(repository, refs)
    return known_beside(repository, remote, answer.there)


def _mend(
    repository: Repository, refs: Iterable[str], tell: TellMended, *, are_replaced: bool = False
) -> bool:
    """Mend refs, tell of it, and return whether any was restored or removed."""
    found = mend_refs(repository, refs, are_replaced=are_replaced)
    mended = [one for one in found if one.outcome is not Mending.KEPT]
    for one in mended:
        tell(one)
    return bool(mended)
