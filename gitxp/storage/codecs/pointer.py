"""Git LFS pointers: three lines that stand in a tree for a large file.

Source of the format: the Git LFS specification, version 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# git-lfs itself reads no longer file as a pointer.
LONGEST_POINTER = 1024
# Nor one of a larger file: it counts bytes in 64 bits with a sign.
_LARGEST = (1 << 63) - 1
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The large file that a pointer stands for.

    Attributes:
        digest: SHA-256 of its bytes in hexadecimal.
        size: Bytes.
    """

    digest: str
    size: int


def encode_pointer(pointer: Pointer) -> bytes:
    """Return the pointer's bytes, those that `git lfs pointer` would write."""
    return (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{pointer.digest}\nsize {pointer.size}\n"
    ).encode()


def decode_pointer(content: bytes) -> Pointer | None:
    """Return what `content` stands for; None where it is no pointer.

    Example:
        >>> decode_pointer(encode_pointer(Pointer("0" * 64, 7))).size
        7
    """
    match = _POINTER.fullmatch(content)
    if match is None or int(match[2]) > _LARGEST:
        return None
    return Pointer(match[1].decode(), int(match[2]))
