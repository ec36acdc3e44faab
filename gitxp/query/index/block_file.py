"""A block as the bytes of one Arrow file, a single row of lists, uncompressed, and an ending.

`names`, `kinds`, `starts`, `lengths` and `rows_starts` say of every piece which column it belongs
to, and where its values lie in the list of their type and its rows in `rows` (-1: every row).
`listed` says which row each line of the ending is of (`files.py`). Much of it follows from the
rest: a file in which it does not is refused, whatever its checksum says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gitxp.query.index.block import Block, Piece
from gitxp.query.index.block_check import check_columns, check_lines, check_rows
from gitxp.query.index.files import Ending, parts_of, with_ending
from gitxp.query.index.kinds import Kind
from gitxp.query.run_rows import RunRows
from gitxp.storage.codecs.text import is_unicode
from gitxp.storage.points.arrow_arrays import large_text_array, number_array, numbers_of, words_of
from gitxp.storage.refs import SHARED

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Listed:
    """A block of recorded runs, and what Git says of their refs.

    Attributes:
        listing: A line a row, as `storage.refstore.start_listing` has them.
        rows: By line, the number of its row.
    """

    block: Block
    listing: bytes
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, block: Block) -> Listed:
        """Return a block with the refs at which its rows stand."""
        import numpy as np

        columns = (RunRows([block]).values(name) for name in ("experiment", "run", "tip"))
        lines = [
            (f"{SHARED}{experiment}/{run}", tip, row)
            for row, (experiment, run, tip) in enumerate(zip(*columns, strict=True))
        ]
        lines.sort()
        listing = "".join(f"{tip} {ref}\n" for ref, tip, _ in lines)
        return cls(block, listing.encode(), np.array([row for *_, row in lines], np.int32))


_EVERY_ROW: Final = -1
_SIZE: Final = b"gitxp.rows"
_WORDS: Final = "large_string"
# Of which type each list is.
_TYPES: Final = {
    "names": _WORDS,
    "kinds": "int64",
    "starts": "int64",
    "lengths": "int64",
    "rows_starts": "int64",
    "rows": "int32",
    "truths": "uint8",
    "integers": "int64",
    "floats": "float64",
    "texts": _WORDS,
    "listed": "int32",
}
# In which list the values of a kind lie.
_POOLS: Final = {
    Kind.NONE: None,
    Kind.TRUTH: "truths",
    Kind.INTEGER: "integers",
    Kind.FLOAT: "floats",
    Kind.TEXT: "texts",
    Kind.TIME: "integers",
    Kind.SPAN: "integers",
    Kind.OTHER: "texts",
}


def block_bytes(listed: Listed) -> bytes:
    """Return a block as the content of a file."""
    import pyarrow as pa

    block = listed.block
    lists = _lists(block)
    lists["listed"] = number_array(listed.rows, pa.int32())
    arrays = [_one_row(values) for values in lists.values()]
    fields = [pa.field(name, array.type) for name, array in zip(lists, arrays, strict=True)]
    schema = pa.schema(fields, metadata={_SIZE: str(block.size)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as file:
        file.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    named = RunRows([block]).values("name")
    names = [named[row] or "" for row in listed.rows.tolist()]
    return with_ending(sink.getvalue().to_pybytes(), Ending(listed.listing, names))


def read_block(content: bytes | memoryview) -> Listed:
    """Return the block that `block_bytes` was given; its values lie in `content`.

    Raises:
        ValueError: If it holds something that no block is written as.
    """
    arrow, listing = parts_of(content)
    size, lists = _read_lists(arrow)
    check_rows(lists["rows"], lists["rows_starts"], size)
    check_lines(listing, lists["listed"], size)
    columns: dict[str, list[Piece]] = {}
    for name, piece in _read_pieces(lists, size):
        columns.setdefault(name, []).append(piece)
    check_columns(columns, size)
    return Listed(Block(size, columns), listing, lists["listed"])


def _read_lists(arrow: memoryview) -> tuple[int, dict[str, Any]]:
    """Return how many rows there are, and the lists of a file, numbers as NumPy sees them."""
    import numpy as np
    import pyarrow as pa

    try:
        with pa.ipc.open_file(pa.py_buffer(arrow)) as file:
            (batch,) = (file.get_batch(number) for number in range(file.num_record_batches))
        batch.validate(full=True)
    except (pa.ArrowException, OSError) as error:  # either, by where the file is wrong
        raise ValueError("it is no file of Arrow's") from error
    found = dict(zip(batch.schema.names, batch.schema.types, strict=True))
    types = {name: pa.large_list(pa.type_for_alias(kind)) for name, kind in _TYPES.items()}
    if found != types or len(batch) != 1:
        raise ValueError("it holds other lists than a block")
    lists = {name: batch.column(name).values for name in _TYPES}
    for name, values in lists.items():
        ends = batch.column(name).offsets
        if values.null_count or numbers_of(ends, np.int64).tolist() != [0, len(values)]:
            raise ValueError(f"of {name!r} values are missing")
    size = int((batch.schema.metadata or {}).get(_SIZE, b"not told"))
    numbers = {
        name: numbers_of(lists[name], np.dtype(kind).type)
        for name, kind in _TYPES.items()
        if kind != _WORDS
    }
    return size, {**lists, **numbers}


def _read_pieces(lists: Mapping[str, Any], size: int) -> Iterator[tuple[str, Piece]]:
    """Yield each piece, and the name of its column."""
    names = list(map(_meant, words_of(lists["names"])))
    kinds = list(map(Kind, lists["kinds"].tolist()))
    starts, lengths, rows_starts = (
        lists[name].tolist() for name in ("starts", "lengths", "rows_starts")
    )
    are_whole = [start == _EVERY_ROW for start in rows_starts]
    if not len(names) == len(kinds) == len(starts) == len(lengths) == len(rows_starts):
        raise ValueError("pieces are missing")
    if starts != _starts(kinds, lengths) or rows_starts != _rows_starts(are_whole, lengths):
        raise ValueError("its pieces do not follow each other")
    for name, kind, start, length, row in zip(
        names, kinds, starts, lengths, rows_starts, strict=True
    ):
        pool = _POOLS[kind]
        rows = None if row == _EVERY_ROW else lists["rows"][row : row + length]
        values = None if pool is None else lists[pool][start : start + length]
        wanted = size if rows is None else len(rows)
        if length != wanted or (values is not None and length != len(values)):
            raise ValueError(f"values of {name!r} are missing")
        yield name, Piece(kind, rows, values)


def _lists(block: Block) -> dict[str, pa.Array]:
    import numpy as np
    import pyarrow as pa

    pieces = [(name, piece) for name, found in block.columns.items() for piece in found]
    lengths = [block.size if one.rows is None else len(one.rows) for _, one in pieces]
    pools: dict[str | None, list[Any]] = {name: [] for name in _POOLS.values()}
    for _, piece in pieces:
        pools[_POOLS[piece.kind]].append(piece.values)
    rows = [piece.rows for _, piece in pieces if piece.rows is not None]
    are_whole = [piece.rows is None for _, piece in pieces]
    kinds = [piece.kind for _, piece in pieces]
    texts = pools["texts"]
    return {
        "names": large_text_array([_spelled(name) for name, _ in pieces]),
        "kinds": _integers(kinds),
        "starts": _integers(_starts(kinds, lengths)),
        "lengths": _integers(lengths),
        "rows_starts": _integers(_rows_starts(are_whole, lengths)),
        "rows": number_array(_joined(rows, np.int32), pa.int32()),
        "truths": number_array(_joined(pools["truths"], np.uint8), pa.uint8()),
        "integers": number_array(_joined(pools["integers"], np.int64), pa.int64()),
        "floats": number_array(_joined(pools["floats"], np.float64), pa.float64()),
        "texts": pa.concat_arrays(texts) if texts else large_text_array([]),
    }


def _spelled(name: str) -> str:
    """Return a column's name as Arrow can hold it: no field begins with a zero."""
    return name if is_unicode(name) else f"\0{json.dumps(name)}"


