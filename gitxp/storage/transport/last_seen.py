"""What a remote had when it was last talked to.

It is a file, since a ref for each run there would slow down the user's own `git fetch`. A line
a ref, as `git ls-remote` prints it: the object id, a tab and the name. What the remote had once,
and has no more, has another tab and `gone` behind it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from gitxp.storage.disk import write_whole
from gitxp.storage.layout import history_allowed_path, remotes_dir
from gitxp.storage.refs import parse_live_ref
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, share
from gitxp.storage.transport.advertised import parse_tips

_GONE = "gone"
_LOGIN = re.compile(r"(?<=^http://)[^/]*@|(?<=^https://)[^/]*@")
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
        gone = {
            ref: tip
            for ref, tip in {**self.gone, **self.tips}.items()
            # That a run goes on no more is no removal.
            if ref not in tips and parse_live_ref(ref) is None
        }
        return type(self)(tips, gone)


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
    """Return the refs that any remote was ever seen to have, whatever its address is now."""
    folder = remotes_dir(repository.private_dir)
    found = [_read(path) for path in folder.glob("*") if _DIGEST.fullmatch(path.name)]
    return frozenset().union(*(ref for seen in found for ref in (seen.tips, seen.gone)))


def _read(path: Path) -> LastSeen:
    found = path.stat()
    return _read_once(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8)
def _read_once(path: Path, _: tuple[int, int, int]) -> LastSeen:
    """Read a file, which is replaced whole where it changes: a push asks for it again and again."""
    content = path.read_bytes().decode("utf-8", "surrogateescape")
    tips = parse_tips(content)
    ending = f"\t{_GONE}"
    if ending not in content:
        return LastSeen(tips)
    gone = {ref.removesuffix(ending): tip for ref, tip in tips.items() if ref.endswith(ending)}
    return LastSeen({ref: tip for ref, tip in tips.items() if not ref.endswith(ending)}, gone)


def write_last_seen(repository: Repository, url: str, seen: LastSeen) -> None:
    """Remember what a remote has; the file is replaced whole, never written amid."""
    lines = [f"{seen.tips[ref]}\t{ref}\n" for ref in sorted(seen.tips)]
    lines += [f"{seen.gone[ref]}\t{ref}\t{_GONE}\n" for ref in sorted(seen.gone)]
    content = "".join(lines).encode("utf-8", "surrogateescape")
    write_whole(last_seen_path(repository, url), content)


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
