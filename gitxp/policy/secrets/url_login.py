"""The login of a URL that stands alone, as that of a data set or a remote.

A password may hold anything, as those that are pasted unescaped do. Where a login and a place
cannot be told apart, the text counts as a login: a lost piece of an address does no harm.
"""

from __future__ import annotations

import re
from typing import Final

from gitxp.policy.secrets.findings import REDACTED_BYTES, Span

_URL: Final = re.compile(rb"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
# Before the `@` of `abfss://container@account/…` stands a place, of `ssh://git@host/…` a person
# without whom the address does not work; elsewhere it may be a token.
_SCHEMES_WITH_NAMES: Final = frozenset(
    (
        *(b"abfs", b"abfss", b"oci", b"wasb", b"wasbs"),
        *(b"git+ssh", b"hdfs", b"rsync", b"sftp", b"ssh", b"svn+ssh"),
    )
)
_PORT: Final = re.compile(rb":(\d*)(?=[/?#]|$)")
_HIGHEST_PORT: Final = 65535
_SURELY_A_HOST: Final = re.compile(rb"localhost|\d+\.\d+\.\d+\.\d+|\[.*", re.IGNORECASE | re.DOTALL)
# Behind `@` of a version, as in `host:9000/x@3`, stands no host.
_HOST_BEHIND: Final = re.compile(
    rb"@(?:[^/?#@:]*[^\W\d][^/?#@:]*|\d+\.\d+\.\d+\.\d+|\[[^/?#@]*)(?:[:/?#]|$)"
)


def find_url_login(url: bytes) -> Span | None:
    """Return what stands before the `@` of a URL and may let others in.

    Example:
        >>> find_url_login(b"https://ada:12345/678@example.org/digits.csv")
        Span(start=8, end=21, what='login in a URL', is_sure=True)
        >>> find_url_login(b"https://example.org:8080/digits@3")
    """
    found = _URL.fullmatch(url)
    if found is None:
        return None
    start, rest = found.start(2), found[2]
    login = rest[: _end_of_login(rest)].removesuffix(b"@")
    is_name = b":" not in login and found[1].lower() in _SCHEMES_WITH_NAMES
    if login in (b"", REDACTED_BYTES) or is_name:
        return None
    return Span(start, start + len(login), "login in a URL")


def _end_of_login(rest: bytes) -> int:
    """Return how many bytes of what follows `://` are a login with its `@`."""
    authority = re.split(rb"[/?#]", rest, maxsplit=1)[0]
    path_end = re.split(rb"[?#]", rest, maxsplit=1)[0]
    name, colon, _ = authority.partition(b":")
    if b"@" in name or not colon:
        return authority.rfind(b"@") + 1
    if authority.startswith(b"[") and b"@" not in authority:
        return 0
    port = _PORT.match(rest, len(name))
    if port and int(port[1][:6] or 0) <= _HIGHEST_PORT:
        is_place = _SURELY_A_HOST.fullmatch(name) or not _HOST_BEHIND.search(path_end)
        return 0 if is_place else path_end.rfind(b"@") + 1
    return (path_end.rfind(b"@") if b"@" in path_end else rest.rfind(b"@")) + 1
