"""The logging verbs for the current run, as MLflow's and W&B's users know them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gitxp.api.current import OPEN_RUNS
from gitxp.api.spawned import join_parent_run
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.values.checked import Tags


def active_run() -> ActiveRun | None:
    """Return the current run; None where there is none.

    A child of `multiprocessing` has its parent's.
    """
    return OPEN_RUNS.innermost() or (None if OPEN_RUNS.are_any else join_parent_run())


def _current() -> ActiveRun:
    run = active_run()
    return OPEN_RUNS.current() if run is None else run


def end_run(status: str | None = None) -> None:
    """Finish the current run, if there is one.

    Args:
        status: As `ActiveRun.finish` takes it, in any case of letters.

    Example:
        >>> import gitxp
        >>> run = gitxp.start_run("by-hand")
        >>> gitxp.end_run("FAILED")
        >>> str(gitxp.get_run(run.id).status)
        'failed'
    """
    run = OPEN_RUNS.innermost()
    if run is not None:
        run.finish(None if status is None else str(status).lower())


def log(values: Mapping[str, Any], step: int | None = None) -> None:
    """Log a value for each of several metrics to the current run; see `ActiveRun.log`.

    Raises:
        NoActiveRun: If no run is open.

    Example:
        >>> import gitxp
        >>> gitxp.log({"loss": 0.5})
        Traceback (most recent call last):
        ...
        gitxp.errors.NoActiveRun: no run is open
        hint: with gitxp.start_run('my-experiment') as run:
    """
    _current().log(values, step)


def log_metric(key: str, value: Any, step: int | None = None) -> None:
    """Log a value of one metric to the current run."""
    _current().log_metric(key, value, step)


def log_metrics(values: Mapping[str, Any], step: int | None = None) -> None:
    """Log a value for each of several metrics to the current run."""
    _current().log(values, step)


def log_param(key: str, value: Any) -> None:
    """Log one hyperparameter to the current run."""
    _current().log_param(key, value)


def log_params(values: object) -> None:
    """Log hyperparameters to the current run: a mapping or a config object, however nested."""
    _current().log_params(values)


def set_tag(key: str, value: str | int | float | bool = True) -> None:  # noqa: FBT001, FBT002
    """Set one tag of the current run."""
    _current().set_tag(key, value)


def set_tags(values: Tags) -> None:
    """Set tags of the current run."""
    _current().set_tags(values)


def log_seeds(seeds: int | Mapping[str, int]) -> None:
    """Record the seeds that the current run uses; a single one is called `seed`.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("seeds") as run:
        ...     gitxp.log_seeds({"numpy": 7, "torch": 8})
        >>> gitxp.get_run(run.id).seeds
        {'numpy': 7, 'torch': 8}
    """
    _current().log_seeds(seeds)


def log_artifact(
    path: str | os.PathLike[str], artifact_path: str | None = None, *, step: int | None = None
) -> None:
    """Keep a file of the current run as it is now; see `ActiveRun.log_artifact`."""
    _current().log_artifact(path, artifact_path, step=step)


def log_artifacts(
    folder: str | os.PathLike[str],
    artifact_path: str | None = None,
    *,
    step: int | None = None,
) -> None:
    """Keep every file below a folder as it is now."""
    _current().log_artifacts(folder, artifact_path, step=step)


def log_text(text: str, artifact_file: str, *, step: int | None = None) -> None:
    """Keep text as a file of the current run."""
    _current().log_text(text, artifact_file, step=step)


def log_dict(content: Any, artifact_file: str, *, step: int | None = None) -> None:
    """Keep a mapping or list as a JSON file of the current run."""
    _current().log_dict(content, artifact_file, step=step)


def log_figure(figure: Any, artifact_file: str, *, step: int | None = None) -> None:
    """Keep a figure as a file of the current run; see `ActiveRun.log_figure`.

    Example:
        >>> import gitxp, numpy as np
        >>> with gitxp.start_run("figures") as run:
        ...     gitxp.log_figure(np.eye(8), "eye.png")
        >>> gitxp.get_run(run.id).artifacts[0].path
        'eye.png'
    """
    _current().log_figure(figure, artifact_file, step=step)


def log_table(table: Any, artifact_file: str, *, step: int | None = None) -> None:
    """Keep a table as a Parquet file of the current run; see `ActiveRun.log_table`.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("tables") as run:
        ...     gitxp.log_table({"label": ["cat", "dog"], "score": [0.9, 0.7]}, "scores.parquet")
        >>> gitxp.get_run(run.id).artifacts[0].path
        'scores.parquet'
    """
    _current().log_table(table, artifact_file, step=step)


def log_dataset(
    name: str,
    source: Any = None,
    *,
    version: str | None = None,
    role: str | None = None,
    split: Mapping[str, float] | str | None = None,
    filters: str | Sequence[str] | None = None,
    rows: int | None = None,
) -> None:
    """Record which data the current run sees; see `ActiveRun.log_dataset`."""
    _current().log_dataset(
        name, source, version=version, role=role, split=split, filters=filters, rows=rows
    )
