"""A block as the bytes of one Arrow file, a single row of lists, uncompressed, and an ending.

`names`, `kinds`, `starts`, `lengths` and `rows_starts` say of every piece which column it belongs
to, and where its values lie in the list of their type and its rows in `rows` (-1: every row).
`listed` says which row each line of the ending is of (`files.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gitxp.query.index.block import Block, Piece
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


def read_block(content: bytes) -> Listed:
    """Return the block that `block_bytes` was given; its values lie in `content`."""
    import numpy as np
    import pyarrow as pa

    arrow, listing = parts_of(content)
    reader = pa.ipc.open_file(pa.py_buffer(arrow))
    batch = reader.get_batch(0)
    lists = {name: batch.column(name).values for name in batch.schema.names}
    size = int(batch.schema.metadata[_SIZE])
    pools: dict[str | None, Any] = {
        "truths": numbers_of(lists["truths"], np.uint8),
        "integers": numbers_of(lists["integers"], np.int64),
        "floats": numbers_of(lists["floats"], np.float64),
        "texts": lists["texts"],
        None: None,
    }
    rows = numbers_of(lists["rows"], np.int32)
    places = [
        numbers_of(lists[name], np.int64).tolist()
        for name in ("kinds", "starts", "lengths", "rows_starts")
    ]
    columns: dict[str, list[Piece]] = {}
    names = map(_meant, words_of(lists["names"]))
    for name, number, start, length, rows_start in zip(names, *places, strict=True):
        kind = Kind(number)
        pool = pools[_POOLS[kind]]
        piece = Piece(
            kind,
            None if rows_start == _EVERY_ROW else rows[rows_start : rows_start + length],
            None if pool is None else pool[start : start + length],
        )
        columns.setdefault(name, []).append(piece)
    return Listed(Block(size, columns), listing, numbers_of(lists["listed"], np.int32))


def _lists(block: Block) -> dict[str, pa.Array]:
    import numpy as np
    import pyarrow as pa

    pieces = [(name, piece) for name, found in block.columns.items() for piece in found]
    lengths = [block.size if one.rows is None else len(one.rows) for _, one in pieces]
    pools: dict[str | None, list[Any]] = {name: [] for name in _POOLS.values()}
    filled = dict.fromkeys(pools, 0)
    starts = []
    for (_, piece), length in zip(pieces, lengths, strict=True):
        pool = _POOLS[piece.kind]
        starts.append(filled[pool])
        filled[pool] += length
        pools[pool].append(piece.values)
    rows = [piece.rows for _, piece in pieces if piece.rows is not None]
    texts = pools["texts"]
    return {
        "names": large_text_array([_spelled(name) for name, _ in pieces]),
        "kinds": _integers([int(piece.kind) for _, piece in pieces]),
        "starts": _integers(starts),
        "lengths": _integers(lengths),
        "rows_starts": _integers(_rows_starts([piece for _, piece in pieces])),
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
    name: str = json.loads(spelled[1:]) if spelled.startswith("\0") else spelled
    return name


def _rows_starts(pieces: Sequence[Piece]) -> list[int]:
    starts = []
    filled = 0
    for piece in pieces:
        starts.append(_EVERY_ROW if piece.rows is None else filled)
        filled += 0 if piece.rows is None else len(piece.rows)
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
