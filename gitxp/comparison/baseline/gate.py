"""Whether a run may pass: in each metric as good as another, or better by so much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from gitxp.comparison.baseline.against import AgainstBaseline
from gitxp.comparison.baseline.beside_seeds import BesideSeeds
from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.baseline.gain import Gain
from gitxp.comparison.curves.direction import without_goal
from gitxp.comparison.groups.measured import Measure, find_measure
from gitxp.comparison.groups.repetitions import Repetitions
from gitxp.errors import CannotCompare
from gitxp.model.goal import Goal, MetricGoal, goal_fields
from gitxp.model.identity import RunId
from gitxp.model.run import Status
from gitxp.query.run_rows import RunRows
from gitxp.statistics.difference import Difference, differences
from gitxp.statistics.samples import Sample
from gitxp.text import few

_MOST_NAMES: Final = 10
# Of less an interval reaches about as far as numbers do, and no sample of runs is so sure.
SMALLEST_LEVEL: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a run passes in one metric.

    Attributes:
        value: What the run measured: over several seeds the mean.
        against: The same of the other.
        found: How the two stand to each other.
        wanted: By how much the run must be better, in the metric's units; None where it must
            only be no worse.
        left_out: How many runs that repeat either side did not finish, or lack the metric.
        reruns: How many more have the seed of one that counts.
        repeats: Whether the two are of one group: then their own values are compared.
        by_seeds_alone: Whether these differ in nothing but seeds as far as is recorded, of which
            enough was: then nothing was changed, and there is nothing to hold against the run.
    """

    measure: Measure
    value: float
    against: float
    found: AgainstBaseline
    wanted: float | None
    left_out: int = 0
    reruns: int = 0
    repeats: bool = False
    by_seeds_alone: bool = False

    @property
    def is_by_seeds(self) -> bool:
        """Whether a test over seeds tells the difference from noise."""
        return not math.isnan(self.found.p_corrected)

    @property
    def passes_as_repetition(self) -> bool:
        """Whether it passes whatever its value, for only a seed is another."""
        return self.by_seeds_alone and self.wanted is None

    @property
    def passes(self) -> bool:
        """Whether it does; see `answer_gate`."""
        if self.passes_as_repetition:
            return True
        gain = self.found.gain
        if self.wanted is None:
            if self.is_by_seeds:
                return self.found.conclusion is not Conclusion.WORSE
            return gain >= 0
        if self.is_by_seeds:
            if self.wanted <= 0:  # not inferior by more than that, chance reckoned with
                return self.least_gain >= self.wanted
            if self.found.conclusion is not Conclusion.BETTER:
                return False
        return gain >= self.wanted or math.isclose(gain, self.wanted, rel_tol=1e-9)

    @property
    def least_gain(self) -> float:
        """The end of the gain's interval on the worse side; NaN without a test."""
        return min(self._gains)

    @property
    def largest_gain(self) -> float:
        """The end on the better side."""
        return max(self._gains)

    @property
    def _gains(self) -> tuple[float, float]:
        goal, found = self.measure.goal, self.found.difference
        assert goal is not None  # else there is no answer
        return goal.gain(found.low), goal.gain(found.high)


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """What is asked of a run.

    Attributes:
        metrics: Each by name, perhaps with a reducer: `val/accuracy:max`.
        gain: By how much each must be better; None where it must only be no worse.
        seeds: How many different seeds there must be on either side; 1: none is asked for.
        level: A difference is more than noise where chance alone gives one as large in less
            than this share of all cases.
        goal: Which way the metrics are better, whatever the settings say.
    """

    metrics: Sequence[str]
    gain: Gain | None = None
    seeds: int = 1
    level: float = 0.05
    goal: Goal | None = None


