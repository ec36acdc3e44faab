"""Folding a journal: what a run's processes said, line by line, becomes the run as it stands.

The ranks of a job mostly say the same. Where they do not, what a lower rank says of a param, tag,
seed or field counts, whatever their clocks: those of several machines may be apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.model.dataset import Dataset, with_dataset
from gitxp.model.notebook import Cell
from gitxp.model.params import merge_params, replaced_params
from gitxp.model.run import Artifact, ParamChange, Run, Tag
from gitxp.storage.codecs.datasets import decode_datasets
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.codecs.params import decode_params, decode_value
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.journal.reader import Journal, WriterJournal
from gitxp.storage.journal.session import session_as_told
from gitxp.storage.layout import PARAMS, staged_dir


@dataclass(frozen=True, slots=True)
class Folded:
    """A journal's run, without the points.

    Attributes:
        run: The metrics and points are those of sessions that were recorded before; see
            `storage.live.with_points`.
        before: The record that the run carries on; None for its first session.
        environment: Content of `environment.toml`.
        staged: Artifacts of this session: where each lies, by its path in the run.
        cells: What IPython executed, in order; none where the run was started in no notebook.
        notebook: Where the notebook's own file lies, if that is known.
    """

    run: Run
    before: str | None
    environment: bytes
    staged: Mapping[str, Path]
    cells: tuple[Cell, ...] = ()
    notebook: str = ""


@dataclass(slots=True)
class _Said:
    """What one rank said: its own params, and what they changed of those before."""

    params: dict[Any, Any] = field(default_factory=dict)
    changes: list[ParamChange] = field(default_factory=list)
    tags: dict[str, Tag] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run) -> _Said:
        """Return what a record says."""
        return cls(dict(run.params), [], dict(run.tags), dict(run.seeds))

    def apply(self, line: Mapping[str, Any], before: Mapping[Any, Any]) -> None:
        """Take in a line.

        Args:
            before: The params of the record that the run carries on.
        """
        match line["kind"]:
            case "params":
                new = decode_params(loads(line["text"].encode(), PARAMS))
                self.changes += [
                    ParamChange(path, old, line["clock"])
                    for path, old in replaced_params(merge_params(before, self.params), new)
                ]
                self.params = merge_params(self.params, new)
            case "tag":
                self.tags[line["key"]] = Tag(line["value"], line["clock"])
            case "seed":
                self.seeds[line["key"]] = decode_value(line["value"])
            case "field":
                self.fields[line["name"]] = line["value"]

    def under(self, lower: _Said) -> _Said:
        """Return it with what a lower rank said on top."""
        return _Said(
            params=merge_params(self.params, lower.params),
            changes=lower.changes,
            tags=self.tags | lower.tags,
            seeds=self.seeds | lower.seeds,
            fields=self.fields | lower.fields,
        )


@dataclass(slots=True)
class _Gathered:
    """What all writers said together."""

    datasets: tuple[Dataset, ...] = ()
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    environment: bytes = b""
    cells: list[Cell] = field(default_factory=list)
    notebook: str = ""
    failures: int = 0

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in a line."""
        match line["kind"]:
            case "dataset":
                for dataset in decode_datasets(line["text"].encode()):
                    self.datasets = with_dataset(self.datasets, dataset)
            case "artifact":
                path = line["path"]
                self.artifacts[path] = Artifact(path, line["size"], "", is_lfs=False)
            case "environment":
                self.environment = line["text"].encode()
            case "notebook":
                self.notebook = str(line["path"])
            case "cell":
                self.cells.append(Cell(int(line["number"]), str(line["text"])))
            case "failure":
                self.failures += 1


def fold_journal(journal: Journal, *, is_over: bool = False) -> Folded:
    """Return the run that a journal tells of, as far as it has come.

    Args:
        is_over: Whether it is settled that no process will end the run, whatever can be seen of
            them from here: a session without an end has crashed then.

    Raises:
        DamagedRecord: If the line that starts it cannot be read.
        FileNotFoundError: If another process has recorded the run meanwhile.
    """
    start = journal.start
    begun, gathered = _begin(start)
    said = _said_by_all(journal, begun)
    for line in _in_order(journal.writers):
        with _passing_over_noise():
            gathered.apply(line)
    *earlier, latest = begun.sessions
    run = replace(
        begun,
        params=said.params,
        param_changes=(*begun.param_changes, *said.changes),
        tags=said.tags,
        seeds=said.seeds,
        datasets=gathered.datasets,
        artifacts=tuple(gathered.artifacts.values()),
        failures=begun.failures + gathered.failures,
        sessions=(*earlier, session_as_told(journal, latest, is_over=is_over)),
        **said.fields,  # type: ignore[arg-type]  # all of them text
    )
    staged = {path: staged_dir(journal.folder) / path for path in gathered.artifacts}
    cells = tuple(gathered.cells)
    before, notebook = start.get("before"), gathered.notebook
    return Folded(run, before, gathered.environment, staged, cells, notebook)


def _begin(start: dict[str, Any]) -> tuple[Run, _Gathered]:
    try:
        run = replace(
            decode_run(start["run"].encode()),
            params=decode_params(loads(start.get("params", "").encode(), PARAMS)),
            metrics=decode_summaries(start.get("metrics", "").encode()),
        )
        return run, _Gathered(decode_datasets(start.get("datasets", "").encode()))
    except (KeyError, AttributeError) as error:
        raise DamagedRecord(f"a journal starts with {start!r}: expected a run") from error


def _said_by_all(journal: Journal, before: Run) -> _Said:
    """Return what all ranks said over the record that the run carries on.

    Ranks that come when the others have been recorded are under what those said.
    """
    by_rank: dict[float, list[WriterJournal]] = {}
    for writer in journal.writers:
        by_rank.setdefault(writer.rank or 0, []).append(writer)
    layers = [(_lowest_rank(before), _Said.of(before))]
    layers += [(rank, _said_by(writers, before)) for rank, writers in by_rank.items()]
    # The record comes first, and so stays under what a rank says that has spoken in it.
    layers.sort(key=itemgetter(0), reverse=True)
    return reduce(_Said.under, (said for _, said in layers))


def _said_by(writers: Iterable[WriterJournal], before: Run) -> _Said:
    """Return what the writers of one rank said."""
    said = _Said()
    for line in _in_order(writers):
        with _passing_over_noise():
            said.apply(line, before.params)
    return said


def _lowest_rank(before: Run) -> float:
    """Return the lowest rank that wrote to a run before the session that has just begun."""
    ranks = [writer.rank or 0 for session in before.sessions[:-1] for writer in session.writers]
    return min(ranks, default=inf)


def _in_order(writers: Iterable[WriterJournal]) -> Iterator[dict[str, Any]]:
    lines = [line for writer in writers for line in writer.lines]
    return iter(sorted(lines, key=lambda line: line.get("clock", 0)))


def _passing_over_noise() -> AbstractContextManager[None]:
    """Pass over a line that noise made, which is JSON by chance at best; the others count."""
    return suppress(KeyError, TypeError, AttributeError, ValueError, DamagedRecord)
