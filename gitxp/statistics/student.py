"""Student's t distribution, without the time that SciPy takes to load.

`scipy.special` has it, and with it come `numpy.f2py`, `numpy.testing` and more: to load them takes
a third of the time of a whole `git xp compare`. Tests hold every number here against SciPy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Final

# So near to one the factors of a continued fraction change nothing any more.
_ENOUGH: Final = 4e-16
_NEAR: Final = 1e-9
_MOST_STEPS: Final = 10_000
# From here on four terms of a series have all digits.
_LARGE: Final = 30.0
# In place of a zero that is divided by.
_TINY: Final = 1e-300


def student_tail(freedom: float, t: float) -> float:
    """Return how often a value that has Student's distribution is above `t`, of 0 or more.

    By the incomplete beta function, as in Abramowitz & Stegun, Handbook of Mathematical Functions
    (1964), equation 26.7.1.

    Args:
        freedom: The degrees of freedom, which need not be a whole number.

    Example:
        >>> round(student_tail(1.0, 1.0), 4), round(student_tail(10.0, 2.228), 4)
        (0.25, 0.025)
    """
    ratio = t / math.sqrt(freedom)
    if ratio == 0 or math.isinf(ratio):
        return 0.0 if ratio else 0.5
    # Shares of one, each without a loss of digits where the other is near it.
    near, far = 1 / (1 + ratio * ratio), 1 / (1 + 1 / ratio / ratio)
    a, b = freedom / 2, 0.5
    front = math.exp(_log_front(a) - (a + b) * _log_square(ratio) + math.log(ratio))
    if near < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, near) / a / 2
    return 0.5 - front * _fraction(b, a, far) / b / 2


def student_quantile(freedom: float, share: float) -> float:
    """Return below which value that share of Student's distribution lies, of a half or more.

    By Newton's method, from the first terms of its expansion around the normal distribution, as in
    Abramowitz & Stegun, equation 26.7.5.

    Example:
        >>> round(student_quantile(10.0, 0.975), 3)
        2.228
    """
    if share >= 1:
        return math.inf
    x = _normal_quantile(share)
    found = x + (x**3 + x) / 4 / freedom + (5 * x**5 + 16 * x**3 + 3 * x) / 96 / freedom**2
    scale, root = math.exp(_log_front(freedom / 2)) / math.sqrt(freedom), math.sqrt(freedom)

    def tail_and_density(t: float) -> tuple[float, float]:
        density = scale * math.exp(-(freedom + 1) / 2 * _log_square(t / root))
        return student_tail(freedom, t), density

    return _solved(tail_and_density, 1 - share, found)


@cache
def _normal_quantile(share: float) -> float:
    def tail_and_density(t: float) -> tuple[float, float]:
        return math.erfc(t / math.sqrt(2)) / 2, math.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    return _solved(tail_and_density, 1 - share, 0.0)


def _solved(
    tail_and_density: Callable[[float], tuple[float, float]], wanted: float, start: float
) -> float:
    """Return beyond which value there is so much of a distribution, of a half or less.

    By Newton's method: a tail falls ever more slowly, so that from below no step leads too far.
    """
    found = start
    for _ in range(_MOST_STEPS):
        tail, density = tail_and_density(found)
        step = (tail - wanted) / density
        found = max(found + step, 0.0)
        if abs(step) <= _NEAR * found:  # the next step would be by about the square of this
            break
    return found


def _log_front(a: float) -> float:
    """Return the logarithm of one by the beta function of a number and a half."""
    return log_gamma_ratio(a) - math.lgamma(0.5)


def log_gamma_ratio(a: float) -> float:
    """Return the logarithm of the gamma function half a step above a number less that at it.

    Of large numbers the two are so large that their difference has few digits left; there it is by
    its asymptotic series (Tricomi & Erdélyi, "The asymptotic expansion of a ratio of gamma
    functions", Pacific Journal of Mathematics 1 (1951), 133-142).

    Example:
        >>> round(log_gamma_ratio(0.5), 6), round(log_gamma_ratio(1e6), 6)
        (-0.572365, 6.907755)
    """
    if a < _LARGE:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    series = -1 / 8 + (1 / 192 + (-1 / 640 + 17 / 14336 / a**2) / a**2) / a**2
    return math.log(a) / 2 + series / a


def _log_square(ratio: float) -> float:
    """Return the logarithm of one and the square of a number, be it large."""
    return math.log1p(ratio * ratio) if ratio < 1e100 else 2 * math.log(ratio)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function.

    Handbook of Mathematical Functions, equation 26.5.8, from its beginning: Lentz, "Generating
    Bessel functions in Mie scattering calculations using continued fractions", Applied Optics 15
    (1976), 668-671.
    """
    above, below = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    found = below
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            below = 1 / _not_zero(1 + term * below)
            above = _not_zero(1 + term / above)
            found *= above * below
        if abs(above * below - 1) <= _ENOUGH:
            break
    return found


def _not_zero(value: float) -> float:
    return value or _TINY