def answer_gate(
    rows: RunRows,
    run: int,
    against: int,
    question: GateQuestion,
    goals: Mapping[str, Goal],
    beside: BesideSeeds,
) -> list[Answer]:
    """Return the answer in each metric.

    The means over the seeds of either side are compared. With several on both, the run passes
    unless Welch's test, which is two-sided, tells that it is worse; where a gain is asked for, if
    the mean is better by that much and the test tells that it is better; and where it may be worse
    by so much, if the whole interval of the difference lies above that. With one seed on a side,
    and where the seeds changed nothing at all, the means alone decide. Of two runs of one group
    the values decide, for it is neither better nor worse than itself; where nothing but seeds
    differs, and no gain is asked for, the run passes.

    Each metric is tested at the whole level: the run has to pass in all of them, so that asking
    for more of them makes no wrong pass likelier (an intersection-union test; Berger 1982).

    Args:
        rows: All runs, the newest first.
        run: The number of the run.
        against: That of the one it is held against.
        goals: By metric, which way the team has said is better.
        beside: What differs beside params, data and code.

    Raises:
        CannotCompare: If a run did not finish, lacks a metric or has it not finite, or there are
            fewer seeds than asked for.
        InvalidValue: If nothing says which way a metric is better.
        UnknownMetric: If no run has a metric.
    """
    _check_finished(rows, run, against)
    both = rows.take([run, against])
    sides = _Sides(both, Repetitions(rows, both.values("run")), beside)
    measures = (find_measure(both, asked, goals) for asked in question.metrics)
    wanted = dict.fromkeys(_with_goal(measure, question) for measure in measures)
    return [_answer(sides, measure, question) for measure in wanted]


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two runs, and their groups.

    Attributes:
        both: The rows of the two.
        beside: What differs between the two beside what runs are grouped by.
    """

    both: RunRows
    repetitions: Repetitions
    beside: BesideSeeds

    @property
    def runs(self) -> list[str]:
        """The ids of the two."""
        found: list[str] = self.both.values("run")
        return found

    @property
    def are_one_group(self) -> bool:
        """Whether they repeat the same experiment."""
        one, other = map(self.repetitions.number, self.runs)
        return one == other

    def alone(self, measure: Measure) -> list[Sample]:
        """Return what each of the two measured.

        Raises:
            CannotCompare: If one has not measured it, or nothing finite.
        """
        values = self.both.values(measure.column)
        for run, value in zip(self.runs, values, strict=True):
            if value is None:
                raise CannotCompare(f"run {RunId(run).short} has no {measure.name!r}")
            if not math.isfinite(value):
                told = f"run {RunId(run).short} has {measure.name!r} {value}"
                raise CannotCompare(f"{told}: expected a finite number")
        return [np.array([value], np.float64) for value in values]

    def repeated(self, measure: Measure) -> list[Sample]:
        """Return what the groups of the two measured.

        Raises:
            CannotCompare: If a run of them measured nothing finite: to leave that out, as a table
                of groups does, would make a group better than it is.
        """
        samples = []
        for run in self.runs:
            side = self.repetitions.side(run, measure)
            if diverged := self.repetitions.nonfinite(side, measure):
                raise self._diverged(run, diverged, measure)
            samples.append(self.repetitions.sample(side, measure))
        return samples

    def _diverged(self, run: str, diverged: Sequence[str], measure: Measure) -> CannotCompare:
        ids = [RunId(one).short for one in diverged]
        # To take them away would leave out what came out worst; a run without a seed stands for
        # itself, however often it is trained again.
        other = "compare another metric that is finite in all of them: --metric NAME"
        again = "train those seeds again, for of each the newest counts; or "
        return CannotCompare(
            f"of the runs that repeat {RunId(run).short}, {len(diverged)} came out with "
            f"{measure.name!r} NaN or infinite ({few(ids, _MOST_NAMES)}): expected a finite number",
            hint=f"{again if self.repetitions.are_seeded(diverged) else ''}{other}",
        )

    def left_out(self, measure: Measure) -> tuple[int, int]:
        """Return how many repetitions of either cannot count, and how many are reruns of others.

        Those did not finish, or have no such metric.
        """
        measured, unfit, reruns = self.repetitions.measured(measure), 0, 0
        for number in set(map(self.repetitions.number, self.runs)):
            assert number is not None
            counted = len(measured.samples[number]) + measured.reruns[number]
            unfit += self.repetitions.size(number) - counted
            reruns += measured.reruns[number]
        return unfit, reruns


def _answer(sides: _Sides, measure: Measure, question: GateQuestion) -> Answer:
    repeats = sides.are_one_group
    alone, groups = sides.alone(measure), sides.repeated(measure)
    for run, sample in zip(sides.runs, groups, strict=True):
        _check_seeds(run, len(sample), question.seeds)
    mine, other = alone if repeats else groups
    (found,) = differences([mine], other, confidence=1 - question.level, permutes=False)
    wanted = None if question.gain is None else question.gain.of(found.mean_against)
    stands = AgainstBaseline(found, measure.goal, 1 - question.level, found.p_welch)
    return Answer(
        measure,
        found.mean,
        found.mean_against,
        stands,
        wanted,
        *sides.left_out(measure),
        repeats,
        repeats and sides.beside.is_nothing,
    )


def _check_finished(rows: RunRows, *places: int) -> None:
    for place, status in zip(places, rows.take(places).values("status"), strict=True):
        if status != Status.FINISHED:
            raise CannotCompare(
                f"run {_short(rows, place)} is {status}: expected one that finished"
            )


def _check_seeds(run: str, count: int, wanted: int) -> None:
    if count < wanted:
        raise CannotCompare(
            f"run {RunId(run).short} was trained with {count} seed{'s' if count != 1 else ''}: "
            f"expected at least {wanted}",
            hint="train it with other seeds, all else the same: start_run(seeds=…)",
        )


def _short(rows: RunRows, place: int) -> str:
    return RunId(rows.keys[place].id).short


def _with_goal(measure: Measure, question: GateQuestion) -> Measure:
    if question.goal is not None:
        return replace(measure, goal=MetricGoal(question.goal, is_guessed=False))
    if measure.goal is None:
        raise without_goal(measure.metric)
    return measure


def answer_fields(answer: Answer) -> dict[str, Any]:
    """Return an answer as the fields of an object in JSON; what cannot be said is None."""
    found: Difference = answer.found.difference
    numbers = {
        "difference": found.difference,
        "gain": answer.found.gain,
        "low": found.low,
        "high": found.high,
        "effect": found.effect,
        "p": answer.found.p_corrected,
    }
    return {
        "metric": answer.measure.name,
        **goal_fields(answer.measure.goal),
        "value": answer.value,
        "against": answer.against,
        "n": found.n,
        "n_against": found.n_against,
        **{name: None if math.isnan(one) else one for name, one in numbers.items()},
        "min_gain": answer.wanted,
        "by_seeds": answer.is_by_seeds,
        "left_out": answer.left_out,
        "reruns": answer.reruns,
        "repeats": answer.repeats,
        "by_seeds_alone": answer.by_seeds_alone,
        "passes": answer.passes,
    }
