"""How runs stand against their baselines: by the groups to which the two belong."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from gitxp.comparison.baseline.against import AgainstBaseline, corrected
from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.baseline.untested import Untested
from gitxp.comparison.groups.measured import Measure, column_numbers, find_measure
from gitxp.comparison.groups.repetitions import Repetitions, Side
from gitxp.model.goal import Goal
from gitxp.model.run import Status
from gitxp.query.metric_names import metric_names
from gitxp.query.outcome import Pair
from gitxp.query.run_rows import RunRows
from gitxp.statistics.difference import differences

_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many runs of the two groups a test leaves out.

    Attributes:
        nonfinite: That came out as NaN or infinite.
        unfinished: That go on, or did not end well.
        reruns: With the seed of another one that counts.
        nonfinite_against: Of the baseline's group, and so on.
    """

    nonfinite: int = 0
    unfinished: int = 0
    reruns: int = 0
    nonfinite_against: int = 0
    unfinished_against: int = 0
    reruns_against: int = 0


@dataclass(frozen=True, slots=True)
class Stand:
    """How a run stands against its baseline.

    Attributes:
        answer: How its group compares with that of the baseline; or why the two are not compared.
        left_out: How many runs were left out where they are compared.
    """

    answer: AgainstBaseline | Untested
    left_out: LeftOut = LeftOut()

    @property
    def against(self) -> AgainstBaseline | None:
        """How its group compares with that of the baseline; None where they are not compared."""
        return None if isinstance(self.answer, Untested) else self.answer

    @property
    def untested(self) -> Untested | None:
        """Why they are not compared; None where they are."""
        return self.answer if isinstance(self.answer, Untested) else None

    @property
    def repeats(self) -> bool:
        """Whether both are one group, so that the run repeats its baseline."""
        return self.answer is Untested.REPEATS

    @property
    def is_tested(self) -> bool:
        """Whether there are several seeds on both sides, so that a test can be made."""
        if self.against is None:
            return False
        return min(self.against.difference.n, self.against.difference.n_against) > 1

    @property
    def has_verdict(self) -> bool:
        """Whether the test came out; it cannot where neither side has any spread."""
        return self.against is not None and not math.isnan(self.against.p_corrected)

    @property
    def tells(self) -> bool:
        """Whether anything can be said: by a test, or because a repetition differs by chance."""
        return self.repeats or self.is_tested

    @property
    def conclusion(self) -> Conclusion | None:
        """What can be said; None where the two are not compared."""
        return None if self.against is None else self.against.conclusion

    @property
    def reason(self) -> str:
        """Why nothing can be said; empty where something can."""
        return self.answer if isinstance(self.answer, Untested) else self.answer.reason


@dataclass(frozen=True, slots=True)
class _Question:
    """What several pairs may ask alike.

    A side in which an older run stands for its seed is another sample, with a p-value of its own
    that is shown beside that of the group. Either may come out by chance: as one hypothesis that is
    tested twice they would be wrong more often than the level says, so each is counted.
    """

    group: Side
    baseline: Side
    measure: Measure

    @property
    def mirrored(self) -> _Question:
        """The same question, asked by the other side."""
        return replace(self, group=self.baseline, baseline=self.group)


def stand_together(
    rows: RunRows, asked: Sequence[Pair], goals: Mapping[str, Goal]
) -> Mapping[Pair, Stand]:
    """Return how runs stand that are looked at together; what chance does is corrected for that.

    Runs of one group ask the same of the same baseline, and two runs the same of each other: that
    is one comparison. With a run that counts in place of a later one with its seed it is another.

    Args:
        rows: All runs that may be repetitions of one another.
        goals: By metric, which way the team has said is better.

    Returns:
        Something of each pair, be it why the two are not compared.
    """
    if not asked:
        return {}
    repetitions = Repetitions(rows, {run for pair in asked for run in pair[:2]})
    known = metric_names(repetitions.rows)
    measures = {
        name: find_measure(repetitions.rows, name, goals)
        for name in dict.fromkeys(one.metric for one in asked)
        if name in known
    }
    finished = _finished(repetitions.rows)
    nonfinite = {name: _nonfinite(repetitions.rows, one) for name, one in measures.items()}
    found: dict[Pair, Stand] = {}
    questions: dict[Pair, _Question] = {}
    for pair in asked:
        numbers = [repetitions.number(run) for run in (pair.run, pair.baseline)]
        if None in numbers or pair.metric not in measures:
            found[pair] = Stand(Untested.UNKNOWN)
        elif untested := _untested(pair, finished, nonfinite[pair.metric]):
            found[pair] = Stand(untested)
        else:
            measure = measures[pair.metric]
            group, baseline = (repetitions.side(run, measure) for run in (pair.run, pair.baseline))
            questions[pair] = _Question(group, baseline, measure)
    answers = _answers(repetitions, list(dict.fromkeys(questions.values())))
    for pair, one in questions.items():
        answer = answers.get(one)
        found[pair] = (
            Stand(Untested.REPEATS)
            if answer is None
            else Stand(answer, _left_out(repetitions, one))
        )
    return found


