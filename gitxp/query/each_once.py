"""Each run once, though it may stand here and as it was fetched."""

from __future__ import annotations

from gitxp.query.run_rows import RunRows


def each_once(rows: RunRows) -> RunRows:
    """Return rows with no run twice.

    The one behind counts: what was fetched stands there because somebody named it (see
    `gitxp.query.fetched.find_named`).
    """
    last = {run: place for place, run in enumerate(rows.values("run"))}
    return rows if len(last) == len(rows) else rows.take(sorted(last.values()))
