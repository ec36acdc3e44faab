"""The logging verbs for the current run, as MLflow's and W&B's users know them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gitxp.api.current import OPEN_RUNS
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.checked import Tags


def active_run() -> ActiveRun | None:
    """Return the current run; None where there is none."""
    return OPEN_RUNS.innermost()


def end_run(status: str = "finished") -> None:
    """Finish the current run, if there is one."""
    run = OPEN_RUNS.innermost()
    if run is not None:
        run.finish(status.lower())


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
    """
    OPEN_RUNS.current().log(values, step)


def log_metric(key: str, value: Any, step: int | None = None) -> None:
    """Log a value of one metric to the current run."""
    OPEN_RUNS.current().log_metric(key, value, step)


def log_metrics(values: Mapping[str, Any], step: int | None = None) -> None:
    """Log a value for each of several metrics to the current run."""
    OPEN_RUNS.current().log(values, step)


def log_param(key: str, value: Any) -> None:
    """Log one hyperparameter to the current run."""
    OPEN_RUNS.current().log_param(key, value)


def log_params(values: Mapping[Any, Any]) -> None:
    """Log hyperparameters to the current run, nested as you like."""
    OPEN_RUNS.current().log_params(values)


def set_tag(key: str, value: str | int | float | bool = True) -> None:  # noqa: FBT001, FBT002
    """Set one tag of the current run."""
    OPEN_RUNS.current().set_tag(key, value)


def set_tags(values: Tags) -> None:
    """Set tags of the current run."""
    OPEN_RUNS.current().set_tags(values)


def log_artifact(path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Keep a file of the current run as it is now."""
    OPEN_RUNS.current().log_artifact(path, artifact_path)


def log_artifacts(folder: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Keep every file below a folder as it is now."""
    OPEN_RUNS.current().log_artifacts(folder, artifact_path)


def log_text(text: str, artifact_file: str) -> None:
    """Keep text as a file of the current run."""
    OPEN_RUNS.current().log_text(text, artifact_file)


def log_dict(content: Any, artifact_file: str) -> None:
    """Keep a mapping or list as a JSON file of the current run."""
    OPEN_RUNS.current().log_dict(content, artifact_file)


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
    OPEN_RUNS.current().log_dataset(
        name, source, version=version, role=role, split=split, filters=filters, rows=rows
    )
