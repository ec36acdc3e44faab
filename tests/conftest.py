"""Real Git in temporary folders, sealed from the configuration of whoever runs the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from gitxp.storage.git import REDIRECTING

# A busy machine is no fault of the code: how long an example takes decides nothing.
settings.register_profile("gitxp", deadline=None)
settings.load_profile("gitxp")

# A signal that `nohup` or a job's shell has ignored would be ignored in each script of a test.
for _ending in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    if signal.getsignal(_ending) is signal.SIG_IGN:
        signal.signal(
            _ending, signal.default_int_handler if _ending == signal.SIGINT else signal.SIG_DFL
        )


@pytest.fixture(autouse=True)
def sealed_environment(monkeypatch, tmp_path_factory):
    """No variable, home folder or system file of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith(("GITXP_", "GIT_")) or name in REDIRECTING:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(home.parent))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def git() -> Callable[..., str]:
    """Run Git in a folder and return what it printed."""

    def run(*arguments: str, cwd: Path, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, check=check, capture_output=True, text=True
        )
        return done.stdout

    return run


@dataclass
class Disk:
    """A small file system of its own."""

    path: Path

    def take(self, folder: Path) -> Path:
        """Return a copy of a folder on this disk."""
        return Path(shutil.copytree(folder, self.path / folder.name, symlinks=True))

    def fill(self) -> None:
        """Write until nothing more fits."""
        for size in (1 << 16, 1):
            with (
                contextlib.suppress(OSError),
                (self.path / "filler").open("ab", buffering=0) as file,
            ):
                while True:
                    file.write(b"\0" * size)

    def make_room(self) -> None:
        """Take away what filled it."""
        (self.path / "filler").unlink()

    def fill_amid(self, script: str, folder: Path | None = None) -> tuple[int, str, str]:
        """Run a script that says when to fill the disk and make room, and waits for a line then.

        Returns its status, what else it said, and its standard error.
        """
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for word, act in (("fill", self.fill), ("make room", self.make_room)):
            assert process.stdout.readline() == f"{word}\n"
            act()
            process.stdin.write("\n")
            process.stdin.flush()
        said, complaint = process.communicate()
        return process.returncode, said, complaint

    def set_read_only(self, is_read_only: bool) -> None:
        """Mount it anew."""
        option = "remount,ro" if is_read_only else "remount,rw"
        subprocess.run(["mount", "-o", option, self.path], check=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    """A file system of two MiB; tests that may not mount one are skipped."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting is refused")
    yield Disk(mount)
    subprocess.run(["umount", "--lazy", mount], check=True)


@pytest.fixture
def clock(tmp_path) -> dict[str, str]:
    """Return variables by which a process sees its wall clock moved, as the file `moved` says."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no compiler")
    source, library = Path(__file__).with_name("moved_clock.c"), tmp_path / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    moved = tmp_path / "moved"
    moved.write_text("0")
    return {**os.environ, "LD_PRELOAD": str(library), "CLOCK_MOVED": str(moved)}


@pytest.fixture
def repo_dir(tmp_path, git) -> Path:
    """A fresh repository with one commit of two files."""
    top = tmp_path / "project"
    top.mkdir()
    git("init", "--quiet", cwd=top)
    (top / "train.py").write_text("print('training')\n")
    (top / "README.md").write_text("# project\n")
    git("add", "--all", cwd=top)
    git("commit", "--quiet", "--message=first", cwd=top)
    return top
