"""`git xp push`: what leaves is known before it does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import gitxp


def xp(clone, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitxp", *words],
        cwd=clone.top,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def ada(clones):
    return clones[0]


def commit(git, clone, name="more.py", content="x = 1\n") -> None:
    (clone.top / name).write_text(content)
    git("add", name, cwd=clone.top)
    git("commit", "--quiet", f"--message=add {name}", cwd=clone.top)


def test_push_and_pull_need_no_words(clones, ada):
    run = ada.start(lr=0.1)
    done = xp(ada, "push")
    assert (done.returncode, done.stdout, done.stderr) == (0, "pushed to origin: 1 run\n", "")
    assert xp(ada, "push").stdout == "pushed to origin: nothing new\n"
    assert xp(clones[1], "pull").returncode == 0
    assert f"refs/experiments/lr/{run}" in clones[1].refs()


def test_run_in_place_of_the_remote_is_told_where_it_belongs(ada):
    run = ada.start(lr=0.1)
    for command in ("push", "fetch"):
        done = xp(ada, command, run)
        assert done.returncode == 128
        assert done.stderr == (
            f"error: there is no remote {run!r}\n"
            "hint: known are: origin; runs are named behind the remote\n"
        )


def test_whoever_pushes_first_still_gets_what_others_had_pushed(clones, ada):
    run = ada.start(lr=0.1)
    assert xp(ada, "push").returncode == 0
    bob = clones[1]
    bob.start(lr=0.2)
    assert xp(bob, "push").returncode == 0
    assert xp(bob, "pull").stdout == "pulled from origin: 1 new\n"
    assert f"refs/experiments/lr/{run}" in bob.refs()


def test_only_named_runs_go(ada):
    first, second, third = (ada.start(lr=number / 10) for number in range(3))
    assert xp(ada, "push", "origin", first[:8]).returncode == 0
    assert xp(ada, "push", "--where", "params.lr == 0.1").returncode == 0
    refs = str(ada.remote_refs())
    assert first in refs
    assert second in refs
    assert third not in refs


def test_secret_in_tracked_code_stops_all_until_it_is_allowed(ada, git):
    (ada.top / "train.py").write_text(
        'KEY = "AKIAIOSFODNN7EXAMPLE"\ntoken = "ghp_' + "a1B2" * 9 + '"\n'
    )
    ada.start(lr=0.1)
    done = xp(ada, "push")
    assert done.returncode == 1
    assert "train.py" in done.stdout
    assert "ghp_a1B2" not in done.stdout + done.stderr
    assert ada.remote_refs() == {}
    assert xp(ada, "push", "--allow-secret", "train.py").returncode == 0
    assert ada.remote_refs() == ada.refs()


def test_what_went_with_one_run_is_no_matter_with_the_next(ada, git):
    """Its code is not of a branch there: only the first run's record leads to it."""
    (ada.top / "keys.py").write_text('TOKEN = "ghp_' + '16C7e42F292c6912E7710c838347Ae178B4a"\n')
    git("add", "keys.py", cwd=ada.top)
    ada.start(lr=0.1)
    assert xp(ada, "push").returncode == 1
    assert xp(ada, "push", "--allow-secret", "keys.py").returncode == 0
    ada.start(lr=0.2)
    done = xp(ada, "push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr


def test_what_may_not_leave_is_told_with_whose_it_is_and_what_to_do(ada, git):
    """The code of a run, a commit of one's own, and a file that is too large."""
    (ada.top / "client.py").write_text("password = 'hunter2'\n")
    commit(git, ada, "server.py", "password = 'hunter22'\n")
    (ada.top / "server.py").unlink()
    (ada.top / "large.bin").write_bytes(bytes(200 << 10))
    git("config", "xp.push.max-file-size", "100k", cwd=ada.top)
    git("config", "xp.push.history", "allow", cwd=ada.top)
    run = ada.start(lr=0.1)
    for words in (("push",), ("push", "-n")):
        done = xp(ada, *words)
        assert done.returncode == 1
        client, server, large, *planned = done.stdout.splitlines()
        assert re.fullmatch(
            rf"secret: client.py:1 in \w+ \(code of {run[:7]} lr lr=0.1\): "
            "value of password: password = '<redacted>'",
            client,
        )
        assert re.match(r"secret: server.py:1 in \w+ \(a commit of yours\): value", server)
        assert re.fullmatch(
            rf"too large: large.bin in \w+ \(code of {run[:7]} .*\): 200 KiB", large
        )
        assert "hint: git xp push --allow-secret PATH" in done.stderr
        assert "hint: rewrite commits of yours that hold one" in done.stderr
        assert "hint: GITXP_PUSH_MAX_FILE_SIZE=SIZE git xp push" in done.stderr
        if words == ("push",):
            assert "error: nothing was pushed to origin" in done.stderr
            assert planned == []
        else:
            assert "error: nothing would go to origin" in done.stderr
            assert planned[-1] == f"would go: {run[:7]} lr lr=0.1"
    assert ada.remote_refs() == {}


def test_records_of_experiments_are_told_as_such(clones, ada):
    run = ada.start(lr=0.1)
    assert xp(ada, "push").stdout == "pushed to origin: 1 run\n"
    assert xp(ada, "push", "-n").stdout == "nothing would go to origin\n"
    xp(ada, "baseline", "set", run)
    assert xp(ada, "push", "-n").stdout == "would go: the record of experiment lr\n"
    assert xp(ada, "push").stdout == "pushed to origin: 1 experiment record\n"
    assert xp(clones[1], "fetch").stdout == (
        "fetched from origin: 1 new, 1 experiment record (1 run there)\n"
    )
    assert xp(clones[1], "pull").stdout == "pulled from origin: 1 new, 1 experiment record\n"


def test_runs_on_unpushed_commits_stay_without_a_terminal(ada, git):
    ada.start(lr=0.1)
    commit(git, ada)
    later = ada.start(lr=0.2)
    done = xp(ada, "push")
    assert done.returncode == 1
    assert "1 run whose code builds on commits" in done.stderr
    assert later not in str(ada.remote_refs())
    assert len(ada.remote_refs()) == 1
    shown = xp(ada, "push", "-n")
    assert shown.returncode == 0
    assert "add more.py" in shown.stdout
    assert later not in str(ada.remote_refs())
    git("push", "--quiet", cwd=ada.top)
    assert xp(ada, "push").returncode == 0
    assert ada.remote_refs() == ada.refs()


def test_what_is_allowed_goes_though_other_runs_stay(ada, git):
    (ada.top / "train.py").write_text('token = "ghp_' + "a1B2" * 9 + '"\n')
    first = ada.start(lr=0.1)
    git("checkout", "--quiet", "train.py", cwd=ada.top)
    commit(git, ada)
    later = ada.start(lr=0.2)
    done = xp(ada, "push", "--allow-secret", "train.py")
    assert done.returncode == 1
    assert "1 run whose code builds on commits" in done.stderr
    assert first in str(ada.remote_refs())
    assert later not in str(ada.remote_refs())


def test_history_goes_where_the_team_lets_it(ada, git):
    (ada.top / ".gitxp.toml").write_text('[push]\nhistory = "allow"\n')
    commit(git, ada)
    ada.start(lr=0.2)
    assert xp(ada, "push").returncode == 0
    assert ada.remote_refs() == ada.refs()


def test_run_stays_where_its_route_does_not_lead(ada, git):
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["private"]\n')
    run = ada.start(lr=0.1)
    (ada.top / ".gitxp.toml").unlink()
    done = xp(ada, "push")
    assert (done.returncode, ada.remote_refs()) == (0, {})
    assert "1 run stays: its route does not lead to origin" in done.stderr
    named = xp(ada, "push", "origin", run)
    assert named.returncode == 128
    assert "may be pushed to 'private' alone" in named.stderr
    assert xp(ada, "push", "origin", run, "--reroute").returncode == 0
    assert run in str(ada.remote_refs())


def test_hook_of_the_user_is_asked(ada):
    ada.start(lr=0.1)
    hook = ada.top / ".git/hooks/pre-push"
    hook.write_text(
        '#!/bin/sh\ncat > "$(git rev-parse --git-dir)/asked"\necho "not today" >&2\nexit 1\n'
    )
    hook.chmod(0o755)
    done = xp(ada, "push")
    assert done.returncode == 128
    assert "not today" in done.stderr
    assert ada.remote_refs() == {}
    assert "refs/experiments/lr/" in (ada.top / ".git/asked").read_text()
    assert xp(ada, "push", "--no-verify").returncode == 0
    assert ada.remote_refs() == ada.refs()


@pytest.fixture
def broken(ada, git):
    """The ref of a record that cannot be read, beside one that can."""
    ada.start(lr=0.1)
    tree = git("mktree", cwd=ada.top).strip()
    commit = git("commit-tree", "-m", "x", tree, cwd=ada.top).strip()
    ref = f"refs/experiments/lr/{'0123456789abcdef' * 2}"
    git("update-ref", ref, commit, cwd=ada.top)
    return ref


@pytest.mark.parametrize(
    "which", [(), ("-e", "lr"), ("--where", "params.lr == 0.1"), ("--limit", "1")], ids=" ".join
)
def test_record_that_cannot_be_read_is_told_and_is_no_success(ada, broken, which):
    ref = broken
    done = xp(ada, "push", "--json", *which)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert list(told["unread"]) == [ref]
    assert len(told["sent"]) == 1
    again = xp(ada, "push", *which)
    assert (again.returncode, again.stderr.count("not pushed: 0123456 lr: ")) == (1, 1)


def test_record_that_cannot_be_read_and_is_not_meant_is_no_matter(ada, broken, git):
    run = ada.start(lr=0.2)
    os.chdir(ada.top)
    with gitxp.start_run("other"):
        pass
    for which in ((run,), ("-e", "other")):
        done = xp(ada, "push", "origin", *which)
        assert (done.returncode, done.stderr) == (0, ""), which
    git("push", "-q", "origin", broken, cwd=ada.top)
    there = xp(ada, "push", "-e", "lr", "--json")  # which names it, and lacks nothing there
    assert (there.returncode, json.loads(there.stdout)["unread"]) == (0, {})


def test_record_that_may_be_meant_is_no_success_of_what_stays_until_the_end(ada, broken):
    done = xp(ada, "push", "-e", "lr", "--live")
    assert (done.returncode, done.stderr.count(f"warning: {broken}: ")) == (1, 1)
    assert done.stdout == "pushed to origin: 1 run, 0 checkpoints\n"


def test_run_edited_on_both_sides_is_named(clones, ada):
    run = ada.start(lr=0.1)
    xp(ada, "push")
    bob = clones[1]
    bob.pull()
    for clone in (ada, bob):
        xp(clone, "tag", f"by={clone.top.name}", run)
    assert xp(ada, "push").returncode == 0
    done = xp(bob, "push")
    assert done.returncode == 1
    assert "edited on both sides; git xp pull first" in done.stderr
    bob.fetch()
    done = xp(bob, "push", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["diverged"] == [f"refs/experiments/lr/{run}"]
    assert xp(bob, "pull").returncode == 0
    assert xp(bob, "push").returncode == 0


def test_server_that_refuses_is_quoted(ada):
    ada.start(lr=0.1)
    hook = ada.top.parent / "server.git/hooks/update"
    hook.write_text("#!/bin/sh\necho 'no such refs here' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = xp(ada, "push")
    assert done.returncode == 1
    assert "hook declined" in done.stderr


def test_remote_that_is_not_there_is_told_in_the_words_of_git(ada, git):
    ada.start(lr=0.1)
    git("remote", "set-url", "origin", "/nowhere/at/all", cwd=ada.top)
    for command in ("push", "pull", "fetch"):
        done = xp(ada, command)
        assert done.returncode == 128
        assert "/nowhere/at/all" in done.stderr
    git("remote", "remove", "origin", cwd=ada.top)
    assert "git remote add" in xp(ada, "push").stderr
