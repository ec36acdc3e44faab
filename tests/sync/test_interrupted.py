"""What a push was told of does not get lost, whoever ends it and whatever goes on beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from object_files import loosen, lose

from gitxp.storage.refs import INCOMING
from gitxp.storage.refstore import list_refs
from gitxp.storage.transport.known import ask_remote
from gitxp.storage.transport.last_seen import last_seen_path, read_last_seen
from gitxp.storage.transport.remotes import find_remote
from gitxp.sync.fetch import fetch


@pytest.fixture(params=["path", "http_server"])
def pair(request, bare, make_clone):
    """Two clones; the first has a run, and the second knows of the experiment."""
    server = None if request.param == "path" else request.getfixturevalue(request.param)
    address = str(bare) if server is None else server.url("bare")
    ada, bob = make_clone(address, "ada"), make_clone(address, "bob")
    ada.start(lr=0.1)
    return ada, bob


def begin_push(clone, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gitxp", "push", *words],
        cwd=clone.top,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("asks_again", [False, True])
def test_run_that_was_removed_stays_so_though_the_push_never_heard_it_was_there(
    pair, bare, tmp_path, number, asks_again
):
    ada, bob = pair
    [ref] = ada.refs()
    arrived = tmp_path / "arrived"
    hook = bare / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {arrived}\nexec sleep 60\n")
    hook.chmod(0o755)
    push = begin_push(ada)
    wait_for(arrived)
    os.killpg(push.pid, number)
    push.communicate(timeout=60)
    hook.unlink()
    assert ref in ada.remote_refs("bare.git")
    if asks_again:
        assert ada.xp("push").stdout == "pushed to origin: nothing new\n"
        assert "not pushed" not in ada.xp("status").stdout
    bob.pull()
    assert bob.xp("remove", "--yes", ref.rpartition("/")[2]).returncode == 0
    assert "1 removed there" in bob.xp("push").stdout
    done = ada.xp("push")
    assert ref not in ada.remote_refs("bare.git"), done.stdout
    ada.pull()
    assert ada.refs() == bob.refs()


def test_two_pushes_at_once_are_both_remembered(pair, bare):
    ada, _ = pair
    ada.start(lr=0.2)
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec sleep 2\n")
    hook.chmod(0o755)
    runs = [ref.rpartition("/")[2] for ref in ada.refs()]
    for one in [begin_push(ada, "origin", run) for run in runs]:
        said, _ = one.communicate(timeout=60)
        assert one.returncode == 0, said
    url = find_remote(ada.repository, "origin").push_url
    assert read_last_seen(ada.repository, url).tips == ada.refs()
    assert "not pushed" not in ada.xp("status").stdout


def test_fetch_that_takes_long_takes_away_nothing_that_another_has_brought(pair):
    ada, bob = pair
    origin = find_remote(bob.repository, "origin")
    answer = ask_remote(bob.repository, origin)
    ada.push()
    bob.fetch()
    waiting = list_refs(bob.repository, INCOMING)
    assert len(waiting) == 1
    fetch(bob.repository, origin, command="git xp fetch", asked=lambda: answer)
    assert list_refs(bob.repository, INCOMING) == waiting
    [ref] = ada.refs()
    assert ref not in read_last_seen(bob.repository, origin.url).gone
    bob.merge()
    assert bob.refs() == ada.refs()


@pytest.mark.parametrize("version", ["0", "2"])
def test_remote_that_moves_on_while_it_is_asked_is_asked_again(pair, bare, git, version):
    """By version 0 a server sends nothing but what it has at that moment."""
    ada, bob = pair
    git("config", "protocol.version", version, cwd=bob.top)
    [gone, *_] = ada.refs()
    ada.push()
    origin = find_remote(bob.repository, "origin")
    answer = ask_remote(bob.repository, origin)
    # The one is replaced by an unrelated record, as checkpoints are; and nothing keeps what it was.
    ada.start(lr=0.2)
    tips = ada.refs()
    [new] = tips.keys() - {gone}
    ada.push()
    git("update-ref", gone, tips[new], cwd=bare)
    git("gc", "--quiet", "--prune=now", cwd=bare)
    found = fetch(bob.repository, origin, command="git xp fetch", asked=lambda: answer)
    assert found.new == (gone,)
    assert set(list_refs(bob.repository, INCOMING).values()) == {tips[new]}
    assert read_last_seen(bob.repository, origin.url).tips == {gone: tips[new]}
    assert bob.fetch().new == (new,)


def test_what_a_remote_lost_is_named_and_the_other_runs_arrive(pair, bare):
    ada, bob = pair
    ada.push()
    [lost] = ada.refs()
    runs = {ada.start(lr=number) for number in range(5)}
    ada.push()
    lose(bare, f"{lost}:params.toml")
    done = bob.xp("pull")
    assert done.returncode == 1
    run = lost.rpartition("/")[2]
    assert f"warning: {run[:7]} lr does not come from origin: " in done.stderr
    assert {ref.rpartition("/")[2] for ref in bob.refs()} == runs
    again = bob.xp("pull")
    assert (again.returncode, again.stdout) == (1, "pulled from origin: nothing new\n")
    assert run[:7] in again.stderr


def test_one_run_among_many_damaged_ones_arrives(pair, bare, tmp_path):
    ada, bob = pair
    runs = [ref.rpartition("/")[2] for ref in ada.refs()]
    ada.push()
    for number in range(40):
        ada.start(lr=number)
    ada.push()
    loosen(bare, tmp_path)
    for ref in ada.refs():
        if ref.rpartition("/")[2] not in runs:
            lose(bare, f"{ref}:params.toml")
    store = bob.top / ".git" / "objects" / "pack"
    before = len(list(store.glob("*.pack")))
    done = bob.xp("pull")
    assert done.returncode == 1, done.stderr
    assert [ref.rpartition("/")[2] for ref in bob.refs()] == runs
    assert len(list(store.glob("*.pack"))) <= before + 2  # what failed left nothing
    assert "nor do 35 more" in done.stderr


def test_what_did_not_come_does_not_count_as_gone(pair, bare, git):
    ada, bob = pair
    ada.push()
    bob.pull()
    [ref] = ada.refs()
    assert ada.xp("tag", "seen", ref.rpartition("/")[2]).returncode == 0
    ada.push()
    path = git("ls-tree", "-r", "--name-only", ref, "events/", cwd=bare).strip()
    lose(bare, f"{ref}:{path}")
    done = bob.xp("fetch")
    assert (done.returncode, done.stdout) == (
        1,
        "fetched from origin: nothing new (1 run there)\n",
    )
    seen = read_last_seen(bob.repository, find_remote(bob.repository, "origin").url)
    assert ref in seen.tips
    assert ref not in seen.gone


@pytest.mark.parametrize(
    "words",
    [
        "fatal: Could not read from remote repository.",
        "fatal: could not read Username for 'https://example.org': terminal prompts disabled",
        "error: unable to read askpass response from 'askpass'",
        "fatal: early EOF",
    ],
)
def test_broken_connection_is_not_taken_for_what_a_remote_lacks(pair, git, tmp_path, words):
    """It is told as one, at once: each try might ask for a password."""
    ada, bob = pair
    ada.push()
    count = tmp_path / "count"
    script = tmp_path / "git-upload-pack"
    script.write_text(
        f'#!/bin/sh\necho >> {count}\n[ "$(wc -l < {count})" = 1 ] && exec git-upload-pack "$@"\n'
        f'echo "{words}" >&2\nexit 128\n'
    )
    script.chmod(0o755)
    git("remote", "set-url", "origin", str(bob.top.parent / "bare.git"), cwd=bob.top)
    git("config", "remote.origin.uploadpack", str(script), cwd=bob.top)
    done = bob.xp("fetch")
    assert done.returncode == 128
    assert words.partition(": ")[2] in done.stderr
    assert len(count.read_text().splitlines()) == 2


def test_ref_that_never_rests_keeps_no_run_back(pair, bare, git):
    """By version 0 nothing is sent but what the server has at that moment."""
    ada, bob = pair
    ada.push()
    runs = {ref.rpartition("/")[2] for ref in ada.refs()}
    tree = git("rev-parse", f"{next(iter(ada.refs()))}^1^{{tree}}", cwd=bare).strip()
    script = (
        "while :; do n=$((n + 1)); "
        f"c=$(git -c user.name=a -c user.email=b commit-tree {tree} -m $n); "
        f"git update-ref refs/experiments/lr/{'0' * 31}1 $c; "
        f"git update-ref refs/experiments/lr/live/{'0' * 31}2 $c; done"
    )
    git("config", "protocol.version", "0", cwd=bob.top)
    mover = subprocess.Popen(["sh", "-c", script], cwd=bare, start_new_session=True)
    try:
        time.sleep(0.5)
        for _ in range(3):
            bob.xp("pull")
            assert {ref.rpartition("/")[2] for ref in bob.refs()} == runs
    finally:
        os.killpg(mover.pid, signal.SIGKILL)
        mover.wait()


@pytest.mark.parametrize(
    "line",
    [
        "Z" * 40 + "\trefs/experiments/lr/about",
        "\0" * 40 + "\trefs/experiments/lr/about",
        "0" * 39 + " \trefs/experiments/lr/about",
        "0" * 40 + "\trefs/experiments/lr/about\tgone\tgone",
        "half a li",
    ],
)
def test_damaged_line_of_what_a_remote_had_is_passed_over(clones, line):
    ada, bob, _ = clones
    ada.start(lr=0.1)
    ada.push()
    bob.pull()
    path = last_seen_path(bob.repository, find_remote(bob.repository, "origin").url)
    path.write_bytes(line.encode() + b"\n" + path.read_bytes())
    assert bob.xp("fetch").returncode == 0
    ada.start(lr=0.2)
    ada.push()
    assert bob.xp("pull").returncode == 0
    assert bob.refs() == ada.refs()
    assert line.encode() not in path.read_bytes()
