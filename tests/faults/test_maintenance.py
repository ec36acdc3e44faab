"""Git's own upkeep in a loop beside many writers: every run stays whole, and the user's Git works.

`GITXP_TEST_RUNS` sets how many runs each of the writers makes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest

from gitxp.artifacts.lfs import object_path
from gitxp.model.run import Run, Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.clone import known_clone_id
from gitxp.storage.codecs.pointer import decode_pointer
from gitxp.storage.layout import recorded_dir
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository, open_repository
from gitxp.upkeep.tidy import tidy
from gitxp.upkeep.verify.verify import verify

WRITERS = 8
RUNS = int(os.environ.get("GITXP_TEST_RUNS", "3"))
# Each line is one loop: Git refuses to do two of its own at a time.
UPKEEP = (
    (("gc", "--quiet", "--prune=now"), ("repack", "-a", "-d", "-q"), ("pack-refs", "--all")),
    (("lfs", "prune"),),
)
USER = (
    ("fetch", "--quiet", "origin"),
    ("log", "--all", "--oneline"),
    ("for-each-ref",),
    ("status", "--porcelain"),
)
# Each writer has files of its own, so that each snapshot can be told from all others.
SCRIPT = """
import sys
from pathlib import Path
import gitxp

writer = sys.argv[1]
for number in range(int(sys.argv[2])):
    word = f"{writer}-{number}"
    Path(f"edited{writer}.py").write_text(word)
    Path(f"new{writer}.py").write_text(word * 1000)
    Path(f"data{writer}.lfs").write_text(word)
    Path(f"lib/edited{writer}.py").write_text(word)
    with gitxp.start_run("upkeep", word, snapshot="each") as run:
        run.log({"x": number}, step=0)
        run.log_text(word, "word.txt")
        run.log_text("x" * 2_000_000 + word, "large.bin")
"""


@dataclass
class Loops:
    """Git commands that are run again and again.

    Attributes:
        done: How often each succeeded.
        failed: What those said that did not.
    """

    top: Path
    done: Counter[tuple[str, ...]] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        end = threading.Event()
        threads = [
            threading.Thread(target=self._repeat, args=(commands, end))
            for commands in (*UPKEEP, USER)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join()

    def _repeat(self, commands: tuple[tuple[str, ...], ...], end: threading.Event) -> None:
        for command in cycle(commands):
            if end.is_set():
                return
            made = subprocess.run(["git", *command], cwd=self.top, capture_output=True, check=False)
            said = made.stderr.decode()
            if made.returncode == 0:
                self.done[command] += 1
            elif not _is_overtaken(command, said):
                self.failed.append(f"{command}: {said}")


def _is_overtaken(command: tuple[str, ...], said: str) -> bool:
    """Whether Git LFS looked for an object in a pack that Git's own `repack` had just replaced.

    It opens the packs once and does not look again, so that one in ten `git lfs prune` beside
    `git repack` stops with this, in any repository. It has deleted nothing then.
    """
    is_gone = "missing object: " in said or re.search(r"objects/pack/\S+: no such file", said)
    return command == ("lfs", "prune") and bool(is_gone)


def with_remotes(top: Path, git) -> None:
    """Give the project a server, Git LFS files, and a submodule with a server of its own."""
    git("config", "--global", "protocol.file.allow", "always", cwd=top)
    lib = top.parent / "lib"
    git("init", "--quiet", str(lib), cwd=top)
    git("lfs", "install", "--local", cwd=top)
    (top / ".gitattributes").write_text("*.lfs filter=lfs diff=lfs merge=lfs -text\n")
    for writer in range(WRITERS):
        (lib / f"edited{writer}.py").write_text("at first\n")
        (top / f"edited{writer}.py").write_text("at first\n")
        (top / f"data{writer}.lfs").write_text("at first\n")
    commit_all(git, lib)
    git("clone", "--quiet", "--bare", str(lib), f"{lib}.git", cwd=top)
    git("submodule", "--quiet", "add", f"{lib}.git", "lib", cwd=top)
    commit_all(git, top)
    server = top.parent / "server.git"
    git("clone", "--quiet", "--bare", str(top), str(server), cwd=top)
    git("remote", "add", "origin", str(server), cwd=top)
    git("fetch", "--quiet", "origin", cwd=top)


def commit_all(git, folder: Path) -> None:
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message=more", cwd=folder)


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
def test_upkeep_beside_writers_loses_nothing_and_stops_nobody(repo_dir, git):
    with_remotes(repo_dir, git)
    loops = Loops(repo_dir)
    with loops.running():
        writers = [
            subprocess.Popen(
                [sys.executable, "-W", "error", "-c", SCRIPT, str(number), str(RUNS)],
                cwd=repo_dir,
                stderr=subprocess.PIPE,
            )
            for number in range(WRITERS)
        ]
        said = [writer.communicate()[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * WRITERS, said
    assert loops.failed == []
    assert loops.done.keys() == {command for commands in (*UPKEEP, USER) for command in commands}
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    git("fsck", "--full", "--strict", cwd=repo_dir)
    git("lfs", "prune", cwd=repo_dir)
    repository = open_repository(repo_dir)
    for folder in recorded_dir(repository.private_dir).iterdir():
        os.utime(folder, (1, 1))  # as some minutes later
    tidy(repository)
    assert not list(recorded_dir(repository.private_dir).iterdir())
    found = find_runs(repository)
    assert not found.problems
    assert len({run.name for run in found.runs}) == WRITERS * RUNS
    for run in found.runs:
        assert run.status is Status.FINISHED
        assert read_points(repository, run).num_rows == 1
        assert_files_are_there(repository, run, git)
        assert_submodule_comes_back(repository, run, git)
    done = verify(repository, home=known_clone_id(repository.private_dir), is_deep=True)
    assert done.flaws == ()
    assert (done.runs, done.bundles) == (WRITERS * RUNS, len({*bundles(found.runs, git, repo_dir)}))


def assert_files_are_there(repository: Repository, run: Run, git) -> None:
    top, writer = repository.work_tree, run.name.split("-")[0]
    assert git("show", f"{run.tip}:artifacts/word.txt", cwd=top) == run.name
    assert git("show", f"{run.tip}^2:edited{writer}.py", cwd=top) == run.name
    assert git("show", f"{run.tip}^2:new{writer}.py", cwd=top) == run.name * 1000
    (digest,) = [one.oid for one in run.artifacts if one.is_lfs]
    assert object_path(repository.common_dir, digest).is_file(), run.name
    pointer = git("show", f"{run.tip}^2:data{writer}.lfs", cwd=top).encode()
    data = object_path(repository.common_dir, decode_pointer(pointer).digest)
    assert data.read_text() == run.name


def assert_submodule_comes_back(repository: Repository, run: Run, git) -> None:
    (submodule,) = run.code.submodules
    (path,) = submodule.bundles
    elsewhere = repository.work_tree.parent / "lib"
    bundle = elsewhere.parent / "brought.bundle"
    bundle.write_bytes(RecordReader(repository).file(run.tip, path) or b"")
    git("fetch", "--quiet", str(bundle), cwd=elsewhere)
    name = f"edited{run.name.split('-')[0]}.py"
    assert git("show", f"{submodule.commit}:{name}", cwd=elsewhere) == run.name


def bundles(runs: Sequence[Run], git, top: Path) -> Iterator[str]:
    for run in runs:
        (path,) = run.code.submodules[0].bundles
        yield git("rev-parse", f"{run.tip}:{path}", cwd=top)
