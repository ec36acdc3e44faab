"""NumPy and Python values as Arrow arrays, and back, without what `pyarrow.array` would load.

That imports pandas (500 ms), which neither training nor a listing of runs needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

# From here on Arrow's own way of taking is worth the time (70 ms) that it takes to load.
_MANY: Final = 20_000


def number_array(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return numbers as an Arrow array of one of the types of fixed width."""
    import numpy as np
    import pyarrow as pa

    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None, buffer])


def text_array(words: Sequence[str]) -> pa.Array:
    """Return text as an Arrow array of `string`, two GiB at most."""
    import numpy as np
    import pyarrow as pa

    return _text_array(words, pa.string(), np.int32)


def large_text_array(words: Sequence[str]) -> pa.Array:
    """Return text as an Arrow array of `large_string`.

    Raises:
        UnicodeEncodeError: If a word holds a lone surrogate.
    """
    import numpy as np
    import pyarrow as pa

    return _text_array(words, pa.large_string(), np.int64)


def _text_array(words: Sequence[str], kind: pa.DataType, width: type) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    joined = "".join(words)
    encoded = joined.encode()
    if len(encoded) == len(joined):
        lengths = [0, *map(len, words)]
    else:
        lengths = [0, *(len(word.encode()) for word in words)]
    offsets: NDArray[Any] = np.cumsum(lengths, dtype=width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(encoded)]
    return pa.Array.from_buffers(kind, len(words), buffers)


def numbers_of(array: pa.Array, dtype: type[np.generic]) -> NDArray[Any]:
    """Return an Arrow array without nulls of a type of fixed width as NumPy sees it, uncopied."""
    import numpy as np

    whole = np.frombuffer(array.buffers()[1] or b"", dtype)
    return whole[array.offset : array.offset + len(array)]


def words_of(array: pa.Array) -> list[str]:
    """Return a `large_string` array without nulls as text, many times faster than `to_pylist`."""
    if not len(array):
        return []
    places, encoded = encoded_words(array)
    ends = places.tolist()
    if encoded.isascii():
        text = encoded.decode("ascii")
        return [text[start:end] for start, end in pairwise(ends)]
    return [encoded[start:end].decode() for start, end in pairwise(ends)]


def encoded_words(array: pa.Array) -> tuple[NDArray[np.int64], bytes]:
    """Return a `large_string` array, not empty, as where words begin, and the last ends, in UTF-8.

    Example:
        >>> places, encoded = encoded_words(large_text_array(["ab", "c"]))
        >>> places.tolist(), encoded
        ([0, 2, 3], b'abc')
    """
    import numpy as np

    _, places, content = array.buffers()
    offsets = np.frombuffer(places, np.int64)[array.offset : array.offset + len(array) + 1]
    encoded = bytes(memoryview(content or b"")[offsets[0] : offsets[-1]])
    return offsets - offsets[0], encoded


def taken_text(words: pa.Array, places: NDArray[np.integer]) -> pa.Array:
    """Return those of a `large_string` array without nulls that stand at `places`."""
    import numpy as np
    import pyarrow as pa

    if len(places) > _MANY:
        return words.take(number_array(places, pa.int64()))
    _, offsets, content = words.buffers()
    ends = np.frombuffer(offsets, np.int64)[words.offset : words.offset + len(words) + 1]
    starts, lengths = ends[places], np.diff(ends)[places]
    made = np.concatenate([[0], np.cumsum(lengths)])
    # Of each byte where it lies: where its word does, and as far behind that as in the result.
    origins = np.repeat(starts - made[:-1], lengths) + np.arange(made[-1])
    letters = np.frombuffer(content or b"", np.uint8)[origins]
    buffers = [None, pa.py_buffer(made), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.large_string(), len(places), buffers)


def nullable_array(values: pa.Array, places: NDArray[Any], size: int) -> pa.Array:
    """Return an array of `size` values with `values` at `places`, and nulls elsewhere."""
    import numpy as np
    import pyarrow as pa

    numbers = np.zeros(size, np.int64)
    numbers[places] = np.arange(len(values))
    is_there = np.zeros(size, "bool")
    is_there[places] = True
    return values.take(nullable_numbers(numbers, is_there, pa.int64()))


def nullable_numbers(
    values: NDArray[Any], is_there: NDArray[np.bool_], kind: pa.DataType
) -> pa.Array:
    """Return numbers, or truth values, of one of the types of fixed width, and nulls."""
    import numpy as np
    import pyarrow as pa

    def bits(answers: NDArray[Any]) -> pa.Buffer:
        return pa.py_buffer(np.packbits(answers.astype("bool"), bitorder="little"))

    is_bits = kind == pa.bool_()
    buffer = bits(values) if is_bits else pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [bits(is_there), buffer])
