"""How a run lives and ends: its journal, what is said in it, its trouble and its finish."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from gitxp.errors import GitxpError, InvalidValue, RunFinished
from gitxp.model.clock import next_clock
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Status
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.layout import OUTPUT
from gitxp.tracking.artifact_log import ArtifactLog
from gitxp.tracking.ending import Ending, ending_of
from gitxp.tracking.own_writer import OwnWriter
from gitxp.tracking.param_log import ParamLog
from gitxp.tracking.point_log import PointLog
from gitxp.tracking.trouble import Trouble, kind_of, lost
from gitxp.tracking.values.checked import checked_exit_code, checked_status

if TYPE_CHECKING:
    from gitxp.tracking.command.output_capture import OutputCapture
    from gitxp.tracking.sampler import Sampler

T = TypeVar("T")


class RunLife:
    """An open run from its first word to its last; `ActiveRun` adds what can be logged.

    Attributes:
        id: The run's id.
        experiment: The experiment that it belongs to.
        name: As given; empty without one.
        baseline: The run that it is measured against; None also where another process has
            started it.
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
        rank: int | None,
        baseline: RunId | None,
        on_finish: Callable[[Self], None],
    ) -> None:
        """Take over an opened journal; `start_run` is the way to get here."""
        self.id = run
        self.experiment = experiment
        self.name = name
        self.baseline = baseline
        self._own = OwnWriter(writer, rank)
        self._root = root
        self._trouble = Trouble(self._count_failure, is_strict=is_strict)
        self._points = PointLog(writer, self._trouble, next_steps, reopen=self._own.get)
        self._params = ParamLog(params, self._say, self._trouble)
        self._seeds: dict[str, int] = {}
        self._artifacts = ArtifactLog(writer.folder, self._say)
        self._seen_clock = seen_clock
        self._is_durable = is_durable
        self._on_finish: Callable[[Any], None] = on_finish
        self._lock = threading.RLock()
        self._is_finished = False
        self._status = Status.RUNNING
        self._has_ended = False
        self._ender: int | None = None
        self._was_told_to_end = False
        self._output: OutputCapture | None = None
        self._sampler: Sampler | None = None
        self._last_words: list[Callable[[Status], object]] = []

    def __repr__(self) -> str:
        return f"<ActiveRun {self.experiment}/{self.name or self.id.short} {self._status}>"

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended in this process."""
        return self._is_finished

    @property
    def status(self) -> Status:
        """As what the run has ended in this process; `running` until then."""
        return self._status

    @property
    def is_ending_here(self) -> bool:
        """Whether this thread is about to end the run: whoever asks has interrupted it."""
        return self._ender == threading.get_ident()

    @property
    def has_ended(self) -> bool:
        """Whether this process has written the run's end, or its part's, into the journal."""
        return self._has_ended

    @property
    def rank(self) -> int | None:
        """Which rank of a distributed job this process is; None outside of one."""
        return self._own.rank

    @property
    def writer(self) -> JournalWriter:
        """This process's part of the journal."""
        return self._own.latest

    @property
    def params(self) -> Mapping[Any, Any]:
        """The hyperparameters as they stand."""
        return self._params.values

    @property
    def seeds(self) -> Mapping[str, int]:
        """The seeds that this process has logged."""
        return self._seeds

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics that this process has logged."""
        return self._points.names()

    def series(self, metric: str) -> list[float]:
        """Return the values of one metric that this process has logged, in that order."""
        return self._points.series(metric)

    def before_end(self, tell: Callable[[Status], object]) -> None:
        """Have `tell` called with the status when the run is about to end in this process."""
        self._last_words.append(tell)

    def capture_output(self) -> None:
        """Keep what this process prints until the run ends; `start_run` is the way to ask for it.

        What prevents it is warned of.
        """

        def capture() -> None:
            from gitxp.tracking.command.output_capture import OutputCapture

            if self._output is None:
                self._output = OutputCapture(self.writer.folder / OUTPUT)

        self._attempt("capture_output", capture)

    def sample_machine(self, make: Callable[[], Sampler | None]) -> None:
        """Have the machine sampled until the run ends; `start_run` is the way to ask for it.

        Args:
            make: Returns what samples; None where nothing is to be.
        """

        def start() -> None:
            self._sampler = make()
            if self._sampler is not None:
                warn = partial(self._trouble.warn, "machine", after="training goes on")
                self._sampler.start(
                    self._points.log,
                    self._say,
                    lambda error: warn(lost("sampling the machine", error)),
                )

        self._attempt("machine", start)

    def finish(
        self,
        status: Status | str | None = None,
        *,
        exit_code: int | None = None,
        error: str = "",
    ) -> None:
        """End the run and write its record; a second call does nothing.

        Args:
            status: `finished`, `failed` or `killed`; where None it is `finished`, or `killed` if
                a signal has asked the process to end.
            error: The traceback of what ended it.
        """
        with self._lock:
            if self._is_finished or self._ender is not None:
                return
            self._ender = threading.get_ident()
            try:
                self._finish(status, exit_code, error)
            finally:
                self._ender = None

    def _finish(self, status: Status | str | None, exit_code: int | None, error: str) -> None:
        usual = Status.KILLED if self._was_told_to_end else Status.FINISHED
        ended = usual if status is None else self._checked(checked_status, status, usual)
        code = self._checked(checked_exit_code, exit_code, None)
        if self._sampler is not None:
            self._sampler.stop()
        if self._output is not None:
            self._attempt("finish", self._output.end)
        for tell in self._last_words:
            self._attempt("finish", partial(tell, ended))
        self._status = ended
        self._is_finished = True
        self._attempt("finish", lambda: self._end(ended, code, str(error)), is_last=True)

    def end_as(self, end: Ending) -> None:
        """End the run as the script around it ends."""
        status = Status.KILLED if self._was_told_to_end else end.status
        self.finish(status, exit_code=end.exit_code, error=end.error)

    def was_told_to_end(self) -> None:
        """Take note that a signal has asked this process to end: the run ends as `killed`."""
        self._was_told_to_end = True

    def tell_error_of_thread(self, error: str) -> None:
        """Record the traceback of an exception that ended a thread; the run goes on."""
        if not self._is_finished:
            self._attempt("thread", lambda: self._say("thread", error=error))

    def after_fork(self) -> None:
        """In a forked child: leave the files to the parent, whose they are.

        The child becomes a writer of its own at its first word, and none if it has nothing to
        say: that it lives keeps no run open.
        """
        self._lock = threading.RLock()  # another thread may have held it, which is not here
        self._ender = None
        self._own.after_fork()
        self._points.after_fork()
        self._params.after_fork()
        self._last_words = []
        self._sampler = None  # its thread is the parent's
        if self._output is not None:
            self._output.leave()
            self._output = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end_as(ending_of(error))

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
            usual = f"{verb}: {type(error).__name__}"
            kind = usual if is_last else kind_of(error, usual)
            self._trouble.report(kind, lost(verb, error, hint=hint))

    def _refuse_item(self, verb: str, error: GitxpError) -> None:
        self._trouble.report(f"{verb}: {error.slug}", error)

    def _refuse(self, verb: str) -> None:
        error = RunFinished(
            f"{verb} came after the run {self.name or self.id.short} was finished",
            hint="log inside the with block, or before finish()",
        )
        self._trouble.report("finished", error, is_counted=False)
