"""How runs stand against their baselines: by the groups to which the two belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gitxp.comparison.baseline.against import AgainstBaseline, corrected
from gitxp.comparison.groups.measured import Measure, find_measure
from gitxp.comparison.groups.repetitions import Repetitions
from gitxp.model.goal import Goal
from gitxp.query.metric_names import metric_names
from gitxp.query.outcome import Pair
from gitxp.query.run_rows import RunRows
from gitxp.statistics.difference import differences

_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Stand:
    """How a run stands against its baseline.

    Attributes:
        against: How its group compares with that of the baseline; None where both are one group,
            so that the run repeats its baseline.
    """

    against: AgainstBaseline | None

    @property
    def is_tested(self) -> bool:
        """Whether there are several seeds on both sides, so that something can be said."""
        if self.against is None:
            return False
        return min(self.against.difference.n, self.against.difference.n_against) > 1


@dataclass(frozen=True, slots=True)
class _Question:
    """What several pairs may ask alike: groups by their numbers."""

    group: int
    baseline: int
    measure: Measure


def stand_together(
    rows: RunRows, asked: Sequence[Pair], goals: Mapping[str, Goal]
) -> Mapping[Pair, Stand]:
    """Return how runs stand that are looked at together; what chance does is corrected for that.

    Runs of one group ask the same of the same baseline: that is one comparison.

    Args:
        rows: All runs that may be repetitions of one another.
        goals: By metric, which way the team has said is better.

    Returns:
        Nothing of a pair of which one is not among the rows, nor of a metric that none of them has.
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
    questions: dict[Pair, _Question] = {}
    for pair in asked:
        group, baseline = repetitions.number(pair.run), repetitions.number(pair.baseline)
        if group is not None and baseline is not None and pair.metric in measures:
            questions[pair] = _Question(group, baseline, measures[pair.metric])
    answers = _answers(repetitions, list(dict.fromkeys(questions.values())))
    return {pair: Stand(answers.get(question)) for pair, question in questions.items()}


def _answers(
    repetitions: Repetitions, questions: Sequence[_Question]
) -> Mapping[_Question, AgainstBaseline]:
    """Return how groups compare, but for those that are compared with themselves."""
    by_baseline: dict[tuple[int, Measure], list[_Question]] = {}
    for one in questions:
        if one.group != one.baseline:
            by_baseline.setdefault((one.baseline, one.measure), []).append(one)
    found: dict[_Question, AgainstBaseline] = {}
    for (baseline, measure), alike in by_baseline.items():
        samples = repetitions.measured(measure).samples
        told = differences(
            [samples[one.group] for one in alike],
            samples[baseline],
            confidence=_CONFIDENCE,
            permutes=False,
        )
        for question, difference in zip(alike, told, strict=True):
            found[question] = AgainstBaseline(
                difference, measure.goal, _CONFIDENCE, difference.p_welch
            )
    return dict(zip(found, corrected(list(found.values())), strict=True))


def stand_fields(stand: Stand | None) -> dict[str, Any] | None:
    """Return a stand as the fields of an object in JSON; what cannot be said is None."""
    if stand is None:
        return None
    from gitxp.comparison.groups.group_frame import against_fields, said

    told = None if stand.against is None else stand.against.difference
    fields = {
        "repeats_baseline": stand.against is None,
        "n": None if told is None else told.n,
        "n_against": None if told is None else told.n_against,
        **against_fields(stand.against),
    }
    return {name: said(one) for name, one in fields.items()}
