"""One run as a notebook reads it: what is large is read when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from gitxp.api.unread import Unread
from gitxp.errors import GitxpError, UnknownArtifact, UnknownRun
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.columns import param_columns
from gitxp.query.each_run import read_one
from gitxp.query.found import find_rows, read_run
from gitxp.query.history import Duplicates, history_frame
from gitxp.query.lookup import unreadable
from gitxp.query.metric_names import MetricName
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.steps import Steps
from gitxp.storage.code.code_commit import code_diff
from gitxp.storage.layout import CODE_DIFF
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository
from gitxp.text import html_text, number, shown, value

if TYPE_CHECKING:
    import pandas as pd

_OF_RECORD: Final = frozenset(name for name in dir(Run) if not name.startswith("_"))


class RunView:
    """A run that was found; `gitxp.get_run` returns one.

    Beside what is named here it has every attribute of `gitxp.Run`, such as `params`, `metrics`,
    `tags`, `artifacts`, `code`, `environment` and `status`: the first one asked for reads the
    record, or the journal of a running run, once. Two are equal that are the same run of the same
    repository, whatever was recorded between.

    Attributes:
        id: The run's id.
        experiment: Its experiment.
        name: What people call it.
        remote: From which it was fetched, and as of which it is read; None for a run as it stands
            in the repository.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", "first", params={"lr": 0.1}) as run:
        ...     run.log({"loss": 0.5}, step=0)
        >>> found = gitxp.get_run("first")
        >>> found.params, found.history("loss")["value"].tolist()
        ({'lr': 0.1}, [0.5])
    """

    def __init__(self, repository: Repository, key: RunKey, remote: str | None = None) -> None:
        self._repository = repository
        self._key = key
        self.remote = remote
        self.id = RunId(key.id)
        self.experiment = ExperimentName(key.experiment)
        self.name = key.name

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same run of one repository, or of one remote of it."""
        return self._identity == other._identity if isinstance(other, RunView) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Path, str | None, RunId]:
        return self._repository.common_dir, self.remote, self.id

    @cached_property
    def record(self) -> Run:
        """Everything that is recorded of the run, but for points and files.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        return read_one(self._key, lambda key: read_run(self._repository, key, self.remote))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What was said of the run after it was recorded, in the order in which it counts."""
        tip = self.record.tip
        return () if tip is None else RecordReader(self._repository).events(tip)

    def history(
        self,
        metrics: Sequence[MetricName] | MetricName | None = None,
        *,
        duplicates: Duplicates = "all",
        wide: bool = False,
        steps: Steps | None = None,
    ) -> pd.DataFrame:
        """Return a frame with a row a point, as many as there are by now; see `gitxp.history`.

        Raises:
            UnknownMetric: If the run has no metric that was asked for.
            DamagedRecord: If the record, or its points, cannot be read.
            UnknownRun: If the run was removed since it was found.
        """
        return history_frame(
            self._repository,
            self._row(),
            metrics,
            pass_over=Unread().warn,
            duplicates=duplicates,
            wide=wide,
            steps=steps,
        )

    def _row(self) -> RunRows:
        """Return the row of the run as it stands by now."""
        found = find_rows(self._repository, self.remote)
        places = list(found.rows.find({self.id}).values())
        if places:
            return found.rows.take(places)
        raise unreadable(found.problems, self.id, remote=self.remote) or UnknownRun(
            f"run {self._key.label!r} ({self.id}) was removed since it was found",
            hint="git xp list" if self.remote is None else f"git xp fetch {quote(self.remote)}",
        )

    def diff(self) -> str:
        """Return the uncommitted code as `git apply` takes it; empty where all was committed.

        Of a recorded run it is as the record holds it: without secrets, and within its limit.
        """
        tip, code = self.record.tip, self.record.code
        if tip is not None:
            content = RecordReader(self._repository).file(tip, CODE_DIFF) or b""
        elif code.commit is not None and code.dirty:
            content = code_diff(self._repository, code.base, code.commit)
        else:
            content = b""
        return content.decode(errors="replace")

    def get_artifact(self, path: str, folder: str | os.PathLike[str] = ".") -> Path:
        """Write a file of the run below a folder, and return where it is.

        It lies there as in the run, and one that was there is replaced. A large file that is not
        here comes from a remote that has it.

        Raises:
            UnknownArtifact: If the run has no such file, or nobody who can be asked has it.
            DamagedRecord: If it is here, and its bytes are not those that were logged.

        Example:
            >>> import gitxp
            >>> with gitxp.start_run("lr") as run:
            ...     run.log_text("all is well", "report.txt")
            >>> gitxp.get_run(run.id).get_artifact("report.txt", "out").read_text()
            'all is well'
        """
        from gitxp.sync.large_files.bring import bring_out_of_anywhere

        for artifact in self.record.artifacts:
            if artifact.path == path:
                target = Path(folder) / path
                bring_out_of_anywhere(self._repository, self.record, artifact, target)
                return target
        raise UnknownArtifact(f"run {self.record.label!r} has no artifact {shown(path)}")

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_RECORD:  # which is no reason to read a record
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.record, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_OF_RECORD})

    def __repr__(self) -> str:
        there = "" if self.remote is None else f" remote={self.remote!r}"
        return f"<RunView {self.experiment}/{self.name or self.id.short}{there}>"

    def _repr_html_(self) -> str:
        try:
            facts = self._facts()
        except GitxpError as error:  # which a cell that ends in the run shows, and does not raise
            facts = {"error": str(error)} | ({"hint": error.hint} if error.hint else {})
        lines = "".join(
            f"<tr><th style='text-align:left'>{html_text(name)}</th><td>{html_text(text)}</td></tr>"
            for name, text in facts.items()
        )
        title = f"{self.experiment} · {self.name or self.id.short}"
        return f"<table><caption>{html_text(title)}</caption><tbody>{lines}</tbody></table>"

    def _facts(self) -> dict[str, str]:
        """Return what a table of the run shows."""
        run = self.record
        return {
            "status": str(run.status),
            "started": f"{run.started:%Y-%m-%d %H:%M:%S} UTC",
            **{name: value(one) for name, one in param_columns(run.params).items()},
            **{f"metrics.{name}": number(one.last.value) for name, one in run.metrics.items()},
            **{f"tags.{key}": value(tag.value) for key, tag in run.tags.items()},
        }
