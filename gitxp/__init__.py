"""An experiment tracker that needs nothing but the Git repository you already have.

Example:
    >>> import gitxp
    >>> with gitxp.start_run("lr-schedule", params={"lr": 0.1}) as run:
    ...     run.log({"loss": 0.5}, step=0)
    >>> gitxp.get_run(run.id).metrics["loss"].last.value
    0.5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitxp.api.comparing import compare, convergence, curves, groups, suite
    from gitxp.api.reading import Project, get_run, history, open, runs  # noqa: A004
    from gitxp.api.run_view import RunView
    from gitxp.api.seeding import seed_everything
    from gitxp.api.start import start_run
    from gitxp.api.track import track
    from gitxp.api.verbs import (
        active_run,
        end_run,
        log,
        log_artifact,
        log_artifacts,
        log_dataset,
        log_dict,
        log_figure,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        log_seeds,
        log_table,
        log_text,
        set_tag,
        set_tags,
    )
    from gitxp.comparison.differences.comparison import Comparison
    from gitxp.errors import GitxpError, GitxpWarning
    from gitxp.model.run import Run
    from gitxp.tracking.active_run import ActiveRun
    from gitxp.ui.plot.plot import Plot, plot

__version__ = "0.1.0"

# Where each public name lies: loaded at its first use, so that `import gitxp` costs next to
# nothing and `git xp --help` none of it.
_HOMES = {
    "compare": "gitxp.api.comparing",
    "convergence": "gitxp.api.comparing",
    "curves": "gitxp.api.comparing",
    "groups": "gitxp.api.comparing",
    "suite": "gitxp.api.comparing",
    "Project": "gitxp.api.reading",
    "get_run": "gitxp.api.reading",
    "history": "gitxp.api.reading",
    "open": "gitxp.api.reading",
    "runs": "gitxp.api.reading",
    "seed_everything": "gitxp.api.seeding",
    "start_run": "gitxp.api.start",
    "track": "gitxp.api.track",
    "active_run": "gitxp.api.verbs",
    "end_run": "gitxp.api.verbs",
    "log": "gitxp.api.verbs",
    "log_artifact": "gitxp.api.verbs",
    "log_artifacts": "gitxp.api.verbs",
    "log_dataset": "gitxp.api.verbs",
    "log_dict": "gitxp.api.verbs",
    "log_figure": "gitxp.api.verbs",
    "log_metric": "gitxp.api.verbs",
    "log_metrics": "gitxp.api.verbs",
    "log_param": "gitxp.api.verbs",
    "log_params": "gitxp.api.verbs",
    "log_seeds": "gitxp.api.verbs",
    "log_table": "gitxp.api.verbs",
    "log_text": "gitxp.api.verbs",
    "set_tag": "gitxp.api.verbs",
    "set_tags": "gitxp.api.verbs",
    "Plot": "gitxp.ui.plot.plot",
    "plot": "gitxp.ui.plot.plot",
    "Comparison": "gitxp.comparison.differences.comparison",
    "GitxpError": "gitxp.errors",
    "GitxpWarning": "gitxp.errors",
    "Run": "gitxp.model.run",
    "RunView": "gitxp.api.run_view",
    "ActiveRun": "gitxp.tracking.active_run",
}

__all__ = [
    "ActiveRun",
    "Comparison",
    "GitxpError",
    "GitxpWarning",
    "Plot",
    "Project",
    "Run",
    "RunView",
    "active_run",
    "compare",
    "convergence",
    "curves",
    "end_run",
    "get_run",
    "groups",
    "history",
    "log",
    "log_artifact",
    "log_artifacts",
    "log_dataset",
    "log_dict",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_seeds",
    "log_table",
    "log_text",
    "open",
    "plot",
    "runs",
    "seed_everything",
    "set_tag",
    "set_tags",
    "start_run",
    "suite",
    "track",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gitxp' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
