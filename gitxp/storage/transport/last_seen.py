"""What a remote had when it was last talked to.

It is a file, since a ref for each run there would slow down the user's own `git fetch`. A line
a ref, as `git ls-remote` prints it: the object id, a tab and the name. What the remote had once,
and has no more, has another tab and `gone` behind it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from gitxp.storage.disk import locked, write_whole
from gitxp.storage.refs import parse_live_ref
from gitxp.storage.remote_layout import history_allowed_path, remotes_dir
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, share
from gitxp.storage.transport.advertised import parse_tips
from gitxp.storage.transport.perhaps_sent import perhaps_sent

_GONE = "gone"
_LOGIN = re.compile(r"(?<=^http://)[^/]*@|(?<=^https://)[^/]*@")
_OID = re.compile(r"[0-9a-f]{40}")
# What `remote_digest` makes; files beside it are of other things.
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Tips by ref.

    Attributes:
        tips: What the remote had.
        gone: What it had before, and had no more.
    """

    tips: Mapping[str, str]
    gone: Mapping[str, str] = field(default_factory=dict)

    def followed_by(self, tips: Mapping[str, str]) -> Self:
        """Return what is known once the remote was seen to have `tips`."""
        lost = self.tips.keys() - tips.keys()  # of ten thousand mostly none
        gone = {
            ref: tip
            for ref, tip in {**self.gone, **{ref: self.tips[ref] for ref in lost}}.items()
            # That a run goes on no more is no removal.
            if ref not in tips and parse_live_ref(ref) is None
        }
        return type(self)(tips, gone)

    def without(self, refs: Collection[str]) -> Self | None:
        """Return what is left once these refs are forgotten; None where it has none of them."""
        tips = {ref: tip for ref, tip in self.tips.items() if ref not in refs}
        return type(self)(tips, self.gone) if len(tips) < len(self.tips) else None


def last_seen_path(repository: Repository, url: str) -> Path:
    """Return the file of what the remote at an address had."""
    return remotes_dir(repository.private_dir) / remote_digest(url)


def is_history_allowed(repository: Repository, url: str) -> bool:
    """Return whether somebody has let the code's unpushed history go to a remote."""
    return history_allowed_path(repository.private_dir, remote_digest(url)).exists()


def allow_history(repository: Repository, url: str) -> None:
    """Remember that somebody lets the code's unpushed history go to a remote."""
    path = history_allowed_path(repository.private_dir, remote_digest(url))
    make_folder(path.parent)
    path.touch()
    share(path)


def read_last_seen(repository: Repository, url: str) -> LastSeen | None:
    """Return what a remote had; None where it was never asked."""
    try:
        return _read(last_seen_path(repository, url))
    except FileNotFoundError:
        return None


def ever_seen(repository: Repository) -> frozenset[str]:
    """Return the refs that any remote may ever have had, whatever its address is now."""
    found = [_read(path) for path in _last_seen_files(repository)]
    seen = (refs for one in found for refs in (one.tips, one.gone))
    return frozenset(perhaps_sent(repository)).union(*seen)


def _last_seen_files(repository: Repository) -> list[Path]:
    folder = remotes_dir(repository.private_dir)
    return [path for path in folder.glob("*") if _DIGEST.fullmatch(path.name)]


def _read(path: Path) -> LastSeen:
    found = path.stat()
    return _read_once(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8)
def _read_once(path: Path, _: tuple[int, int, int]) -> LastSeen:
    """Read a file, which is replaced whole where it changes: a push asks for it again and again."""
    content = path.read_bytes().decode("utf-8", "surrogateescape")
    found = _sound(parse_tips(content))
    if content.count("\t") == len(found):
        return LastSeen(found)
    ending = f"\t{_GONE}"
    tips = {ref: tip for ref, tip in found.items() if "\t" not in ref}
    gone = {
        name: tip
        for ref, tip in found.items()
        if ref.endswith(ending) and "\t" not in (name := ref.removesuffix(ending))
    }
    return LastSeen(tips, gone)


def _sound(tips: dict[str, str]) -> dict[str, str]:
    """Return what a sound file would tell; a damaged line is passed over, and written anew."""
    try:
        bytes.fromhex("".join(tips.values()))  # ten thousand at once
    except ValueError:
        return {ref: tip for ref, tip in tips.items() if _OID.fullmatch(tip)}
    return tips


def update_last_seen(
    repository: Repository, url: str, change: Callable[[LastSeen | None], LastSeen | None]
) -> None:
    """Remember what a remote has by what is remembered now; others wait for as long.

    Args:
        change: Given what is remembered; None where the remote was never asked. It returns what is
            to be remembered, or None where that is all known.
    """
    _update(last_seen_path(repository, url), change)


def forget_tips(repository: Repository, refs: Collection[str]) -> None:
    """Forget that any remote was seen to have what these refs led to and this clone has lost.

    So the next fetch brings it again.
    """
    for path in _last_seen_files(repository) if refs else ():
        _update(path, _without(refs))


def forget_of(repository: Repository, url: str, refs: Collection[str]) -> None:
    """Forget that the remote at an address was seen to have these refs."""
    update_last_seen(repository, url, _without(refs))


def _without(refs: Collection[str]) -> Callable[[LastSeen | None], LastSeen | None]:
    return lambda seen: seen and seen.without(refs)


def _update(path: Path, change: Callable[[LastSeen | None], LastSeen | None]) -> None:
    with locked(path.with_suffix(".lock")):
        try:
            seen = _read(path)
        except FileNotFoundError:
            seen = None
        changed = change(seen)
        if changed is not None:
            write_whole(path, _content(changed))


def _content(seen: LastSeen) -> bytes:
    lines = [f"{seen.tips[ref]}\t{ref}\n" for ref in sorted(seen.tips)]
    lines += [f"{seen.gone[ref]}\t{ref}\t{_GONE}\n" for ref in sorted(seen.gone)]
    return "".join(lines).encode("utf-8", "surrogateescape")


def remote_digest(url: str) -> str:
    """Return what the files of a remote are called: of a web address without the login.

    A job of CI has another one each time, in the address itself.

    Example:
        >>> one, other = "https://job:one@example.org/x.git", "https://example.org/x.git"
        >>> remote_digest(one) == remote_digest(other)
        True
    """
    url = _LOGIN.sub("", url)
    return hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()[:32]
