"""Being another user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from kinds.made import SCRIPT

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def as_nobody(top: Path, request: pytest.FixtureRequest, *, is_trusted: bool = True):
    """Give all to another user, and return how a run is made as that user."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("being another user needs root")
    home = top.parent / "nobody"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Nobody\n\temail = nobody@example.org\n")
    for path in (home, *home.rglob("*"), *((top, *top.rglob("*")) if is_trusted else ())):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    for folder in top.parents:
        if str(folder).count("/") > 1:
            folder.chmod(folder.stat().st_mode | 0o055)
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(f"[safe]\n\tdirectory = {top}\n")

    def start() -> str:
        done = subprocess.run(
            [*NOBODY, sys.executable, "-c", SCRIPT],
            cwd=top,
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            # Git says what to type, `git config --global --add safe.directory`, and where.
            assert is_trusted or "safe.directory" in done.stderr, done.stderr
            raise gitxp.errors.NoRepository(done.stderr.strip())
        return done.stdout.split()[-1]

    return start
