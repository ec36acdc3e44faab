"""What is known of one run in each section but metrics and code, as values by field.

What a run has nothing of has no field. The environment may be anybody's: whatever stands there in
another shape than gitxp writes is passed over, or told as it is.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from gitxp.comparison.values import Bytes, Content, Digest
from gitxp.model.dataset import Dataset
from gitxp.model.names import is_system_metric
from gitxp.model.params import param_leaves
from gitxp.model.run import Run
from gitxp.query.columns import column, param_columns, param_title

Facts = dict[str, Any]
_HARDWARE: Final = ("cpu", "memory", "accelerators")
# Told in sections of their own, or in another shape.
_NOT_ENVIRONMENT: Final = frozenset({*_HARDWARE, "packages", "lock_files"})


def outcome(run: Run) -> Facts:
    """How the run ended, and how far it came."""
    steps = [one.last.step for name, one in run.metrics.items() if not is_system_metric(name)]
    return _known(
        {
            "status": str(run.status),
            "exit code": run.sessions[-1].exit_code,
            "verdict": str(run.judgement.verdict) if run.judgement else None,
            "took": None if run.duration is None else _noticed(run.duration),
            "last step": max(steps, default=None),
            "sessions": len(run.sessions),
            "failed calls": run.failures or None,
        }
    )


def params(run: Run) -> Facts:
    """The hyperparameters, flat; None is a value of theirs."""
    return {param_title(name): given for name, given in param_columns(run.params).items()}


def seeds(run: Run) -> Facts:
    """The seeds by key."""
    return dict(run.seeds)


def data(run: Run) -> Facts:
    """The data sets: each by name and role, and by number where several share these."""
    found: Facts = {}
    seen: Counter[str] = Counter()
    for dataset in run.datasets:
        name = f"{dataset.name} ({dataset.role})" if dataset.role else dataset.name
        seen[name] += 1
        title = name if seen[name] == 1 else f"{name} #{seen[name]}"
        found |= {f"{title} {field}": value for field, value in _dataset(dataset).items()}
    return found


def packages(run: Run) -> Facts:
    """The version of each installed package."""
    listed = run.environment.get("packages")
    return dict(sorted(listed.items())) if isinstance(listed, Mapping) else {}


def environment(run: Run) -> Facts:
    """The interpreter, the platform, drivers, chosen variables and lock files."""
    told = {key: one for key, one in run.environment.items() if key not in _NOT_ENVIRONMENT}
    found = {_path(path): value for path, value in param_leaves(told)}
    listed = run.environment.get("lock_files")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("digest"), str):
            found[f"lock file {one.get('path')}"] = Digest(one["digest"])
    return found


def hardware(run: Run) -> Facts:
    """The host, its processors, memory and accelerators."""
    told = {key: run.environment.get(key) for key in ("cpu", "memory")}
    leaves = param_leaves({key: one for key, one in told.items() if isinstance(one, Mapping)})
    return {
        **_known({"host": run.host or None}),
        **_accelerators(run.environment.get("accelerators")),
        **{_path(path): _bytes(value) if path[0] == "memory" else value for path, value in leaves},
    }


def command(run: Run) -> Facts:
    """The command line and the working folder of the latest session."""
    session = run.sessions[-1]
    argv = shlex.join(session.argv) if session.argv else None
    return _known({"command": argv, "folder": session.folder})


def identity(run: Run) -> Facts:
    """What people said of the run, whose it is, and where it belongs."""
    return _known(
        {
            "experiment": str(run.experiment),
            "hypothesis": run.hypothesis or None,
            "description": run.description or None,
            **{f"tag {key}": tag.value for key, tag in run.tags.items()},
            "group": run.group,
            "parent": run.parent and Digest(run.parent),
            "continues": run.continues and Digest(run.continues),
            "baseline": run.baseline and Digest(run.baseline),
            "kept": True if run.is_kept else None,
            "author": run.author or None,
            "started": run.started,
        }
    )


def artifacts(run: Run) -> Facts:
    """What each file of the run holds, by path."""
    return {one.path: Content(Digest(one.oid), Bytes(one.size)) for one in run.artifacts}


def _noticed(length: timedelta) -> timedelta:
    """Return a length of time to the millisecond, or to the second where it has ten of them.

    No two runs take the same to the microsecond, which is a difference to nobody.

    Example:
        >>> _noticed(timedelta(seconds=3.1234567)), _noticed(timedelta(seconds=99.9))
        (datetime.timedelta(seconds=3, microseconds=123000), datetime.timedelta(seconds=100))
    """
    seconds = length.total_seconds()
    return timedelta(seconds=round(seconds, 3 if abs(seconds) < 10 else None))


def _dataset(dataset: Dataset) -> Facts:
    return _known(
        {
            "version": dataset.version or None,
            "digest": Digest(dataset.digest) if dataset.digest else None,
            "size": _bytes(dataset.size),
            "rows": dataset.rows,
            "split": dataset.split,
            "filters": dataset.filters or None,
            "schema": dict(dataset.schema) or None,
            "source": dataset.source or None,
            "kind": dataset.kind,
            "identified by": str(dataset.strength),
        }
    )


def _accelerators(listed: Any) -> Facts:
    """Return models, drivers and memory of accelerators, those that are alike counted."""
    known = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    memories = [one["memory"] for one in known if isinstance(one.get("memory"), int)]
    return _known(
        {
            "gpu": _counted(one.get("name", "unknown") for one in known),
            "gpu memory": Bytes(max(memories)) if memories else None,
            "gpu driver": ", ".join(
                dict.fromkeys(str(one["driver"]) for one in known if "driver" in one)
            )
            or None,
        }
    )


def _counted(names: Iterator[Any]) -> str | None:
    counts = Counter(map(str, names))
    told = [name if count == 1 else f"{count} x {name}" for name, count in counts.items()]
    return ", ".join(told) or None


def _bytes(value: Any) -> Any:
    return Bytes(value) if type(value) is int else value


def _path(path: tuple[Any, ...]) -> str:
    return column(str(path[0]), *path[1:])


def _known(facts: Mapping[str, Any]) -> Facts:
    return {field: value for field, value in facts.items() if value is not None}
