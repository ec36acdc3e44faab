"""The answer of a gate as Markdown, for the summary of a job or a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitxp.comparison.baseline.beside_seeds import BesideSeeds, Seeds
from gitxp.comparison.baseline.gate import Answer, GateQuestion
from gitxp.comparison.baseline.words import difference_text, reruns_words
from gitxp.text import few
from gitxp.ui.format import cell, number

_MOST_NAMES: Final = 10
# What else than the code may be behind a gain, by the beginning of what differs.
_FIELDS: Final = {
    "params": "Params differ",
    "data": "Data sets differ",
    "packages": "Packages differ",
    "python": "Python differs",
    "platform": "Platforms differ",
    "hardware": "Hardware differs",
    "variables": "Variables differ",
    "container": "Containers differ",
    "lock_files": "Lock files differ",
    "cuda": "CUDA differs",
    "command": "Commands differ",
}
# What runs are grouped by.
_GROUPED_BY: Final = ("params", "data", "code")
_SEEDS: Final = {
    Seeds.SAME: "the seeds are the same",
    Seeds.UNKNOWN: "seeds are not recorded of both",
}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!$@])")


def gate_lines(
    title: tuple[str, str],
    why: str,
    differing: Sequence[str],
    beside: BesideSeeds,
    answers: Sequence[Answer],
    question: GateQuestion,
    *,
    is_complete: bool = True,
) -> Iterator[str]:
    """Yield the lines of the page.

    Args:
        title: What the run is called, and what the other is.
        why: How the other was found.
        differing: In what the two differ: columns of params and data sets, packages and the like.
        beside: What of it runs are not grouped by, and what is not known of the two.
        is_complete: Whether every record could be read that may be of either side; else there is
            no answer.
    """
    run, against = map(markdown, title)
    told = "passed" if all(one.passes for one in answers) else "not passed"
    yield f"### Gate: {told if is_complete else 'no answer'}"
    yield ""
    yield f"Run {run} against {markdown(why)} {against}."
    yield ""
    yield "| metric | run | against | gain | asked for | |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(one, question) for one in answers)
    yield ""
    if not is_complete:
        yield f"- **Records that may be of either side could not be read. Without them: {told}.**"
    notes = (*_unlike(differing), *_notes(answers, question, why, beside))
    yield from (f"- {note}" for note in dict.fromkeys(notes))


def markdown(text: str) -> str:
    r"""Return foreign text on one line, in which nothing is markup.

    Example:
        >>> print(markdown("val|acc <b>"))
        val\|acc \<b\>
    """
    return _SPECIAL.sub(r"\\\1", cell(text))


def _row(answer: Answer, question: GateQuestion) -> str:
    found = answer.found.difference
    goal = answer.measure.goal
    arrow = "" if goal is None else f" {'↑' if goal.goal == 'max' else '↓'}"
    guessed = "?" if goal is not None and goal.is_guessed else ""
    mean = [f" (mean of {n})" if n > 1 else "" for n in (found.n, found.n_against)]
    told = difference_text(answer.found.gain)
    no_worse = "no worse"
    if answer.passes_as_repetition:
        told += ", what seeds do"
        no_worse = "not shown to be worse"
    if answer.is_by_seeds:
        ends = " to ".join(map(difference_text, (answer.least_gain, answer.largest_gain)))
        told += f" ({ends}), {answer.found.conclusion} (p = {answer.found.p_corrected:.2g})"
        no_worse = "not shown to be worse"
    cells = [
        f"{markdown(answer.measure.name)}{arrow}{guessed}",
        f"{number(answer.value)}{mean[0]}",
        f"{number(answer.against)}{mean[1]}",
        told,
        no_worse if answer.wanted is None else f"at least {question.gain}",
        "yes" if answer.passes else "**no**",
    ]
    return f"| {' | '.join(cells)} |"


def _unlike(differing: Sequence[str]) -> Iterator[str]:
    """Yield what else than the code may be behind a gain.

    Of the command nothing where params differ, most of which come by it.
    """
    if any(_is_of("params", name) for name in differing):
        differing = [name for name in differing if not _is_of("command", name)]
    for field, what in _FIELDS.items():
        names = [
            markdown(name.removeprefix(field).removeprefix("."))
            for name in differing
            if _is_of(field, name)
        ]
        if names:
            yield f"{what}: {few(names, _MOST_NAMES)}."


def _is_of(field: str, name: str) -> bool:
    return name == field or name.startswith((f"{field}.", f"{field}["))


def _notes(
    answers: Sequence[Answer], question: GateQuestion, why: str, beside: BesideSeeds
) -> Iterator[str]:
    for one in answers:
        found = one.found.difference
        if one.left_out:
            yield (
                f"**{one.left_out} that repeat one of the two did not finish, or lack "
                f"{markdown(one.measure.name)}, and are left out.**"
            )
        if one.reruns and not one.repeats:
            told = reruns_words(one.reruns)
            yield f"{told[:1].upper()}{told[1:]}."
        if one.is_by_seeds:
            yield (
                f"Over seeds, by Welch's test, two-sided, at the level {question.level:g}; "
                f"the interval is of {100 * (1 - question.level):.10g}%."
            )
        elif one.repeats:
            yield _repeats(one, markdown(why), beside)
        elif min(found.n, found.n_against) > 1:
            yield one.found.reason[:1].upper() + one.found.reason[1:] + "."
        else:
            yield (
                f"{_single(found.n, found.n_against)}: whether the difference is more than noise "
                "cannot be said; that takes several seeds of both."
            )
        if one.measure.goal is not None and one.measure.goal.is_guessed:
            yield "`?`: which way is better is guessed by the name; `.gitxp.toml` sets it."


def _repeats(answer: Answer, why: str, beside: BesideSeeds) -> str:
    """Return what is said of two runs of one group."""
    told = f"The run repeats {why}: as far as is recorded the two differ in nothing but seeds"
    if answer.passes_as_repetition:
        return f"{told}, and there is nothing to hold against it."
    if not answer.by_seeds_alone:
        told = f"The run repeats {why}: {_alike(beside)}"
    return (
        f"{told}. The two values decide: whether the difference is more than noise cannot be said."
    )


def _alike(beside: BesideSeeds) -> str:
    """Return how far two runs are the same that are grouped together, and why no further."""
    doubted = (*beside.differing, *beside.unknown)
    alike = [one for one in _GROUPED_BY if not any(_is_of(one, name) for name in doubted)]
    same = " and ".join(filter(None, (", ".join(alike[:-1]), alike[-1])))
    but = [_SEEDS[beside.seeds]] if beside.seeds in _SEEDS else []
    if beside.differing and not but:
        but.append("not the seeds alone differ")
    if beside.unknown:
        but.append(f"it is not known of {few(list(map(markdown, beside.unknown)), _MOST_NAMES)}")
    return f"{same} are the same as far as is recorded, and {', and '.join(but)}"


def _single(count: int, count_against: int) -> str:
    """Return which side has one run."""
    if count > 1:
        return "One run on the other side"
    return "One run here" if count_against > 1 else "One run on either side"
