"""What must hold of a block that was read: a checksum says that it was written, not that it is one.

Whoever asks for a cell relies on it, long after the file was read. Of text in the encoding of
`params.toml` it is not known before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from gitxp.errors import InvalidName
from gitxp.model.identity import ExperimentName
from gitxp.query.columns import parse_column
from gitxp.query.index.kinds import TIMES, Kind, microseconds
from gitxp.query.rows import KEYED_FIELDS, OWN_COLUMNS, UNSEEN_COLUMNS, WATCHED_COLUMNS
from gitxp.storage.points.arrow_arrays import encoded_words

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from gitxp.query.index.block import Piece

# What every run has; without these it cannot be found, put in an order, or shown.
_NEEDED: Final = {
    "run": Kind.TEXT,
    "experiment": Kind.TEXT,
    "started": Kind.TIME,
    "status": Kind.TEXT,
}
_OWN: Final = frozenset({"run", *OWN_COLUMNS, *WATCHED_COLUMNS, *UNSEEN_COLUMNS})
# Those that hold no text.
_NUMBERS: Final = frozenset({"dirty", "exit_code", "points", "name_generated"})
_TEXTS: Final = frozenset({Kind.TEXT, Kind.OTHER, Kind.NONE})
_DIGITS: Final = b"0123456789abcdef"
_EARLIEST: Final = microseconds(datetime.min.replace(tzinfo=UTC))
_LATEST: Final = microseconds(datetime.max.replace(tzinfo=UTC))


def check_rows(rows: NDArray[np.int32], starts: NDArray[np.int64], size: int) -> None:
    """Refuse numbers of rows that are none of a block's, or do not ascend within a piece.

    Args:
        starts: Where those of each piece begin.

    Raises:
        ValueError: If there are such.
    """
    import numpy as np

    if len(rows) and not 0 <= rows.min() <= rows.max() < size:
        raise ValueError("it has rows that it has not")
    falls = np.flatnonzero(rows[1:] <= rows[:-1]) + 1
    if not np.isin(falls, starts).all():
        raise ValueError("its rows are in no order")


def check_lines(listing: bytes, listed: NDArray[np.int32], size: int) -> None:
    """Refuse lines of refs that are not one of each row.

    Raises:
        ValueError: If they are not.
    """
    import numpy as np

    is_ended = not listing or listing.endswith(b"\n")
    if not is_ended or listing.count(b"\n") != size:
        raise ValueError("it lacks lines")
    if not np.array_equal(np.sort(listed), np.arange(size)):
        raise ValueError("its lines are of other rows")


def check_columns(columns: Mapping[str, Sequence[Piece]], size: int) -> None:
    """Refuse columns that no run has, of kinds that theirs are not, or without what all runs have.

    Raises:
        ValueError: If there are such.
    """
    for name, pieces in columns.items():
        kinds = [piece.kind for piece in pieces]
        if len(set(kinds)) != len(kinds) or not _may_be(name, kinds):
            raise ValueError(f"{name!r} is of other kinds")
        if name in TIMES and any(not _are_times(piece) for piece in pieces):
            raise ValueError(f"{name!r} has times that are none")
    for name, kind in _NEEDED.items() if size else ():
        if not any(one.kind is kind and one.rows is None for one in columns.get(name, ())):
            raise ValueError(f"runs lack {name!r}")
    for name, are_right in _RIGHT.items():
        if not all(are_right(one.values) for one in columns.get(name, ()) if one.kind is Kind.TEXT):
            raise ValueError(f"{name!r} has values that are none")


def _may_be(name: str, kinds: Sequence[Kind]) -> bool:
    """Return whether the values of a column may be of these kinds."""
    if name not in _OWN:
        return parse_column(name).field in KEYED_FIELDS and Kind.TIME not in kinds
    if name in TIMES:
        wanted = frozenset({Kind.TIME, Kind.NONE})
    elif name == "duration":
        wanted = frozenset({Kind.SPAN, Kind.NONE})
    else:
        wanted = frozenset(Kind) - {Kind.TEXT} if name in _NUMBERS else _TEXTS
    return wanted.issuperset(kinds)


def _are_times(piece: Piece) -> bool:
    """Return whether Python has a time for each value."""
    if piece.values is None or not len(piece.values):
        return True
    return bool(piece.values.min() >= _EARLIEST and piece.values.max() <= _LATEST)


def _are_hex(words: pa.Array, digits: int) -> bool:
    """Return whether each word is so many hexadecimal digits."""
    import numpy as np

    if not len(words):
        return True
    places, encoded = encoded_words(words)
    return bool((np.diff(places) == digits).all()) and not encoded.translate(None, _DIGITS)


def _are_experiments(words: pa.Array) -> bool:
    """Return whether each word may be the name of an experiment, of which many runs are of one."""
    try:
        for name in words.unique().to_pylist():
            ExperimentName(name)
    except (InvalidName, UnicodeDecodeError):
        return False
    return True


# By these a run, its ref and its record are found, whoever has written them.
_RIGHT: Final[Mapping[str, Callable[[pa.Array], bool]]] = {
    "run": partial(_are_hex, digits=32),
    "tip": partial(_are_hex, digits=40),
    "experiment": _are_experiments,
}
