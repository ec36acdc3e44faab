"""Folding a journal: what a run's processes said, line by line, becomes the run as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.model.dataset import Dataset, with_dataset
from gitxp.model.notebook import Cell
from gitxp.model.params import merge_params, replaced_params
from gitxp.model.run import Artifact, ParamChange, Run, Session, Status, Tag, Writer
from gitxp.storage.codecs.datasets import decode_datasets
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.codecs.params import decode_params, decode_value
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.journal.points import read_records
from gitxp.storage.journal.reader import Journal, Liveness, WriterJournal, journal_liveness
from gitxp.storage.layout import PARAMS, lines_path, staged_dir


@dataclass(frozen=True, slots=True)
class Folded:
    """A journal's run, without the points.

    Attributes:
        run: The metrics are those of sessions that were recorded before.
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
class _State:
    run: Run
    params: dict[Any, Any] = field(default_factory=dict)
    changes: list[ParamChange] = field(default_factory=list)
    tags: dict[str, Tag] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    environment: bytes = b""
    cells: list[Cell] = field(default_factory=list)
    notebook: str = ""
    failures: int = 0


def fold_journal(journal: Journal, *, is_over: bool = False) -> Folded:
    """Return the run that a journal tells of, as far as it has come.

    Args:
        is_over: Whether it is settled that no process will end the run, whatever can be seen of
            them from here: a session without an end has crashed then.

    Raises:
        DamagedRecord: If the line that starts it cannot be read.
        FileNotFoundError: If another process has recorded the run meanwhile.
    """
    start = next(journal.writers[0].said("start"))
    state = _begin(start)
    for line in _in_order(journal):
        # A line that noise made is JSON by chance at best; the others still count.
        with suppress(KeyError, TypeError, AttributeError, ValueError, DamagedRecord):
            _apply(state, line)
    run = replace(
        state.run,
        params=state.params,
        param_changes=(*state.run.param_changes, *state.changes),
        tags={**state.run.tags, **state.tags},
        seeds={**state.run.seeds, **state.seeds},
        datasets=state.datasets,
        artifacts=tuple(state.artifacts.values()),
        failures=state.run.failures + state.failures,
        sessions=(
            *state.run.sessions[:-1],
            _session(journal, state.run.sessions[-1], is_over=is_over),
        ),
        **state.fields,  # type: ignore[arg-type]  # all of them text
    )
    staged = {path: staged_dir(journal.folder) / path for path in state.artifacts}
    cells = tuple(state.cells)
    return Folded(run, start.get("before"), state.environment, staged, cells, state.notebook)


def _begin(start: dict[str, Any]) -> _State:
    try:
        state = _State(run=decode_run(start["run"].encode()))
        state.params = decode_params(loads(start.get("params", "").encode(), PARAMS))
        state.datasets = decode_datasets(start.get("datasets", "").encode())
        metrics = decode_summaries(start.get("metrics", "").encode())
    except (KeyError, AttributeError) as error:
        raise DamagedRecord(f"a journal starts with {start!r}: expected a run") from error
    state.run = replace(state.run, metrics=metrics)
    return state


def _in_order(journal: Journal) -> Iterator[dict[str, Any]]:
    lines = [line for writer in journal.writers for line in writer.lines]
    return iter(sorted(lines, key=lambda line: line.get("clock", 0)))


def _apply(state: _State, line: dict[str, Any]) -> None:
    match line["kind"]:
        case "params":
            new = decode_params(loads(line["text"].encode(), PARAMS))
            state.changes += [
                ParamChange(path, old, line["clock"])
                for path, old in replaced_params(state.params, new)
            ]
            state.params = merge_params(state.params, new)
        case "tag":
            state.tags[line["key"]] = Tag(line["value"], line["clock"])
        case "seed":
            state.seeds[line["key"]] = decode_value(line["value"])
        case "field":
            state.fields[line["name"]] = line["value"]
        case "dataset":
            for dataset in decode_datasets(line["text"].encode()):
                state.datasets = with_dataset(state.datasets, dataset)
        case "artifact":
            state.artifacts[line["path"]] = Artifact(line["path"], line["size"], "", is_lfs=False)
        case "environment":
            state.environment = line["text"].encode()
        case "notebook":
            state.notebook = str(line["path"])
        case "cell":
            state.cells.append(Cell(int(line["number"]), str(line["text"])))
        case "failure":
            state.failures += 1


def _session(journal: Journal, started: Session, *, is_over: bool) -> Session:
    writers = tuple(_writer(writer) for writer in journal.writers)
    end = next(journal.writers[0].said("end"), None)
    if end is not None:
        return replace(
            started,
            writers=writers,
            status=Status(end["status"]),
            finished=max(started.started, datetime.fromisoformat(end["time"])),
            exit_code=end.get("exit_code"),
            error=end.get("error", ""),
        )
    match Liveness.GONE if is_over else journal_liveness(journal):
        case Liveness.ALIVE:
            return replace(started, writers=writers)
        case Liveness.UNKNOWN:
            return replace(started, writers=writers, status=Status.UNKNOWN)
    # The clock may have been set back meanwhile.
    finished = max(started.started, _last_sign_of_life(journal))
    return replace(started, writers=writers, status=Status.CRASHED, finished=finished)


def _writer(writer: WriterJournal) -> Writer:
    process = next(writer.said("writer"), {}).get("process", {})
    return Writer(writer.id, process.get("host", ""), process.get("pid", 0), count_points(writer))


def count_points(writer: WriterJournal) -> int:
    """Return how many sound records the writer's points file holds."""
    try:
        return len(read_records(writer.points_path))
    except FileNotFoundError:  # recorded a moment ago
        return 0


def _last_sign_of_life(journal: Journal) -> datetime:
    paths = [
        path
        for writer in journal.writers
        for path in (writer.points_path, lines_path(journal.folder, writer.id))
    ]
    times = [path.stat().st_mtime for path in paths if path.exists()]
    if not times:
        raise FileNotFoundError(f"the journal {str(journal.folder)!r} was recorded meanwhile")
    return datetime.fromtimestamp(max(times), UTC)
