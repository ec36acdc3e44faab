"""The end of a run that others saw go on: its record goes there, its checkpoint away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gitxp.model.identity import RunId
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.sync.leaving import routed_plan
from gitxp.sync.live.objection import Objection, Rules, objection_to
from gitxp.sync.push import plan_push, push
from gitxp.sync.sending import ask_first, looked_over, upload_for


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the record of a run that is over.

    Attributes:
        objection: Why it stays; None where the remote has it.
        went: Whether it was sent just now.
    """

    objection: Objection | None = None
    went: bool = False


def push_record(
    repository: Repository,
    remote: Remote,
    run: RunId,
    rules: Rules,
    tell: Callable[[RunId, Objection], None],
) -> Outcome:
    """Push the record of a run that is over.

    Args:
        tell: Told of each large file that does not get there, which holds up nothing.

    Raises:
        RemoteFailed: If the remote cannot be reached.
        PushRefused: If the user's hook says no.
    """
    plan = plan_push(repository, remote, only={run})
    leaving = routed_plan(repository, rules.settings, plan, remote.name, reroute=rules.reroute)
    if leaving.routed:
        return Outcome(Objection(f"its route does not lead to {remote.name!r}"))
    for reason in leaving.unread.values():
        return Outcome(Objection(reason))
    if any(run in ref for ref in plan.diverged):
        return Outcome(Objection("it was edited on both sides", "git xp pull"))
    outgoing = looked_over(repository, remote, leaving.plan, rules.bounds)
    objection = objection_to(repository, remote, rules, dict(leaving.runs), outgoing)
    if objection is not None:
        return Outcome(objection)
    if rules.asks_hook:
        ask_first(repository, remote, leaving.plan)
    for large in upload_for(repository, remote, leaving, outgoing).failed:
        tell(run, Objection(f"large file {large.pointer.digest[:12]}: {large.reason}"))
    for one in push(repository, remote, leaving.plan):
        if run in one.ref:
            return Outcome(went=True) if one.is_there else Outcome(_told(one))
    return Outcome()


def _told(sent: Sent) -> Objection:
    if sent.is_stale:
        return Objection("it changed there", "git xp pull")
    return Objection(sent.reason)
