"""Of what could not be read for a question the script that asked is warned."""

from __future__ import annotations

from gitxp.query.live import Problem
from gitxp.tracking.trouble import warn_at_script


class Unread:
    """What could not be read for one question, each of which is told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def warn(self, problem: Problem) -> None:
        """Warn of a record, or of a journal, unless it was told of before.

        A record that two ways lead to, as one that is compared and a baseline, is one problem.
        """
        if problem.ref not in self._told:
            self._told.add(problem.ref)
            warn_at_script(f"{problem.ref}: {problem.message}")
