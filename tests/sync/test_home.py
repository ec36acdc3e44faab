"""The clone that started a run takes nothing of it from others but what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from by_hand import ref, rewrite
from object_files import loosen, lose

import gitxp
from gitxp.sync.arrival import Outcome


@pytest.fixture
def shared(clones):
    """A run of the first clone, which the server has."""
    ada = clones[0]
    run = ada.start(lr=0.2)
    ada.push()
    return SimpleNamespace(
        server=ada.top.parent / "server.git",
        ref=f"refs/experiments/lr/{run}",
        run=SimpleNamespace(id=run),
    )


def test_home_of_a_run_believes_nobody_what_only_it_writes(clones, shared, git):
    ada = clones[0]
    tip = git("rev-parse", shared.ref, cwd=shared.server).strip()
    forge(git, shared.server, shared.run)
    (found,) = ada.pull()
    assert found.outcome is Outcome.REFUSED
    assert "this clone is its home" in found.reason
    assert ada.refs()[shared.ref] == tip


def forge(git, server, run, *, key: str = "host") -> None:
    """Write into a run's record what only its home does, as somebody who can push may."""
    content = git("show", f"{ref(run)}:run.toml", cwd=server)
    forged = re.sub(f'(?m)^{key} = "[^"]*', f'{key} = "{"e" * 32}', content).encode()
    assert forged != content.encode()
    tip, *_, code = git("log", "-1", "--format=%H %P", ref(run), cwd=server).split()
    rewrite(git, server, run, {"run.toml": forged}, parents=[tip, code])


def host(clone, run) -> str:
    return json.loads(clone.xp("show", "--json", run.id).stdout)["host"]


@pytest.mark.parametrize("key", ["host", "home"])
def test_home_of_a_run_believes_nobody_though_it_was_removed_here(clones, shared, git, key):
    ada, bob, _ = clones
    true = host(ada, shared.run)
    assert ada.xp("remove", "--yes", shared.run.id).returncode == 0
    tip = git("rev-parse", shared.ref, cwd=shared.server).strip()
    forge(git, shared.server, shared.run, key=key)
    (found,) = ada.pull()
    assert found.outcome is Outcome.REFUSED
    assert "this clone is its home" in found.reason
    assert shared.ref not in ada.refs()
    git("update-ref", shared.ref, tip, cwd=shared.server)  # and what it wrote itself comes
    bob.pull()
    assert bob.xp("tag", "seen", shared.run.id).returncode == 0
    assert bob.push() == {}
    (found,) = ada.pull()
    assert found.outcome is Outcome.NEW, found.reason
    assert host(ada, shared.run) == true


def test_copies_of_a_clone_take_the_new_runs_of_each_other(clones, shared, tmp_path):
    """As the nodes of a cluster do, where the clone was copied to each."""
    ada = clones[0]
    nodes = []
    for number in range(2):
        shutil.copytree(ada.top, tmp_path / f"node{number}", symlinks=True)
        nodes.append(type(ada)(tmp_path / f"node{number}"))
    for number, node in enumerate(nodes):
        script = "import gitxp, sys; gitxp.start_run('lr', params={'n': sys.argv[1]}).finish()"
        words = [sys.executable, "-c", script, str(number)]
        subprocess.run(words, cwd=node.top, check=True, capture_output=True)
        assert node.push() == {}
    for clone, new in ((ada, 2), (nodes[0], 1), (nodes[1], 1)):
        done = clone.xp("pull")
        told = f"pulled from origin: {new} new\n"
        assert (done.returncode, done.stdout) == (0, told), done.stderr
    assert ada.refs() == nodes[0].refs() == nodes[1].refs()


def test_home_of_a_run_takes_it_back_though_plain_git_took_it_away(clones, shared, git):
    """No removal tells of it then, and nothing is in the trash."""
    ada, bob, _ = clones
    bob.pull()
    assert bob.xp("tag", "seen", shared.run.id).returncode == 0
    assert bob.push() == {}
    git("update-ref", "-d", shared.ref, cwd=ada.top)
    git("reflog", "expire", "--expire=now", "--all", cwd=ada.top)
    git("gc", "--quiet", "--prune=now", cwd=ada.top)
    (found,) = ada.pull()
    assert found.outcome is Outcome.NEW, found.reason


