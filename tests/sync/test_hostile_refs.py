"""Refs of odd names at a remote: they are passed over, named without escapes, and stop nothing."""

from __future__ import annotations

import json

import pytest

# As only somebody writes who edits files of the remote by hand, or whose Git keeps refs otherwise.
BY_HAND = {
    "folder in the way": ["lr"],
    "folder below a run": ["lr/{run}/below"],
    "folder below the record of an experiment": ["lr/about/below"],
    "name too long for a file": ["lr/" + "x" * 300, "y" * 300 + "/about"],
    "path too long for a file": ["/".join(["deep" * 15] * 90) + "/about"],
    "record at a path too long for a file": ["/".join(["deep" * 15] * 60) + "/about"],
    "case alone": ["LR/about", "Lr/{run}", "lr/ABOUT"],
    "escapes": ["lr/\x9b31mred", "lr/\x9d0;title\x9c"],
    "punctuation": ["lr/@", "lr/{{1}}", "-lr/about", "lr/-rf", "lr/$(id)", "lr/`id`", "lr/a;b"],
    "no utf-8": [b"lr/\xff\xfe".decode("utf-8", "surrogateescape")],
    "reserved": ["live/{run}", "archive/about", "about/about"],
    "unicode": ["lr/evil\u202e", "\uff4c\uff52/about", "l\u200br/{run}", "\u00e9/about"],
    "all at once": ["lr", "lr/{run}/below", "z" * 300, "LR/{run}", "lr/evil\u202e"],
}


@pytest.fixture
def shared(clones, git):
    """A run that a colleague shares, and a clone that has another one of the same experiment."""
    ada, bob, _ = clones
    old = ada.start(lr=0.1)
    assert ada.push() == {}
    bob.pull()
    new = ada.start(lr=0.2)
    assert ada.push() == {}
    git("pack-refs", "--all", cwd=bob.top.parent / "server.git")
    return bob, old, new


def add_packed(server, names: list[str]) -> None:
    path = server / "packed-refs"
    head, *lines = path.read_bytes().splitlines(keepends=True)
    tip = next(line for line in lines if b"refs/experiments/" in line)[:40]
    for name in names:
        encoded = f"refs/experiments/{name}".encode("utf-8", "surrogateescape")
        lines.append(tip + b" " + encoded + b"\n")
    lines.sort(key=lambda line: line[41:])
    path.write_bytes(head + b"".join(lines))


@pytest.mark.parametrize("names", BY_HAND.values(), ids=BY_HAND)
@pytest.mark.parametrize("server_kind", ["path", "http_server"])
def test_odd_names_stop_nothing(request, shared, git, names, server_kind):
    bob, old, new = shared
    server = bob.top.parent / "server.git"
    if server_kind != "path":
        address = request.getfixturevalue(server_kind).url("server")
        git("remote", "set-url", "origin", address, cwd=bob.top)
    add_packed(server, [name.format(run=old) for name in names])
    before = git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top)
    own = bob.start(lr=0.3)
    done = bob.xp("pull")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "pulled from origin: 1 new\n"
    assert not {"\x1b", "\x9b", "\u202e", "\u200b"}.intersection(done.stdout + done.stderr)
    assert sorted(ref.rpartition("/")[2] for ref in bob.refs()) == sorted([old, new, own])
    done = bob.xp("push")
    if "lr" in names:  # the remote cannot make a ref below it, and says so
        assert f"not pushed: {own[:7]}" in done.stderr
        assert "cannot lock ref" in done.stderr
    else:
        assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
        assert (server / "refs/experiments/lr" / own).exists()
    found = json.loads(bob.xp("fetch", "--json").stdout)
    assert found["new"] == []
    assert git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top) == before
    assert sorted(path.name for path in bob.top.iterdir()) == [".git", "README.md", "train.py"]
    assert bob.xp("list", "-r", "origin").returncode == 0
    git("fsck", "--full", cwd=bob.top)


def test_thousands_of_odd_names_stop_nothing(shared):
    bob, _, _ = shared
    server = bob.top.parent / "server.git"
    add_packed(server, ["lr", *(f"odd-{number}/{'x' * 300}" for number in range(3000))])
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert "3,001" in done.stderr or "and 2,996 more" in done.stderr
    assert len(done.stderr) < 5000
