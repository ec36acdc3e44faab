"""What samples the machine beside the training, and learns of it what takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gitxp.capture.machine.gpus import Gpus
from gitxp.model.names import SYSTEM_PREFIX
from gitxp.tracking.turns import Turns

if TYPE_CHECKING:
    from gitxp.capture.machine.gauges import Gauges

# The first rates are told against a reading after this part of the first interval: runs that are
# over sooner do not pay for it.
_BEFORE_READING = 0.1


_TURNS = Turns()


class Sampler:
    """Samples the machine until it is stopped. Nothing that it meets ends the training.

    All samplers of a process share one thread, in which they take turns. It loads no modules: two
    threads that import at once may wait for each other, and a child that is forked meanwhile for
    ever.

    Attributes:
        needs_turn: Whether the thread has something open, or is to learn for the runs to come.
        is_stopped: Whether it writes nothing any more.
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
        self.is_stopped = False
        self.needs_turn = bool(learn and nvml)
        self._parts: Iterator[float]

    def start(
        self,
        log: Callable[[Mapping[str, float], int], None],
        say: Callable[..., None],
        warn: Callable[[Exception], None],
    ) -> None:
        """Begin in the thread, if there is anything to do.

        Args:
            log: Logs points at a step.
            say: Writes a line of the journal.
            warn: Tells the script of a fault.
        """
        self._log, self._say, self._warn = log, say, warn
        begun = time.monotonic()
        self._parts = self._in_parts(begun)
        if self.needs_turn:
            _TURNS.add(self, begun)
        elif self._make_gauges:
            _TURNS.add(self, begun + self._interval * _BEFORE_READING)

    def stop(self) -> None:
        """Write nothing any more from here on.

        What the thread has open is closed there, and not waited for: a driver may hang.
        """
        with self._lock:
            if self.is_stopped:
                return
            self.is_stopped = True
        _TURNS.drop(self)

    def turn(self) -> float | None:
        """Do the next part; see `Worker.turn`."""
        self.needs_turn = True
        return next(self._parts, None)

    def _in_parts(self, begun: float) -> Iterator[float]:
        """Do all in parts, and yield after each when the next is due."""
        try:
            if self._learn and self._nvml:
                self._tell_facts(self._learn)
                yield begun + self._interval * _BEFORE_READING
            if self._make_gauges and not self.is_stopped:
                yield from self._samples(self._make_gauges, begun + self._interval)
        except Exception as error:  # noqa: BLE001  # whatever fails here must not end the training
            self._warn(error)

    def _tell_facts(self, learn: Callable[[Mapping[str, Any]], str]) -> None:
        with self._opened_gpus() as gpus:
            if gpus is None:
                return
            facts = gpus.facts()
        text = learn(facts)
        with self._lock:
            if facts and not self.is_stopped:
                self._say("environment", text=text)

    def _samples(self, make_gauges: Callable[[Gpus | None], Gauges], due: float) -> Iterator[float]:
        with self._opened_gpus() as gpus:
            gauges = make_gauges(gpus)
            gauges.read(self._warn)
            yield due
            while not self.is_stopped:
                self._sample(gauges)
                # Samples that were missed while the process stood still are not made up for.
                due += self._interval * max(1, (time.monotonic() - due) // self._interval)
                yield due

    def _sample(self, gauges: Gauges) -> None:
        values = {SYSTEM_PREFIX + name: told for name, told in gauges.read(self._warn).items()}
        with self._lock:
            if not self.is_stopped:
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
