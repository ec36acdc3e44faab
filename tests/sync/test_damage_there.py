"""One record that a remote cannot send, however it fails, keeps no other from arriving."""

from __future__ import annotations

import json
import secrets
import subprocess
import zlib
from pathlib import Path

import psutil
import pytest
from object_files import loosen, lose, object_file
from servers.fixtures import LOGIN

from gitxp.storage.refs import SHARED
from gitxp.storage.transport.not_sent import read_not_sent


@pytest.fixture(params=["path", "http_server", "git_daemon"])
def address(request, bare) -> str:
    if request.param == "path":
        return bare.as_uri()  # a clone by the bare path has every object from the start
    return request.getfixturevalue(request.param).url("bare")


@pytest.fixture
def ada(bare, make_clone):
    """Somebody who has pushed six runs."""
    ada = make_clone(bare, "ada")
    for number in range(6):
        ada.start(lr=number)
    ada.push()
    return ada


def short(ref: str) -> str:
    return ref.rpartition("/")[2][:7]


def check_all_but(lost: str, ada, bob) -> str:
    """Pull, check that all the others come and that it is named; return what is said."""
    for count in (5, 0):  # once nothing else is left, too
        done = bob.xp("pull")
        assert done.returncode == 1, done.stderr
        assert done.stdout.startswith(
            f"pulled from origin: {f'{count} new' if count else 'nothing'}"
        )
        assert f"warning: {short(lost)} lr does not come from origin: " in done.stderr
        assert done.stderr.count("warning: ") == 1
    assert bob.refs() == {ref: tip for ref, tip in ada.refs().items() if ref != lost}
    told = json.loads(bob.xp("pull", "--json").stdout)["missed"]
    assert told.keys() == {lost}
    assert told[lost]
    return done.stderr


def test_damaged_pack(ada, bare, address, make_clone, git, tmp_path):
    loosen(bare, tmp_path)
    lost = next(iter(ada.refs()))
    oid = git("rev-parse", f"{lost}:run.toml", cwd=bare).strip()
    git("repack", "-adq", "--depth=0", cwd=bare)
    [index] = (bare / "objects" / "pack").glob("*.idx")
    listed = git("verify-pack", "-v", str(index), cwd=bare)
    [offset] = [int(line.split()[4]) for line in listed.splitlines() if line.startswith(oid)]
    pack = index.with_suffix(".pack")
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.seek(offset + 4)
        file.write(b"\xff" * 8)
    check_all_but(lost, ada, make_clone(address, "bob"))


@pytest.mark.parametrize("version", ["0", "2"])
@pytest.mark.parametrize("is_empty", [False, True])
def test_lost_commit(ada, bare, address, make_clone, git, tmp_path, version, is_empty):
    loosen(bare, tmp_path)
    lost = next(iter(ada.refs()))
    path = object_file(bare, lost)
    path.unlink()
    if is_empty:
        path.touch()
    bob = make_clone(address, "bob")
    git("config", "protocol.version", version, cwd=bob.top)
    check_all_but(lost, ada, bob)


def test_record_that_the_users_own_check_refuses(ada, bare, address, make_clone, git):
    lost = next(iter(ada.refs()))
    tree = git("rev-parse", f"{lost}^{{tree}}", cwd=bare).strip()
    entry = b"40000 .git\0" + bytes.fromhex(tree)
    literally = ["git", "hash-object", "--literally", "-w", "--stdin", "-t", "tree"]
    made = subprocess.run(literally, input=entry, cwd=bare, capture_output=True, check=True)
    commit = git("commit-tree", made.stdout.decode().strip(), "-m", "evil", cwd=bare).strip()
    git("update-ref", lost, commit, cwd=bare)
    bob = make_clone(address, "bob")
    git("config", "transfer.fsckObjects", "true", cwd=bob.top)
    assert "hasDotgit" in check_all_but(lost, ada, bob)


def break_way(bob, git, tmp_path) -> Path:
    """Who only lists what is there is answered; else it hangs up once it has said who it is.

    Returns a file of a line a talk.
    """
    count, script = tmp_path / "count", tmp_path / "git-upload-pack"
    script.write_text(
        f"#!/bin/sh\necho >> {count}\ncase $(wc -l < {count}) in\n"
        '1|3) exec git-upload-pack "$@";;\n'
        '*) git-upload-pack --stateless-rpc --advertise-refs "$@"; head -c 4;;\nesac\n'
    )
    script.chmod(0o755)
    git("config", "remote.origin.uploadpack", str(script), cwd=bob.top)
    return count


