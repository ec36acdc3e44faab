"""Naming runs that nobody has named, by the run recorded before in the same experiment here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from gitxp.model.generated_name import digests, generated_name, name_parts
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.storage.layout import latest_params_path
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class RunBefore:
    """What is kept of the run recorded last in an experiment.

    Attributes:
        told: By what the next run is told from it; empty where there is none, or what is kept
            of it cannot be read.
    """

    path: Path
    told: Mapping[str, str]

    @classmethod
    def of(cls, repository: Repository, experiment: ExperimentName) -> Self:
        """Return it as it stands."""
        path = latest_params_path(repository.private_dir, experiment)
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            found = None
        return cls(path, found if isinstance(found, dict) else {})

    def name(self, params: Mapping[Any, Any], seeds: Mapping[str, int]) -> str:
        """Return what a run with these params and seeds is called; empty where nothing differs."""
        parts = name_parts(params, seeds)
        return generated_name(parts, self.told) if parts else ""

    def named(self, run: Run) -> Run:
        """Return the run with a name: its own, or else one that is generated.

        Params and seeds are to be those that its record will hold, without secrets.
        """
        if run.name:
            return run
        name = self.name(run.params, run.seeds)
        return replace(run, name=name, name_generated=bool(name))

    def give_way(self, run: Run) -> None:
        """Keep by what the next run is told from this one, which is recorded now.

        A run that has neither params nor seeds, such as one around a sweep, tells nothing apart.
        """
        now = digests(name_parts(run.params, run.seeds))
        if now and now != self.told:
            with suppress(OSError):  # only a name hangs on it, and the run is safe
                _write(self.path, json.dumps(now).encode())


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        try:
            partial.write_bytes(content)
        except FileNotFoundError:  # the first
            path.parent.mkdir(exist_ok=True)
            partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
