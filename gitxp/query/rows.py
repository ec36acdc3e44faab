"""A run as one flat row: what frames, tables and JSON show of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitxp.model.metric import At
from gitxp.model.run import Run
from gitxp.query.columns import column, metric_columns, param_columns

# What every frame has, however few its runs.
OWN_COLUMNS = (
    "experiment", "name", "status", "started", "finished", "duration", "author", "host", "group",
    "parent", "hypothesis", "verdict", "baseline", "base", "branch", "code", "code_tree", "dirty",
    "exit_code", "points", "env.python", "env.gpu",
)  # fmt: skip
# Ids of runs, commits and trees, which people know by their first digits.
ID_COLUMNS = ("run", "code", "code_tree", "base", "parent", "baseline")
# What only runs have that go on in another clone: when they were last told of, and through whom.
WATCHED_COLUMNS = ("checkpoint", "remote")
# What no run holds, since it changes while nobody looks: the time since a run started.
AGE = "age"
# What is kept of each run to find it by, to name its experiment, or to know where it may go, and is
# no column of frames.
UNSEEN_COLUMNS = ("home", "tip", "title", "name_generated", "route")
# What has a column a key; in the order in which frames have them.
KEYED_FIELDS = ("params", "metrics", "tags", "data", "seeds")


def run_row(run: Run) -> dict[str, Any]:
    """Return every field of a run by the name of its column; `run` is the id."""
    row = {**_own(run), **param_columns(run.params), **_metrics(run), **_tagged(run)}
    if run.checkpoint is not None:
        row |= {"checkpoint": run.checkpoint.told, "remote": run.checkpoint.remote}
    return row


def _own(run: Run) -> dict[str, Any]:
    code = run.code
    return {
        "run": str(run.id),
        "experiment": str(run.experiment),
        "name": run.name,
        "status": str(run.status),
        "started": run.started,
        "finished": run.finished,
        "duration": run.duration,
        "author": run.author,
        "host": run.host,
        "group": run.group,
        "parent": run.parent,
        "hypothesis": run.hypothesis or None,
        "verdict": str(run.judgement.verdict) if run.judgement else None,
        "baseline": run.baseline,
        "base": code.base,
        "branch": code.branch,
        "code": code.commit,
        "code_tree": code.tree,
        "dirty": code.dirty,
        "exit_code": run.sessions[-1].exit_code,
        "points": run.points,
        **_environment(run),
    }


def _environment(run: Run) -> dict[str, str | None]:
    """Return what the environment tells; nothing where the record has none."""
    # Whatever a fetched record holds there: it is no reason to fail.
    python, accelerators = (run.environment.get(name) for name in ("python", "accelerators"))
    listed = accelerators if isinstance(accelerators, list) else []
    models = [one.get("name", "unknown") for one in listed if isinstance(one, Mapping)]
    return {
        column("env", "python"): python.get("version") if isinstance(python, Mapping) else None,
        column("env", "gpu"): ", ".join(dict.fromkeys(map(str, models))) or None,
    }


def _metrics(run: Run) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {}
    for name, summary in run.metrics.items():
        for reducer, column_name in metric_columns(name).items():
            found = getattr(summary, reducer)
            row[column_name] = found.value if type(found) is At else found
    return row


def _tagged(run: Run) -> dict[str, Any]:
    return {
        **{column("tags", key): tag.value for key, tag in run.tags.items()},
        **{
            column("data", dataset.name): dataset.version or dataset.digest
            for dataset in run.datasets
        },
        **{column("seeds", key): seed for key, seed in run.seeds.items()},
    }
