"""How far two samples lie apart, and whether chance alone would do that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.permutation import permutation_p_values
from gitxp.statistics.resampling import SEED
from gitxp.statistics.samples import Sample, exponent_of, restored
from gitxp.statistics.summary import Summary, summaries


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the mean of a sample is from that of another; NaN where that cannot be said.

    Attributes:
        n: How many values the sample has.
        n_against: How many the other one has.
        mean: Of the sample.
        mean_against: Of the other one.
        difference: The mean less that of the other; infinite beyond the largest float.
        low: The lower end of the interval of the difference; see `differences`.
        high: The upper end.
        p_welch: How often chance alone would give so large a difference, by Welch's test.
        p_permutation: The same by a permutation test.
        effect: The difference in standard deviations: Hedges' g.
    """

    n: int
    n_against: int
    mean: float
    mean_against: float
    difference: float
    low: float = math.nan
    high: float = math.nan
    p_welch: float = math.nan
    p_permutation: float = math.nan
    effect: float = math.nan

    @property
    def mirrored(self) -> Difference:
        """How far the mean of the other is from that of the sample: the same, seen from there."""
        return replace(
            self,
            n=self.n_against,
            n_against=self.n,
            mean=self.mean_against,
            mean_against=self.mean,
            difference=-self.difference,
            low=-self.high,
            high=-self.low,
            effect=-self.effect,
        )


def differences(
    samples: Sequence[Sample],
    against: Sample,
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    permutes: bool = True,
    seed: int = SEED,
) -> list[Difference]:
    """Return how far each sample of finite numbers lies from one other.

    With fewer than two values on a side there is nothing but the difference of the means. Where
    neither side has any spread, Welch's test, its interval and the effect are undefined.

    Args:
        resamples: How many permutations are drawn where there are more than that; else all are
            taken, and the p-value is exact.
        permutes: Whether there is to be a permutation test, which is most of the work; its p-value
            is NaN otherwise.
        seed: Of the draws.

    Example:
        >>> one, other = np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0, 9.0])
        >>> found = differences([one], other)[0]
        >>> found.difference, round(found.p_welch, 4), found.p_permutation
        (-6.0, 0.0018, 0.1)
    """
    largest = [max(_largest(one), _largest(against)) for one in samples]
    # Each with the other one as if both were small, where they are not.
    exponents = exponent_of(np.array(largest)).tolist()
    found: dict[int, Difference] = {}
    for exponent in dict.fromkeys(exponents):
        places = [place for place, one in enumerate(exponents) if one == exponent]
        small = [np.ldexp(samples[place], -exponent) for place in places]
        other = np.ldexp(against, -exponent)
        compared = _compared(small, other, confidence)
        if permutes:
            compared = _permuted(compared, small, other, resamples, seed)
        found.update(zip(places, (_restored(one, exponent) for one in compared), strict=True))
    return [found[place] for place in range(len(samples))]


def _largest(sample: Sample) -> float:
    return float(np.abs(sample).max(initial=0.0))


def _restored(found: Difference, exponent: int) -> Difference:
    """Return what was found of numbers that were divided by a power of two, for the numbers."""
    if not exponent:
        return found
    names = ("mean", "mean_against", "difference", "low", "high")
    numbers = np.array([getattr(found, name) for name in names])
    return replace(found, **dict(zip(names, restored(numbers, exponent).tolist(), strict=True)))


def _permuted(
    found: Sequence[Difference],
    samples: Sequence[Sample],
    against: Sample,
    resamples: int,
    seed: int,
) -> list[Difference]:
    """Return differences with the p-values of permutation tests, where there can be any."""
    made = list(found)
    told = [place for place, one in enumerate(made) if min(one.n, one.n_against) > 1]
    if told:
        mine = [samples[place] for place in told]
        p_values = permutation_p_values(mine, against, resamples=resamples, seed=seed)
        for place, p_value in zip(told, p_values, strict=True):
            made[place] = replace(made[place], p_permutation=p_value)
    return made


def _compared(samples: Sequence[Sample], against: Sample, confidence: float) -> list[Difference]:
    """Return how far each sample lies from the other; see `differences`."""
    (other,) = summaries([against])
    mine = summaries(samples)
    found = [
        Difference(one.n, other.n, one.mean, other.mean, one.mean - other.mean) for one in mine
    ]
    told = [place for place, one in enumerate(mine) if min(one.n, other.n) > 1]
    spread = [place for place in told if mine[place].std > 0 or other.std > 0]
    if not spread:  # SciPy need not be loaded
        return found
    compared = _welch([mine[place] for place in spread], other, confidence)
    for place, numbers in zip(spread, compared.T.tolist(), strict=True):
        low, high, p_welch, effect = numbers
        found[place] = replace(found[place], low=low, high=high, p_welch=p_welch, effect=effect)
    return found


def _welch(mine: Sequence[Summary], other: Summary, confidence: float) -> NDArray[np.float64]:
    """Return for each the ends of the interval, the p-value and the effect.

    Welch, "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34 (1947), 28-35, with the degrees of freedom of Satterthwaite,
    Biometrics Bulletin 2 (1946), 110-114; the interval inverts the test. The distribution is that
    of `scipy.special`, which is loaded in a fraction of the time that `scipy.stats` takes.
    """
    from scipy.special import stdtr, stdtrit

    mean, std, n = np.array([(one.mean, one.std, one.n) for one in mine]).reshape(-1, 3).T
    difference = mean - other.mean
    # Relative to the larger deviation: the fourth power of a small one would be zero.
    unit = np.maximum(std, other.std)
    part, part_other = (std / unit) ** 2 / n, (other.std / unit) ** 2 / other.n
    freedom = (part + part_other) ** 2 / (part**2 / (n - 1) + part_other**2 / (other.n - 1))
    error = np.sqrt(part + part_other)
    with np.errstate(over="ignore"):  # of hardly any spread
        distance = np.abs(difference) / unit / error
    p_values = 2 * stdtr(freedom, -distance)
    half = stdtrit(freedom, (1 + confidence) / 2) * error * unit
    effect = hedges_g(difference, std, n, other.std, other.n)
    return np.stack([difference - half, difference + half, p_values, effect])


def hedges_g(
    difference: NDArray[np.float64],
    std: NDArray[np.float64],
    n: NDArray[np.float64],
    std_against: float,
    n_against: int,
) -> NDArray[np.float64]:
    """Return differences of means in pooled standard deviations, without the bias of few values.

    Hedges, "Distribution theory for Glass's estimator of effect size and related estimators",
    Journal of Educational Statistics 6 (1981), 107-128, with the exact correction of its equation
    6e, which Cohen's d lacks.
    """
    from scipy.special import gammaln

    freedom = n + n_against - 2
    unit = np.maximum(std, std_against)  # beside which the smallest deviation pools to no zero
    parts = std / unit * np.sqrt(n - 1), std_against / unit * np.sqrt(n_against - 1)
    pooled = np.hypot(*parts) / np.sqrt(freedom)
    correction = np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    with np.errstate(over="ignore"):  # of hardly any spread
        g: NDArray[np.float64] = correction * (difference / unit) / pooled
    return g
