"""Paths inside Git's trees: bytes there, text here, the same whatever locale a process has."""

from __future__ import annotations

import os
import re
from typing import Final

# How Git spells the bytes of an odd name.
_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED: Final = bytes.maketrans(b"abtnvfr", b"\a\b\t\n\v\f\r")


def decode_path(path: bytes) -> str:
    """Return a path of a tree as text; bytes that are not UTF-8 become lone surrogates."""
    return path.decode("utf-8", "surrogateescape")


def encode_path(path: str) -> bytes:
    r"""Return the bytes of a path of a tree: the inverse of `decode_path`.

    Example:
        >>> encode_path(decode_path(b"\xc3\xa9\xff"))
        b'\xc3\xa9\xff'
    """
    return path.encode("utf-8", "surrogateescape")


def path_in_tree(path: str) -> str:
    """Return what a path that this process opens is called in a tree: its locale may not be UTF-8.

    Example:
        >>> path_in_tree("notes/a.txt")
        'notes/a.txt'
    """
    return path if path.isascii() else decode_path(os.fsencode(path))


def unquoted_path(spelled: bytes) -> bytes:
    r"""Return the bytes of a path that Git spells with escapes, the quotes around it taken off.

    One that it spells without quotes has no backslash, and comes back as it is.

    Example:
        >>> unquoted_path(rb"na\303\257ve\tfile")
        b'na\xc3\xafve\tfile'
    """
    return _ESCAPE.sub(_unescaped, spelled)


def _unescaped(match: re.Match[bytes]) -> bytes:
    byte = match[1]
    return bytes([int(byte, 8)]) if byte.isdigit() else byte.translate(_ESCAPED)
