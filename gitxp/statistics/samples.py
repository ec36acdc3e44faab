"""Samples of any size: those of one size are computed together, as the rows of one array.

Values stand in ascending order there, so that nothing that is drawn of them depends on the order in
which they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Finite numbers, one a repetition: what is NaN or infinite is counted by whoever has the runs.
Sample = NDArray[np.float64]
# Below this part of the values' size they differ by rounding alone: 0.1 + 0.2 is not 0.3.
_ROUNDING: Final = 1e-12
# Powers of two from which on a square comes near the largest float, or near zero.
_FAR: Final = 500


def by_size(samples: Sequence[Sample]) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Yield samples of one size as sorted rows of an array, with their places among all.

    Example:
        >>> one, two = np.array([1.0]), np.array([3.0, 2.0])
        >>> [(places, rows.tolist()) for places, rows in by_size([two, one, two])]
        [([0, 2], [[2.0, 3.0], [2.0, 3.0]]), ([1], [[1.0]])]
    """
    places: dict[int, list[int]] = {}
    for place, sample in enumerate(samples):
        places.setdefault(len(sample), []).append(place)
    for of_size in places.values():
        rows = np.stack([np.asarray(samples[place], np.float64) for place in of_size])
        yield of_size, np.sort(rows, axis=1)


def are_constant(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return of each sorted row whether all its values are the same but for rounding.

    Of rows as `scaled` returns them. Not by the deviation: three times 0.1 have a mean that is
    not 0.1, and so one above zero.
    """
    low, high = rows[:, 0], rows[:, -1]
    same: NDArray[np.bool_] = high - low <= _ROUNDING * np.maximum(np.abs(low), np.abs(high))
    return same


def exponent_of(largest: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the power of two that numbers as large are computed without; mostly 0.

    Example:
        >>> exponent_of(np.array([0.5, 1e3, 1e308, 0.0])).tolist()
        [0, 0, 1024, 0]
    """
    exponents = np.frexp(largest)[1]
    far: NDArray[np.int32] = np.where(np.abs(exponents) > _FAR, exponents, 0)
    return far


def scaled(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return sorted rows without values so large or small that sums and squares are none any more.

    And the power of two that each was divided by, which costs no digit; see `restored`.
    """
    exponents = exponent_of(np.abs(rows[:, [0, -1]]).max(axis=1))
    return np.ldexp(rows, -exponents[:, None]), exponents


def restored(
    numbers: NDArray[np.float64], exponents: NDArray[np.int32] | int
) -> NDArray[np.float64]:
    """Return what was computed of scaled rows in their own size.

    It is infinite beyond the largest float.
    """
    with np.errstate(over="ignore"):
        found: NDArray[np.float64] = np.ldexp(numbers, exponents)
    return found


def deviations(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each sorted row, which varies, with n - 1 below (Bessel).

    In units of its range: squares of what is far smaller than one would be zero.
    """
    unit = rows[:, -1:] - rows[:, :1]
    scaled = (rows - rows.mean(axis=1, keepdims=True)) / unit
    found: NDArray[np.float64] = scaled.std(axis=1, ddof=1) * unit[:, 0]
    return found
