"""Large files go to a remote before the records that name them, through the installed git-lfs.

Where some do not get there, the records may go all the same: a run without a model is still a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from gitxp.artifacts.kept import give_back
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import is_sound, lfs_dir, object_in, object_path
from gitxp.artifacts.named import named_beyond
from gitxp.errors import GitFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

_DAMAGED = "its bytes are not those that its name says"
# So that they fit on one command line; git-lfs before 3.2 reads no ids from standard input.
_MOST_AT_ONCE = 1000
# git-lfs does not say which of many objects the server refused. It is asked for fewer of them, so
# often at most, and tries each again no more: it has done so once.
_MOST_QUESTIONS = 32
_ONCE = ("-c", "lfs.transfer.maxretries=1")

# Given objects, returns why not all of them are on the server; empty where they are.
_Push = Callable[[Sequence[Pointer]], str]


@dataclass(frozen=True, slots=True)
class FailedUpload:
    """A large file that is here, and is not known to be on the remote.

    Attributes:
        reason: Mostly in git-lfs's own words.
    """

    pointer: Pointer
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of large files; each stands in one of the three, in the order of digests.

    Attributes:
        uploaded: Are on the remote, those that were there already among them.
        missing: Are not here.
    """

    uploaded: tuple[Pointer, ...] = ()
    missing: tuple[Pointer, ...] = ()
    failed: tuple[FailedUpload, ...] = ()


def large_files_to_push(
    repository: Repository, remote: str, tips: Iterable[str], *, known: Iterable[str] = ()
) -> set[Pointer]:
    """Return the large files that records name, their code and its unpushed history.

    Those of submodules are left out: they belong to the submodules' own remotes.

    Args:
        tips: Of the records.
        known: Commits that the remote has, whose large files it is taken to have, too. So it is
            with what the remote's branches were when they were last fetched.

    Raises:
        GitFailed: If the records cannot be read.
    """
    fetched = list_refs(repository, f"refs/remotes/{remote}/")
    return named_beyond(repository, tips, {*known, *fetched.values()})


def upload_large_files(repository: Repository, remote: str, pointers: Iterable[Pointer]) -> Upload:
    """Bring large files to where the remote keeps them, and say of each whether it is there.

    What is there already is not sent again. Where nothing is to be sent, git-lfs is not asked.
    """
    wanted = sorted(set(pointers), key=lambda pointer: pointer.digest)
    if not wanted:
        return Upload()
    names = LastingNames(repository, lfs_storage(repository))
    ready: list[Pointer] = []
    missing: list[Pointer] = []
    reasons: dict[Pointer, str] = {}
    for pointer in wanted:
        try:
            is_sound_here = _is_sound_here(names, pointer.digest)
        except FileNotFoundError:
            missing.append(pointer)
        except OSError as error:
            reasons[pointer] = str(error)
        else:
            if is_sound_here:
                ready.append(pointer)
            else:
                reasons[pointer] = _DAMAGED
    reasons |= _send(repository, remote, ready)
    return Upload(
        uploaded=tuple(pointer for pointer in ready if pointer not in reasons),
        missing=tuple(missing),
        failed=tuple(FailedUpload(one, reasons[one]) for one in wanted if one in reasons),
    )


def _is_sound_here(names: LastingNames, digest: str) -> bool:
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
    return is_sound(path, digest)


def _send(repository: Repository, remote: str, objects: Sequence[Pointer]) -> dict[Pointer, str]:
    """Send objects, and return by object why it is not known to be there."""
    failed: dict[Pointer, str] = {}
    for some in _slices(objects, _MOST_AT_ONCE):
        if words := _push(repository, remote, some):
            failed |= _told_apart(partial(_push, repository, remote, settings=_ONCE), some, words)
    return failed


def _push(
    repository: Repository,
    remote: str,
    objects: Sequence[Pointer],
    settings: Sequence[str] = (),
) -> str:
    digests = [pointer.digest for pointer in objects]
    try:
        repository.git(*settings, "lfs", "push", "--object-id", remote, *digests)
    except GitFailed as error:
        # It repeats itself, once an object.
        return "\n".join(dict.fromkeys(str(error).splitlines()))
    return ""


def _told_apart(push: _Push, objects: Sequence[Pointer], words: str) -> dict[Pointer, str]:
    """Return those of some objects that did not get there, by asking for fewer and fewer.

    Args:
        words: Why not all of them are there.
    """
    if len(objects) > 1 and all(push([one]) for one in (objects[0], objects[-1])):
        return dict.fromkeys(objects, words)  # nothing goes; there is nothing to tell apart
    failed: dict[Pointer, str] = {}
    failing, questions = [(objects, words)], 0
    while failing:
        group, words = failing.pop()
        if len(group) == 1 or questions >= _MOST_QUESTIONS:
            failed |= dict.fromkeys(group, words)
            continue
        for part in _slices(group, (len(group) + 1) // 2):
            questions += 1
            if told := push(part):
                failing.append((part, told))
    return failed


def _slices(objects: Sequence[Pointer], size: int) -> Iterator[Sequence[Pointer]]:
    return (objects[start : start + size] for start in range(0, len(objects), size))
