"""A repository that two users share by their group."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kinds.filters import with_large_files
from kinds.made import SCRIPT, Made, edit, git, scenario

GROUP, ONE, OTHER = 62000, 62001, 62002
# The usual umask, which denies the group.
UMASK = 0o022
DYING = """
import os, signal
import gitxp

run = gitxp.start_run("kinds", "dies")
run.log({"x": 2.0}, step=0)
run.log_text("kept", "note.txt")
os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(frozen=True)
class User:
    """Somebody of the group, with a home of their own."""

    id: int
    home: Path
    top: Path

    def does(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        become = ("setpriv", f"--reuid={self.id}", f"--regid={GROUP}", "--clear-groups")
        return subprocess.run(
            [*become, *command],
            cwd=self.top,
            env={**os.environ, "HOME": str(self.home)},
            umask=UMASK,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *command: str | Path) -> str:
        done = self.does(*command)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def xp(self, *words: str) -> str:
        return self.done(sys.executable, "-W", "error", "-m", "gitxp", *words)


def two_users(top: Path) -> tuple[User, User]:
    """Give a repository to the first of two users who share it."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("being another user needs root")
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(f"[safe]\n\tdirectory = {top}\n")
    users = []
    for number in (ONE, OTHER):
        home = top.parent / f"home of {number}"
        shutil.copytree(os.environ["HOME"], home)
        for path in (home, *home.rglob("*")):
            os.chown(path, number, GROUP)
        users.append(User(number, home, top))
    for path in (top, *top.rglob("*")):
        os.chown(path, ONE, GROUP, follow_symlinks=False)
        if not path.is_symlink():
            # What the Git manual tells whoever shares a repository that is there already.
            path.chmod(path.stat().st_mode | (0o2070 if path.is_dir() else 0o060))
    for folder in top.parents:
        if str(folder).count("/") > 1:
            folder.chmod(folder.stat().st_mode | 0o055)
    return users[0], users[1]


@scenario
def shared_by_a_group(top, request):
    with_large_files(top)
    edit(top)
    git("config", "core.sharedRepository", "group", cwd=top)
    one, other = two_users(top)

    def start() -> str:
        run = one.done(sys.executable, "-W", "error", "-c", SCRIPT).split()[-1]
        one.xp("list")
        assert one.does(sys.executable, "-c", DYING).returncode == -signal.SIGKILL
        return run

    def other_goes_on() -> None:
        """Do as the other user all that needs what the first one's gitxp has made."""
        # Enough that some of them belong into folders that are there.
        more = [top / f"more{number}.bin" for number in range(80)]
        for path in more:
            path.write_text(f"{path.name}\n")
            os.chown(path, OTHER, GROUP)
        other.done("git", "add", "--all")
        assert "recorded" in other.xp("recover")
        run = other.done(sys.executable, "-W", "error", "-c", SCRIPT).split()[-1]
        other.xp("tag", "kind=shared", "@~2")
        other.xp("note", "-m", "mine", "@")
        assert other.xp("list").count("finished") == 2
        index = top / ".git" / "gitxp" / "index"
        assert OTHER in {path.stat().st_uid for path in index.iterdir()}
        other.done("git", "pack-refs", "--all")
        other.done("git", "gc", "--quiet")
        other.xp("verify")
        assert not (other.home / ".local/state/gitxp").exists()
        one.xp("undo")
        one.xp("remove", "--yes", run)
        one.done("git", "gc", "--quiet")
        for path in more:
            path.unlink()
        for path in (top, *top.rglob("*")):  # libgit2 opens what is one's own
            os.chown(path, 0, 0, follow_symlinks=False)

    return Made(top, start=start, to_read=other_goes_on)
