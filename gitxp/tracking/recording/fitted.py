"""Keeping a record within the bounds of its format: what has no room is left out and counted.

A script is told of most of it when it logs; what several writers, many sessions or a huge
traceback add up to is seen here at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gitxp.model.run import Run, Session
from gitxp.storage.bounds import LARGEST_DOCUMENT, MEBIBYTE
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.metrics import encode_summaries
from gitxp.storage.codecs.params import encode_params, encode_value
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.codecs.toml import dumps

T = TypeVar("T")

# Of `run.toml`: each of what may be many has a share, and what is left is for the sessions.
_SHARE = MEBIBYTE // 2
_LONGEST_ERROR = 64 * 1024
_LONGEST_ARGUMENTS = 64 * 1024


def fitted(run: Run) -> Run:
    """Return the run with what its documents have no room for left out, each counted as failed."""
    params = _fitting(run.params, lambda one: len(dumps(encode_params(one))), LARGEST_DOCUMENT)
    metrics = _fitting(run.metrics, lambda one: len(encode_summaries(one)), LARGEST_DOCUMENT)
    datasets = _latest(run.datasets, lambda some: len(encode_datasets(some)), LARGEST_DOCUMENT)
    lost = len(run.params) + len(run.metrics) + len(run.datasets)
    lost -= len(params) + len(metrics) + len(datasets)
    kept = replace(run, params=params, metrics=metrics, datasets=datasets)
    return _fitted_run(replace(kept, failures=run.failures + lost))


def _fitted_run(run: Run) -> Run:
    if _size(run) <= LARGEST_DOCUMENT:
        return run
    tags = _fitting(
        run.tags,
        lambda some: len(dumps({k: encode_value(v.value) for k, v in some.items()})) * 2,
        _SHARE,
    )
    seeds = _fitting(
        run.seeds, lambda some: len(dumps({k: encode_value(v) for k, v in some.items()})), _SHARE
    )
    bare = Run(run.id, run.experiment, sessions=(Session(run.started),))
    rest = _size(bare)
    changes = _latest(
        run.param_changes,
        lambda some: _size(replace(bare, param_changes=tuple(some))) - rest,
        _SHARE,
    )
    lost = len(run.tags) + len(run.seeds) + len(run.param_changes)
    lost -= len(tags) + len(seeds) + len(changes)
    made = replace(run, tags=tags, seeds=seeds, param_changes=changes, failures=run.failures + lost)
    for longest in (_LONGEST_ERROR, _LONGEST_ERROR // 64, 0):
        if _size(made) > LARGEST_DOCUMENT:
            made = replace(made, sessions=tuple(_cut(one, longest) for one in made.sessions))
    return made


def _size(run: Run) -> int:
    return len(encode_run(run))


def _cut(session: Session, longest: int) -> Session:
    """Return a session with at most so many characters of its error and its arguments."""
    arguments = session.argv if sum(map(len, session.argv)) <= longest else session.argv[:1]
    left_out = session.code.left_out[: longest // 64]
    # Never none: that there are any must not be lost.
    findings = session.code.findings[: max(1, longest // 64)]
    return replace(
        session,
        error=_end_of(session.error, longest),
        argv=tuple(one[:longest] for one in arguments),
        code=replace(session.code, left_out=left_out, findings=findings),
    )


def _end_of(text: str, longest: int) -> str:
    """Return the end of a traceback, which names the exception."""
    if len(text) <= longest:
        return text
    cut = len(text) - longest
    return f"[gitxp: {cut} characters cut here]\n{text[cut:]}"


def _fitting(
    items: Mapping[Any, T], size: Callable[[Mapping[Any, T]], int], most: int
) -> dict[Any, T]:
    """Return those of `items`, in order, that fit into `most` bytes together."""
    if size(items) <= most:
        return dict(items)
    kept: dict[Any, T] = {}
    total = 0
    for key, value in items.items():
        total_with = total + size({key: value}) + 1
        if total_with <= most:
            kept[key], total = value, total_with
    return kept


def _latest(items: Sequence[T], size: Callable[[Sequence[T]], int], most: int) -> tuple[T, ...]:
    """Return the last of `items` that fit into `most` bytes together."""
    if size(items) <= most:
        return tuple(items)
    kept: list[T] = []
    total = 0
    for item in reversed(items):
        total += size([item]) + 1
        if total > most:
            break
        kept.append(item)
    return tuple(reversed(kept))
