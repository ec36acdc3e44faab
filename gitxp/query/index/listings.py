"""What two lists of refs have in common: the one that a block knows, and the one of now.

Both are in order and mostly the same, so whole stretches are compared at once: to look up each of
100,000 lines takes many times longer. Where they turn out to alternate, as two blocks do of runs
that were written at the same time, each line is looked up after all.
"""

from __future__ import annotations

from typing import Final

# A line has an object id and a space before its ref.
_REF: Final = 41
# Bytes that are compared at least, and at most, at once.
_SHORTEST: Final = 128
_LONGEST: Final = 1 << 16
# Every so many steps it is looked at how far they led: one costs as much as some ten lines that are
# looked up, of a hundred bytes each.
_STEPS: Final = 64
_WORTH_IT: Final = _STEPS * 10 * 100


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
    at = there = number = steps = mark = 0
    while at < len(known) and there < len(now):
        steps += 1
        if steps % _STEPS == 0:
            if at + there - mark < 2 * _WORTH_IT:
                found, rest = _looked_up(known[at:], now[there:], number)
                return [*stretches, *found], b"".join([*others, rest])
            mark = at + there
        same = _same_lines(known, at, now, there)
        if same:
            count = known.count(b"\n", at, at + same)
            stretches.append(range(number, number + count))
            at, there, number = at + same, there + same, number + count
            continue
        line, other = _line(known, at), _line(now, there)
        if line[_REF:] <= other[_REF:]:  # gone, or moved on
            gone = _lines_before(other, known, at, len(line))
            at += gone
            number += known.count(b"\n", at - gone, at)
        if other[_REF:] <= line[_REF:]:  # new, or moved on
            new = _lines_before(line, now, there, len(other))
            others.append(now[there : there + new])
            there += new
    return stretches, b"".join([*others, now[there:]])


def _looked_up(known: bytes, now: bytes, first: int) -> tuple[list[range], bytes]:
    """Return what `common_lines` does, line by line.

    Args:
        first: The number of the first line of `known`.
    """
    mine, theirs = (lines.splitlines(keepends=True) for lines in (known, now))
    common = set(mine).intersection(theirs)
    numbers = (number for number, line in enumerate(mine, first) if line in common)
    others = b"".join(line for line in theirs if line not in common)
    return [range(number, number + 1) for number in numbers], others


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


def _lines_before(wanted: bytes, lines: bytes, at: int, first: int) -> int:
    """Return the bytes of the lines from `at` on whose refs come before that of a line.

    Args:
        first: Bytes of the line at `at`, which is left behind in any case.
    """
    low = at + first
    if lines.startswith(wanted, low):  # mostly there is one
        return first
    high = len(lines)
    while low < high:
        middle = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        line = _line(lines, middle)
        if line[_REF:] < wanted[_REF:]:
            low = middle + len(line)
        else:
            high = middle
    return low - at


def _line(lines: bytes, at: int) -> bytes:
    return lines[at : lines.index(b"\n", at) + 1]
