"""One column over many runs: the values of each kind, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitxp.query.index.kinds import Kind, decode_other, moment_of, span_of
from gitxp.storage.points.arrow_arrays import taken_text, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Part:
    """The values of one kind.

    Attributes:
        places: The numbers of the runs that have them, ascending; None where every run does.
        values: As many; see `Piece`.
    """

    places: NDArray[np.integer] | None
    values: Any


@dataclass(frozen=True)
class RunColumn:
    """A column of `size` runs.

    Attributes:
        parts: By kind, none of them empty; a run is in one at most, and in none where the column
            is absent from it.
    """

    size: int
    parts: Mapping[Kind, Part] = field(default_factory=dict)

    @cached_property
    def count(self) -> int:
        """How many runs have it, be it None."""
        return sum(
            self.size if part.places is None else len(part.places) for part in self.parts.values()
        )

    def to_list(
        self, absent: Any = None, *, spelled: Callable[[Kind, list[Any]], list[Any]] | None = None
    ) -> list[Any]:
        """Return the values as Python has them.

        Args:
            absent: What stands for a run that lacks the column.
            spelled: What makes something else of all values of a kind.
        """
        made = [absent] * self.size
        for kind, part in self.parts.items():
            values = python_values(kind, part, self.size)
            if spelled is not None:
                values = spelled(kind, values)
            if part.places is None:
                return values
            for place, value in zip(part.places.tolist(), values, strict=True):
                made[place] = value
        return made

    def varies(self) -> bool:
        """Return whether two runs have not the same there."""
        if len(self.parts) != 1 or self.count != self.size:
            return bool(self.parts)
        ((kind, part),) = self.parts.items()
        if kind in (Kind.TEXT, Kind.OTHER):
            return len(set(words_of(part.values))) > 1
        values: Any = part.values
        # By their bits: NaN is not equal to itself.
        bits = None if values is None else values.view(f"u{values.itemsize}")
        return bits is not None and len(bits) > 0 and bool((bits != bits[0]).any())


def python_values(kind: Kind, part: Part, size: int) -> list[Any]:
    """Return the values of a part as Python has them."""
    values = part.values
    match kind:
        case Kind.NONE:
            return [None] * (size if part.places is None else len(part.places))
        case Kind.TRUTH:
            return list(map(bool, values.tolist()))
        case Kind.TEXT:
            return words_of(values)
        case Kind.TIME:
            return list(map(moment_of, values.tolist()))
        case Kind.SPAN:
            return list(map(span_of, values.tolist()))
        case Kind.OTHER:
            # Most are one of a few, such as lists in a sweep; they are read once.
            words = words_of(values)
            known = {word: decode_other(word) for word in dict.fromkeys(words)}
            return [known[word] for word in words]
    listed: list[Any] = values.tolist()
    return listed


def taken(values: Any, places: NDArray[np.int64]) -> Any:
    """Return the values at these places, of NumPy's or of Arrow's."""
    import numpy as np

    if isinstance(values, np.ndarray):
        return values[places]
    return taken_text(values, places)


def joined(pairs: Sequence[tuple[NDArray[np.int64], Any]], size: int) -> Part:
    """Return the values of one kind out of several blocks, in the order of the runs."""
    import numpy as np

    places = pairs[0][0] if len(pairs) == 1 else np.concatenate([places for places, _ in pairs])
    values = pairs[0][1] if len(pairs) == 1 else _concatenated([values for _, values in pairs])
    if (places[:-1] > places[1:]).any():
        order = np.argsort(places)
        places = places[order]
        values = None if values is None else taken(values, order)
    return Part(None if len(places) == size else places, values)


def _concatenated(arrays: Sequence[Any]) -> Any:
    import numpy as np

    if arrays[0] is None:
        return None
    if isinstance(arrays[0], np.ndarray):
        return np.concatenate(arrays)
    import pyarrow as pa

    return pa.concat_arrays(arrays)
