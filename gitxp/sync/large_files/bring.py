"""A large file of a run comes from a remote that has it, where it is not here."""

from __future__ import annotations

import re
from pathlib import Path

from gitxp.artifacts.bring_out import bring_out
from gitxp.artifacts.lfs import lfs_dir, object_in
from gitxp.errors import GitxpError, RemoteFailed, UnknownArtifact
from gitxp.model.run import Artifact, Run
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.layout import artifact_path
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.git_lfs import has_git_lfs, run_git_lfs
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.last_seen import read_last_seen
from gitxp.storage.transport.meter import Meter, Moved
from gitxp.storage.transport.remotes import Remote, all_remotes

# Signs that are not for themselves in a pattern of git-lfs, or part one from the next.
_SIGNS = re.compile(r"[*?\[\]\\,\s!]")


def bring_out_of_anywhere(
    repository: Repository,
    run: Run,
    artifact: Artifact,
    target: Path,
    *,
    moved: Moved | None = None,
) -> None:
    """Write a file of a run as `target`, whole or not at all, wherever its bytes are.

    What comes from a remote stays in the Git LFS folder, as if git-lfs had fetched it.

    Args:
        moved: Is told how much has come.

    Raises:
        UnknownArtifact: If the file is neither here nor on a remote that can be asked.
        DamagedRecord: If it is in Git LFS, and what lies there has another digest.
        InvalidValue: If `target` needs a folder where a file lies, or is one.
        OSError: If it cannot be written.
    """
    try:
        bring_out(repository, run, artifact, target)
    except UnknownArtifact:
        if run.tip is None or not artifact.is_lfs:
            raise
        _bring_here(repository, run, artifact, moved)
        bring_out(repository, run, artifact, target)


def _bring_here(repository: Repository, run: Run, artifact: Artifact, moved: Moved | None) -> None:
    meter = Meter(artifact.size, moved)
    reasons: list[str] = []
    remotes = _remotes(repository, run)
    by_git_lfs = has_git_lfs()
    for remote in remotes:
        try:
            if by_git_lfs:
                _bring_by_git_lfs(repository, remote.name, run, artifact, meter)
            else:
                _bring_by_ourselves(repository, remote.name, artifact, meter)
        except GitxpError as error:
            reasons.append(f"{remote.name}: {error}")
        else:
            return
    raise UnknownArtifact(
        f"{artifact.path!r} is kept in Git LFS, and its object {artifact.oid} is not here"
        + "".join(f"\n{reason}" for reason in reasons),
        hint="git xp push, by whoever has it" if remotes else "git remote add origin URL",
    )


def _remotes(repository: Repository, run: Run) -> list[Remote]:
    """Return the remotes that had the run when they were last seen; all, where none had."""
    ref, remotes = run_ref(run.experiment, run.id), all_remotes(repository)
    having = [remote for remote in remotes if _had(repository, remote, ref)]
    return having or remotes


def _had(repository: Repository, remote: Remote, ref: str) -> bool:
    seen = [read_last_seen(repository, url) for url in (remote.url, remote.push_url)]
    tips = [one.tips for one in seen if one is not None]
    return any(ref in one for one in (*tips, waiting_tips(repository, remote.name)))


def _bring_by_ourselves(
    repository: Repository, remote: str, artifact: Artifact, meter: Meter
) -> None:
    from gitxp.artifacts.transfer.moving import bring_large_file  # what HTTP needs takes a while

    bring_large_file(repository, remote, Pointer(artifact.oid, artifact.size), meter)


def _bring_by_git_lfs(
    repository: Repository, remote: str, run: Run, artifact: Artifact, meter: Meter
) -> None:
    """Have git-lfs fetch one file: it takes no digest, but a commit and a pattern of paths."""
    pattern = _SIGNS.sub("?", artifact_path(artifact.path))
    chosen = (f"--include={pattern}", "--exclude=")
    settings = ("-c", "lfs.fetchrecentalways=false")
    words = (*settings, "lfs", "fetch", *chosen, remote, str(run.tip))
    run_git_lfs(repository, *words, meter=meter, moves=artifact.oid)
    folder = lfs_dir(repository.common_dir, lfs_storage(repository))
    if not object_in(folder, artifact.oid).exists():
        raise RemoteFailed("git lfs fetch does not bring it")
