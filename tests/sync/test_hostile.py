"""What a remote sends is not believed: it is named and waits, and the other runs arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from by_hand import ref, rewrite

from gitxp.model.event import Event, Tagging
from gitxp.model.identity import EventId
from gitxp.storage.bounds import LARGEST_EVENTS, MOST_ENTRIES
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import event_path
from gitxp.storage.transport.known import waiting_tips
from gitxp.sync.arrival import Outcome
from gitxp.upkeep.verify.verify import verify, verify_tips

NESTED = b"format = 1\nx = " + b"[" * 200_000
LYING = b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1"
BOMB = b"format = 1\nx = 'a" + b"a" * 70_000_000 + b"'\n"


def tree_of(git, server, listing: bytes) -> str:
    done = subprocess.run(
        ["git", "mktree"], cwd=server, input=listing, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def shared(clones, git):
    """A colleague's good run and a bad one, which the test makes so."""
    ada, bob, _ = clones
    good, bad = ada.start(lr=0.1), ada.start(lr=0.2)
    ada.push()
    return SimpleNamespace(
        bob=bob,
        server=bob.top.parent / "server.git",
        good=f"refs/experiments/lr/{good}",
        bad=f"refs/experiments/lr/{bad}",
        run=SimpleNamespace(id=bad),
    )


def check_good_one_arrives(shared, git) -> str:
    arrivals = {one.ref: one for one in shared.bob.pull()}
    assert arrivals[shared.good].outcome is Outcome.NEW
    refused = arrivals[shared.bad]
    assert refused.outcome is Outcome.REFUSED
    refs = shared.bob.refs()
    assert shared.good in refs
    assert shared.bad not in refs
    incoming = shared.bad.replace("refs/experiments", "refs/gitxp/incoming/origin")
    assert incoming in git("for-each-ref", cwd=shared.bob.top)
    assert verify(shared.bob.repository, home="").failures == ()
    git("fsck", "--strict", cwd=shared.bob.top, check=False)
    return refused.reason


