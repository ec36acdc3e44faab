"""The loop of `git xp push --live`: runs are followed until they are over, or somebody ends it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import click

from gitxp.cli.exits import ANSWER_IS_NO, INTERRUPTED
from gitxp.cli.opening import Opened
from gitxp.cli.output import print_json, say
from gitxp.cli.sharing import tell_checkpoint
from gitxp.cli.told import counted
from gitxp.errors import GitFailed, RemoteFailed
from gitxp.model.checkpoint import LONGEST_INTERVAL
from gitxp.model.identity import RunId
from gitxp.storage.transport.carrier import carrier
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.storage.transport.talk import end_talks
from gitxp.sync.live.objection import Objection, Rules
from gitxp.sync.live.pusher import LivePusher
from gitxp.ui.format import cell, safe

# So soon the end of a run is noticed; to look costs microseconds.
_POLL: Final = 0.5
# From one checkpoint to the next, whatever is asked for.
_SHORTEST: Final = 0.1
_LONGEST: Final = LONGEST_INTERVAL.total_seconds()
# A remote that fails is asked again after as long as this at most.
_LONGEST_PAUSE: Final = 600.0
# A record that stays for what may pass is tried again no more often.
_SHORTEST_PAUSE: Final = 1.0
_USUAL_PAUSE: Final = 30.0
# So long a remote may say nothing before it counts as one that fails.
_LONGEST_SILENCE: Final = 60.0
# Of the time for which a job waits for its record, so that there is some left to say why it stays.
_SHARE: Final = 0.9


def push_live(
    project: Opened,
    remote: Remote,
    only: Collection[RunId] | None,
    rules: Rules,
    *,
    every: float,
    quiet: bool,
    as_json: bool,
) -> int:
    """Follow runs until all that were named are over, and return the exit status.

    Args:
        only: These; all that go on, or will, where None, and then without an end.
        every: Seconds from one checkpoint to the next; 0 for none.
    """
    every = min(max(every, _SHORTEST), _LONGEST) if every else 0.0
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # so that what is open is closed
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if only is None and sys.stderr is not None and sys.stderr.isatty():
        say(f"runs go to {cell(remote.name)} while they go on; Ctrl-C ends it")
    patience = max(_SHARE * project.workspace.settings.live_wait, _SHORTEST)
    remote = replace(remote, patience=min(patience, _LONGEST_SILENCE))
    telling = _Telling()
    is_interrupted = False
    with carrier(project.repository, {}) as way:
        pusher = LivePusher(
            project.repository,
            project.workspace.limits,
            remote,
            rules,
            way,
            only,
            timedelta(seconds=every),
            telling.tell,
            telling.note,
        )
        try:
            _Loop(pusher, remote, every, patience).run()
        except KeyboardInterrupt:
            end_talks()
            pusher.give_up("it was interrupted")
            is_interrupted = True
        finally:
            pusher.close()
    if as_json:
        print_json(_fields(remote, pusher))
    elif not quiet:
        count = sum(one.went for one in pusher.outcomes.values())
        went = f"{counted(count, 'run')}, {counted(pusher.count, 'checkpoint')}"
        click.echo(f"pushed to {cell(remote.name)}: {went}")
    if is_interrupted:
        return INTERRUPTED
    return ANSWER_IS_NO if any(one.objection for one in pusher.outcomes.values()) else 0


def _fields(remote: Remote, pusher: LivePusher) -> dict[str, object]:
    return {
        "remote": remote.name,
        "checkpoints": pusher.count,
        "runs": {
            str(run): {
                "pushed": outcome.went,
                "there": outcome.objection is None,
                "reason": outcome.objection.reason if outcome.objection else "",
            }
            for run, outcome in pusher.outcomes.items()
        },
    }


@dataclass
class _Telling:
    """Says each thing of each run once."""

    _told: set[tuple[str, str]] = field(default_factory=set)

    def tell(self, run: RunId, objection: Objection) -> None:
        if (run, objection.reason) not in self._told:
            self._told.add((run, objection.reason))
            hint = f" (hint: {safe(objection.hint)})" if objection.hint else ""
            say(f"not pushed: run {run.short}: {cell(objection.reason)}{hint}")

    def note(self, stays: Sent) -> None:
        if (stays.ref, stays.reason) not in self._told:
            self._told.add((stays.ref, stays.reason))
            tell_checkpoint(stays)


@dataclass
class _Loop:
    """Looks after runs again and again, and leaves a remote that fails alone for a while.

    Attributes:
        patience: For how many seconds a remote that fails is asked for the record of a run that
            is over: a scheduler waits, too.
    """

    pusher: LivePusher
    remote: Remote
    every: float
    patience: float
    _due: float = 0.0
    _ended: float | None = None
    _again: float = 0.0
    _retry: float = 0.0
    _failures: int = 0

    def run(self) -> None:
        while not self.pusher.is_done:
            now = time.monotonic()
            try:
                self._look(now)
            except (RemoteFailed, GitFailed, OSError) as error:
                self._fail(time.monotonic(), error)
            if not self.pusher.is_done:
                time.sleep(min(_POLL, self.every or _POLL))

    def _look(self, now: float) -> None:
        self.pusher.follow()
        if self.pusher.only is None and now >= self._retry:
            self.pusher.try_again()
            self._retry = now + max(self.every or _USUAL_PAUSE, _SHORTEST_PAUSE)
        has_ended = bool(self.pusher.ended)
        if not has_ended:
            self._ended = None
        elif self._ended is None:
            self._ended, self._again = now, now  # it may be the last moment
        is_due = self.every > 0 and now >= self._due
        if now < self._again or not (has_ended or is_due):
            return
        self.pusher.finish()
        if is_due:
            self.pusher.send_checkpoints()
            self._due = now + self.every
        self._failures = 0

    def _fail(self, now: float, error: Exception) -> None:
        if not self._failures:
            say(
                f"warning: {cell(self.remote.name)} cannot be reached, and is tried again: "
                f"{safe(str(error))}"
            )
        self._failures += 1
        pause = min(
            max(self.every, _SHORTEST_PAUSE) * 2 ** min(self._failures - 1, 20), _LONGEST_PAUSE
        )
        if self._ended is not None:
            pause = min(pause, self.patience / 8)
            if self.pusher.only is not None and now - self._ended >= self.patience:
                self.pusher.give_up(str(error))
        self._again = now + pause
