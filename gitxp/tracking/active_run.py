"""The live handle of a run: takes what a script logs, and records it at the end."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gitxp.artifacts.files import stage
from gitxp.artifacts.paths import checked_artifact_path
from gitxp.capture.dataset import describe_dataset
from gitxp.errors import GitxpError, InvalidValue, JournalFailed, RunFinished
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import check_name
from gitxp.model.params import merge_params, replaced_params
from gitxp.model.run import Status
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.params import encode_params, encode_value, plain_params
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.journal.writer import JournalWriter
from gitxp.tracking.point_log import PointLog
from gitxp.tracking.trouble import Trouble

Tags = Mapping[str, str | int | float | bool] | Sequence[str]


class ActiveRun:
    """A run that is open: everything logged to it is kept, whatever happens to the process.

    A context manager: an exception that leaves the block ends the run as `failed` and goes on.
    Safe to use from several threads. Names and values that cannot be recorded are warned of
    once a kind and counted, the rest of the call is kept; with `strict=True` they raise.

    Attributes:
        id: The run's id.
        experiment: The experiment that it belongs to.
        name: As given; empty without one.
    """

    def __init__(
        self,
        run: RunId,
        experiment: ExperimentName,
        name: str,
        writer: JournalWriter,
        *,
        root: Path | None,
        params: Mapping[Any, Any],
        next_steps: Mapping[str, int],
        is_strict: bool,
        is_durable: bool,
        on_finish: Callable[[ActiveRun], None],
    ) -> None:
        """Take over an opened journal; `start_run` is the way to get here."""
        self.id = run
        self.experiment = experiment
        self.name = name
        self._writer = writer
        self._root = root
        self._params = dict(params)
        self._trouble = Trouble(self._count_failure, is_strict=is_strict)
        self._points = PointLog(writer, self._trouble, next_steps)
        self._is_durable = is_durable
        self._on_finish = on_finish
        self._lock = threading.RLock()
        self._is_finished = False

    def __repr__(self) -> str:
        state = "finished" if self._is_finished else "running"
        return f"<ActiveRun {self.experiment}/{self.name or self.id.short} {state}>"

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended in this process."""
        return self._is_finished

    @property
    def writer(self) -> JournalWriter:
        """This process's part of the journal."""
        return self._writer

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a value for each of several metrics.

        Args:
            step: Any whole number, in any order and repeated as you like; without one, each
                metric gets the step after its highest so far.
        """
        if self._is_finished:
            self._refuse("log")
            return
        self._points.log(values, step)
        if self._is_durable:
            self._writer.sync()

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a value for each of several metrics; see `log`."""
        self.log(values, step)

    def log_metric(self, key: str, value: Any, step: int | None = None) -> None:
        """Log a value of one metric; see `log`."""
        self.log({key: value}, step)

    def log_param(self, key: str, value: Any) -> None:
        """Log one hyperparameter, of any nesting of plain values."""
        self.log_params({key: value})

    def log_params(self, values: Mapping[Any, Any]) -> None:
        """Log hyperparameters; nested mappings are merged into what was logged before.

        A param logged again with another value takes it, and the change is kept in the record.
        """
        self._attempt("log_params", lambda: self._log_params(values))

    def set_tag(self, key: str, value: str | int | float | bool = True) -> None:  # noqa: FBT001, FBT002
        """Set one tag; the tag `hypothesis` says what the run is to show."""
        self._attempt("set_tag", lambda: self._set_tag(key, value))

    def set_tags(self, values: Tags) -> None:
        """Set tags, from a mapping, or from a list of tags that are true."""
        if isinstance(values, str) or not isinstance(values, Mapping | Sequence):
            self._attempt("set_tags", lambda: _refuse_tags(values))
            return
        pairs = values if isinstance(values, Mapping) else dict.fromkeys(values, True)
        for key, value in pairs.items():
            self.set_tag(key, value)

    def log_seeds(self, seeds: int | Mapping[str, int]) -> None:
        """Record the seeds that the run uses; a single one is called `seed`."""
        self._attempt("log_seeds", lambda: self._log_seeds(seeds))

    def log_dataset(
        self,
        name: str,
        source: Any = None,
        *,
        version: str | None = None,
        role: str | None = None,
        split: Mapping[str, float] | str | None = None,
        filters: str | Sequence[str] | None = None,
        rows: int | None = None,
    ) -> None:
        """Record which data the run sees; files, folders, arrays and tables by their content."""

        def describe() -> None:
            dataset = describe_dataset(
                name,
                source,
                version=version,
                role=role,
                split=split,
                filters=filters,
                rows=rows,
                root=self._root,
            )
            self._say("dataset", text=encode_datasets([dataset]).decode())

        self._attempt("log_dataset", describe)

    def log_artifact(self, path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Keep a file as it is now.

        Args:
            path: The file.
            artifact_path: A folder inside the run's artifacts.
        """
        source = Path(path)
        self._attempt("log_artifact", lambda: self._log_file(source, source.name, artifact_path))

    def log_artifacts(
        self, folder: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Keep every file below a folder as it is now."""
        top = Path(folder)

        def log_all() -> None:
            if not top.is_dir():
                raise InvalidValue(f"artifacts {str(top)!r} is no folder: expected one")
            for path in sorted(top.rglob("*")):
                if not path.is_dir():
                    name = path.relative_to(top).as_posix()
                    log_one = partial(self._log_file, path, name, artifact_path)
                    self._attempt("log_artifacts", log_one)

        self._attempt("log_artifacts", log_all)

    def log_text(self, text: str, artifact_file: str) -> None:
        """Keep text as the file `artifact_file` of the run."""
        self._attempt("log_text", lambda: self._log_content(text.encode(), artifact_file))

    def log_dict(self, content: Any, artifact_file: str) -> None:
        """Keep a mapping or list as the JSON file `artifact_file` of the run."""
        import json

        def log_json() -> None:
            try:
                encoded = json.dumps(content, indent=2, ensure_ascii=False).encode()
            except (TypeError, ValueError) as error:
                raise InvalidValue(f"{artifact_file!r} cannot be JSON: {error}") from error
            self._log_content(encoded, artifact_file)

        self._attempt("log_dict", log_json)

    def finish(
        self,
        status: Status | str = Status.FINISHED,
        *,
        exit_code: int | None = None,
        error: str = "",
    ) -> None:
        """End the run and write its record; a second call does nothing.

        Args:
            error: The traceback of what ended it.
        """
        ended = Status(status)
        with self._lock:
            if self._is_finished:
                return
            self._is_finished = True
            self._attempt("finish", lambda: self._end(ended, exit_code, error), is_last=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.finish()
            return
        told = "".join(traceback.format_exception(kind, error, trace))
        status = Status.KILLED if isinstance(error, KeyboardInterrupt) else Status.FAILED
        self.finish(status, error=told)

    def _end(self, status: Status, exit_code: int | None, error: str) -> None:
        now = datetime.now(UTC).isoformat()
        self._say("end", status=str(status), exit_code=exit_code, error=error, time=now)
        self._on_finish(self)

    def _log_params(self, values: Mapping[Any, Any]) -> None:
        new = plain_params(values)
        for key in new:
            if isinstance(key, str):
                check_name("param", key)
        with self._lock:
            changed = [path for path, _ in replaced_params(self._params, new)]
            self._params = merge_params(self._params, new)
            self._say("params", text=dumps(encode_params(new)).decode())
        if changed:
            keys = ", ".join(".".join(str(key) for key in path) for path in changed)
            self._trouble.warn(
                "param-changed",
                InvalidValue(f"param {keys} was logged again with another value; both are kept"),
            )

    def _set_tag(self, key: str, value: Any) -> None:
        check_name("tag", key)
        if not isinstance(value, str | int | float | bool):
            raise InvalidValue(
                f"tag {key!r} is a {type(value).__name__}: expected text, a number or true or false"
            )
        if key == "hypothesis":
            self._say("field", name="hypothesis", value=str(value))
        else:
            self._say("tag", key=key, value=value)

    def _log_seeds(self, seeds: int | Mapping[str, int]) -> None:
        pairs = seeds if isinstance(seeds, Mapping) else {"seed": seeds}
        for key, seed in pairs.items():
            check_name("seed", key)
            if isinstance(seed, bool) or not hasattr(seed, "__index__"):
                raise InvalidValue(f"seed {key!r} is {seed!r}: expected a whole number")
            self._say("seed", key=key, value=encode_value(seed.__index__()))

    def _log_file(self, source: Path, name: str, artifact_path: str | None) -> None:
        inside = checked_artifact_path(
            f"{artifact_path.rstrip('/')}/{name}" if artifact_path else name
        )
        size = stage(source, self._writer.folder / "artifacts" / inside)
        self._say("artifact", path=inside, size=size)

    def _log_content(self, content: bytes, artifact_file: str) -> None:
        inside = checked_artifact_path(artifact_file)
        target = self._writer.folder / "artifacts" / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self._say("artifact", path=inside, size=len(content))

    def _say(self, kind: str, **content: Any) -> None:
        self._writer.say(kind, {**content, "clock": time.time_ns() // 1_000_000})
        if self._is_durable:
            self._writer.sync()

    def _count_failure(self, kind: str) -> None:
        self._say("failure", what=kind)

    def _attempt(self, verb: str, act: Callable[[], None], *, is_last: bool = False) -> None:
        if self._is_finished and not is_last:
            self._refuse(verb)
            return
        try:
            act()
        except GitxpError as error:
            self._trouble.report(f"{verb}: {error.slug}", error)
        except Exception as error:  # noqa: BLE001  # whatever fails here must not end the training
            told = JournalFailed(f"{verb} failed: {type(error).__name__}: {error}")
            told.__cause__ = error
            self._trouble.report(f"{verb}: {type(error).__name__}", told)

    def _refuse(self, verb: str) -> None:
        error = RunFinished(
            f"{verb} came after the run {self.name or self.id.short} was finished",
            hint="log inside the with block, or before finish()",
        )
        self._trouble.report("finished", error)


def _refuse_tags(values: Any) -> None:
    raise InvalidValue(f"tags are {values!r}: expected a mapping, or a list of names")
