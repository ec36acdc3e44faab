"""Where Git has a question and nobody is there to answer, it is told at once, and nothing hangs."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys

import pytest
from servers.fixtures import LOGIN, remember
from servers.process import program
from servers.ssh import make_key

COMMANDS = ("push", "fetch", "pull")
_PATIENCE = 120


@pytest.fixture
def ada(bare, make_clone):
    """A clone with a run."""
    clone = make_clone(bare, "ada")
    clone.start(lr=0.1)
    return clone


def turn_to(clone, git, address: str) -> None:
    git("remote", "set-url", "origin", address, cwd=clone.top)


def check_refused(clone, words: str, hint: str, **variables: str) -> None:
    before = clone.refs()
    for command in COMMANDS:
        done = clone.xp(command, **variables)
        assert done.returncode == 128, done.stdout
        assert words in done.stderr
        assert f"hint: {hint}" in done.stderr
    assert clone.refs() == before


def test_nobody_is_asked_for_a_password_without_a_terminal(ada, password_server, git):
    turn_to(ada, git, password_server.url("bare"))
    check_refused(ada, "could not read Username", "git fetch origin, in a terminal")
    remember(password_server)
    git("config", "--global", "credential.helper", "store", cwd=ada.top)
    assert ada.xp("push").stdout == "pushed to origin: 1 run\n"


def test_program_that_answers_questions_is_asked(ada, password_server, git, tmp_path):
    turn_to(ada, git, password_server.url("bare"))
    answers = tmp_path / "answers"
    answers.write_text(
        f'#!/bin/sh\ncase "$1" in User*) echo {LOGIN.user};; *) echo {LOGIN.password};; esac\n'
    )
    answers.chmod(0o755)
    done = ada.xp("push", GIT_ASKPASS=str(answers))
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr


def test_wrong_password_is_told(ada, password_server, git):
    turn_to(ada, git, password_server.url("bare"))
    git("config", "--global", "credential.helper", "store", cwd=ada.top)
    for command in COMMANDS:
        remember(password_server, "analytical-engine")
        done = ada.xp(command)
        assert done.returncode == 128
        # Git forgets it, and would ask.
        assert "Authentication failed" in done.stderr or "could not read" in done.stderr
        assert "hint: git fetch origin, in a terminal" in done.stderr
        assert "analytical-engine" not in done.stdout + done.stderr
    remember(password_server)
    assert ada.xp("push").returncode == 0


def test_host_that_nobody_knows_is_told(ada, git):
    turn_to(ada, git, "http://no-such-host.invalid/team.git")
    hint = "is the network there, and the address right? git remote get-url origin"
    check_refused(ada, "no-such-host.invalid", hint)
    turn_to(ada, git, "git@no-such-host.invalid:team.git")
    check_refused(ada, "no-such-host.invalid", hint)


def test_port_where_nobody_listens_is_told(ada, git):
    turn_to(ada, git, "http://127.0.0.1:1/team.git")
    for command in COMMANDS:
        done = ada.xp(command)
        assert done.returncode == 128
        assert "127.0.0.1" in done.stderr


@pytest.mark.parametrize("mode", ["batch", "may ask"])
def test_key_of_a_host_that_is_not_known_is_told(ada, ssh_server, git, tmp_path, mode):
    turn_to(ada, git, ssh_server.url("bare"))
    (tmp_path / "nobody").touch()
    command = ssh_server.command(known_hosts=tmp_path / "nobody")
    if mode == "may ask":
        command = command.replace("BatchMode=yes", "BatchMode=no")
        command = command.replace("StrictHostKeyChecking=yes", "StrictHostKeyChecking=ask")
    check_refused(
        ada, "Host key verification failed", "connect once by hand", GIT_SSH_COMMAND=command
    )
    assert (tmp_path / "nobody").read_text() == ""
    assert ada.xp("push").stdout == "pushed to origin: 1 run\n"


def test_key_that_a_host_does_not_know_is_told(ada, ssh_server, git, tmp_path):
    turn_to(ada, git, ssh_server.url("bare"))
    make_key(tmp_path / "other")
    command = ssh_server.command(key=tmp_path / "other")
    check_refused(
        ada, "Permission denied (publickey)", "let the remote know", GIT_SSH_COMMAND=command
    )


def test_key_with_a_passphrase_is_not_asked_for(ada, ssh_server, git, tmp_path):
    turn_to(ada, git, ssh_server.url("bare"))
    make_key(tmp_path / "locked", passphrase="difference")
    command = ssh_server.command(key=tmp_path / "locked").replace("BatchMode=yes", "BatchMode=no")
    check_refused(
        ada, "Permission denied (publickey)", "let the remote know", GIT_SSH_COMMAND=command
    )


def talk(clone, answers: dict[bytes, bytes], *words: str) -> tuple[int, bytes]:
    """Run a command on a terminal, answer what it asks, and return its status and what it said."""
    terminal, inner = pty.openpty()
    command = [program("setsid"), "--ctty", "--wait", sys.executable, "-m", "gitxp", *words]
    process = subprocess.Popen(command, cwd=clone.top, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    said, asked = b"", 0
    while select.select([terminal], [], [], _PATIENCE)[0]:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # its other end was closed
            break
        for question, answer in answers.items():
            if said.find(question, asked) >= 0:
                asked = len(said)
                os.write(terminal, answer + b"\n")
    os.close(terminal)
    return process.wait(_PATIENCE), said


def test_nobody_is_asked_about_history_where_a_secret_may_not_leave(ada, git):
    (ada.top / "train.py").write_text('token = "ghp_' + "a1B2" * 9 + '"\n')
    git("commit", "--quiet", "--all", "--message=more", cwd=ada.top)
    ada.start(lr=0.2)
    status, said = talk(ada, {b"[y/N]": b"y"}, "push")
    assert status == 1
    assert b"train.py" in said
    assert b"[y/N]" not in said
    status, said = talk(ada, {b"[y/N]": b"y"}, "push", "--allow-secret", "train.py")
    assert status == 0, said
    assert b"[y/N]" in said
    assert b"pushed to origin: 2 runs" in said


def test_user_at_a_terminal_is_asked(ada, password_server, git):
    turn_to(ada, git, password_server.url("bare"))
    # So that one process is asked once, as a user would have it.
    git("config", "--global", "credential.helper", "store", cwd=ada.top)
    answers = {
        b"Username for": LOGIN.user.encode(),
        b"Password for": LOGIN.password.encode(),
    }
    status, said = talk(ada, answers, "push")
    assert status == 0, said
    assert b"pushed to origin: 1 run" in said
    assert LOGIN.password.encode() not in said
