"""Git's own difference of two runs' code, shown by Git itself, with its pager and colours."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from gitxp.storage.git import git_environment
from gitxp.storage.odb.objects import EMPTY_TREE
from gitxp.storage.repository import Repository


def show_diff(
    repository: Repository,
    before: str | None,
    after: str,
    *,
    options: Sequence[str] = (),
    paths: Sequence[str] = (),
) -> int:
    """Let Git print the difference of two commits where this process prints, as the user set it.

    Args:
        before: None for nothing at all.
        options: Passed on to `git diff`.
        paths: Only these, relative to the working folder.

    Returns:
        Git's exit status.
    """
    words = ["git", f"--git-dir={repository.git_dir}"]
    # With a folder for Git alone, the working folder would count as the top of the working tree.
    if repository.work_tree is not None:
        words.append(f"--work-tree={repository.work_tree}")
    words += ["diff", *options]
    words += [before or EMPTY_TREE, after, "--", *paths]
    return subprocess.run(words, env=git_environment(), check=False).returncode
