"""A remote that hangs up over what is damaged keeps no sound run; a broken way blames none."""

from __future__ import annotations

import json

import pytest
from object_files import loosen, lose, object_file


@pytest.fixture(params=["http_server", "git_daemon"])
def address(request, bare) -> str:
    """Where nothing is heard of an empty commit but that the remote hangs up."""
    return request.getfixturevalue(request.param).url("bare")


@pytest.fixture
def ada(bare, make_clone):
    """Somebody who has pushed four runs."""
    return push_runs(make_clone(bare, "ada"), range(4))


def push_runs(clone, numbers):
    for number in numbers:
        clone.start(lr=number)
    clone.push()
    return clone


def empty(bare, refs, beside) -> set[str]:
    """Leave files of some commits as a power cut does; return the refs."""
    loosen(bare, beside)
    for ref in refs:
        path = object_file(bare, ref)
        path.chmod(0o644)
        path.write_bytes(b"")
    return set(refs)


def check_all_but(lost: set[str], new: int, ada, bob) -> None:
    """Pull, and check that what is sound is here, and that of the others each is named."""
    for count in (f"{new} new" if new else "nothing new", "nothing new"):
        done = bob.xp("pull")
        assert done.returncode == 1, done.stderr
        assert done.stdout == f"pulled from origin: {count}\n"
        assert bob.refs() == {ref: tip for ref, tip in ada.refs().items() if ref not in lost}
    told = json.loads(bob.xp("pull", "--json").stdout)
    assert told["missed"].keys() == lost
    assert not told["unreached"]
    assert not [why for why in told["missed"].values() if "connection broke" in why]


@pytest.mark.parametrize(("new", "damaged"), [(2, 2), (10, 8)])
def test_most_of_what_is_new_is_damaged(ada, bare, address, make_clone, tmp_path, new, damaged):
    bob = make_clone(address, "bob")
    bob.pull()
    push_runs(ada, range(4, 4 + new))
    lost = empty(bare, sorted(ada.refs().keys() - bob.refs().keys())[:damaged], tmp_path)
    check_all_but(lost, new - damaged, ada, bob)


def test_many_are_damaged_for_a_clone_that_has_nothing_yet(
    ada, bare, address, make_clone, git, tmp_path
):
    push_runs(ada, range(4, 16))
    lost = empty(bare, sorted(ada.refs())[:10], tmp_path)
    git("init", "--quiet", "bob", cwd=tmp_path)
    git("remote", "add", "origin", address, cwd=tmp_path / "bob")
    check_all_but(lost, 6, ada, type(ada)(tmp_path / "bob"))


@pytest.mark.parametrize("version", ["0", "2"])
def test_what_both_had_is_damaged_there(ada, bare, address, make_clone, git, tmp_path, version):
    bob = make_clone(address, "bob")
    git("config", "protocol.version", version, cwd=bob.top)
    bob.pull()
    push_runs(ada, [4, 5, 6])
    empty(bare, bob.refs(), tmp_path)
    fetched = bob.fetch()
    assert (len(fetched.new), fetched.missed, fetched.unreached) == (3, {}, ())
    bob.merge()
    assert bob.refs() == ada.refs()


@pytest.mark.parametrize("talks", range(4, 10))
def test_way_that_breaks_between_blames_no_sound_run(ada, bare, make_clone, git, tmp_path, talks):
    push_runs(ada, [4, 5])
    loosen(bare, tmp_path)
    lost = next(iter(ada.refs()))
    lose(bare, f"{lost}:params.toml")
    bob = make_clone(bare.as_uri(), "bob")
    count, script = tmp_path / "count", tmp_path / "git-upload-pack"
    script.write_text(
        f"#!/bin/sh\necho >> {count}\n"
        f'[ $(wc -l < {count}) -gt {talks} ] || exec git-upload-pack "$@"\n'
        'git-upload-pack --stateless-rpc --advertise-refs "$@"; head -c 4\n'
    )
    script.chmod(0o755)
    git("config", "remote.origin.uploadpack", str(script), cwd=bob.top)
    done = bob.xp("pull", "--json")
    assert done.returncode in (1, 128)
    if done.returncode == 1:
        assert json.loads(done.stdout)["missed"].keys() <= {lost}
    git("config", "--unset", "remote.origin.uploadpack", cwd=bob.top)
    bob.xp("pull")
    assert bob.refs() == {ref: tip for ref, tip in ada.refs().items() if ref != lost}