@pytest.fixture
def half_lost(clones, shared, tmp_path):
    """The home of a run that resumed it, and lost a file of the new record; the old is shared."""
    ada = clones[0]
    os.chdir(ada.top)
    with gitxp.start_run(resume=shared.run.id) as run:
        run.log({"loss": 2.0})
    loosen(ada.top / ".git", tmp_path)
    lose(ada.top / ".git", f"{shared.ref}:metrics.toml")
    assert "whose objects are gone" in ada.xp("list").stderr
    assert shared.ref not in ada.refs()
    return ada


def test_home_that_lost_what_it_resumed_takes_what_it_wrote_before(half_lost, shared):
    done = half_lost.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert half_lost.refs() == half_lost.remote_refs()


@pytest.mark.parametrize("key", ["host", "home"])
def test_home_that_lost_a_run_believes_nobody_what_only_it_writes(half_lost, shared, git, key):
    forge(git, shared.server, shared.run, key=key)
    (found,) = half_lost.pull()
    assert found.outcome is Outcome.REFUSED
    assert "this clone is its home" in found.reason


def test_half_lost_trash_speaks_against_no_record_that_was_written_here(
    clones, shared, git, tmp_path
):
    ada, bob, _ = clones
    bob.pull()
    assert bob.xp("tag", "seen", shared.run.id).returncode == 0
    assert bob.push() == {}
    os.chdir(ada.top)
    with gitxp.start_run(resume=shared.run.id) as run:
        run.log({"loss": 2.0})
    assert ada.xp("remove", "--yes", shared.run.id).returncode == 0
    (found,) = ada.pull()
    assert found.outcome is Outcome.REFUSED  # it is not set back to what it was
    loosen(ada.top / ".git", tmp_path)
    trash = git("for-each-ref", "--format=%(refname)", "refs/gitxp/trash", cwd=ada.top).strip()
    lose(ada.top / ".git", f"{trash}:metrics.toml")
    (found,) = ada.pull()
    assert found.outcome is Outcome.NEW, found.reason


def test_home_of_a_run_takes_its_own_record_back(clones, shared, git):
    """What it resumed, and set back by plain Git, comes again from where it went meanwhile."""
    ada, bob, _ = clones
    os.chdir(ada.top)
    before = ada.refs()[shared.ref]
    with gitxp.start_run(resume=shared.run.id) as run:
        run.log({"loss": 2.0})
    assert ada.push() == {}
    bob.pull()
    assert bob.xp("tag", "seen", shared.run.id).returncode == 0
    assert bob.push() == {}
    git("update-ref", shared.ref, before, cwd=ada.top)
    (found,) = ada.pull()
    assert found.outcome is Outcome.UPDATED, found.reason
    assert ada.refs()[shared.ref] == bob.refs()[shared.ref]


def test_home_that_was_restored_from_a_copy_takes_its_own_record_back(clones, shared, tmp_path):
    ada, bob, _ = clones
    os.chdir(tmp_path)
    shutil.copytree(ada.top, tmp_path / "copy", symlinks=True)
    os.chdir(ada.top)
    with gitxp.start_run(resume=shared.run.id) as run:
        run.log({"loss": 2.0})
    assert ada.push() == {}
    os.chdir(tmp_path)
    shutil.rmtree(ada.top)
    (tmp_path / "copy").rename(ada.top)
    done = ada.xp("pull")
    assert done.returncode == 1
    assert "git xp pull --restored" in done.stderr
    done = ada.xp("pull", "--restored")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 updated\n"), done.stderr
    assert f"updated: {shared.run.id[:7]} lr" in done.stderr  # whose files it took
    bob.pull()
    assert ada.refs() == bob.refs()


def test_home_of_a_run_is_not_set_back_to_what_it_was(clones, shared, git):
    ada = clones[0]
    os.chdir(ada.top)
    earlier = git("show", f"{shared.ref}:run.toml", cwd=shared.server)
    with gitxp.start_run(resume=shared.run.id):
        pass
    assert ada.push() == {}
    tip = ada.refs()[shared.ref]
    code = git("rev-parse", f"{tip}^2", cwd=shared.server).strip()
    rewrite(git, shared.server, shared.run, {"run.toml": earlier.encode()}, parents=[tip, code])
    (found,) = ada.pull()
    assert found.outcome is Outcome.REFUSED
    assert ada.refs()[shared.ref] == tip


