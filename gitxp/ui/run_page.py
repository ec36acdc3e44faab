"""Everything that is known of one run, as people read it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from gitxp.model.checkpoint import Checkpoint
from gitxp.model.dataset import Dataset
from gitxp.model.goal import Goal, metric_goal
from gitxp.model.metric import MetricSummary
from gitxp.model.names import is_system_metric
from gitxp.model.run import Artifact, Code, LeftOut, Run, Session, Status, Writer
from gitxp.query.columns import param_columns, param_title
from gitxp.query.headlines import headlines
from gitxp.query.outcome import Outcome, Pair, outcomes_of
from gitxp.query.rows import run_row
from gitxp.ui.baselines import told_baseline
from gitxp.ui.compared import compared, stand_notes
from gitxp.ui.format import age, cell, duration, fact, moment, number, safe, size, value
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.run_columns import STATUS_COLOURS
from gitxp.ui.said import said_lines
from gitxp.ui.screen import Screen
from gitxp.ui.table import LONGEST_IN_A_PIPE, shortened

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

_SHORT: Final = 12
_SHOWN_ENTRIES: Final = 10
_SHOWN_RANKS: Final = 8
_MARGIN: Final = 14
_fact = partial(fact, margin=_MARGIN)


def run_lines(
    run: Run,
    screen: Screen,
    goals: Mapping[str, Goal],
    baseline: Run | None = None,
    stands: Mapping[Pair, Stand] = MappingProxyType({}),
) -> Iterator[str]:
    """Yield the lines of a page about `run`: who and what, each session, then its tables.

    Args:
        goals: By metric, which way the team has said is better.
        baseline: The run to compare with: its own where that is here, unless another is wanted.
        stands: What the seeds say of the two in each metric, where anything is known of that.
    """
    now = datetime.now(UTC)
    yield screen.painted(f"run {run.id}", "yellow")
    for name, text in _facts(run, baseline).items():
        if text:
            colour = STATUS_COLOURS.get(text, "") if name == "status" else ""
            yield _fact(name, screen.painted(text, colour))
    verdict = str(run.judgement.verdict) if run.judgement else ""
    yield from said_lines(run, verdict, now, margin=_MARGIN)
    for number_, session in enumerate(run.sessions):
        if len(run.sessions) > 1:
            yield screen.painted(f"session {number_}:", "bold")
        yield from _session(session, now)
    outcomes = _judged(run, goals, baseline, stands)
    for title, rows in _tables(run, screen, goals, outcomes).items():
        if rows:
            yield screen.painted(f"{title}:", "bold")
            yield from _aligned(rows, screen)
    told = [stand for one, stand in outcomes if one.difference is not None]
    yield from stand_notes(told, screen)
    yield from goal_note(headlines(run.metrics, goals), goals, screen)


def _aligned(rows: Sequence[tuple[str, str]], screen: Screen) -> Iterator[str]:
    """Yield a line a row; a name is cut that would make every line as long as it is."""
    longest = screen.width or LONGEST_IN_A_PIPE
    names = [shortened(name, longest, screen) for name, _ in rows]
    width = max(map(len, names))
    for name, (_, text) in zip(names, rows, strict=True):
        yield f"  {name:<{width}}  {text}".rstrip()


def _facts(run: Run, baseline: Run | None) -> dict[str, str]:
    row = run_row(run)
    is_own = baseline is not None and baseline.id == run.baseline
    name = None if baseline is None else baseline.name
    facts = {
        "experiment": run.title or run.experiment,
        "name": run.name + (" (generated)" if run.name_generated else ""),
        "status": str(run.status),
        "seen": _seen(run.checkpoint) if run.checkpoint else "",
        "hypothesis": run.hypothesis,
        "description": run.description,
        "kept": "yes" if run.is_kept else "",
        "group": run.group or "",
        "parent": run.parent or "",
        "continues": run.continues or "",
        "baseline": told_baseline(run.baseline, name if is_own else None),
        "against": "" if baseline is None or is_own else told_baseline(baseline.id, name),
        "author": run.author,
        "host": run.host,
        "python": row["env.python"] or "",
        "gpu": row["env.gpu"] or "",
        "took": duration(run.duration),
        "failed calls": str(run.failures) if run.failures else "",
        "record": run.tip or "not recorded yet",
    }
    return {name: cell(text) for name, text in facts.items()}


def _seen(checkpoint: Checkpoint) -> str:
    """Return when a run of another clone was last told of, and where."""
    now = datetime.now(UTC)
    seen = f"{age(checkpoint.told, now)} on {checkpoint.remote}"
    if checkpoint.is_record:
        return f"{seen}, and not merged: git xp pull {shlex.quote(checkpoint.remote)}"
    late = f", and then every {duration(checkpoint.every)}" if checkpoint.is_stale(now) else ""
    return f"{seen}{late}"


def _session(session: Session, now: datetime) -> Iterator[str]:
    yield _fact("started", f"{moment(session.started, now)} in {safe(session.folder or '?')}")
    yield _fact("command", cell(shlex.join(session.argv)))
    if session.exit_code is not None:
        yield _fact("exit code", str(session.exit_code))
    ranks = [writer for writer in session.writers if writer.rank is not None]
    if ranks:
        yield _fact("ranks", cell(_ranks(ranks)))
    yield from _code(session.code)
    if session.error:
        yield "error:"
        yield from (f"  {safe(line)}" for line in session.error.rstrip().splitlines())


def _ranks(ranks: Sequence[Writer]) -> str:
    """Return how many ranks wrote on which hosts, and which of them did not end well."""
    count = len({writer.rank for writer in ranks})
    hosts = ", ".join(dict.fromkeys(writer.host for writer in ranks))
    ended = [
        f"rank {writer.rank} {writer.status}"
        for writer in sorted(ranks, key=lambda writer: writer.rank or 0)
        if writer.status not in (None, Status.FINISHED)
    ]
    more = [f"and {len(ended) - _SHOWN_RANKS} more"] if len(ended) > _SHOWN_RANKS else []
    return "; ".join([f"{count} on {hosts}", *ended[:_SHOWN_RANKS], *more])


def _code(code: Code) -> Iterator[str]:
    if code.commit is None:
        yield _fact("code", f"not captured: {cell(code.failure)}")
        return
    base = f"{(code.base or 'no commit')[:_SHORT]} on {cell(code.branch or 'no branch')}"
    dirty = f", with uncommitted changes in {code.commit[:_SHORT]}" if code.dirty else ""
    yield _fact("code", f"{base}{dirty}")
    yield from _first("left out", [_left_out(left) for left in code.left_out])
    found = [f"{cell(one.path)}:{one.line} ({cell(one.what)})" for one in code.findings]
    yield from _first("looks secret", found)
    unsearched = [f"{cell(part.path)} ({cell(part.reason)})" for part in code.unsearched]
    yield from _first("not searched", unsearched)


def _first(title: str, entries: Sequence[str]) -> Iterator[str]:
    """Yield the first of many entries, and how many more there are."""
    for entry in entries[:_SHOWN_ENTRIES]:
        yield _fact(title, entry)
    if len(entries) > _SHOWN_ENTRIES:
        yield f"{'':<{_MARGIN}}and {len(entries) - _SHOWN_ENTRIES} more"


def _left_out(left: LeftOut) -> str:
    bytes_told = "" if left.size is None else f", {size(left.size)}"
    return f"{cell(left.path)}{bytes_told} ({cell(left.reason)})"


def _judged(
    run: Run, goals: Mapping[str, Goal], baseline: Run | None, stands: Mapping[Pair, Stand]
) -> list[tuple[Outcome, Stand | None]]:
    """Return how the run came out in each of its metrics, and what the seeds say of that."""
    against = run.id if baseline is None else baseline.id
    return [
        (one, stands.get(Pair(run.id, against, one.metric)))
        for one in outcomes_of(run, baseline, goals)
    ]


def _tables(
    run: Run,
    screen: Screen,
    goals: Mapping[str, Goal],
    outcomes: Sequence[tuple[Outcome, Stand | None]],
) -> dict[str, list[tuple[str, str]]]:
    params = {param_title(name): given for name, given in param_columns(run.params).items()}
    machine = {name: one for name, one in run.metrics.items() if is_system_metric(name)}
    results = {name: one for name, one in run.metrics.items() if name not in machine}
    titles = [marked(name, metric_goal(name, goals), screen) for name in results]
    differences = [compared(one, screen, stand) for one, stand in outcomes]
    return {
        "params": _rows(params),
        "tags": _rows({key: tag.value for key, tag in run.tags.items()}),
        "seeds": _rows(run.seeds),
        "metrics": _metrics(titles, results.values(), differences),
        "data sets": [(cell(one.name), _dataset(one)) for one in run.datasets],
        "artifacts": [(cell(one.path), _artifact(one)) for one in run.artifacts],
        "machine": _metrics(map(cell, machine), machine.values(), repeat("")),
    }


def _rows(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(cell(name), value(given)) for name, given in values.items()]


def _metrics(
    titles: Iterable[str], summaries: Collection[MetricSummary], differences: Iterable[str]
) -> list[tuple[str, str]]:
    """Return the metrics with their last, lowest and highest values in columns of their own.

    Args:
        differences: What each is compared with, at the end of its line.
    """
    told = [
        (
            number(summary.last.value),
            f"min {number(summary.min.value) if summary.min else '-'}",
            f"max {number(summary.max.value) if summary.max else '-'}",
            f"{summary.count} point{'s' if summary.count != 1 else ''}",
            difference,
        )
        for summary, difference in zip(summaries, differences, strict=False)
    ]
    widths = _widths(told)
    return [
        (title, "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)))
        for title, row in zip(titles, told, strict=True)
    ]


def _widths(rows: Iterable[tuple[str, ...]]) -> list[int]:
    return [max(map(len, texts)) for texts in zip(*rows, strict=True)]


def _dataset(dataset: Dataset) -> str:
    identity = dataset.version or dataset.digest[:19]
    words = (dataset.role or dataset.kind, identity, size(dataset.size))
    return cell(" ".join(words))


def _artifact(artifact: Artifact) -> str:
    return size(artifact.size) + (" (LFS)" if artifact.is_lfs else "")
