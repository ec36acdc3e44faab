"""A remote that takes a connection and then says nothing holds up nobody for good."""

from __future__ import annotations

import signal
import socket

import psutil
import pytest
from live_runs import push_live, start_run_live, training, wait_for
from servers.process import program
from servers.ssh import make_key

FOR_EVER = "1000000"


@pytest.fixture
def silent_port():
    """A port to which every connection is made, and where nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield server.getsockname()[1]


@pytest.fixture(params=["git", "http", "ssh"])
def ada(request, clones, silent_port, git, monkeypatch, tmp_path):
    """A clone of such a remote."""
    if request.param == "ssh":
        program("ssh")
        make_key(tmp_path / "key")
        monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F /dev/null -i {tmp_path / 'key'}")
    url = f"{request.param}://127.0.0.1:{silent_port}/bare.git"
    git("remote", "set-url", "origin", url, cwd=clones[0].top)
    return clones[0]


def talking_to(port: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            addresses = [one.raddr for one in process.net_connections("tcp") if one.raddr]
        except psutil.Error:
            continue
        found += [process for address in addresses if address.port == port]
    return found


def test_run_is_over_when_it_was_waited_for_and_nobody_talks_any_more(ada, silent_port):
    with start_run_live(ada.top, "--live", "--", "true", GITXP_LIVE_WAIT="3") as run:
        told = run.communicate(timeout=60)[1]
    recorded, pushing, *rest = told.splitlines()
    assert run.returncode == 0, told
    assert recorded.startswith("recorded lr ")
    assert pushing == "pushing to origin (at most 3 s) …"
    assert any(one.startswith("not pushed") and "hint: git xp push" in one for one in rest), told
    assert len(ada.refs()) == 1
    assert talking_to(silent_port) == []


def test_silence_counts_as_failure_and_is_told_of(ada, silent_port, monkeypatch):
    monkeypatch.setenv("GITXP_LIVE_WAIT", "2")
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        assert "the remote has said nothing for 1.8 s" in pusher.stdout.readline()
        run.stop()
        assert pusher.wait(60) == 1
        assert "hint: git xp push" in pusher.stdout.read()
    assert talking_to(silent_port) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("is_over", [False, True])
def test_signal_ends_a_pusher_that_waits_for_a_word(ada, silent_port, monkeypatch, number, is_over):
    monkeypatch.setenv("GITXP_LIVE_WAIT", FOR_EVER)
    every = ("--every", "0") if is_over else ()  # waits for the answer in a thread beside it
    with training(ada) as run, push_live(ada, *every, "origin", run.run) as pusher:
        if is_over:
            run.stop()
        wait_for(lambda: talking_to(silent_port))
        pusher.send_signal(number)
        assert pusher.wait(30) == 130
    assert talking_to(silent_port) == []
