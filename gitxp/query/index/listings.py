"""What two lists of refs have in common: the one that a block knows, and the one of now.

Both are in order and mostly the same, so whole stretches are compared at once: to look up each of
100,000 lines takes many times longer.
"""

from __future__ import annotations

from typing import Final

# A line has an object id and a space before its ref.
_REF: Final = 41
# Bytes that are compared at least, and at most, at once.
_SHORTEST: Final = 128
_LONGEST: Final = 1 << 16


def common_lines(known: bytes, now: bytes) -> tuple[list[range], bytes]:
    r"""Return the numbers of the lines of `known` that `now` has too, and the other lines of `now`.

    Args:
        known: Lines as `storage.refstore.start_listing` has them; so is `now`.

    Example:
        >>> ids = "1" * 40, "2" * 40, "3" * 40
        >>> known, now = (
        ...     "".join(f"{id} {ref}\n" for id, ref in zip(ids, refs)).encode()
        ...     for refs in ("acd", "abd")
        ... )
        >>> common_lines(known, now)
        ([range(0, 1), range(2, 3)], b'2222222222222222222222222222222222222222 b\n')
    """
    stretches: list[range] = []
    others: list[bytes] = []
    at = there = number = 0
    while at < len(known) and there < len(now):
        same = _same_lines(known, at, now, there)
        if same:
            count = known.count(b"\n", at, at + same)
            stretches.append(range(number, number + count))
            at, there, number = at + same, there + same, number + count
            continue
        line, other = _line(known, at), _line(now, there)
        if line[_REF:] <= other[_REF:]:  # gone, or moved on
            at += len(line)
            number += 1
        if other[_REF:] <= line[_REF:]:  # new, or moved on
            there += len(other)
            others.append(other)
    return stretches, b"".join([*others, now[there:]])


def _same_lines(one: bytes, at: int, other: bytes, there: int) -> int:
    """Return the bytes of the lines that follow in both, of which the last few may be left out."""
    line = _line(one, at)
    if not other.startswith(line, there):
        return 0
    same = len(line)
    size = _SHORTEST
    while size >= _SHORTEST:
        piece = one[at + same : at + same + size]
        if piece and other.startswith(piece, there + same):
            same += len(piece)
            size = min(2 * size, _LONGEST)
        else:
            size //= 2
    return one.rindex(b"\n", at, at + same) + 1 - at


def _line(lines: bytes, at: int) -> bytes:
    return lines[at : lines.index(b"\n", at) + 1]
