"""Large files go to a remote before the records that name them.

Where some do not get there, the records may go all the same: a run without a model is still a run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gitxp.artifacts.kept import give_back
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import is_sound, lfs_dir, object_in, object_path
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.repository import Repository
from gitxp.storage.transport.git_lfs import has_git_lfs
from gitxp.storage.transport.meter import Meter, Moved
from gitxp.sync.large_files.git_lfs import send_by_git_lfs

_DAMAGED = "its bytes are not those that its name says"


@dataclass(frozen=True, slots=True)
class FailedUpload:
    """A large file that is here, and is not known to be on the remote.

    Attributes:
        reason: Mostly in the words of git-lfs or the server.
    """

    pointer: Pointer
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of large files; each stands in one of the three, in the order of digests.

    Attributes:
        uploaded: Are on the remote, those that were there already among them.
        missing: Are not here.
        left: Are of submodules, by their paths, and go to the submodules' own remotes.
    """

    uploaded: tuple[Pointer, ...] = ()
    missing: tuple[Pointer, ...] = ()
    failed: tuple[FailedUpload, ...] = ()
    left: Mapping[str, Collection[Pointer]] = field(default_factory=dict)


def upload_large_files(
    repository: Repository,
    remote: str,
    pointers: Iterable[Pointer],
    *,
    checked: Moved | None = None,
    moved: Moved | None = None,
) -> Upload:
    """Bring large files to where the remote keeps them, and say of each whether it is there.

    What is there already is not sent again. Where nothing is to be sent, nobody is asked.

    Args:
        checked: Is told how much was read of what lies here, before any of it goes.
        moved: Is told how much has gone.
    """
    wanted = sorted(set(pointers), key=lambda pointer: pointer.digest)
    if not wanted:
        return Upload()
    names = LastingNames(repository, lfs_storage(repository))
    ready: list[Pointer] = []
    missing: list[Pointer] = []
    reasons: dict[Pointer, str] = {}
    checking = Meter(sum(pointer.size for pointer in wanted), checked)
    for pointer in wanted:
        try:
            is_sound_here = _is_sound_here(names, pointer.digest, checking)
        except FileNotFoundError:
            missing.append(pointer)
        except OSError as error:
            reasons[pointer] = str(error)
        else:
            if is_sound_here:
                ready.append(pointer)
            else:
                reasons[pointer] = _DAMAGED
    meter = Meter(sum(pointer.size for pointer in ready), moved)
    reasons |= _send(repository, remote, ready, meter)
    return Upload(
        uploaded=tuple(pointer for pointer in ready if pointer not in reasons),
        missing=tuple(missing),
        failed=tuple(FailedUpload(one, reasons[one]) for one in wanted if one in reasons),
    )


def _send(
    repository: Repository, remote: str, ready: Sequence[Pointer], meter: Meter
) -> dict[Pointer, str]:
    """Send objects, and return by object why it is not known to be there."""
    if not ready or has_git_lfs():
        return send_by_git_lfs(repository, remote, ready, meter)
    from gitxp.artifacts.transfer.moving import send_large_files  # what HTTP needs takes a while

    return send_large_files(repository, remote, ready, meter)


def _is_sound_here(names: LastingNames, digest: str, checking: Meter) -> bool:
    """Return whether git-lfs has an object as it was; one that it has pruned it is given again.

    Not every server looks at what it is sent.

    Raises:
        FileNotFoundError: If it is nowhere here.
        OSError: If it cannot be read.
    """
    common_dir = names.repository.common_dir
    folder = lfs_dir(common_dir, names.configured)
    path = object_in(folder, digest)
    if not path.exists():
        # Where gitxp had put it before git-lfs was told another place; a second name of ours.
        for other in (object_path(common_dir, digest), names.find(digest)):
            if other is not None and other.exists():
                give_back(other, folder, digest)
    return is_sound(path, digest, partial(checking.tell, digest))
