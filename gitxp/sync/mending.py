"""Mending what of this clone stands in the way of a fetch; the remote may have it yet."""

from __future__ import annotations

from collections.abc import Callable, Collection

from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import PRIVATE, SHARED, incoming_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import Answer, forget_lost, known_beside
from gitxp.storage.transport.remotes import Remote
from gitxp.upkeep.mend import Mended, mend_refs

# Called with each ref that was broken.
TellMended = Callable[[Mended], None]


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
    for mended in mend_refs(repository, own_refs(refs)):
        tell(mended)
    # Its tip may be whole, and what a remote was seen to have before that be gone.
    forget_lost(repository, refs)
    return known_beside(repository, remote, answer.there)
