"""The live handle of a run: takes what a script logs, and records it at the end."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from gitxp.capture.dataset import describe_dataset
from gitxp.errors import GitxpError, InvalidValue, RunFinished
from gitxp.model.clock import next_clock
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import check_name
from gitxp.model.run import Status
from gitxp.storage.codecs.params import encode_value
from gitxp.storage.journal.writer import JournalWriter
from gitxp.tracking.artifact_log import ArtifactLog, files_below
from gitxp.tracking.checked import (
    Tags,
    TagValue,
    checked_exit_code,
    checked_seeds,
    checked_status,
    checked_tag,
    checked_text,
    encoded_dataset,
    encoded_json,
    named,
    tag_pairs,
)
from gitxp.tracking.own_writer import OwnWriter
from gitxp.tracking.param_log import ParamLog
from gitxp.tracking.point_log import PointLog
from gitxp.tracking.trouble import Trouble, lost

T = TypeVar("T")


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
        seen_clock: int,
        is_strict: bool,
        is_durable: bool,
        on_finish: Callable[[ActiveRun], None],
    ) -> None:
        """Take over an opened journal; `start_run` is the way to get here."""
        self.id = run
        self.experiment = experiment
        self.name = name
        self._own = OwnWriter(writer)
        self._root = root
        self._trouble = Trouble(self._count_failure, is_strict=is_strict)
        self._points = PointLog(writer, self._trouble, next_steps, reopen=self._own.get)
        self._params = ParamLog(params, self._say, self._trouble)
        self._artifacts = ArtifactLog(writer.folder, self._say)
        self._seen_clock = seen_clock
        self._is_durable = is_durable
        self._on_finish = on_finish
        self._lock = threading.RLock()
        self._is_finished = False
        self._has_ended = False

    def __repr__(self) -> str:
        state = "finished" if self._is_finished else "running"
        return f"<ActiveRun {self.experiment}/{self.name or self.id.short} {state}>"

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended in this process."""
        return self._is_finished

    @property
    def has_ended(self) -> bool:
        """Whether this process has written the run's end, or its part's, into the journal."""
        return self._has_ended

    @property
    def writer(self) -> JournalWriter:
        """This process's part of the journal."""
        return self._own.latest

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
            self._attempt("log", self._own.latest.sync)

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a value for each of several metrics; see `log`."""
        self.log(values, step)

    def log_metric(self, key: str, value: Any, step: int | None = None) -> None:
        """Log a value of one metric; see `log`."""
        try:
            values = {key: value}
        except TypeError:  # it cannot even be the key of a mapping
            self._attempt("log_metric", partial(check_name, "metric", key))
            return
        self.log(values, step)

    def log_param(self, key: str, value: Any) -> None:
        """Log one hyperparameter, of any nesting of plain values."""
        self._attempt("log_params", lambda: self._add_params(named(key, value)))

    def log_params(self, values: Mapping[Any, Any]) -> None:
        """Log hyperparameters; nested mappings are merged into what was logged before.

        A param logged again with another value takes it, and the change is kept in the record.
        """
        self._attempt("log_params", lambda: self._add_params(values))

    def set_tag(self, key: str, value: TagValue = True) -> None:  # noqa: FBT002
        """Set one tag; the tag `hypothesis` says what the run is to show."""
        self._attempt("set_tag", lambda: self._set_tag(key, value))

    def set_tags(self, values: Tags) -> None:
        """Set tags, from a mapping, or from a list of tags that are true."""

        def set_all() -> None:
            for key, value in tag_pairs(values):
                self._attempt("set_tag", partial(self._set_tag, key, value))

        self._attempt("set_tags", set_all)

    def log_seeds(self, seeds: int | Mapping[str, int]) -> None:
        """Record the seeds that the run uses; a single one is called `seed`."""
        pairs = seeds if isinstance(seeds, Mapping) else {"seed": seeds}
        for key, seed in pairs.items():
            self._attempt("log_seeds", partial(self._log_seeds, {key: seed}))

    def log_first(self, params: Mapping[Any, Any], tags: Tags, seeds: Any) -> None:
        """Log what the run was started with; unlike later, what fails raises."""
        if params:
            self._add_params(params)
        for key, value in tag_pairs(tags):
            self._set_tag(key, value)
        if seeds is not None:
            self._log_seeds(seeds)

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
            told = describe_dataset(
                name,
                source,
                version=version,
                role=role,
                split=split,
                filters=filters,
                rows=rows,
                root=self._root,
            )
            self._say("dataset", text=encoded_dataset(told))

        self._attempt("log_dataset", describe)

    def log_artifact(self, path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Keep a file as it is now.

        Args:
            path: The file.
            artifact_path: A folder inside the run's artifacts.
        """
        self._attempt("log_artifact", lambda: self._artifacts.add(path, artifact_path))

    def log_artifacts(
        self, folder: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Keep every file below a folder as it is now."""

        def log_all() -> None:
            for name, path in files_below(folder):
                log_one = partial(self._artifacts.add_as, name, path, artifact_path)
                self._attempt("log_artifacts", log_one)

        self._attempt("log_artifacts", log_all)

    def log_text(self, text: str, artifact_file: str) -> None:
        """Keep text as the file `artifact_file` of the run, in UTF-8.

        A lone surrogate, which UTF-8 has no place for, is written as `surrogatepass` does.
        """

        def log_encoded() -> None:
            checked = checked_text("the text of an artifact", text)
            self._artifacts.add_content(checked.encode(errors="surrogatepass"), artifact_file)

        self._attempt("log_text", log_encoded)

    def log_dict(self, content: Any, artifact_file: str) -> None:
        """Keep a mapping or list as the JSON file `artifact_file` of the run."""
        self._attempt(
            "log_dict", lambda: self._artifacts.add_content(encoded_json(content), artifact_file)
        )

    def finish(
        self,
        status: Status | str = Status.FINISHED,
        *,
        exit_code: int | None = None,
        error: str = "",
    ) -> None:
        """End the run and write its record; a second call does nothing.

        Args:
            status: `finished`, `failed` or `killed`.
            error: The traceback of what ended it.
        """
        with self._lock:
            if self._is_finished:
                return
            ended = self._checked(checked_status, status, Status.FINISHED)
            code = self._checked(checked_exit_code, exit_code, None)
            self._is_finished = True
            self._attempt("finish", lambda: self._end(ended, code, str(error)), is_last=True)

    def after_fork(self) -> None:
        """In a forked child: leave the files to the parent, whose they are.

        The child becomes a writer of its own at its first word, and none if it has nothing to
        say: that it lives keeps no run open.
        """
        self._lock = threading.RLock()  # another thread may have held it, which is not here
        self._own.after_fork()
        self._points.after_fork()
        self._params.after_fork()

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

    def _checked(self, check: Callable[[Any], T], value: Any, instead: T) -> T:
        try:
            return check(value)
        except InvalidValue as error:
            self._trouble.report("finish: invalid-value", error)
            return instead

    def _end(self, status: Status, exit_code: int | None, error: str) -> None:
        try:
            if not self._own.is_inherited:
                end = {"status": str(status), "exit_code": exit_code, "error": error}
                self._say("end", **end, time=self._points.now().isoformat())
                self._has_ended = True
        finally:
            self._points.close()
            self._on_finish(self)

    def _add_params(self, values: Any) -> None:
        self._params.add(values, partial(self._refuse_item, "log_params"))

    def _set_tag(self, key: str, value: Any) -> None:
        checked = checked_tag(key, value)
        if key == "hypothesis":
            self._say("field", name="hypothesis", value=str(checked))
        else:
            self._say("tag", key=key, value=checked)

    def _log_seeds(self, seeds: Any) -> None:
        for key, seed in checked_seeds(seeds).items():
            self._say("seed", key=key, value=encode_value(seed))

    def _say(self, kind: str, **content: Any) -> None:
        writer = self._own.get()
        self._seen_clock = next_clock(self._points.clock(), [self._seen_clock])
        writer.say(kind, {**content, "clock": self._seen_clock})
        if self._is_durable:
            writer.sync()

    def _count_failure(self, kind: str) -> None:
        self._say("failure", what=kind)

    def _attempt(self, verb: str, act: Callable[[], object], *, is_last: bool = False) -> None:
        if self._is_finished and not is_last:
            self._refuse(verb)
            return
        try:
            act()
        except GitxpError as error:
            self._refuse_item(verb, error)
        except Exception as error:  # noqa: BLE001  # whatever fails here must not end the training
            hint = "once that is mended: git xp recover" if is_last else ""
            self._trouble.report(f"{verb}: {type(error).__name__}", lost(verb, error, hint=hint))

    def _refuse_item(self, verb: str, error: GitxpError) -> None:
        self._trouble.report(f"{verb}: {error.slug}", error)

    def _refuse(self, verb: str) -> None:
        error = RunFinished(
            f"{verb} came after the run {self.name or self.id.short} was finished",
            hint="log inside the with block, or before finish()",
        )
        self._trouble.report("finished", error, is_counted=False)
