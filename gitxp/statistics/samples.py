"""Samples of any size: those of one size are computed together, as the rows of one array.

Values stand in ascending order there, so that nothing that is drawn of them depends on the order in
which they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# Finite numbers, one a repetition: what is NaN or infinite is counted by whoever has the runs.
Sample = NDArray[np.float64]


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
    """Return of each sorted row whether all its values are the same.

    Not by the deviation: three times 0.1 have a mean that is not 0.1, and so one above zero.
    """
    same: NDArray[np.bool_] = rows[:, 0] == rows[:, -1]
    return same


def deviations(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each sorted row, which varies, with n - 1 below (Bessel).

    In units of its range: squares of values far from one would be zero or infinite.
    """
    unit = rows[:, -1:] - rows[:, :1]
    scaled = (rows - rows.mean(axis=1, keepdims=True)) / unit
    found: NDArray[np.float64] = scaled.std(axis=1, ddof=1) * unit[:, 0]
    return found
