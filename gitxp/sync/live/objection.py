"""Why a run, or a checkpoint of it, must not leave: the rules of every push, without a question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gitxp.model.run import Run
from gitxp.policy.routes import may_go
from gitxp.policy.settings import Settings
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.leaving import needing_history
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.outgoing.look import Bounds
from gitxp.sync.sending import look_beyond, may_publish_history


@dataclass(frozen=True, slots=True)
class Rules:
    """What may leave.

    Attributes:
        reroute: Whether a person has said that it may go whatever its route.
        asks_hook: Whether the user's `pre-push` hook is asked.
    """

    settings: Settings
    bounds: Bounds
    reroute: bool = False
    asks_hook: bool = True


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something stays.

    Attributes:
        hint: What to do about it.
        may_pass: Whether it may be otherwise at the next try, without anybody starting anew.
    """

    reason: str
    hint: str = ""
    may_pass: bool = False


def objection_to_checkpoint(
    repository: Repository,
    way: Carrier,
    remote: Remote,
    rules: Rules,
    *,
    run: Run,
    ref: str,
    tip: str,
    known: Collection[str],
) -> Objection | None:
    """Return why a checkpoint must not go to a remote; None where it may.

    Args:
        way: Holds its objects.
        known: Commits that the remote has, all of them here or in the carrier.
    """
    if not rules.reroute and not may_go(run.route, remote.name):
        return Objection(f"its route does not lead to {remote.name!r}")
    held = way.repository
    outgoing = look_beyond(repository, remote, [tip], known, rules.bounds, way=held)
    return objection_to(repository, remote, rules, {ref: run}, outgoing)


def objection_to(
    repository: Repository,
    remote: Remote,
    rules: Rules,
    runs: dict[str, Run],
    outgoing: Outgoing,
) -> Objection | None:
    """Return why what was looked over must not go to a remote; None where it may.

    Args:
        runs: Those that would go, by their refs.
    """
    for secret in outgoing.secrets:
        place = f"{secret.path or 'a message'}{f':{secret.line}' if secret.line else ''}"
        hint = f"if it is none: --allow-secret {secret.path}" if secret.path else ""
        return Objection(f"{place} in {secret.commit[:7]} looks secret ({secret.what})", hint)
    for large in outgoing.oversized:
        return Objection(f"{large.path} in {large.commit[:7]} is too large: {large.size} bytes")
    needing = needing_history(runs, outgoing)
    if needing and not may_publish_history(repository, rules.settings, remote):
        return Objection(
            f"its code builds on commits that {remote.name!r} does not have",
            'git push, or [push] history = "allow" in .gitxp.toml',
            may_pass=True,
        )
    return None