def test_what_was_taken_once_and_given_back_is_not_believed_again(clones, shared, git):
    ada = clones[0]
    before = ada.refs()[shared.ref]
    forge(git, shared.server, shared.run)
    assert ada.xp("pull", "--restored").returncode == 0
    assert ada.refs()[shared.ref] != before
    assert ada.xp("undo").returncode == 0
    assert ada.refs()[shared.ref] == before
    done = ada.xp("pull")
    assert done.returncode == 1
    assert "this clone is its home" in done.stderr
    assert ada.refs()[shared.ref] == before


def refusal(clone, *words: str) -> dict[str, str]:
    """Return what a pull says of the only record that it refuses."""
    done = clone.xp("pull", "--json", *words)
    assert done.returncode == 1, done.stderr
    (found,) = (one for one in json.loads(done.stdout)["records"] if one["outcome"] == "refused")
    return found


def type_hint(clone, hint: str) -> None:
    """Do what a hint ends with."""
    git, xp, *words = shlex.split(hint[hint.rindex("git ") :])
    assert (git, xp) == ("git", "xp")
    done = clone.xp(*words)
    assert done.returncode == 0, done.stderr


def quiet(clone) -> bool:
    done = clone.xp("pull")
    return (done.returncode, done.stdout) == (0, "pulled from origin: nothing new\n")


def test_only_named_runs_come_back_otherwise_than_they_were(clones, shared, git):
    ada = clones[0]
    other = SimpleNamespace(id=ada.start(lr=0.3))
    ada.push()
    for run in (shared.run, other):
        forge(git, shared.server, run)
    done = ada.xp("pull", "--restored", "origin", other.id[:7])
    assert done.returncode == 1
    assert f"refused: {shared.run.id[:7]} lr" in done.stderr
    assert f"updated: {other.id[:7]} lr lr=0.3: 'run.toml' or another file is not" in done.stderr
    assert f"git xp pull --restored origin {shared.run.id[:7]}" in done.stderr
    assert host(ada, other) == "e" * 32 != host(ada, shared.run)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("origin", "c0ffee"), "--restored"),
        (("--restored", "origin", "c0ffee"), "nothing of a run 'c0ffee' waits"),
        (("--restored", "origin", ""), "expected ids of runs"),
        (("--restored", "c0ffee"), "runs are named behind the remote"),
    ],
)
def test_runs_that_do_not_come_back_are_named(clones, shared, words, said):
    done = clones[0].xp("pull", *words)
    assert done.returncode in (2, 128)
    assert said in done.stderr


def test_home_of_a_run_puts_its_own_record_back(clones, shared, git):
    ada, bob, _ = clones
    bob.pull()
    before = ada.refs().get(shared.ref)
    forge(git, shared.server, shared.run)
    assert bob.xp("pull").returncode == 0
    assert host(bob, shared.run) == "e" * 32
    assert refusal(ada)["ref"] == shared.ref
    type_hint(ada, refusal(ada)["hint"])
    assert ada.remote_refs().get(shared.ref) == ada.refs().get(shared.ref) == before
    assert quiet(ada)
    assert bob.xp("undo").returncode == 0
    assert ada.push() == {}
    bob.pull()
    assert bob.refs() == ada.refs()
    assert bob.push() == {}


def test_what_changed_there_since_it_was_fetched_is_not_replaced(clones, shared, git):
    ada, bob, _ = clones
    forge(git, shared.server, shared.run)
    hint = refusal(ada)["hint"]
    bob.pull()
    assert bob.xp("tag", "seen", shared.run.id).returncode == 0
    assert bob.push() == {}
    with pytest.raises(AssertionError, match="edited on both sides; git xp pull first"):
        type_hint(ada, hint)
    assert ada.remote_refs() == bob.refs()


def test_what_looks_secret_replaces_nothing(clones, shared, git, tmp_path):
    ada = clones[0]
    keys = tmp_path / "keys.txt"
    keys.write_text("TOKEN = '" + "gh" + "p_" + "a1B2" * 9 + "'\n")
    os.chdir(ada.top)
    with gitxp.start_run(resume=shared.run.id) as run:
        run.log_artifact(keys)
    forge(git, shared.server, shared.run)
    before = ada.remote_refs()
    with pytest.raises(AssertionError, match="nothing was pushed"):
        type_hint(ada, refusal(ada)["hint"])
    assert ada.remote_refs() == before


