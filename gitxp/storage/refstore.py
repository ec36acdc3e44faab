"""The one door through which refs change: compared with what was seen, and written down."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from gitxp.errors import GitFailed, RefChanged
from gitxp.model.identity import RunId
from gitxp.storage.git import finish_git
from gitxp.storage.meanwhile import begin
from gitxp.storage.operations import (
    Operation,
    RefChange,
    SaidEvent,
    append_operation,
    new_operation,
)
from gitxp.storage.ref_files import plain_ref
from gitxp.storage.refs import LIVE_CODE, SHARED, live_code_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, open_file

_ABSENT = "0" * 40
# Git removes empty folders under refs/ while it packs; a folder just made may be gone again.
_TRIES = 20
# Such a lock is held for less than a millisecond, by `git pack-refs` for some.
_SECONDS_LOCKED = 10
# Between lock and rename a process writes 41 bytes.
_PAUSE = 0.01


def list_refs(repository: Repository, *prefixes: str) -> dict[str, str]:
    """Return the object id of every ref under `prefixes`, sorted by name.

    Asked of the `git` program, which alone sees every ref while `git pack-refs` runs; by name
    and id only, so that one bad ref does not stop the answer.
    """
    answer = repository.git("for-each-ref", "--format=%(refname) %(objectname)", *prefixes)
    lines = os.fsdecode(answer).split("\n")[:-1]
    return dict(line.split(" ", 1) for line in lines)


def unreadable_refs(repository: Repository, *prefixes: str) -> list[str]:
    """Return the refs under `prefixes` that Git passes over: their files name no object.

    A loss of power leaves such a file, and so does a ref that leads to a ref which is gone.
    """
    found = [
        str(path.relative_to(repository.common_dir))
        for prefix in prefixes
        for path in (repository.common_dir / prefix).rglob("*")
        if path.is_file() and path.suffix != ".lock" and not path.name.startswith(".")
    ]
    told = list_refs(repository, *prefixes)
    return sorted(name for name in found if name not in told and _is_there(repository, name))


def _is_there(repository: Repository, name: str) -> bool:
    return (repository.common_dir / name).is_file()


def start_listing(repository: Repository, *prefixes: str) -> Callable[[], bytes]:
    """Start to list refs as `list_refs` does, and return what waits for the answer.

    Returns:
        What returns a line a ref, by the bytes of their names: the object id, a space, the name
        and a line feed.
    """
    process = repository.start_git("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
    # A pipe holds little: somebody must empty it while others work.
    return begin(lambda: finish_git(process))


def read_ref(repository: Repository, name: str) -> str | None:
    """Return the object id that the ref `name` holds; None where there is no such ref.

    Git is asked where the files do not tell.
    """
    with suppress(ValueError, OSError):  # a ref that leads to another one, or noise
        return plain_ref(repository, name)
    with suppress(GitFailed):
        answer = repository.git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return answer.decode().strip()
    return None


def find_tip(repository: Repository, run: RunId) -> str | None:
    """Return the tip of a run's record, whatever its experiment; None where there is none."""
    for ref, tip in list_refs(repository, SHARED).items():
        place = parse_run_ref(ref)
        if place is not None and place.run == run:
            return tip
    return None


def change_refs(
    repository: Repository,
    changes: Sequence[RefChange],
    *,
    command: str,
    undoes: str | None = None,
    said: Sequence[SaidEvent] = (),
) -> Operation:
    """Change refs, all of them or none, and append the operation to the log.

    Whoever is killed amid it leaves nothing that `git xp undo` could not take back.

    Args:
        changes: Each from the value last seen to the new one; none where something is only said.
        command: What the user did, for the log.
        undoes: Id of the operation that this one takes back.
        said: The events that come with it.

    Raises:
        RefChanged: If a ref no longer has the value last seen; none is changed then.
    """
    operation = new_operation(command, changes, undoes=undoes, said=said)
    if not changes:
        append_operation(repository.private_dir, operation)
        return operation
    is_new = len(changes) == 1 and changes[0].before is None and changes[0].after is not None
    with _created(repository, changes[0]) if is_new else _updated(repository, changes):
        append_operation(repository.private_dir, operation)
    return operation


def hold_code(repository: Repository, commit: str) -> None:
    """Keep `commit` from `git gc` for as long as a running run needs it.

    Raises:
        RefChanged: If the ref cannot be made, so that nothing keeps the commit.
    """
    name = live_code_ref(commit)
    if _loose_value(repository, name) == commit:
        return
    try:
        change_refs(repository, [RefChange(name, None, commit)], command="start")
    except RefChanged:
        # The name tells the value: another process may be about to make the very same.
        if not _comes_to_hold(repository, name, commit):
            _hold_despite_lock(repository, name, commit)


def _hold_despite_lock(repository: Repository, name: str, commit: str) -> None:
    """Make the ref after all: whoever was to do it has died, since there still is none.

    If it lives after all, it makes the same, and it does not matter which of the two is there.
    """
    with suppress(OSError):
        _lock_path(repository.common_dir / name).unlink()
    try:
        change_refs(repository, [RefChange(name, None, commit)], command="start")
    except RefChanged as refused:
        raise RefChanged(f"nothing keeps the code from git gc: {refused}") from refused


