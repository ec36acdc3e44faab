"""Whoever is killed amid a push or a pull has harmed neither side; the next one carries on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from gitxp.storage.clone import known_clone_id
from gitxp.upkeep.tidy import tidy
from gitxp.upkeep.verify.verify import verify

# `GITXP_TEST_TIMES=50` for more.
KILLS = int(os.environ.get("GITXP_TEST_TIMES", "6"))


def start(clone, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gitxp", *words],
        cwd=clone.top,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_amid(clone, rng: random.Random, command: str, seconds: float) -> None:
    process = start(clone, command)
    time.sleep(rng.uniform(0, seconds))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def seconds_of(clone, command: str) -> float:
    begun = time.monotonic()
    assert start(clone, command).wait() == 0
    return time.monotonic() - begun


@pytest.mark.parametrize("served", [False, True], ids=["path", "http"])
def test_killed_push_and_pull_lose_nothing(clones, git, served, request):
    rng = random.Random(served)
    ada, bob, _ = clones
    if served:
        url = request.getfixturevalue("http_server").url("server")
        for clone in (ada, bob):
            git("remote", "set-url", "origin", url, cwd=clone.top)
    ada.start(lr=0)
    took = {"push": seconds_of(ada, "push"), "pull": seconds_of(bob, "pull")}
    for number in range(KILLS // 2):
        for each in range(3):
            ada.start(lr=number * 10 + each)
        kill_amid(ada, rng, "push", took["push"])
        git("fsck", "--full", cwd=bob.top.parent / "server.git")
        assert ada.push() == {}
        kill_amid(bob, rng, "pull", took["pull"])
        for clone in (ada, bob):
            git("fsck", "--full", cwd=clone.top)
            home = known_clone_id(clone.repository.private_dir)
            assert verify(clone.repository, home=home).failures == ()
    bob.pull()
    assert ada.refs() == bob.refs() == bob.remote_refs()


def test_what_a_killed_push_left_goes_once_nothing_can_need_it(clones):
    ada = clones[0]
    left = ada.top / ".git/gitxp/carriers/0123456789abcdef"
    young = left.with_name("fedcba9876543210")
    for folder in (left, young):
        (folder / "objects").mkdir(parents=True)
    os.utime(left, (0, 0))
    tidy(ada.repository)
    assert not left.exists()
    assert young.exists()
