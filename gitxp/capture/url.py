"""URLs of data as a record may hold them: without logins, tokens and signatures.

A password may hold anything, as those that are pasted unescaped do. Where a login and a place
cannot be told apart, the text counts as a login: a lost piece of an address does no harm.
"""

from __future__ import annotations

import re

_URL = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.I | re.S)
# Before the `@` of `abfss://container@account/…` stands a place; elsewhere a person, or a token.
_SCHEMES_WITH_PLACES = frozenset({"abfs", "abfss", "oci", "wasb", "wasbs"})
# Signed links carry these; other parameters may say which data are meant.
_SECRET_PARAMETER = re.compile(
    r"(?<=[?&#])[^=&#]*(?:token|key|secret|sig|signature|password|passwd|credential|auth)[^=&#]*=[^&#]*&?",
    re.I,
)
_PORT = re.compile(r":(\d*)(?=[/?#]|$)")
_HIGHEST_PORT = 65535
_SURELY_A_HOST = re.compile(r"localhost|\d+\.\d+\.\d+\.\d+|\[.*", re.I | re.S)
# Behind `@` of a version, as in `host:9000/x@3`, stands no host.
_HOST_BEHIND = re.compile(
    r"@(?:[^/?#@:]*[^\W\d][^/?#@:]*|\d+\.\d+\.\d+\.\d+|\[[^/?#@]*)(?:[:/?#]|$)"
)


def is_url(text: str) -> bool:
    """Whether `text` begins as a URL does."""
    return _URL.fullmatch(text) is not None


def without_secrets(url: str) -> str:
    """Return a URL without what may let others in.

    Example:
        >>> without_secrets("https://ada:12345/678@example.org/digits.csv?v=2&token=abc")
        'https://example.org/digits.csv?v=2'
    """
    found = _URL.fullmatch(url)
    if found is None:
        return url
    scheme, rest = found.groups()
    end = _end_of_login(rest)
    is_place = scheme.lower() in _SCHEMES_WITH_PLACES and ":" not in rest[:end]
    kept = _SECRET_PARAMETER.sub("", rest if is_place else rest[end:])
    return f"{scheme}://{kept.rstrip('?&#')}"


def _end_of_login(rest: str) -> int:
    """Return how many characters of what follows `://` are a login with its `@`."""
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    path_end = re.split("[?#]", rest, maxsplit=1)[0]
    name, colon, _ = authority.partition(":")
    if "@" in name or not colon:
        return authority.rfind("@") + 1
    if authority.startswith("[") and "@" not in authority:
        return 0
    port = _PORT.match(rest, len(name))
    if port and int(port[1] or 0) <= _HIGHEST_PORT:
        is_place = _SURELY_A_HOST.fullmatch(name) or not _HOST_BEHIND.search(path_end)
        return 0 if is_place else path_end.rfind("@") + 1
    return (path_end.rfind("@") if "@" in path_end else rest.rfind("@")) + 1
