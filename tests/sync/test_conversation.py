"""A push asks its remote once, while it loads what it needs, and goes on with the same process."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from servers.smart_http import serve_http


@pytest.fixture
def ada(http_server, bare, make_clone):
    """A clone through HTTP, with a run."""
    clone = make_clone(http_server.url("bare"), "ada")
    clone.start(lr=0.1)
    return clone


def started(trace: Path) -> list[str]:
    """Return what Git was started to do, by what it wrote down itself."""
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    return [" ".join(one["argv"]) for one in events if one["event"] == "start"]


def carriers(clone) -> list[Path]:
    return list((clone.repository.private_dir / "carriers").glob("*"))


def test_remote_is_asked_once(ada, tmp_path):
    """But for one that has no run yet, or hides them from pushes."""
    assert ada.xp("push").returncode == 0
    ada.start(lr=0.2)
    trace = tmp_path / "trace"
    done = ada.xp("push", GIT_TRACE2_EVENT=str(trace))
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    words = started(trace)
    assert not [one for one in words if "ls-remote" in one]
    assert len([one for one in words if "git-remote-http " in one]) == 1
    assert carriers(ada) == []


def test_nothing_is_begun_that_could_send_where_nothing_is_to_go(ada, tmp_path):
    trace = tmp_path / "trace"
    assert ada.xp("push", "-n", GIT_TRACE2_EVENT=str(trace)).returncode == 0
    words = started(trace)
    assert len([one for one in words if "ls-remote" in one]) == 1
    assert not [one for one in words if "receive-pack" in one or "send-pack" in one]


def test_who_may_only_read_may_ask_what_would_go(ada, tmp_path, tmp_path_factory, git):
    with serve_http(tmp_path, tmp_path_factory.mktemp("other"), lets_push=False) as server:
        git("remote", "set-url", "origin", server.url("bare"), cwd=ada.top)
        done = ada.xp("push", "-n")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("would go: ")
        done = ada.xp("push")
    assert done.returncode == 128
    assert "403" in done.stderr


def hook_that(clone, words: str) -> None:
    hook = clone.repository.git_dir / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{words}\n")
    hook.chmod(0o755)


def test_what_changed_there_since_it_was_asked_is_not_lost(ada, bare, make_clone, git):
    """While the hook runs, a colleague pushes the same run with a tag of theirs."""
    ada.xp("push")
    [(ref, tip)] = ada.refs().items()
    bob = make_clone(bare, "bob")
    bob.pull()
    bob.xp("tag", "theirs", ref.rpartition("/")[2])
    ada.xp("tag", "ours", ref.rpartition("/")[2])
    hook_that(ada, f"cd {bob.top} && exec {sys.executable} -m gitxp push")
    done = ada.xp("push")
    assert done.returncode == 1, done.stdout
    assert "git xp pull" in done.stderr
    assert ada.remote_refs("bare.git") == bob.refs() != {ref: tip}
    assert carriers(ada) == []


def test_what_was_taken_away_there_since_it_was_asked_is_told(ada, bare, git):
    ada.xp("push")
    [ref] = ada.refs()
    ada.xp("tag", "ours", ref.rpartition("/")[2])
    hook_that(ada, f"git --git-dir={bare} update-ref -d {ref}")
    done = ada.xp("push")
    assert done.returncode == 1, done.stdout
    assert ada.xp("push", "--no-verify").returncode == 0
    assert ada.remote_refs("bare.git") == ada.refs()


def helper_of(server) -> str:
    """Return what kills the process that has asked, and no other on this machine."""
    return f"pkill -f 'git-remote-http origin {server.url('bare')}'"


def test_another_process_sends_where_the_one_that_asked_is_gone(ada, http_server):
    hook_that(ada, helper_of(http_server))
    done = ada.xp("push")
    assert done.returncode == 0, done.stderr
    assert ada.remote_refs("bare.git") == ada.refs()
    assert carriers(ada) == []


@pytest.mark.parametrize("scheme", ["git", "http"])
def test_wrong_word_is_told_at_once_though_the_remote_is_silent(bare, make_clone, git, scheme):
    clone = make_clone(bare, "ada")
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        port = server.getsockname()[1]
        git("remote", "set-url", "origin", f"{scheme}://127.0.0.1:{port}/x.git", cwd=clone.top)
        done = clone.xp("push", "origin", "nobody-called-it-so")
    assert done.returncode == 128
    assert "nobody-called-it-so" in done.stderr
    assert carriers(clone) == []
    still = subprocess.run(["pgrep", "-f", f"127.0.0.1:{port}"], capture_output=True, check=False)
    assert still.stdout == b""


def test_what_reads_runs_is_loaded_after_the_remote_is_asked():
    code = (
        "import sys, gitxp.cli.commands.push\n"
        "print([m for m in sys.modules if m.startswith(('gitxp.query', 'gitxp.sync'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout in ("[]\n", "['gitxp.query', 'gitxp.query.strict_json']\n")


def test_history_of_a_branch_that_was_let_go_of_meanwhile_stays(ada, bare, http_server, git):
    """It was not looked over, since it was there."""
    (ada.top / "more.py").write_text("x = 1\n")
    git("add", "more.py", cwd=ada.top)
    git("commit", "--quiet", "--message=more", cwd=ada.top)
    git("push", "--quiet", "origin", "HEAD:refs/heads/feature", cwd=ada.top)
    ada.start(lr=0.2)
    gone = f"git --git-dir={bare} update-ref -d refs/heads/feature"
    hook_that(ada, f"{gone} && git --git-dir={bare} gc -q --prune=now\n{helper_of(http_server)}")
    done = ada.xp("push")
    assert done.returncode == 128, done.stdout
    assert "push again" in done.stderr
    assert ada.remote_refs("bare.git") == {}
    done = ada.xp("push", "--no-verify")
    assert "code builds on commits that origin does not have" in done.stderr
    assert len(ada.remote_refs("bare.git")) == 1


def test_nothing_new_is_no_failure_for_who_may_only_read(ada, tmp_path, tmp_path_factory, git):
    assert ada.xp("push").returncode == 0
    with serve_http(tmp_path, tmp_path_factory.mktemp("other"), lets_push=False) as server:
        git("remote", "set-url", "origin", server.url("bare"), cwd=ada.top)
        done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: nothing new\n"), done.stderr


def test_nothing_new_is_no_failure_where_pushes_see_no_runs(ada, bare, git):
    assert ada.xp("push").returncode == 0
    git("config", "receive.hideRefs", "refs/experiments", cwd=bare)
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: nothing new\n"), done.stderr


def test_wrong_word_leaves_a_terminal_that_waits_for_a_password_as_it_was(
    bare, make_clone, password_server, git
):
    clone = make_clone(bare, "ada")
    address = password_server.url("bare").replace("http://", "http://ada@")
    git("remote", "set-url", "origin", address, cwd=clone.top)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(clone.top)
        words = f"{sys.executable} -m gitxp push origin nobody-called-it-so; stty -a"
        os.execvp("sh", ["sh", "-c", words])
    said = b""
    with suppress(OSError):  # the other end is closed
        while piece := os.read(terminal, 4096):
            said += piece
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"nobody-called-it-so" in said
    assert b" echo " in said.replace(b"\r\n", b" "), said
    assert b"-echo " not in said
