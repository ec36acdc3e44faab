"""The user's `pre-push` hook: a push from a repository of its own does not call it.

Source of how it is called: `githooks(5)`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gitxp.errors import PushRefused
from gitxp.storage.git import finish_git, git_environment, start_git
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend
from gitxp.storage.transport.talk import hear_out

_NONE = "0" * 40


def ask_hook(repository: Repository, remote: Remote, refs: Sequence[RefToSend]) -> list[str]:
    """Call the hook for what is to be sent, where there is one.

    Of Git LFS's own hook nothing is asked: gitxp sends large files itself, and a missing one holds
    up no record.

    Returns:
        The lines that it says.

    Raises:
        PushRefused: If the hook says no; with its own words.
    """
    folder = repository.work_tree or repository.git_dir
    hook = _hook(repository, folder)
    if not os.access(hook, os.X_OK):
        return []
    lines = [
        f"{one.ref if one.tip else '(delete)'} {one.tip or _NONE} {one.ref} {one.seen or _NONE}\n"
        for one in refs
    ]
    process = subprocess.Popen(
        [hook, remote.name, remote.push_url],
        cwd=folder,
        env={**git_environment(), "GIT_LFS_SKIP_PUSH": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said = hear_out(process, "".join(lines).encode())
    printed = said.output.decode(errors="replace").strip()
    if said.status:
        words = said.words or printed
        raise PushRefused(
            f"the pre-push hook refuses{f': {words}' if words else ''}",
            hint="git xp push --no-verify",
        )
    return [line for text in (printed, said.words) for line in text.split("\n") if line]


def _hook(repository: Repository, folder: Path) -> Path:
    words = [f"--git-dir={repository.git_dir}", "rev-parse", "--git-path", "hooks/pre-push"]
    process = start_git(words, folder=folder, environment=git_environment())
    return folder / os.fsdecode(finish_git(process)).removesuffix("\n")