def drop_stale_locks(repository: Repository, *, before: float) -> None:
    """Delete the locks that processes left which were killed amid `hold_code`.

    Args:
        before: Seconds since 1970; what is younger may be in use.
    """
    for lock in (repository.common_dir / LIVE_CODE).glob("*.lock"):
        with suppress(FileNotFoundError):
            if lock.stat().st_mtime < before:
                lock.unlink()


def _comes_to_hold(repository: Repository, name: str, oid: str) -> bool:
    for _ in range(_TRIES):
        if read_ref(repository, name) == oid:
            return True
        time.sleep(_PAUSE)
    return False


def _loose_value(repository: Repository, name: str) -> str | None:
    try:
        return (repository.common_dir / name).read_text().strip()
    except (OSError, UnicodeDecodeError):  # none, packed, or a folder
        return None


def delete_refs(repository: Repository, refs: Iterable[tuple[str, str]], *, command: str) -> None:
    """Delete refs given with the values last seen."""
    changes = [RefChange(name, before, None) for name, before in refs]
    if changes:
        change_refs(repository, changes, command=command)


@contextmanager
def _updated(repository: Repository, changes: Sequence[RefChange]) -> Iterator[None]:
    """Lock and compare refs before the block, and change them after it if it raises nothing."""
    lines = [
        f"update {change.ref}\0{change.after or _ABSENT}\0{change.before or _ABSENT}\0"
        if change.after is not None
        else f"delete {change.ref}\0{change.before or ''}\0"
        for change in changes
    ]
    script = "".join(["start\0", *lines, "prepare\0"]).encode()
    refs = [change.ref for change in changes]
    for is_again in (False, True):
        # Where this process ends before it says `commit`, Git lets go of the refs as they were.
        with repository.start_git("update-ref", "--stdin", "-z", reads_input=True) as process:
            is_prepared = _is_prepared(process, script)
            if not is_prepared and not is_again and _dead_locks_go(repository, refs):
                continue
            try:
                if is_prepared:
                    yield
                finish_git(process, b"commit\0")
            except GitFailed as error:
                raise RefChanged(str(error), hint="look again with: git xp list") from error
        return


def _dead_locks_go(repository: Repository, refs: Iterable[str]) -> bool:
    """Take away locks that a killed process has left, and return whether refs were locked at all.

    Nobody but gitxp changes these refs, and a lock is held for less than a second; so one that is
    older for long is nobody's.
    """
    paths = [_lock_path(repository.common_dir / ref) for ref in refs]
    locks = [path for path in paths if path.is_file()]
    for lock in locks:
        while lock.is_file():
            if _is_stale(lock):
                lock.unlink(missing_ok=True)
            else:
                time.sleep(_PAUSE)
    return bool(locks)


def _is_prepared(process: subprocess.Popen[bytes], script: bytes) -> bool:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it refused before it had read all of it
        process.stdin.write(script)
        process.stdin.flush()
    return [process.stdout.readline() for _ in range(2)] == [b"start: ok\n", b"prepare: ok\n"]


@contextmanager
def _created(repository: Repository, change: RefChange) -> Iterator[None]:
    """Lock a ref that nobody else would create, and create it after the block if it raises nothing.

    By the lock file protocol of Git's own files backend: neither a spawn of `git update-ref` nor
    an import of libgit2 fits into the time of a short run
    (`docs/decisions/0001-no-libgit2-while-training.md`). Creating is safe beside
    `git pack-refs`, which removes only what it has packed.
    """
    target = repository.common_dir / change.ref
    lock = _lock_path(target)
    descriptor = _open_lock(repository, change.ref, lock)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{change.after}\n")
        if target.exists():
            raise RefChanged(f"ref {change.ref!r} exists already")
        yield
        _put_in_place(lock, target, change)
    except BaseException:
        lock.unlink(missing_ok=True)
        raise


def _lock_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.lock")


def _put_in_place(lock: Path, target: Path, change: RefChange) -> None:
    try:
        lock.replace(target)
    except FileNotFoundError as error:  # taken for that of a dead process, see `hold_code`
        if not target.exists() or target.read_text() != f"{change.after}\n":
            raise RefChanged(f"the lock of ref {change.ref!r} was taken away") from error


def _open_lock(repository: Repository, name: str, lock: Path) -> int:
    for _ in range(_TRIES):
        try:
            return open_file(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileNotFoundError:
            _refuse_packed_above(repository, name)
            make_folder(lock.parent)
        except FileExistsError as error:
            if not _is_stale(lock):
                raise RefChanged(f"ref {name!r} is locked by another process") from error
            lock.unlink(missing_ok=True)
        except NotADirectoryError as error:
            raise _in_the_way(name) from error
    raise RefChanged(f"cannot lock ref {name!r}: its folder vanishes again and again")


def _refuse_packed_above(repository: Repository, name: str) -> None:
    """Return if no packed ref, which has no file, stands where a ref needs a folder."""
    with suppress(FileNotFoundError):
        packed = (repository.common_dir / "packed-refs").read_bytes()
        if any(f" {above}\n".encode() in packed for above in PurePosixPath(name).parents):
            raise _in_the_way(name)


def _in_the_way(name: str) -> RefChanged:
    return RefChanged(f"a ref stands where {name!r} needs a folder")


def _is_stale(lock: Path) -> bool:
    """Return whether a process that was killed has left the lock of a ref."""
    with suppress(FileNotFoundError):
        return time.time() - lock.stat().st_mtime > _SECONDS_LOCKED
    return True
