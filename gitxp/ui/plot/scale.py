"""Where on an axis values stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gitxp.text import number
from gitxp.ui.plot.picture import Axis
from gitxp.ui.plot.units import moment_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis with the ends of what stands on it.

    Attributes:
        low: The least place: a logarithm to the base 10 where the axis is one of these.
        high: The largest.
    """

    axis: Axis
    low: float
    high: float

    @classmethod
    def of(cls, axis: Axis, values: Sequence[NDArray[np.float64]]) -> Scale:
        """Return the scale on which all of several arrays have a place; 0 to 1 for none.

        Words have their places whichever of them stand in a picture.
        """
        import numpy as np

        if axis.words:
            return cls(axis, 0.0, float(len(axis.words) - 1))
        whole = np.concatenate(values) if values else np.empty(0)
        places = _places(axis, whole)
        if not len(places):
            return cls(axis, 0.0, 1.0)
        return cls(axis, float(places.min()), float(places.max()))

    def places(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the places of values."""
        return _places(self.axis, values)

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places as shares of the way from the low end to the high one.

        Example:
            >>> import numpy as np
            >>> values = np.array([0.01, 0.1, 1.0])
            >>> Scale.of(Axis("lr", is_log=True), [values]).heights(values).tolist()
            [0.0, 0.5, 1.0]
        """
        import numpy as np

        spread = self.high - self.low
        if not spread:
            return np.full(len(values), 0.5)
        found: NDArray[np.float64] = (self.places(values) - self.low) / spread
        return found

    @property
    def is_plain(self) -> bool:
        """Whether places are values, so that whoever draws can say for itself what stands there."""
        return not (self.axis.is_log or self.axis.is_time)

    def ticks(self) -> list[float]:
        """Return a few places from one end to the other."""
        import numpy as np

        count = _TICKS if self.high > self.low else 1
        ticks: list[float] = np.linspace(self.low, self.high, count).tolist()
        return ticks

    def texts(self, places: Sequence[float]) -> list[str]:
        """Return the values that stand at places, as people read them.

        Example:
            >>> Scale(Axis("lr", is_log=True), -2.0, 0.0).texts([-2.0, -1.0])
            ['0.01', '0.1']
        """
        if self.axis.is_time:
            return moment_texts(places)
        return [number(10.0**place if self.axis.is_log else place) for place in places]


def placed(axis: Axis, values: NDArray[np.float64]) -> NDArray[Any]:
    """Return values as libraries take them: those of an axis of moments as dates."""
    return (values * 1e6).astype("datetime64[us]") if axis.is_time else values


def _places(axis: Axis, values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.log10(values) if axis.is_log else values