def _meant(spelled: str) -> str:
    if not spelled.startswith("\0"):
        return spelled
    try:
        name = json.loads(spelled[1:])
    except RecursionError as error:
        raise ValueError("a name is nested") from error
    if not isinstance(name, str):
        raise ValueError(f"{name!r} is no name")
    return name


def _starts(kinds: Sequence[Kind], lengths: Sequence[int]) -> list[int]:
    """Return where the values of each piece lie in the list of their type."""
    filled = dict.fromkeys(_POOLS.values(), 0)
    starts = []
    for kind, length in zip(kinds, lengths, strict=True):
        pool = _POOLS[kind]
        starts.append(filled[pool])
        filled[pool] += length
    return starts


def _rows_starts(are_whole: Sequence[bool], lengths: Sequence[int]) -> list[int]:
    """Return where the rows of each piece lie in `rows`."""
    starts = []
    filled = 0
    for is_whole, length in zip(are_whole, lengths, strict=True):
        starts.append(_EVERY_ROW if is_whole else filled)
        filled += 0 if is_whole else length
    return starts


def _one_row(values: pa.Array) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    offsets = number_array(np.array([0, len(values)], np.int64), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, values)


def _integers(values: Sequence[int]) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return number_array(np.array(values, np.int64), pa.int64())


def _joined(arrays: Sequence[Any], dtype: type[np.generic]) -> Any:
    import numpy as np

    return np.concatenate(arrays) if arrays else np.empty(0, dtype)