def test_way_that_always_breaks_is_told_soon(ada, bare, make_clone, git, tmp_path):
    bob = make_clone(bare.as_uri(), "bob")
    count = break_way(bob, git, tmp_path)
    done = bob.xp("pull")
    assert done.returncode == 128, done.stderr
    assert "hung up" in done.stderr or "expected '" in done.stderr
    assert "warning" not in done.stderr
    # What is there, all, what is there by now; some, whether it answers at all; and a few more.
    assert len(count.read_text().splitlines()) == 10


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_way_that_breaks_is_no_fault_of_a_few_runs(bare, make_clone, git, tmp_path, runs):
    ada = make_clone(bare, "ada")
    for number in range(runs):
        ada.start(lr=number)
    ada.push()
    bob = make_clone(bare.as_uri(), "bob")
    break_way(bob, git, tmp_path)
    done = bob.xp("pull")
    if runs == 1:  # nobody can tell
        assert done.returncode == 1
        assert f"{short(*ada.refs())} lr does not come from origin: " in done.stderr
        assert "(or the connection broke)" in done.stderr
    else:
        assert done.returncode == 128
        assert "hung up" in done.stderr or "expected '" in done.stderr
        assert "hint: the connection broke, or the remote died over what is damaged" in done.stderr
        assert "warning" not in done.stderr
    git("config", "--unset", "remote.origin.uploadpack", cwd=bob.top)
    assert bob.xp("pull").stdout == f"pulled from origin: {runs} new\n"


@pytest.fixture
def damaged(bare) -> set[str]:
    """The refs of two hundred records of a remote whose trees it has lost."""
    commit = "tree {}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\n"
    words = ["git", "hash-object", "--literally", "-w", "--stdin", "-t", "commit"]
    refs = {f"{SHARED}lr/{secrets.token_hex(16)}" for _ in range(200)}
    for ref in refs:
        given = commit.format(secrets.token_hex(20)).encode()
        made = subprocess.run(words, cwd=bare, input=given, capture_output=True, check=True)
        (bare / ref).parent.mkdir(parents=True, exist_ok=True)
        (bare / ref).write_bytes(made.stdout)
    return refs


