"""Paths inside Git's trees: bytes there, text here, the same whatever locale a process has."""

from __future__ import annotations

import os


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