@pytest.mark.parametrize(
    ("files", "mode", "said"),
    [
        ({"run.toml": NESTED}, "100644", "run.toml"),
        ({"run.toml": BOMB}, "100644", "run.toml"),
        ({"params.toml": NESTED}, "100644", "params.toml"),
        (
            {"metrics/0.parquet": b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1"},
            "100644",
            "metrics",
        ),
        ({"artifacts/link": b"/etc/passwd"}, "120000", "link"),
    ],
    ids=["nested", "huge", "nested params", "parquet", "link"],
)
def test_record_that_lies_is_refused(shared, git, files, mode, said):
    rewrite(git, shared.server, shared.run, files, mode=mode)
    assert said in check_good_one_arrives(shared, git)


@pytest.mark.parametrize("path", ["run.toml", "params.toml", "metrics/0.parquet", "artifacts/a"])
@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["link", "submodule"])
def test_entry_that_is_no_file_is_refused(shared, git, path, mode, tmp_path):
    rewrite(git, shared.server, shared.run, {path: os.fsencode(tmp_path / "out")}, mode=mode)
    check_good_one_arrives(shared, git)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT", "a\\..\\b", "-rf", "\x1b[2J"])
def test_entry_that_records_do_not_have_is_not_followed(shared, git, name, tmp_path):
    rewrite(git, shared.server, shared.run, {})
    blob = git("rev-parse", f"{shared.good}:run.toml", cwd=shared.server).strip()
    listing = git("ls-tree", "-z", shared.bad, cwd=shared.server).encode()
    entry = f"100644 blob {blob}\t{name}\0".encode()
    done = subprocess.run(
        ["git", "mktree", "-z"],
        cwd=shared.server,
        input=listing + entry,
        check=True,
        capture_output=True,
    )
    message = git("log", "-1", "--format=%B", shared.bad, cwd=shared.server).rstrip("\n")
    parents = git("log", "-1", "--format=%P", shared.bad, cwd=shared.server).split()
    words = [word for one in parents for word in ("-p", one)]
    tree = done.stdout.decode().strip()
    commit = git("commit-tree", tree, *words, "-m", message, cwd=shared.server).strip()
    git("update-ref", shared.bad, commit, cwd=shared.server)
    done = shared.bob.xp("pull")
    assert shared.good in shared.bob.refs()
    assert "\x1b" not in done.stdout + done.stderr
    for words in (("show", f"origin/{shared.run.id[:8]}"), ("list",), ("verify",)):
        done = shared.bob.xp(*words)
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stdout + done.stderr
    assert sorted(path.name for path in shared.bob.top.iterdir()) == [
        *(".git", "README.md", "train.py")
    ]


TEXT = "a\x1b[2J\x1b]0;gone\x07\x9b31m\u202eb"


@pytest.mark.parametrize("key", ["name", "author", "host", "experiment"])
def test_text_that_a_terminal_obeys_is_refused_or_shown_as_text(shared, git, key):
    content = git("show", f"{shared.bad}:run.toml", cwd=shared.server).splitlines(keepends=True)
    spelled = f"{key} = {json.dumps(TEXT)}\n"
    lines = [line for line in content if not line.startswith(f"{key} =")]
    at = next(number for number, line in enumerate(lines) if line.startswith("["))
    lines.insert(at, spelled)
    rewrite(git, shared.server, shared.run, {"run.toml": "".join(lines).encode()})
    for words in (
        ("pull",),
        ("list",),
        ("list", "-r", "origin"),
        ("show", shared.run.id[:8]),
        ("show", f"origin/{shared.run.id[:8]}"),
        ("log",),
        ("status",),
    ):
        done = shared.bob.xp(*words)
        assert "Traceback" not in done.stderr
        assert not {"\x1b", "\x07", "\x9b", "\u202e"}.intersection(done.stdout + done.stderr)
    assert shared.good in shared.bob.refs()


def test_what_others_say_is_shown_without_what_a_terminal_obeys(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    for words in (
        ("note", "-m", TEXT, run),
        ("tag", f"why={TEXT}", run),
        ("experiment", "describe", "lr", "-m", TEXT),
        ("remove", "--yes", ada.start(lr=0.2)),
    ):
        ada.xp(*words)
    assert ada.push() == {}
    for words in (("pull",), ("list",), ("show", run), ("log",), ("experiment", "list")):
        done = bob.xp(*words)
        assert done.returncode == 0, done.stderr
        assert not {"\x1b", "\x07", "\x9b", "\u202e"}.intersection(done.stdout + done.stderr)


@pytest.mark.parametrize("name", ["..", ".git", "a\\..\\b"])
def test_path_that_leads_out_is_refused(shared, git, name, tmp_path):
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=shared.server,
        input=b"out",
        check=True,
        capture_output=True,
    )
    out = tree_of(git, shared.server, b"100644 blob %s\tout\n" % blob.stdout.strip())
    inner = tree_of(git, shared.server, f"040000 tree {out}\t{name}\n".encode())
    listing = git("ls-tree", shared.bad, cwd=shared.server).encode()
    tree = tree_of(git, shared.server, listing + f"040000 tree {inner}\tartifacts\n".encode())
    words = git("log", "-1", "--format=%B", shared.bad, cwd=shared.server)
    parents = git("log", "-1", "--format=%P", shared.bad, cwd=shared.server).split()
    who = {"GIT_AUTHOR_DATE": "@1767323045 +0000", "GIT_COMMITTER_DATE": "@1767323045 +0000"}
    commit = subprocess.run(
        ["git", "commit-tree", tree, *(word for one in parents for word in ("-p", one))],
        cwd=shared.server,
        input=words.encode(),
        env={**os.environ, **who},
        check=True,
        capture_output=True,
    )
    git("update-ref", shared.bad, commit.stdout.decode().strip(), cwd=shared.server)
    check_good_one_arrives(shared, git)
    assert not (tmp_path / "out").exists()


def test_ref_that_leads_to_another_run_is_refused(shared, git):
    git("update-ref", shared.bad, shared.good, cwd=shared.server)
    assert "another run" in check_good_one_arrives(shared, git)


def test_strange_names_are_passed_over_and_told_without_escapes(shared, git):
    tip = git("rev-parse", shared.good, cwd=shared.server).strip()
    names = ["x", "lr/short", f"lr/{'0' * 32}/live", "lr/evil\u202e", "Üpper/about", "a/b/c/d/e"]
    for name in names:
        git("update-ref", f"refs/experiments/{name}", tip, cwd=shared.server)
    done = subprocess.run(
        [sys.executable, "-m", "gitxp", "pull"],
        cwd=shared.bob.top,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "passed over what is no run there" in done.stderr
    assert "\u202e" not in done.stdout + done.stderr
    assert len(shared.bob.refs()) == 2


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("params.toml", NESTED, "params.toml"),
        ("metrics.toml", b"format = 1\n", "metrics.toml"),
        ("metrics/0.parquet", LYING, "metrics/0.parquet"),
        ("metrics/1.parquet", LYING, "metrics/1.parquet"),
    ],
    ids=["nested", "summary", "points", "more points"],
)
def test_what_is_new_in_a_record_that_is_known_is_not_believed(shared, git, path, content, said):
    """What this clone has of it is not read again; whatever else comes is."""
    shared.bob.pull()
    tip = shared.bob.refs()[shared.bad]
    code = git("rev-parse", f"{tip}^2", cwd=shared.server).strip()
    rewrite(git, shared.server, shared.run, {path: content}, parents=[tip, code])
    (found,) = shared.bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert said in found.reason
    assert shared.bob.refs()[shared.bad] == tip
    assert verify(shared.bob.repository, home="").failures == ()


