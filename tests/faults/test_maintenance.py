"""Git's own upkeep in a loop beside many writers: every run stays whole, and the user's Git works.

`GITXP_TEST_RUNS` sets how many runs each of the writers makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from itertools import cycle
from pathlib import Path

import pytest

from gitxp.artifacts.lfs import object_path
from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.codecs.pointer import decode_pointer
from gitxp.storage.layout import recorded_dir
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

WRITERS = 8
RUNS = int(os.environ.get("GITXP_TEST_RUNS", "3"))
UPKEEP = (
    ("gc", "--quiet", "--prune=now"),
    ("repack", "-a", "-d", "-q"),
    ("pack-refs", "--all"),
    ("lfs", "prune"),
)
USER = (
    ("fetch", "--quiet", "origin"),
    ("log", "--all", "--oneline"),
    ("for-each-ref",),
    ("status", "--porcelain"),
)
# Each writer has a file of its own, so that each snapshot can be told from all others.
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
    with gitxp.start_run("upkeep", word, snapshot="each") as run:
        run.log({"x": number}, step=0)
        run.log_text(word, "word.txt")
        run.log_text("x" * 2_000_000 + word, "large.bin")
"""


def repeat(
    commands: tuple[tuple[str, ...], ...], top: Path, done: threading.Event, failed: list[str]
) -> None:
    for command in cycle(commands):
        if done.is_set():
            return
        made = subprocess.run(["git", *command], cwd=top, capture_output=True, check=False)
        if made.returncode:
            failed.append(f"{command}: {made.stderr.decode()}")


def with_remote(top: Path, git) -> None:
    git("lfs", "install", "--local", cwd=top)
    (top / ".gitattributes").write_text("*.lfs filter=lfs diff=lfs merge=lfs -text\n")
    for writer in range(WRITERS):
        (top / f"edited{writer}.py").write_text("at first\n")
        (top / f"data{writer}.lfs").write_text("at first\n")
    git("add", "--all", cwd=top)
    git("commit", "--quiet", "--message=more", cwd=top)
    server = top.parent / "server.git"
    git("clone", "--quiet", "--bare", str(top), str(server), cwd=top)
    git("remote", "add", "origin", str(server), cwd=top)
    git("fetch", "--quiet", "origin", cwd=top)


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
def test_upkeep_beside_writers_loses_nothing_and_stops_nobody(repo_dir, git):
    with_remote(repo_dir, git)
    done, failed, skipped = threading.Event(), [], []
    loops = [
        threading.Thread(target=repeat, args=(UPKEEP, repo_dir, done, skipped)),
        threading.Thread(target=repeat, args=(USER, repo_dir, done, failed)),
    ]
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", SCRIPT, str(number), str(RUNS)],
            cwd=repo_dir,
            stderr=subprocess.PIPE,
        )
        for number in range(WRITERS)
    ]
    for loop in loops:
        loop.start()
    try:
        said = [writer.communicate()[1].decode() for writer in writers]
    finally:
        done.set()
        for loop in loops:
            loop.join()
    assert [writer.returncode for writer in writers] == [0] * WRITERS, said
    assert failed == []
    assert [one for one in skipped if "lfs" not in one] == []
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    git("fsck", "--full", "--strict", cwd=repo_dir)
    repository = open_repository(repo_dir)
    for folder in recorded_dir(repository.private_dir).iterdir():
        os.utime(folder, (1, 1))  # as some minutes later
    tidy(repository)
    assert not list(recorded_dir(repository.private_dir).iterdir())
    found = find_runs(repository)
    assert not found.problems
    assert len({run.name for run in found.runs}) == WRITERS * RUNS
    for run in found.runs:
        writer = run.name.split("-")[0]
        assert run.status is Status.FINISHED
        assert read_points(repository, run).num_rows == 1
        assert git("show", f"{run.tip}:artifacts/word.txt", cwd=repo_dir) == run.name
        assert git("show", f"{run.tip}^2:edited{writer}.py", cwd=repo_dir) == run.name
        assert git("show", f"{run.tip}^2:new{writer}.py", cwd=repo_dir) == run.name * 1000
        (digest,) = [one.oid for one in run.artifacts if one.is_lfs]
        assert object_path(repository.common_dir, digest).is_file(), run.name
        pointer = git("show", f"{run.tip}^2:data{writer}.lfs", cwd=repo_dir).encode()
        data = object_path(repository.common_dir, decode_pointer(pointer).digest)
        assert data.read_text() == run.name
    verified = [sys.executable, "-m", "gitxp", "verify"]
    done = subprocess.run(verified, cwd=repo_dir, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
