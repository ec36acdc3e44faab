"""The bytes of record commits, and of the one root from which they all descend."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gitxp.model.names import is_system_metric
from gitxp.storage.layout import FORMAT
from gitxp.storage.odb.objects import EMPTY_TREE, GitObject

if TYPE_CHECKING:
    from gitxp.model.event import Event
    from gitxp.model.identity import ExperimentName
    from gitxp.model.metric import MetricSummary
    from gitxp.model.run import Run

IDENTITY: Final = "gitxp <gitxp@localhost>"
RUN_TRAILER: Final = "Run-Id"
EXPERIMENT_TRAILER: Final = "Experiment"
STATUS_TRAILER: Final = "Status"
FORMAT_TRAILER: Final = "Format"
EVENT_TRAILER: Final = "Event-Id"
_HEADLINES = 5
_FORBIDDEN_IN_IDENTITY = re.compile(r"[<>\x00-\x1f\x7f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

MERGE_MESSAGE: Final = "gitxp: two records of one run\n"
EMPTY_ROOT: Final = GitObject(
    "commit",
    f"tree {EMPTY_TREE}\nauthor {IDENTITY} 0 +0000\ncommitter {IDENTITY} 0 +0000\n\n"
    "gitxp: where every record begins\n".encode(),
)


def record_commit(
    run: Run, tree: str, *, before: str | None, code: str | None, when: datetime
) -> GitObject:
    """Return the commit of a record.

    Args:
        run: Gives the author and the message.
        tree: Id of the record's tree.
        before: The record that this one replaces; None for a run's first.
        code: The code commit of the latest session; None where none was captured.
        when: Aware; the commit's dates.
    """
    parents = [before or EMPTY_ROOT.oid, *([code] if code else [])]
    return _commit(tree, parents, author=run.author, when=when, message=_message(run))


def event_commit(run: Run, event: Event, tree: str, *, before: str, code: str | None) -> GitObject:
    """Return the commit that adds `event` to a run's record.

    Args:
        run: As its record tells it.
        event: Gives the author, the dates and the message.
        tree: Id of the record's tree.
        before: The record that this one replaces.
        code: The code commit of the latest session; None where none was captured.
    """
    return _commit(
        tree,
        [before, *([code] if code else [])],
        author=event.author,
        when=event.time,
        message=_event_message(
            f"{run.experiment}: {_one_line(run.label)}",
            event,
            f"{RUN_TRAILER}: {run.id}",
            f"{EVENT_TRAILER}: {event.id}",
            f"{EXPERIMENT_TRAILER}: {run.experiment}",
            f"{STATUS_TRAILER}: {run.status}",
        ),
    )


def about_commit(
    experiment: ExperimentName, event: Event, tree: str, *, before: str | None
) -> GitObject:
    """Return the commit that adds `event` to an experiment's own record.

    Args:
        event: Gives the author, the dates and the message.
        tree: Id of the record's tree.
        before: The record that this one replaces; None for an experiment's first.
    """
    return _commit(
        tree,
        [before or EMPTY_ROOT.oid],
        author=event.author,
        when=event.time,
        message=_event_message(
            f"{experiment}: about",
            event,
            f"{EVENT_TRAILER}: {event.id}",
            f"{EXPERIMENT_TRAILER}: {experiment}",
        ),
    )


def parse_trailers(message: str) -> dict[str, str]:
    r"""Return what the last paragraph of a message says, by name.

    Example:
        >>> parse_trailers("lr: first (finished)\n\nRun-Id: 0\nStatus: finished\n")
        {'Run-Id': '0', 'Status': 'finished'}
    """
    last = message.rstrip("\n").rpartition("\n\n")[2]
    return dict(line.partition(": ")[::2] for line in last.split("\n"))


def commit_identity(author: str) -> str:
    """Return how commits spell whoever wrote them.

    Example:
        >>> commit_identity("Ada <ada@example.org>"), commit_identity("")
        ('Ada <ada@example.org>', 'unknown <>')
    """
    name, _, address = author.partition("<")
    name = _FORBIDDEN_IN_IDENTITY.sub("", name).strip()
    address = _FORBIDDEN_IN_IDENTITY.sub("", address).strip()
    return f"{name or 'unknown'} <{address}>"


def _message(run: Run) -> str:
    subject = f"{run.experiment}: {_one_line(run.label)} ({run.status})"
    body = [_one_line(run.hypothesis)] if run.hypothesis else []
    results = [metric for metric in run.metrics.items() if not is_system_metric(metric[0])]
    headlines = [
        f"{_one_line(name)} {summary.last.value:.6g}"
        for name, summary in sorted(results, key=_order)[:_HEADLINES]
    ]
    trailers = [
        f"{RUN_TRAILER}: {run.id}",
        f"{EXPERIMENT_TRAILER}: {run.experiment}",
        f"{STATUS_TRAILER}: {run.status}",
        f"{FORMAT_TRAILER}: {FORMAT}",
    ]
    paragraphs = [subject, *body, "\n".join(headlines), "\n".join(trailers)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _order(metric: tuple[str, MetricSummary]) -> bytes:
    return metric[0].encode(errors="surrogatepass")


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _event_message(subject: str, event: Event, *trailers: str) -> str:
    kinds = dict.fromkeys(_one_line(statement.kind) for statement in event.said)
    lines = [f"{subject} ({', '.join(kinds)})", "", *trailers, f"{FORMAT_TRAILER}: {FORMAT}"]
    return "".join(f"{line}\n" for line in lines)


def _commit(
    tree: str, parents: Sequence[str], *, author: str, when: datetime, message: str
) -> GitObject:
    # Git takes no date before 1970.
    identity = f"{commit_identity(author)} {max(0, int(when.timestamp()))} +0000"
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        f"author {identity}",
        f"committer {identity}",
        "",
        message,
    ]
    return GitObject("commit", "\n".join(lines).encode(errors="replace"))
