"""A difference cut to a limit, so that what is left of it still applies."""

from __future__ import annotations

from collections.abc import Sequence

from gitxp.storage.code.changes import inseparable
from gitxp.storage.code.patches import split_patches

_WHOLE = b"the whole code is the record's second parent\n"
_CUT = b"# gitxp: cut here, %d of %d bytes kept; " + _WHOLE
_CUT_OF_MORE = b"# gitxp: cut here, %d bytes kept; " + _WHOLE
_LEFT_OUT = b"# gitxp: left out: %s\n"
_MOST_NAMES = 100


def cut_diff(whole: bytes, limit: int, *, missing: Sequence[bytes] = ()) -> bytes:
    """Return as much of a difference as `limit` bytes hold; what is shorter comes back as it is.

    Of a longer one whole files are left out, which its last lines name, as comments that `git
    apply` passes over.

    Args:
        missing: Files that differ as well, as Git spells them without quotes.
    """
    if len(whole) <= limit and not missing:
        return whole
    patches = list(split_patches([whole], len(whole)))
    paths = [*(patch.path for patch in patches), *missing]
    kept: set[int] = set()
    size = 0
    for group in inseparable(paths):
        is_whole = group[-1] < len(patches)  # behind them are those that are missing
        needed = sum(patches[number].size for number in group) if is_whole else 0
        if is_whole and size + needed <= limit:
            size += needed
            kept.update(group)
    left_out = [path for number, path in enumerate(paths) if number not in kept]
    names = [_LEFT_OUT % path for path in dict.fromkeys(left_out)]
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES:] = [_LEFT_OUT % (b"%d more" % (len(names) - _MOST_NAMES))]
    told = _CUT_OF_MORE % size if missing else _CUT % (size, len(whole))
    return b"".join([*(patches[n].content or b"" for n in sorted(kept)), *names, told])
