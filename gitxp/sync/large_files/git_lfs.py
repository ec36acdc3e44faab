"""Sending large files by the installed git-lfs, and telling for which of them it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from gitxp.errors import GitFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import Repository
from gitxp.storage.transport.git_lfs import run_git_lfs
from gitxp.storage.transport.meter import Meter

# So that they fit on one command line; git-lfs before 3.2 reads no ids from standard input.
_MOST_AT_ONCE = 1000
# git-lfs does not say which of many objects the server refused. It is asked for fewer of them, so
# often at most, and tries each again no more: it has done so once.
_MOST_QUESTIONS = 32
_ONCE = ("-c", "lfs.transfer.maxretries=1")

# Given objects, returns why not all of them are on the server; empty where they are.
_Push = Callable[[Sequence[Pointer]], str]


def send_by_git_lfs(
    repository: Repository, remote: str, objects: Sequence[Pointer], meter: Meter
) -> dict[Pointer, str]:
    """Send objects, and return by object why it is not known to be there."""
    failed: dict[Pointer, str] = {}
    for some in _slices(objects, _MOST_AT_ONCE):
        if words := _push(repository, remote, meter, some):
            # What goes has gone by now: there is nothing more for the meter.
            push = partial(_push, repository, remote, Meter(0), settings=_ONCE)
            failed |= _told_apart(push, some, words)
    return failed


def _push(
    repository: Repository,
    remote: str,
    meter: Meter,
    objects: Sequence[Pointer],
    settings: Sequence[str] = (),
) -> str:
    digests = [pointer.digest for pointer in objects]
    words = (*settings, "lfs", "push", "--object-id", remote, *digests)
    try:
        run_git_lfs(repository, *words, meter=meter, moves=digests[0])
    except GitFailed as error:
        # It repeats itself, once an object.
        return "\n".join(dict.fromkeys(str(error).splitlines()))
    meter.tell(digests[0], sum(pointer.size for pointer in objects))
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
