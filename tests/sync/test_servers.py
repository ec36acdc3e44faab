"""Each server is the real thing: plain Git and Git LFS go through it."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from servers.fixtures import remember
from servers.smart_http import serve_http
from servers.ssh import make_key, serve_ssh


def attempt(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Git, which has no terminal for its questions."""
    return subprocess.run(
        ["git", *words],
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **variables},
        capture_output=True,
        text=True,
        start_new_session=True,
    )


def test_plain_clone_and_push_go_through(any_server, bare, tmp_path, git):
    git("clone", "--quiet", any_server.url("bare"), "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    # More than Git holds in memory for one request: over HTTP it comes in chunks.
    (clone / "large").write_bytes(os.urandom(3 << 20))
    git("add", "--all", cwd=clone)
    git("commit", "--quiet", "--message=next", cwd=clone)
    git("push", "--quiet", "origin", "main", "main:refs/experiments/lr/x", cwd=clone)
    tip = git("rev-parse", "main", cwd=clone)
    assert git("rev-parse", "main", cwd=any_server.repository("bare")) == tip
    assert git("rev-parse", "refs/experiments/lr/x", cwd=bare) == tip
    git("fsck", "--strict", cwd=bare)


def test_client_can_speak_the_oldest_protocol(any_server, bare):
    for version, is_newer in (("0", False), ("2", True)):
        words = ("-c", f"protocol.version={version}", "ls-remote", any_server.url("bare"))
        said = attempt(*words, GIT_TRACE_PACKET="1")
        assert said.returncode == 0, said.stderr
        assert ("< version 2" in said.stderr) is is_newer


def test_server_can_know_the_oldest_protocol_alone(bare, tmp_path, server_home, monkeypatch):
    for serve in (serve_http, serve_ssh):
        home = server_home / serve.__name__
        home.mkdir()
        with serve(tmp_path, home, speaks_version_0=True) as served:
            if serve is serve_ssh:
                monkeypatch.setenv("GIT_SSH_COMMAND", served.command())
            words = ("-c", "protocol.version=2", "ls-remote", served.url("bare"))
            said = attempt(*words, GIT_TRACE_PACKET="1")
        assert said.returncode == 0, said.stderr
        assert "refs/heads/main" in said.stdout
        assert "version 2" not in said.stderr


def test_wrong_password_is_refused(password_server, bare, git, tmp_path):
    git("config", "--global", "credential.helper", "store", cwd=tmp_path)
    remember(password_server, "analytical-engine")
    said = attempt("ls-remote", password_server.url("bare"))
    assert said.returncode == 128
    assert "Authentication failed" in said.stderr


def test_nobody_comes_in_without_the_password(password_server, bare):
    said = attempt("ls-remote", password_server.url("bare"))
    assert said.returncode == 128
    assert "could not read Username" in said.stderr


def test_wrong_key_and_unknown_host_are_refused(ssh_server, bare, tmp_path):
    make_key(tmp_path / "other")
    (tmp_path / "nobody").touch()
    for command, words in (
        (ssh_server.command(key=tmp_path / "other"), "Permission denied (publickey)"),
        (ssh_server.command(known_hosts=tmp_path / "nobody"), "Host key verification failed"),
    ):
        said = attempt("ls-remote", ssh_server.url("bare"), GIT_SSH_COMMAND=command)
        assert said.returncode == 128
        assert words in said.stderr


def test_server_heeds_the_hooks_of_its_repository(any_server, bare, tmp_path, git):
    (bare / "hooks").mkdir(exist_ok=True)
    (bare / "hooks" / "pre-receive").write_text("#!/bin/sh\necho not today\nexit 1\n")
    (bare / "hooks" / "pre-receive").chmod(0o755)
    git("clone", "--quiet", any_server.url("bare"), "clone", cwd=tmp_path)
    said = attempt("-C", str(tmp_path / "clone"), "push", "origin", "main:refs/experiments/lr/x")
    assert said.returncode == 1
    assert "remote: not today" in said.stderr
    assert "pre-receive hook declined" in said.stderr


def test_large_object_goes_there_and_comes_back(large_object_server, bare, tmp_path, git):
    content = os.urandom(1 << 20)
    for name in ("one", "two"):
        git("clone", "--quiet", str(bare), name, cwd=tmp_path)
        git("config", "lfs.url", large_object_server.url("bare"), cwd=tmp_path / name)
        git("lfs", "install", "--local", cwd=tmp_path / name)
    one, two = tmp_path / "one", tmp_path / "two"
    git("lfs", "track", "*.pt", cwd=one)
    (one / "model.pt").write_bytes(content)
    git("add", "--all", cwd=one)
    git("commit", "--quiet", "--message=large", cwd=one)
    git("push", "--quiet", "origin", "main", cwd=one)
    stored = large_object_server.objects("bare") / hashlib.sha256(content).hexdigest()
    assert stored.read_bytes() == content
    git("pull", "--quiet", cwd=two)
    assert (two / "model.pt").read_bytes() == content


def test_server_ends_with_its_test(tmp_path, server_home):
    with serve_http(tmp_path, server_home) as served:
        address = urlsplit(served.address)
        socket.create_connection((address.hostname, address.port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port))


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels end no orphans")
def test_server_ends_with_tests_that_are_killed(tmp_path, server_home):
    script = (
        "import pathlib, sys\n"
        "from servers.git_daemon import serve_git_daemon\n"
        "with serve_git_daemon(*map(pathlib.Path, sys.argv[1:])) as served:\n"
        "    print(served.address, flush=True)\n"
        "    input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path, server_home],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    address = urlsplit(process.stdout.readline().strip())
    socket.create_connection((address.hostname, address.port)).close()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with pytest.raises(ConnectionRefusedError):
        while True:
            socket.create_connection((address.hostname, address.port)).close()
