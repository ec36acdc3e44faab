"""What a remote has is what it tells, whatever was at another address once."""

from __future__ import annotations

import json

import pytest

PASSWORD = "password = 'hunter2'\n"


def commit(git, clone, name: str, content: str = "y = 2\n") -> None:
    (clone.top / name).write_text(content)
    git("add", name, cwd=clone.top)
    git("commit", "--quiet", f"--message=add {name}", cwd=clone.top)


@pytest.fixture
def ada(clones, git):
    """A clone whose branch holds a secret that its remote has, and a run of that code."""
    ada = clones[0]
    commit(git, ada, "server.py", PASSWORD)
    git("push", "--quiet", "origin", "HEAD", cwd=ada.top)
    ada.start(lr=0.1)
    return ada


@pytest.fixture
def public(tmp_path, git):
    git("init", "--quiet", "--bare", "public.git", cwd=tmp_path)
    return tmp_path / "public.git"


@pytest.mark.parametrize(
    "words",
    [("remote", "set-url", "origin"), ("config", "remote.origin.pushurl")],
    ids=["another address", "pushed elsewhere"],
)
def test_history_is_looked_at_where_the_remote_became_another(ada, public, git, words):
    git(*words, str(public), cwd=ada.top)
    done = ada.xp("push")
    assert done.returncode == 1
    assert "not pushed: 1 run whose code builds on commits" in done.stderr
    assert git("for-each-ref", cwd=public) == ""
    told = json.loads(ada.xp("push", "-n", "--json").stdout)
    assert "add server.py" in [one["subject"] for one in told["history"]]
    assert [one["path"] for one in told["secrets"]] == ["server.py"]


def test_history_is_looked_at_where_pushes_are_led_elsewhere(ada, public, git, server):
    git("config", f"url.{public}.pushInsteadOf", str(server), cwd=ada.top)
    assert ada.xp("push").returncode == 1
    assert git("for-each-ref", cwd=public) == ""


def test_remote_of_several_places_is_refused(ada, public, git, server):
    for address in (server, public):
        git("remote", "set-url", "--add", "--push", "origin", str(address), cwd=ada.top)
    done = ada.xp("push")
    assert done.returncode == 128
    assert "remote 'origin' has 2 addresses to push to" in done.stderr
    assert "hint: make a remote of each" in done.stderr
    assert git("for-each-ref", "refs/experiments", cwd=server) == ""


@pytest.mark.parametrize("version", ["2", "0"])
def test_branch_that_moved_on_there_is_no_reason_to_ask(clones, ada, git, version):
    bob = clones[1]
    git("pull", "--quiet", cwd=bob.top)
    commit(git, bob, "more.py")
    git("push", "--quiet", "origin", "HEAD", cwd=bob.top)
    git("config", "protocol.version", version, cwd=ada.top)
    done = ada.xp("push")
    if version == "2":
        assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
        return
    assert done.returncode == 1  # an old protocol tells nothing of what is behind the branches
    assert "git fetch origin if it has them" in done.stderr
    git("fetch", "--quiet", cwd=ada.top)
    assert ada.xp("push").stdout == "pushed to origin: 1 run\n"


def test_plan_tells_what_a_push_would_ask_about(ada, git):
    commit(git, ada, "more.py")
    ada.start(lr=0.2)
    told = ada.xp("push", "-n").stdout
    assert "git xp push asks about them first; without a terminal 1 run would stay" in told
    assert len(json.loads(ada.xp("push", "-n", "--json").stdout)["asked_about"]) == 1
