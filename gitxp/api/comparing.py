"""Comparing for notebooks: what sets runs apart."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from gitxp.api.reading import open  # noqa: A004  # as `gitxp.open`
from gitxp.comparison.comparison import Comparison
from gitxp.errors import GitxpWarning, InvalidSettings

if TYPE_CHECKING:
    from gitxp.api.reading import Runs
    from gitxp.query.run_rows import RunRows
    from gitxp.storage.repository import Repository


def compare(*runs: Runs, all: bool = False, remote: str | None = None) -> Comparison:  # noqa: A002
    """Return what sets runs apart: params, code, environment, data, metrics and the rest.

    Args:
        runs: Two runs or more (ids, names, or runs themselves), or one argument that means
            several: a frame of `runs()`, a list, a filter. The first is what others are measured
            against; a run that is named twice counts once.
        all: Also what all of them have the same.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Raises:
        UnknownRun: If there is no such run.
        AmbiguousRun: If a prefix fits several.
        TooManyRuns: If there are more than 100.
        DamagedRecord: If the record of one cannot be read.

    Example:
        >>> import gitxp
        >>> for lr in (0.1, 0.2):
        ...     with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr, "epochs": 3}) as run:
        ...         run.log({"val/loss": lr})
        >>> found = gitxp.compare("lr-0.1", "lr-0.2")
        >>> found.frame.loc[("params", "lr")].tolist()
        [0.1, 0.2]
        >>> [section.title for section in gitxp.compare("params.lr > 0").sections]
        [...'metrics', 'params'...]
    """
    return open(remote=remote).compare(*runs, all=all)


def comparison_of(
    repository: Repository, rows: RunRows, remote: str | None, *, keeps_same: bool
) -> Comparison:
    """Return the comparison of the runs of these rows, each of which is read whole."""
    from gitxp.comparison.compare import check_count, compare_runs
    from gitxp.policy.resolve import load_settings
    from gitxp.query.found import read_run

    check_count(len(rows))
    found = [read_run(repository, key, remote) for key in rows.keys]
    settings = load_settings(repository, os.environ, pass_over=_warn)
    return compare_runs(repository, found, settings, keeps_same=keeps_same)


def _warn(error: InvalidSettings) -> None:
    warnings.warn(f"{error}; it counts as not set", GitxpWarning, stacklevel=2)
