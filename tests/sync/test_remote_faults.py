"""A remote that is full, closed, strict or dying is told of, and the next try succeeds."""

from __future__ import annotations

import os
import shutil

import pytest
from servers.smart_http import serve_http
from servers.ssh import serve_ssh

from gitxp.storage.clone import known_clone_id
from gitxp.upkeep.verify.verify import verify

# Ends the web server above whoever runs it.
KILL_SERVER = (
    "at=$$\n"
    'while [ "$(cat /proc/$at/comm)" != lighttpd ]; do\n'
    "  at=$(awk '/^PPid:/ {print $2}' /proc/$at/status)\n"
    "done\n"
    "kill -KILL $at\n"
)


def write_hook(path, *lines: str):
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    path.chmod(0o755)
    return path


def check_both(clone, server, git) -> None:
    for folder in (clone.top, server):
        git("fsck", "--full", cwd=folder)
    home = known_clone_id(clone.repository.private_dir)
    assert verify(clone.repository, home=home).failures == ()


@pytest.fixture(params=["path", "http_server"])
def on_disk(request, disk, bare, make_clone, git):
    """A clone, and its remote on a small disk; by a path and over HTTP."""
    server = disk.take(bare)
    if request.param == "path":
        address = str(server)
    else:
        address = request.getfixturevalue(request.param).url("disk/bare")
    return make_clone(address, "ada"), server


def test_full_remote_is_told_and_the_next_try_succeeds(on_disk, disk, git):
    ada, server = on_disk
    ada.start(lr=0.1)
    before = ada.refs()
    disk.fill()
    done = ada.xp("push")
    assert done.returncode in (1, 128)
    assert "No space left" in done.stderr
    assert "hint: it is the remote" in done.stderr
    check_both(ada, server, git)
    disk.make_room()
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    assert ada.refs() == before
    assert len(git("for-each-ref", "refs/experiments", cwd=server).splitlines()) == 1
    check_both(ada, server, git)


def test_remote_that_fills_amid_a_push_keeps_what_it_had(on_disk, disk, git):
    ada, server = on_disk
    first = ada.start(lr=0.1)
    assert ada.xp("push").returncode == 0
    (ada.top / "noise.bin").write_bytes(os.urandom(3 << 20))
    ada.start(lr=0.2)
    done = ada.xp("push", "--allow-secret", "noise.bin")
    assert done.returncode in (1, 128)
    assert "hint: it is the remote" in done.stderr, done.stderr
    check_both(ada, server, git)
    there = git("for-each-ref", "--format=%(refname)", "refs/experiments", cwd=server).split()
    assert there == [f"refs/experiments/lr/{first}"]


def test_read_only_remote_can_be_fetched_from(on_disk, disk, make_clone, git):
    ada, server = on_disk
    first = ada.start(lr=0.1)
    assert ada.xp("push").returncode == 0
    second = ada.start(lr=0.2)
    disk.set_read_only(True)
    try:
        done = ada.xp("push")
        assert done.returncode in (1, 128)
        assert "unable to create temporary object" in done.stderr
        assert "hint: it is the remote" in done.stderr
        bob = make_clone(ada.remote.url, "bob")
        assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
        assert first in str(bob.refs())
    finally:
        disk.set_read_only(False)
    assert ada.xp("push").stdout == "pushed to origin: 1 run\n"
    assert second in git("for-each-ref", cwd=server)
    check_both(ada, server, git)


@pytest.mark.parametrize("setting", ["transfer.hideRefs", "receive.hideRefs"])
def test_remote_that_hides_such_refs_is_told(clones, server, git, setting):
    ada = clones[0]
    ada.start(lr=0.1)
    assert ada.push() == {}
    later = ada.start(lr=0.2)
    before = ada.refs()
    git("config", setting, "refs/experiments", cwd=server)
    done = ada.xp("push")
    assert done.returncode == 1
    assert "deny updating a hidden ref" in done.stderr
    assert "hint: whoever keeps the remote must let refs/experiments through" in done.stderr
    assert ada.xp("pull").returncode == 0
    assert ada.refs() == before
    git("config", "--unset", setting, cwd=server)
    assert ada.xp("push").returncode == 0
    assert later in str(ada.remote_refs())
    assert ada.remote_refs() == before


@pytest.mark.parametrize("address", ["path", "http_server", "ssh_server"])
def test_message_of_a_hook_that_refuses_all_is_told(request, address, bare, make_clone):
    remote = bare if address == "path" else request.getfixturevalue(address).url("bare")
    ada = make_clone(remote, "ada")
    ada.start(lr=0.1)
    hook = write_hook(
        bare / "hooks/pre-receive",
        r"printf 'not \033[31mtoday\033]0;title\007: ask Eve\n' >&2",
        r"printf 'Counting objects: 9 \033[2J\n' >&2",
        "exit 1",
    )
    done = ada.xp("push")
    assert done.returncode == 1
    assert "pre-receive hook declined" in done.stderr
    assert "remote: not today" in done.stderr
    assert "ask Eve" in done.stderr
    assert "\033" not in done.stderr + done.stdout
    assert "\007" not in done.stderr + done.stdout
    hook.unlink()
    assert ada.xp("push").returncode == 0


