"""Whether `git lfs prune` has been: one small object that nobody needs tells.

It goes with the first prune. So where nothing was pruned, it costs the same whatever the number of
objects that would have to be given back.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from gitxp.artifacts.files import stage_content
from gitxp.artifacts.kept import Given, give_back, set_aside
from gitxp.artifacts.lfs import object_in, pointer_to
from gitxp.storage.odb.objects import read_pieces

_CONTENT = "gitxp looks whether this is still here, or git lfs prune has been: {}\n"
# A prune goes on to delete what it had listed before the names were put back.
_SECONDS_PRUNING = 300


def give_back_after_prune(sentinel: Path, folder: Path, names: Iterable[Path]) -> list[Path]:
    """Link objects into a Git LFS folder again, where it was pruned since all of them were there.

    Args:
        sentinel: Second name of the object that tells; made where it is not there.
        names: Second names of the objects, each called after its digest; looked at only then.

    Returns:
        Where objects are that were found to be damaged; none of their names is left.

    Raises:
        OSError: If something cannot be read or written.
    """
    if not sentinel.exists():
        stage_content(_CONTENT.format(secrets.token_hex(8)).encode(), sentinel)
    digest = pointer_to(read_pieces(sentinel)).digest
    # Linking is what last changed it.
    is_young = time.time() - sentinel.stat().st_ctime < _SECONDS_PRUNING
    if object_in(folder, digest).exists() and not is_young:
        return []
    given = {path: give_back(path, folder, path.name) for path in names}
    damaged = [path for path, became in given.items() if became is Given.DAMAGED]
    aside = [set_aside(path, folder) for path in damaged]
    # The sentinel last: who is killed before begins anew, and who was refused a name tries again.
    if Given.REFUSED not in given.values():
        give_back(sentinel, folder, digest)
    return aside
