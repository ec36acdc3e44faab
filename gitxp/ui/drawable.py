"""Values that have a place in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The length of an axis between two of them is still a number, with its margins; and those that
# draw can still tell two of the smallest apart.
_LARGEST: Final = 1e300
_SMALLEST: Final = 1e-300


def drawable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with gaps (NaN) for those that are infinite, or as good as that.

    Example:
        >>> import numpy as np
        >>> drawable(np.array([1.0, -1e308, np.inf, 1e-308]))
        array([ 1., nan, nan,  0.])
    """
    import numpy as np

    sizes = np.abs(values)
    return np.where(sizes <= _LARGEST, np.where(sizes < _SMALLEST, 0.0, values), np.nan)
