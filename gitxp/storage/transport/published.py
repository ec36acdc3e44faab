"""Which commits of this clone a remote has: by what it tells, not by what it was once called.

Remote-tracking branches may be of another place: of the address that the remote had before, or
of the one that is fetched from where pushes go elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import hear_out

# A command line holds so many, and a server is asked about the history of each.
_MOST_ASKED: Final = 100


def published_commits(
    repository: Repository, advertised: Iterable[str], here: Collection[str]
) -> frozenset[str]:
    """Return those of the commits that a remote advertises which are in this clone.

    Args:
        here: Objects that are, to which refs of this clone lead.
    """
    told = frozenset(advertised)
    held = told.intersection(here)
    others = told - held
    return held | (others - missing_objects(repository, others))


def confirmed_commits(
    repository: Repository, remote: Remote, published: Collection[str]
) -> set[str]:
    """Ask a remote about the remote-tracking branches of its name, and return what it has of them.

    Its branches have moved on mostly, and nothing that it advertises is here. Empty where it
    cannot be asked: by an old protocol, say.

    Args:
        published: Commits that it is known to have.
    """
    tracked = list_refs(repository, f"refs/remotes/{remote.name}/").values()
    asked = [tip for tip in dict.fromkeys(tracked) if tip not in published][:_MOST_ASKED]
    if not asked:
        return set()
    tips = [f"--negotiation-tip={tip}" for tip in asked]
    words = ("fetch", "--negotiate-only", "--no-write-fetch-head", "--no-auto-maintenance")
    asking = repository.start_git(*words, *tips, "--", remote.push_address)
    said = hear_out(asking, patience=remote.patience)
    return set(said.output.decode().split()) if not said.status else set()
