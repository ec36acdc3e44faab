"""What a remote had when it was last talked to.

It is a file, since a ref for each run there would slow down the user's own `git fetch`. A line
a ref, as `git ls-remote` prints it: the object id, a tab and the name.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gitxp.storage.layout import remotes_dir
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, share

_LINE = re.compile(r"(?P<oid>[0-9a-f]{40})\t(?P<ref>[^\t\n]+)")


def last_seen_path(repository: Repository, url: str) -> Path:
    """Return the file of what the remote at an address had."""
    digest = hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()[:32]
    return remotes_dir(repository.private_dir) / digest


def read_last_seen(repository: Repository, url: str) -> dict[str, str] | None:
    """Return the tips that a remote had by ref; None where it was never asked."""
    with suppress(FileNotFoundError, IsADirectoryError):
        content = last_seen_path(repository, url).read_bytes()
        return parse_tips(content.decode("utf-8", "surrogateescape"))
    return None


def write_last_seen(repository: Repository, url: str, tips: Mapping[str, str]) -> None:
    """Remember what a remote has; the file is replaced whole, never written amid."""
    path = last_seen_path(repository, url)
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    lines = "".join(f"{tips[ref]}\t{ref}\n" for ref in sorted(tips))
    try:
        partial.write_bytes(lines.encode("utf-8", "surrogateescape"))
        share(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def parse_tips(listing: str) -> dict[str, str]:
    r"""Return tips by ref from lines as `git ls-remote` prints them, and pass over any other.

    Example:
        >>> oid = "c0ffee00" * 5
        >>> parse_tips(f"{oid}\trefs/experiments/lr/about\n{oid}\trefs/heads/main\nnoise\n")
        {'refs/experiments/lr/about': 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'}
    """
    found = filter(None, map(_LINE.fullmatch, listing.split("\n")))
    return {line["ref"]: line["oid"] for line in found if line["ref"].startswith(SHARED)}
