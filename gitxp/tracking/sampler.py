"""A thread beside the training that samples the machine, and learns of it what takes long."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gitxp.capture.gpus import Gpus
from gitxp.model.names import SYSTEM_PREFIX

if TYPE_CHECKING:
    from gitxp.capture.gauges import Gauges

# The first rates are told against a reading after this part of the first interval: runs that are
# over sooner do not pay for it.
_BEFORE_READING = 0.1


class _Threads:
    """Threads that stay for the next run: starting one takes as long as recording the points."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Callable[[], None]]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._idle.clear)

    def run(self, work: Callable[[], None]) -> None:
        """Do `work`, which raises nothing, in a thread that has nothing to do."""
        try:
            queue = self._idle.pop()
        except IndexError:
            queue = SimpleQueue()
            threading.Thread(
                target=self._serve, args=(queue,), name="gitxp-sampler", daemon=True
            ).start()
        queue.put(work)

    def _serve(self, queue: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            queue.get()()
            self._idle.append(queue)


_THREADS = _Threads()


class Sampler:
    """Samples the machine until it is stopped. Nothing that it meets ends the training.

    It loads no modules: two threads that import at once may wait for each other, and a child that
    is forked meanwhile for ever.
    """

    def __init__(
        self,
        make_gauges: Callable[[Gpus | None], Gauges] | None,
        nvml: ModuleType | None,
        variables: Mapping[str, str],
        *,
        interval: float,
        first_step: int,
        learn: Callable[[Mapping[str, Any]], str] | None,
    ) -> None:
        """Be ready to `start`.

        Args:
            make_gauges: Called in the thread; None where nothing is to be sampled.
            nvml: NVIDIA's module; None where it is not installed.
            variables: The process's environment.
            interval: Seconds between samples.
            first_step: Of the first sample; the step counts samples.
            learn: Takes what NVML tells, and returns the content of `environment.toml`; None
                where that is known already.
        """
        self._make_gauges = make_gauges
        self._nvml = nvml
        self._variables = variables
        self._interval = interval
        self._step = first_step
        self._learn = learn
        self._log: Callable[[Mapping[str, float], int], None]
        self._say: Callable[..., None]
        self._warn: Callable[[Exception], None]
        # Again by the same thread: a signal's handler may stop what is just being stopped.
        self._lock = threading.RLock()
        self._is_stopped = False
        self._end = threading.Event()

    def start(
        self,
        log: Callable[[Mapping[str, float], int], None],
        say: Callable[..., None],
        warn: Callable[[Exception], None],
    ) -> None:
        """Begin in a thread of its own, if there is anything to do.

        Args:
            log: Logs points at a step.
            say: Writes a line of the journal.
            warn: Tells the script of a fault.
        """
        self._log, self._say, self._warn = log, say, warn
        if self._make_gauges or (self._learn and self._nvml):
            _THREADS.run(self._run)

    def stop(self) -> None:
        """Write nothing any more from here on; the thread ends by itself.

        It is not waited for: a driver may hang.
        """
        with self._lock:
            if self._is_stopped:
                return
            self._is_stopped = True
        self._end.set()

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            if self._learn and self._nvml:
                self._tell_facts(self._learn)
            if self._make_gauges and not self._end.wait(self._interval * _BEFORE_READING):
                self._sample_all(self._make_gauges, begun + self._interval)
        except Exception as error:  # noqa: BLE001  # whatever fails here must not end the training
            self._warn(error)

    def _tell_facts(self, learn: Callable[[Mapping[str, Any]], str]) -> None:
        with self._opened_gpus() as gpus:
            if gpus is None:
                return
            facts = gpus.facts()
        text = learn(facts)
        with self._lock:
            if facts and not self._is_stopped:
                self._say("environment", text=text)

    def _sample_all(self, make_gauges: Callable[[Gpus | None], Gauges], due: float) -> None:
        with self._opened_gpus() as gpus:
            gauges = make_gauges(gpus)
            gauges.read(self._warn)
            while not self._end.wait(max(0.0, due - time.monotonic())):
                self._sample(gauges)
                # Samples that were missed while the process stood still are not made up for.
                due += self._interval * max(1, (time.monotonic() - due) // self._interval)

    def _sample(self, gauges: Gauges) -> None:
        values = {SYSTEM_PREFIX + name: told for name, told in gauges.read(self._warn).items()}
        with self._lock:
            if not self._is_stopped:
                self._log(values, self._step)
        self._step += 1

    @contextmanager
    def _opened_gpus(self) -> Iterator[Gpus | None]:
        """Yield the GPUs; None where there are none, or NVML fails as nobody has foreseen."""
        try:
            gpus = Gpus(self._nvml, self._variables) if self._nvml is not None else None
        except Exception as error:  # noqa: BLE001  # all else of the machine is told in spite of it
            self._warn(error)
            gpus = None
        try:
            yield gpus
        finally:
            if gpus is not None:
                gpus.close()
