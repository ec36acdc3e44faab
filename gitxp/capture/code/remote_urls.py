"""Where repositories come from: all of them asked of one Git process."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gitxp.errors import GitFailed
from gitxp.storage.repository import Repository

_FILE = "file:"


def remote_urls(repositories: Sequence[Repository]) -> list[str]:
    """Return the URL of each repository's `origin`, else of its first remote; empty without one."""
    if not repositories:
        return []
    files = [os.path.abspath(one.common_dir / "config") for one in repositories]  # noqa: PTH100
    # Included as if by the user, a file tells all that Git would read in it.
    included = [word for path in files for word in ("-c", f"include.path={path}")]
    asked = ("config", "--show-origin", "-z", "--get-regexp", r"^remote\..*\.url$")
    try:
        answer = repositories[0].git(*included, *asked)
    except GitFailed:  # none of them has a remote
        return [""] * len(files)
    told = os.fsdecode(answer).split("\0")
    found: dict[str, dict[str, str]] = {}
    for origin, line in zip(told[::2], told[1::2], strict=False):
        key, _, url = line.partition("\n")
        found.setdefault(origin.removeprefix(_FILE), {}).setdefault(key, url)
    return [_chosen(found.get(path, {})) for path in files]


def _chosen(urls: dict[str, str]) -> str:
    return urls.get("remote.origin.url", next(iter(urls.values()), ""))