def event(number: int, *, author: str = "Ada Lovelace <ada@example.org>", padding: int = 0):
    """Return path and content of an event."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    said = Event(EventId.random(), 2_000_000_000_000 + number, now, author, (Tagging("x", 1),))
    return event_path(said.clock, said.id), encode_event(said) + b"#" * padding, said.id


def say(git, folder, run, number, **options):
    """Say something of a run by hand, in a commit as gitxp makes it."""
    path, content, said = event(number, **options)
    tip = git("rev-parse", ref(run), cwd=folder).strip()
    code = git("rev-parse", f"{tip}^2", cwd=folder).strip()
    message = git("log", "-1", "--format=%B", tip, cwd=folder).rstrip("\n")
    message = "\n".join(one for one in message.splitlines() if not one.startswith("Event-Id"))
    message += f"\nEvent-Id: {said}\n"
    rewrite(git, folder, run, {path: content}, parents=[tip, code], message=message)


def test_record_does_not_grow_beyond_what_is_read_bit_by_bit(shared, git):
    bob = shared.bob
    bob.pull()
    say(git, shared.server, shared.run, 0, padding=LARGEST_EVENTS * 5 // 8)
    (found,) = bob.pull()
    assert found.outcome is Outcome.UPDATED, found.reason
    tip = bob.refs()[shared.bad]
    say(git, shared.server, shared.run, 1, padding=LARGEST_EVENTS * 5 // 8)
    (found,) = bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert "expected at most" in found.reason
    assert bob.refs()[shared.bad] == tip
    assert bob.xp("show", shared.run.id).returncode == 0


def test_two_records_that_are_too_large_together_are_not_merged(shared, git):
    bob = shared.bob
    bob.pull()
    for number, where in enumerate((shared.server, bob.top)):
        say(git, where, shared.run, number, padding=LARGEST_EVENTS * 5 // 8)
    tip = bob.refs()[shared.bad]
    (found,) = bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert "more on both sides than can be read" in found.reason
    assert bob.refs()[shared.bad] == tip
    assert bob.xp("show", shared.run.id).returncode == 0


@pytest.mark.parametrize("is_named", [False, True])
def test_nobody_says_anything_in_the_name_of_another(shared, git, is_named):
    """Whether the message of the commit names what is said, or not."""
    bob = shared.bob
    bob.pull()
    tip = bob.refs()[shared.bad]
    author = "Grace Hopper <grace@example.org>"
    if is_named:
        say(git, shared.server, shared.run, 0, author=author)
    else:
        path, content, _ = event(0, author=author)
        code = git("rev-parse", f"{tip}^2", cwd=shared.server).strip()
        rewrite(git, shared.server, shared.run, {path: content}, parents=[tip, code])
    (found,) = bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert bob.refs()[shared.bad] == tip


def test_folder_does_not_grow_beyond_what_is_read_bit_by_bit(shared, git):
    bob, server = shared.bob, shared.server
    bob.pull()
    blob = git("hash-object", "-w", "--stdin", cwd=server).strip()
    many = "".join(f"100644 blob {blob}\tf{at:06d}\n" for at in range(MOST_ENTRIES * 3 // 5))
    folder = tree_of(git, server, many.encode())
    for count in (1, 2):
        tip = git("rev-parse", shared.bad, cwd=server).strip()
        code = git("rev-parse", f"{tip}^2", cwd=server).strip()
        inside = "".join(f"040000 tree {folder}\td{at}\n" for at in range(count))
        artifacts = tree_of(git, server, inside.encode())
        top = git("ls-tree", tip, cwd=server).splitlines()
        rest = [line for line in top if not line.endswith("\tartifacts")]
        listing = "\n".join([*rest, f"040000 tree {artifacts}\tartifacts", ""])
        tree = tree_of(git, server, listing.encode())
        message = git("log", "-1", "--format=%B", tip, cwd=server).strip()
        words = ("commit-tree", tree, "-p", tip, "-p", code, "-m", message)
        git("update-ref", shared.bad, git(*words, cwd=server).strip(), cwd=server)
        before = bob.refs()[shared.bad]
        (found,) = bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert bob.refs()[shared.bad] == before


def test_what_this_clone_has_of_a_record_is_not_read_again(clones, shared):
    ada, bob, _ = clones
    bob.pull()
    assert ada.xp("tag", "seen", shared.run.id).returncode == 0
    ada.push()
    bob.fetch()
    tips = waiting_tips(bob.repository, "origin")
    assert list(tips) == [shared.bad]
    anew = verify_tips(bob.repository, tips, home="")
    known = verify_tips(bob.repository, tips, own=bob.refs(), home="")
    assert (anew.points, known.points) == (1, 0)
    assert anew.commits == known.commits == 2
    assert anew.failures == known.failures == ()


def test_record_changed_against_the_rule_stays_outside(clones, shared, git):
    shared.bob.pull()
    tip = shared.bob.refs()[shared.bad]
    rewrite(git, shared.server, shared.run, {"params.toml": b"lr = 9\n"}, parents=None)
    (found,) = shared.bob.pull()
    assert found.outcome is Outcome.REFUSED
    assert shared.bob.refs()[shared.bad] == tip
