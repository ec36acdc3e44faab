"""How a session stands by what its processes said: running, ended, or crashed.

A session that several ranks of a job have started has ended well if every one of them has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.model.run import Code, Session, Status, Writer
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.journal.mark import RECORDED
from gitxp.storage.journal.reader import Journal, Liveness, WriterJournal, journal_liveness

# Of several ranks, the one that fails brings the others down: torchrun ends them by a signal.
_WORST_FIRST = (Status.FAILED, Status.CRASHED, Status.KILLED, Status.FINISHED)
_NO_CODE = Code(failure="the process that was to capture the code ended before it could")


@dataclass(frozen=True, slots=True)
class _Part:
    """A starter's part of the session.

    Attributes:
        started: By the starter's own clock.
        finished: By the same clock; None where it has not said its end.
    """

    writer: WriterJournal
    started: datetime
    code: Code
    status: Status
    finished: datetime | None = None
    exit_code: int | None = None
    error: str = ""


def session_as_told(journal: Journal, begun: Session, *, is_over: bool) -> Session:
    """Return a session as its writers have told of it so far, but for their points.

    Args:
        begun: As the first writer said it started.
        is_over: Whether it is settled that whoever has not said its end has crashed.

    Raises:
        FileNotFoundError: If another process has recorded the run meanwhile.
    """
    first, *others = journal.starters
    parts = [_part(first, begun), *(_part(one, _own_session(one, begun)) for one in others)]
    session = replace(
        begun,
        started=min(part.started for part in parts if _host(part) == _host(parts[0])),
        code=_code(begun, parts),
        writers=_writers(journal, parts),
    )
    if any(part.finished is None for part in parts):
        match Liveness.GONE if is_over else journal_liveness(journal):
            case Liveness.ALIVE:
                return replace(session, writers=_without_status(session))
            case Liveness.UNKNOWN:
                unknown = _without_status(session)
                return replace(session, writers=unknown, status=Status.UNKNOWN)
    worst = min(parts, key=lambda part: _WORST_FIRST.index(part.status))
    return replace(
        session,
        status=worst.status,
        finished=_finished(journal, session, parts),
        exit_code=worst.exit_code,
        error=worst.error or _error_of_thread(journal),
    )


def _part(writer: WriterJournal, own: Session) -> _Part:
    end = next(writer.said("end"), None)
    if end is None:
        return _Part(writer, own.started, own.code, Status.CRASHED)
    return _Part(
        writer,
        own.started,
        own.code,
        Status(end["status"]),
        finished=datetime.fromisoformat(end["time"]),
        exit_code=end.get("exit_code"),
        error=end.get("error", ""),
    )


def _own_session(writer: WriterJournal, begun: Session) -> Session:
    """Return the session as this writer said it started; where noise is all there is, `begun`."""
    try:
        return decode_run(next(writer.said("start"))["run"].encode()).sessions[-1]
    except (KeyError, AttributeError, DamagedRecord):
        return replace(begun, code=Code())


def _code(begun: Session, parts: list[_Part]) -> Code:
    """Return the code: one of the ranks has captured it, whichever came first."""
    if len(parts) == 1:
        return begun.code
    return next((part.code for part in parts if part.code != Code()), _NO_CODE)


def _finished(journal: Journal, session: Session, parts: list[_Part]) -> datetime:
    """Return when the last of the parts ended.

    Clocks of other hosts may be apart: of a part there only its length counts. The clock may have
    been set back meanwhile, too.
    """
    times = [session.started]
    for part in parts:
        if _host(part) == _host(parts[0]):
            times.append(part.finished or _last_sign_of_life(journal, part.writer))
        elif part.finished is not None:
            times.append(session.started + (part.finished - part.started))
    return max(times)


def _host(part: _Part) -> str:
    return str(_process(part.writer).get("host", ""))


def _process(writer: WriterJournal) -> dict[str, Any]:
    found: dict[str, Any] = next(writer.said("writer"), {}).get("process", {})
    return found


def _writers(journal: Journal, parts: list[_Part]) -> tuple[Writer, ...]:
    status = {part.writer.id: part.status for part in parts if part.writer.rank is not None}
    return tuple(
        Writer(
            writer.id,
            _process(writer).get("host", ""),
            _process(writer).get("pid", 0),
            rank=writer.rank,
            status=status.get(writer.id),
        )
        for writer in journal.writers
    )


def _without_status(session: Session) -> tuple[Writer, ...]:
    """Return the writers where it cannot be told yet how those that said no end will do so."""
    return tuple(
        replace(writer, status=None) if writer.status is Status.CRASHED else writer
        for writer in session.writers
    )


def _error_of_thread(journal: Journal) -> str:
    """Return the traceback of an exception that ended a thread; empty where none did."""
    told = (line for writer in journal.writers for line in writer.said("thread"))
    return str(next(told, {}).get("error", ""))


def _last_sign_of_life(journal: Journal, starter: WriterJournal) -> datetime:
    """Return when a starter, or one of those who joined, has last written a point or a word.

    When the file of words was last written tells nothing: whoever records the run leaves a mark.
    """
    writers = [one for one in journal.writers if one is starter or not one.has_started]
    times = [one.points_path.stat().st_mtime for one in writers if one.points_path.exists()]
    if not times:
        raise FileNotFoundError(f"the journal {str(journal.folder)!r} was recorded meanwhile")
    words = (line for one in writers for line in one.lines if line["kind"] != RECORDED)
    times += (line["clock"] / 1000 for line in words if "clock" in line)
    return datetime.fromtimestamp(max(times), UTC)
