"""Naming runs that nobody has named, by the run recorded before in the same experiment here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from gitxp.model.generated_name import digests, generated_name, name_parts
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.storage.disk import write_whole
from gitxp.storage.layout import latest_params_path
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Naming:
    """What a run can be called by, beside what is kept of the run recorded before it.

    Attributes:
        path: The file of what is kept.
        before: By what the run is told from the one before; empty where there is none, or what is
            kept of it cannot be read.
        parts: The params and seeds of the run, without secrets.
        now: By what the next run is told from it.
    """

    path: Path
    before: Mapping[str, str]
    parts: Mapping[str, Any]
    now: Mapping[str, str]

    @classmethod
    def of(
        cls,
        repository: Repository,
        experiment: ExperimentName,
        params: Mapping[Any, Any],
        seeds: Mapping[str, int],
    ) -> Self:
        """Return it as it stands, of a run with these params and seeds."""
        path = latest_params_path(repository.private_dir, experiment)
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            found = None
        parts = name_parts(params, seeds)
        return cls(path, found if isinstance(found, dict) else {}, parts, digests(parts))

    @property
    def name(self) -> str:
        """What the run is called; empty where nothing differs."""
        return generated_name(self.parts, self.now, self.before) if self.parts else ""

    def named(self, run: Run) -> Run:
        """Return the run with a name: its own, or else one that is generated."""
        if run.name:
            return run
        name = self.name
        return replace(run, name=name, name_generated=bool(name))

    def keep(self) -> None:
        """Keep by what the next run is told from this one, which is recorded now.

        A run that has neither params nor seeds, such as one around a sweep, tells nothing apart.
        """
        if self.now and self.now != self.before:
            with suppress(OSError):  # only a name hangs on it, and the run is safe
                write_whole(self.path, json.dumps(self.now).encode())