def test_what_was_not_told_apart_is_no_fault_of_any(ada, bare, damaged, make_clone):
    """Of two hundred damaged records not each is found at once; the sound ones come in the end."""
    bob = make_clone(bare.as_uri(), "bob")
    done = bob.xp("fetch", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["missed"].keys() <= damaged
    assert all(found["missed"].values())
    assert found["unreached"]
    came = {*found["new"], *found["missed"], *found["unreached"]}
    assert came == damaged | ada.refs().keys()
    told = bob.xp("pull")
    assert told.returncode == 1
    assert "were not reached, since some among them do not come" in told.stderr
    for ref in ada.refs():
        assert f"{short(ref)} lr does not come" not in told.stderr
    told_apart = len(found["missed"])
    for _ in range(6):  # each tells some more apart
        fetched = bob.fetch()
        assert len(fetched.missed) > told_apart or not fetched.unreached
        told_apart = len(fetched.missed)
    assert fetched.missed.keys() == damaged
    bob.merge()
    assert bob.refs() == ada.refs()
    ada.start(lr=7)
    ada.push()
    assert bob.fetch().new == tuple(ada.refs().keys() - bob.refs().keys())


def test_what_was_mended_there_comes_though_others_are_damaged_yet(ada, bare, make_clone, tmp_path):
    loosen(bare, tmp_path)
    mended, damaged, *_ = ada.refs()
    kept = object_file(bare, f"{mended}:params.toml").read_bytes()
    for lost in (mended, damaged):
        lose(bare, f"{lost}:params.toml")
    bob = make_clone(bare.as_uri(), "bob")
    assert bob.fetch().missed.keys() == {mended, damaged}
    (path := tmp_path / "mended").write_bytes(zlib.decompress(kept).partition(b"\0")[2])
    written = ["git", "hash-object", "-w", "--no-filters", str(path)]
    subprocess.run(written, cwd=bare, check=True, stdout=subprocess.DEVNULL)
    fetched = bob.fetch()
    assert (fetched.new, fetched.missed.keys()) == ((mended,), {damaged})


def test_password_is_not_asked_for_by_each_piece_and_is_forgotten(
    ada, bare, password_server, make_clone, git, tmp_path
):
    loosen(bare, tmp_path)
    lost = next(iter(ada.refs()))
    checkpoint = git("commit-tree", f"{lost}^{{tree}}", "-m", "live", cwd=bare).strip()
    lose(bare, f"{lost}:params.toml")
    git("update-ref", f"{SHARED}lr/live/{secrets.token_hex(16)}", checkpoint, cwd=bare)
    bob = make_clone(bare.as_uri(), "bob")
    git("remote", "set-url", "origin", password_server.url("bare"), cwd=bob.top)
    asked, script = tmp_path / "asked", tmp_path / "askpass"
    script.write_text(
        f'#!/bin/sh\necho "$1" >> {asked}\n'
        f'case "$1" in Username*) echo {LOGIN.user};; *) echo {LOGIN.password};; esac\n'
    )
    script.chmod(0o755)
    done = bob.xp("pull", GIT_ASKPASS=str(script))
    assert (done.returncode, done.stdout) == (1, "pulled from origin: 5 new\n"), done.stderr
    assert f"{short(lost)} lr does not come" in done.stderr
    # What is there, all, what is there by now, and the pieces.
    assert asked.read_text().count("Password") == 4
    assert not list((bob.top / ".git" / "gitxp" / "carriers").iterdir())
    running = (" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))
    assert not [words for words in running if str(bob.top) in words]


def test_what_came_is_kept_where_asking_again_fails(ada, bare, make_clone, git, tmp_path):
    loosen(bare, tmp_path)
    lost = next(iter(ada.refs()))
    lose(bare, f"{lost}:params.toml")
    bob = make_clone(bare.as_uri(), "bob")
    why = bob.fetch().missed[lost]
    bob.merge()
    ada.start(lr=7)
    ada.push()
    count, script = tmp_path / "count", tmp_path / "git-upload-pack"
    script.write_text(
        f"#!/bin/sh\necho >> {count}\ncase $(wc -l < {count}) in\n"
        '1|2) exec git-upload-pack "$@";;\n'
        '*) echo "fatal: Connection timed out" >&2; exit 1;;\nesac\n'
    )
    script.chmod(0o755)
    git("config", "remote.origin.uploadpack", str(script), cwd=bob.top)
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (1, "pulled from origin: 1 new\n"), done.stderr
    assert f"{short(lost)} lr does not come from origin: {why}" in done.stderr
    assert len(count.read_text().splitlines()) == 3
    assert bob.refs() == {ref: tip for ref, tip in ada.refs().items() if ref != lost}
    assert bob.xp("pull").returncode == 128  # nothing else was asked for


def test_each_fetch_brings_sound_runs_where_hundreds_are_named(bare, make_clone):
    """Git names one of them a talk, and there are more than it may name in one fetch."""
    (bare / SHARED / "lr").mkdir(parents=True)
    for _ in range(300):
        oid, run = secrets.token_hex(20), secrets.token_hex(16)
        (bare / SHARED / "lr" / run).write_text(f"{oid}\n")
        (path := object_file(bare, oid)).parent.mkdir(exist_ok=True)
        path.touch()
    sound = {f"{SHARED}lr/{secrets.token_hex(16)}" for _ in range(100)}
    commit = "commit {}\ncommitter a <a@b> {} +0000\ndata 0\n"
    given = "".join(commit.format(ref, at) for at, ref in enumerate(sound))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=bare, input=given, text=True, check=True)
    bob = make_clone(bare.as_uri(), "bob")
    came: set[str] = set()
    while came != sound:
        fetched = bob.fetch()
        assert fetched.new
        assert not sound & fetched.missed.keys()
        came |= set(fetched.new)


def test_what_a_remote_let_go_of_is_remembered_no_more(ada, bare, make_clone, git, tmp_path):
    loosen(bare, tmp_path)
    removed, damaged, later, *_ = ada.refs()
    for lost in (removed, damaged, later):
        lose(bare, f"{lost}:params.toml")
    tip = ada.refs()[later]
    git("update-ref", "-d", later, cwd=bare)
    bob = make_clone(bare.as_uri(), "bob")
    assert bob.fetch().missed.keys() == {removed, damaged}
    git("update-ref", "-d", removed, cwd=bare)
    git("update-ref", later, tip, cwd=bare)
    assert bob.fetch().missed.keys() == {damaged, later}
    assert read_not_sent(bob.repository, bob.remote.url).keys() == {damaged, later}