def test_hook_that_refuses_one_run_lets_the_others_go(clones, server):
    ada = clones[0]
    wanted, unwanted = ada.start(lr=0.1), ada.start(lr=0.2)
    write_hook(
        server / "hooks/update",
        f'case "$1" in *{unwanted}) echo "too slow a run" >&2; exit 1;; esac',
    )
    done = ada.xp("push")
    assert done.returncode == 1
    assert done.stdout == "pushed to origin: 1 run\n"
    assert f"not pushed: {unwanted[:7]}" in done.stderr
    assert "remote: too slow a run" in done.stderr
    assert wanted in str(ada.remote_refs())
    assert unwanted not in str(ada.remote_refs())


def test_server_that_dies_once_amid_a_push_is_asked_again(clones, server, git):
    ada = clones[0]
    ada.start(lr=0.1)
    write_hook(
        server / "hooks/pre-receive", "[ -e died ] && exit 0", "touch died", "kill -KILL $PPID"
    )
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    assert (server / "died").exists()
    assert ada.remote_refs() == ada.refs()
    check_both(ada, server, git)


def test_server_that_goes_away_amid_a_push_is_told(bare, make_clone, tmp_path, server_home, git):
    with serve_http(tmp_path, server_home) as served:
        ada = make_clone(served.url("bare"), "ada")
        ada.start(lr=0.1)
        before = ada.refs()
        hook = write_hook(bare / "hooks/pre-receive", KILL_SERVER, "sleep 1", "exit 1")
        done = ada.xp("push")
    assert done.returncode == 128, done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    check_both(ada, bare, git)
    hook.unlink()
    with serve_http(tmp_path, server_home) as served:
        git("remote", "set-url", "origin", served.url("bare"), cwd=ada.top)
        assert ada.xp("push").stdout == "pushed to origin: 1 run\n"
    assert ada.refs() == before
    check_both(ada, bare, git)


def test_server_that_goes_away_amid_a_fetch_is_told(bare, make_clone, tmp_path, server_home, git):
    # What a server packs goes through such a program, by a setting of its administrator.
    passes = 'if [ -e "$0.not" ]; then exec "$@"; fi'
    cut = write_hook(server_home / "cut", passes, '"$@" | head -c 100', KILL_SERVER, "sleep 1")
    with serve_http(tmp_path, server_home) as served:
        ada, bob = (make_clone(served.url("bare"), name) for name in ("ada", "bob"))
        ada.start(lr=0.1)
        assert ada.xp("push").returncode == 0
        (server_home / ".gitconfig").write_text(f"[uploadpack]\n\tpackObjectsHook = {cut}\n")
        done = bob.xp("pull")
    assert done.returncode == 128
    assert done.stderr.startswith("error: ")
    assert bob.refs() == {}
    assert git("for-each-ref", "refs/gitxp", cwd=bob.top) == ""
    check_both(bob, bare, git)
    (server_home / "cut.not").touch()
    with serve_http(tmp_path, server_home) as served:
        git("remote", "set-url", "origin", served.url("bare"), cwd=bob.top)
        assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    assert bob.refs() == ada.refs()
    check_both(bob, bare, git)


def test_remote_that_was_deleted_is_told_and_may_come_back(clones, server, tmp_path):
    ada = clones[0]
    ada.start(lr=0.1)
    assert ada.push() == {}
    ada.start(lr=0.2)
    before = ada.refs()
    server.rename(tmp_path / "away")
    for command in ("push", "fetch", "pull"):
        done = ada.xp(command)
        assert done.returncode == 128
        assert "hint: is it still there? git remote get-url origin" in done.stderr
    assert ada.refs() == before
    shutil.copytree(tmp_path / "away", server)
    assert ada.xp("push").stdout == "pushed to origin: 1 run\n"
    assert ada.remote_refs() == before


def test_remote_that_was_made_anew_gets_all_again(clones, server, git, repo_dir):
    ada = clones[0]
    for lr in (0.1, 0.2):
        ada.start(lr=lr)
    assert ada.push() == {}
    shutil.rmtree(server)
    git("clone", "--quiet", "--bare", str(repo_dir), str(server), cwd=repo_dir)
    assert ada.xp("push").stdout == "pushed to origin: 2 runs\n"
    assert ada.remote_refs() == ada.refs()


@pytest.mark.parametrize("serve", [serve_http, serve_ssh])
def test_server_of_the_oldest_protocol_will_do(
    serve, bare, make_clone, tmp_path, server_home, monkeypatch
):
    with serve(tmp_path, server_home, speaks_version_0=True) as served:
        if serve is serve_ssh:
            monkeypatch.setenv("GIT_SSH_COMMAND", served.command())
        ada, bob = (make_clone(served.url("bare"), name) for name in ("ada", "bob"))
        run = ada.start(lr=0.1)
        assert ada.xp("push").stdout == "pushed to origin: 1 run\n"
        assert "1 new (1 run there)" in bob.xp("fetch", "origin", run[:8]).stdout
        assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
        assert bob.xp("tag", "seen", run).returncode == 0
        assert bob.xp("push").returncode == 0
        assert ada.xp("pull").stdout == "pulled from origin: 1 updated\n"
