"""Which steps somebody means: a range, or a slice, whose ends may be left open."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitxp.errors import InvalidValue
from gitxp.text import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Steps = range | slice
_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class ChosenSteps:
    """Steps from `first` to `last`, both among them, that leave `rest` when divided by `every`."""

    first: int
    last: int
    every: int = 1
    rest: int = 0

    def among(self, steps: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some steps are chosen."""
        here: NDArray[np.bool_] = (steps >= self.first) & (steps <= self.last)
        return here if self.every == 1 else here & (steps % self.every == self.rest)


def chosen_steps(steps: Steps) -> ChosenSteps:
    """Return the steps that are meant.

    A slice is a range whose ends may be left open, not places among the points. One without a
    start takes the multiples of its step, and cannot count down: there is nothing to begin at.

    Raises:
        InvalidValue: If it is neither, or a slice that means none.

    Example:
        >>> chosen_steps(slice(None, 10, 5))
        ChosenSteps(first=-9223372036854775808, last=9, every=5, rest=0)
    """
    if isinstance(steps, slice):
        return _of_slice(steps)
    if not isinstance(steps, range):
        raise InvalidValue(
            f"steps is {shown(steps)}: expected a range or a slice", hint="steps=range(100, 200)"
        )
    if not steps:
        return ChosenSteps(0, -1)
    return _between(min(steps[0], steps[-1]), max(steps[0], steps[-1]), steps[0], abs(steps.step))


def _of_slice(steps: slice) -> ChosenSteps:
    try:
        start, stop, step = map(_whole, (steps.start, steps.stop, steps.step))
    except TypeError:
        raise InvalidValue(
            f"steps is {shown(steps)}: expected whole numbers", hint="steps=slice(100, None)"
        ) from None
    step = 1 if step is None else step
    if step == 0:
        raise InvalidValue(f"steps is {shown(steps)}: expected a step that is not 0")
    if step > 0:
        last = _MOST if stop is None else stop - 1
        return _between(_LEAST if start is None else start, last, start or 0, step)
    if start is None:
        raise InvalidValue(
            f"steps is {shown(steps)}: expected a start, from which it counts down",
            hint=f"steps=slice(None, None, {-step}) takes every step that {-step} divides",
        )
    return _between(_LEAST if stop is None else stop + 1, start, start, -step)


def _between(first: int, last: int, start: int, step: int) -> ChosenSteps:
    """Return the steps within two ends that lie any number of `step` from `start`."""
    if step > _MOST:
        raise InvalidValue(f"steps counts by {step}: expected at most {_MOST}")
    if first > _MOST or last < _LEAST:
        return ChosenSteps(0, -1)
    return ChosenSteps(max(first, _LEAST), min(last, _MOST), step, start % step)


def _whole(end: Any) -> int | None:
    return None if end is None else operator.index(end)