@pytest.mark.parametrize("is_diverged", [False, True])
def test_no_hint_leads_a_run_where_its_route_does_not(clones, git, tmp_path, is_diverged):
    ada = clones[0]
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["internal"]\n')
    run = SimpleNamespace(id=ada.start(lr=0.2))
    git("init", "--quiet", "--bare", "internal.git", cwd=tmp_path)
    git("remote", "add", "internal", str(tmp_path / "internal.git"), cwd=ada.top)
    name = f"refs/experiments/lr/{run.id}"
    server = tmp_path / "server.git"
    git("push", "--quiet", str(server), name, cwd=ada.top)  # a stranger who has it does this
    forge(git, server, run)
    if is_diverged:
        script = "import gitxp, sys; gitxp.start_run(resume=sys.argv[1]).finish()"
        words = [sys.executable, "-c", script, run.id]
        subprocess.run(words, cwd=ada.top, check=True, capture_output=True)
    hint = refusal(ada)["hint"]
    assert "push" not in hint
    before = ada.remote_refs()
    done = ada.xp("push", "--replace", "origin", run.id[:7])
    assert done.returncode == 128
    assert "internal" in done.stderr
    assert ada.remote_refs() == before


@pytest.mark.parametrize(
    "words",
    [
        ("push", "--replace"),
        ("push", "--replace", "origin"),
        ("push", "--replace", "--live", "origin", "c0ffee"),
        ("pull", "--replace", "origin"),
        ("pull", "--replace", "--restored", "origin", "c0ffee"),
    ],
)
def test_what_is_replaced_is_named(clones, words):
    done = clones[0].xp(*words)
    assert done.returncode == 2
    assert "--replace" in done.stderr


def test_no_hint_deletes_what_may_be_the_last_copy(clones, shared, git):
    ada = clones[0]
    assert ada.xp("remove", "--yes", shared.run.id).returncode == 0
    forge(git, shared.server, shared.run)
    hint = refusal(ada)["hint"]
    assert (
        hint == f"if it was restored from a copy: git xp pull --restored origin {shared.run.id[:7]}"
    )


@pytest.fixture
def copies(clones, shared, tmp_path):
    """Two copies of the home of a run, which both resumed it; the server has that of the first."""
    ada = clones[0]
    shutil.copytree(ada.top, tmp_path / "copy", symlinks=True)
    copy = type(ada)(tmp_path / "copy")
    for clone in (ada, copy):
        os.chdir(clone.top)
        with gitxp.start_run(resume=shared.run.id) as run:
            run.log({"loss": 2.0})
    assert ada.push() == {}
    return ada, copy


def test_of_two_copies_that_resumed_a_run_the_record_of_the_first_may_count(copies, shared):
    ada, copy = copies
    before = copy.refs()
    for words in ((), ("--restored",)):
        found = refusal(copy, *words)
        assert "changed on both sides" in found["reason"]
    take = found["hint"].partition("; or")[0]
    assert "without what was recorded and said here" in take
    type_hint(copy, take)
    assert copy.refs() == ada.refs() == ada.remote_refs()
    assert quiet(copy)
    assert copy.xp("undo").returncode == 0  # nothing was lost
    assert copy.refs() == before
    type_hint(copy, refusal(copy)["hint"])
    assert copy.remote_refs() == before


def test_of_two_copies_that_resumed_a_run_the_record_of_the_second_may_count(copies, shared):
    ada, copy = copies
    type_hint(copy, refusal(copy)["hint"])
    assert copy.refs() == copy.remote_refs()
    assert quiet(copy)
    type_hint(ada, refusal(ada)["hint"].partition("; or")[0])
    assert ada.refs() == copy.refs()
    assert quiet(ada)


def test_copy_with_an_id_of_its_own_is_another_home(copies, shared):
    ada, copy = copies
    type_hint(copy, refusal(copy)["hint"].partition("; or")[0])
    (copy.top / ".git/gitxp/clone-id").unlink()
    script = "import gitxp, sys; gitxp.start_run(resume=sys.argv[1]).finish()"
    words = [sys.executable, "-c", script, shared.run.id]  # a process that knows no id yet
    subprocess.run(words, cwd=copy.top, check=True, capture_output=True)
    assert copy.push() == {}
    (found,) = ada.pull()
    assert (found.outcome, found.ref == shared.ref) == (Outcome.NEW, False)


def test_clone_that_has_taken_the_record_that_does_not_count_gives_it_up(clones, copies, shared):
    bob, copy = clones[1], copies[1]
    bob.pull()
    type_hint(copy, refusal(copy)["hint"])
    type_hint(bob, refusal(bob)["hint"])
    assert bob.refs() == copy.refs()
    assert quiet(bob)
