"""What a push does once it is planned: a look at all that would leave, large files, records."""

from __future__ import annotations

from dataclasses import replace

from gitxp.policy.settings import Settings
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import is_history_allowed
from gitxp.storage.transport.meter import Moved
from gitxp.storage.transport.pre_push import ask_hook
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.storage.transport.talk import Heard
from gitxp.sync.large_files.of_submodules import large_files_of_submodules
from gitxp.sync.large_files.upload import Upload, upload_large_files
from gitxp.sync.large_files.wanted import all_to_push, remember
from gitxp.sync.leaving import Leaving
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.outgoing.look import Bounds, look_over
from gitxp.sync.push import Plan, push


def looked_over(repository: Repository, remote: Remote, plan: Plan, bounds: Bounds) -> Outgoing:
    """Return what is to be known of all that a planned push would publish."""
    there = plan.there.values()
    return look_over(repository, plan.tips, there, bounds, remote=remote.name)


def may_publish_history(repository: Repository, settings: Settings, remote: Remote) -> bool:
    """Return whether commits of the user's own may go along, without a question to anybody."""
    rule = settings.push_history
    return rule == "allow" or (rule == "ask" and is_history_allowed(repository, remote.push_url))


def upload_for(
    repository: Repository,
    remote: Remote,
    leaving: Leaving,
    outgoing: Outgoing,
    *,
    moved: Moved | None = None,
) -> Upload:
    """Bring large files to where the remote keeps them, and remember those that did not get there.

    They are those of what leaves, and those that an earlier push did not bring there.

    Args:
        outgoing: What is known of all that leaves.
    """
    there = leaving.plan.there.values()
    files = all_to_push(repository, remote, outgoing.large_files, there)
    upload = upload_large_files(repository, remote.name, files, moved=moved)
    remember(repository, remote, upload)
    left = large_files_of_submodules(repository, leaving.runs.values())
    return replace(upload, left=left)


def send(
    repository: Repository,
    remote: Remote,
    plan: Plan,
    *,
    asks_hook: bool = True,
    heard: Heard | None = None,
) -> list[Sent]:
    """Send what is planned, if the user's hook has nothing against it.

    Raises:
        PushRefused: If it has.
        RemoteFailed: If the remote cannot be reached or refuses all.
    """
    if plan.sends and asks_hook:
        ask_hook(repository, remote, plan.sends)
    return push(repository, remote, plan, heard=heard)