def _left_out(repetitions: Repetitions, question: _Question) -> LeftOut:
    measured = repetitions.measured(question.measure)
    counts = (
        count
        for side in (question.group, question.baseline)
        for count in (
            len(repetitions.nonfinite(side, question.measure)),
            measured.unfinished[side.number],
            measured.reruns[side.number],
        )
    )
    return LeftOut(*counts)


def _untested(pair: Pair, finished: Collection[str], nonfinite: Collection[str]) -> Untested | None:
    """Return why two runs are not compared, whatever their groups measured."""
    if pair.run in nonfinite:
        return Untested.NOT_FINITE
    if pair.baseline in nonfinite:
        return Untested.BASELINE_NOT_FINITE
    if pair.run not in finished:
        return Untested.UNFINISHED
    return Untested.BASELINE_UNFINISHED if pair.baseline not in finished else None


def _nonfinite(rows: RunRows, measure: Measure) -> set[str]:
    """Return the ids of the runs that came out as NaN or infinite."""
    values, is_there = column_numbers(rows.column(measure.column))
    ids = rows.values("run")
    return {ids[place] for place in np.flatnonzero(is_there & ~np.isfinite(values))}


def _finished(rows: RunRows) -> set[str]:
    """Return the ids of the runs that ended well."""
    pairs = zip(rows.values("run"), rows.values("status"), strict=True)
    return {run for run, status in pairs if status == Status.FINISHED}


def _answers(
    repetitions: Repetitions, questions: Sequence[_Question]
) -> Mapping[_Question, AgainstBaseline]:
    """Return how groups compare, from either side, but for those compared with themselves."""
    distinct: dict[_Question, None] = {}
    for one in questions:
        if one.group.number != one.baseline.number and one.mirrored not in distinct:
            distinct[one] = None
    by_baseline: dict[tuple[Side, Measure], list[_Question]] = {}
    for one in distinct:
        by_baseline.setdefault((one.baseline, one.measure), []).append(one)
    found: dict[_Question, AgainstBaseline] = {}
    for (baseline, measure), alike in by_baseline.items():
        told = differences(
            [repetitions.sample(one.group, measure) for one in alike],
            repetitions.sample(baseline, measure),
            confidence=_CONFIDENCE,
            permutes=False,
        )
        for question, difference in zip(alike, told, strict=True):
            found[question] = AgainstBaseline(
                difference, measure.goal, _CONFIDENCE, difference.p_welch
            )
    answers = dict(zip(found, corrected(list(found.values())), strict=True))
    mirrored = {
        one.mirrored: replace(answer, difference=answer.difference.mirrored)
        for one, answer in answers.items()
    }
    return mirrored | answers


def stand_fields(stand: Stand | None) -> dict[str, Any] | None:
    """Return a stand as the fields of an object in JSON; what cannot be said is None."""
    if stand is None:
        return None
    from gitxp.comparison.groups.group_frame import against_fields, said

    told = None if stand.against is None else stand.against.difference
    left_out = asdict(stand.left_out)
    fields = {
        "repeats_baseline": stand.repeats,
        "n": None if told is None else told.n,
        "n_against": None if told is None else told.n_against,
        "mean": None if told is None else told.mean,
        "mean_against": None if told is None else told.mean_against,
        **(dict.fromkeys(left_out) if told is None else left_out),
        **against_fields(stand.against),
        "reason": stand.reason or None,
    }
    return {name: said(one) for name, one in fields.items()}
