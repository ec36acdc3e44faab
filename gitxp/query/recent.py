"""Which runs `@` may mean where some cannot be read: nobody knows how new those are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitxp.errors import DamagedRecord
from gitxp.query.index.refresh import fetched_rows
from gitxp.query.live import Problem
from gitxp.query.lookup import is_recent
from gitxp.storage.configuration import remote_names
from gitxp.storage.refs import INCOMING
from gitxp.storage.repository import Repository


def doubted(
    repository: Repository,
    problems: Sequence[Problem],
    texts: Iterable[str],
    *,
    home: str,
    remote: str | None = None,
) -> list[Problem]:
    """Return what cannot be read and may be a run that one of `texts` means by how new it is.

    Where a run was started its record tells, be it as it was fetched.

    Args:
        problems: What could not be read.
        home: The id of this clone, whose runs alone `@` means.
        remote: From where the runs were fetched that are meant; None for those here.
    """
    if not problems or not any(map(is_recent, texts)):
        return []
    fetched = (fetched_rows(repository, one).rows.keys for one in remote_names(repository))
    homes = {key.id: key.home for keys in fetched for key in keys}
    here = [one for one in problems if remote is not None or not one.ref.startswith(INCOMING)]
    return [one for one in here if homes.get(one.run, home) == home]


def refuse_doubted(
    repository: Repository, problems: Sequence[Problem], text: str, *, home: str
) -> None:
    """Refuse to take a run by how new it is, for what would change it; see `doubted`.

    Raises:
        DamagedRecord: If one that cannot be read may be meant.
    """
    for one in doubted(repository, problems, [text], home=home):
        raise DamagedRecord(
            f"{text!r} may be a run that cannot be read: {one.ref}: {one.message}",
            hint=f"name the run that is meant; git xp verify {one.run}",
        )
