"""Before anything leaves, what a remote lacks is looked at: secrets, size, and own commits."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
import tracemalloc

import pytest

import gitxp
from gitxp.errors import GitFailed
from gitxp.policy.resolve import load_settings
from gitxp.policy.secrets.code import find_in_bytes
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.published import published_commits
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.outgoing.look import Bounds, is_plain, look_over

GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
AWS = "AKIA" + "Z7QWERTY3UIOPASD"
PASSWORD = "c0rrect-h0rse-b4ttery"
KEY_BODY = "MIIEowIBAAKCAQEAn8s7Xo2f0vQkZ1r4u7x9y3b5d6f8h0j2l4n6p8r0t2v4x6z8"
PEM = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{KEY_BODY}\n-----END RSA {'PRIVATE'} KEY-----\n"


@pytest.fixture
def project(repo_dir, git, monkeypatch, tmp_path):
    """A repository whose remote has its history so far."""
    git("init", "--quiet", "--bare", str(tmp_path / "remote.git"), cwd=tmp_path)
    git("remote", "add", "origin", str(tmp_path / "remote.git"), cwd=repo_dir)
    git("push", "--quiet", "origin", "HEAD", cwd=repo_dir)
    monkeypatch.chdir(repo_dir)
    return repo_dir


@pytest.fixture
def commit(project, git):
    def commit_files(message="more", **files):
        for name, content in files.items():
            write(project, name.replace("__", "."), content)
        git("add", "--all", "--force", cwd=project)
        git("commit", "--quiet", "--message", message, cwd=project)
        return git("rev-parse", "HEAD", cwd=project).strip()

    return commit_files


def write(folder, path, content):
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())


def record(files=(), **words):
    with gitxp.start_run("lr", **words) as run:
        run.log({"loss": 0.5})
        for path in files:
            run.log_artifact(path)
    return gitxp.get_run(run.id).tip


def look(folder, *allowed, known=(), remote="origin", limit=None, tips=None):
    repository = open_repository(folder)
    bounds = Bounds.of(load_settings(repository, {}), allowed)
    if limit is not None:
        bounds = Bounds(limit, bounds.allowed, bounds.paths)
    tips = list(list_refs(repository, SHARED).values()) if tips is None else tips
    tracked = list_refs(repository, f"refs/remotes/{remote}/").values() if remote else ()
    found = look_over(repository, tips, [*known, *tracked], bounds)
    assert is_plain(repository, tips, [*known, *tracked], bounds) == (found == Outgoing())
    for secret in (GITHUB, AWS, PASSWORD, KEY_BODY):
        assert secret not in repr(found)
    return found


def places(found):
    return [(one.path, one.what) for one in found.secrets]


def test_ordinary_run_has_nothing_to_tell(project):
    record(params={"lr": 0.1, "max_tokens": 512, "tokenizer": "gpt2"}, hypothesis="it is better")
    found = look(project)
    assert (found.secrets, found.oversized, found.unpublished) == ((), (), ())
    assert found.unsearched == ()


def test_secret_in_tracked_code_is_found_with_its_line_masked(project):
    write(project, "train.py", f"import os\n\ntoken = '{GITHUB}'  # mine\n")
    tip = record()
    (secret,) = look(project).secrets
    assert (secret.path, secret.what, secret.line) == ("train.py", "GitHub token", 3)
    assert secret.excerpt == "token = '<redacted>' # mine"
    snapshot = open_repository(project).git("rev-parse", f"{tip}^2").decode().strip()
    assert secret.commit == snapshot


def test_secret_of_history_is_found_though_later_commits_lack_it(project, commit):
    bad = commit(deploy__sh=f"export DB_PASSWORD={PASSWORD}\n")
    good = commit("clean", deploy__sh="export LR=0.1\n")
    record()
    found = look(project)
    assert places(found) == [("deploy.sh", "value of DB_PASSWORD")]
    assert found.secrets[0].commit == bad
    assert [one.commit for one in found.unpublished] == [good, bad]


def test_private_key_and_files_of_credentials_are_found(project, commit):
    commit(**{"a__txt": PEM, ".env": "LR=0.1\n", "store__jks": b"\xfe\xed\0\0", "k/.netrc": "x"})
    record()
    found = look(project)
    assert places(found) == [
        (".env", "an environment file"),
        ("a.txt", "private key"),
        ("k/.netrc", "a file of credentials"),
        ("store.jks", "a key store"),
    ]
    assert {one.excerpt for one in found.secrets} == {""}


def test_secret_in_an_artifact_is_found_by_content_and_by_name(project, tmp_path):
    write(tmp_path, "out/config.json", f'{{"aws": "{AWS}"}}')
    write(tmp_path, "out/.netrc", "machine a")
    tip = record([str(tmp_path / "out/config.json"), str(tmp_path / "out/.netrc")])
    found = look(project)
    assert [one.path for one in found.secrets] == ["artifacts/.netrc", "artifacts/config.json"]
    assert {one.commit for one in found.secrets} == {tip}


def test_notes_are_searched_as_they_lie_in_the_record(project, git):
    """One written by gitxp is masked already; one that was put there otherwise is found."""
    tip = record()
    environment = {"GIT_INDEX_FILE": str(project.parent / "index")}
    write(project.parent, "event", f'kind = "note"\ntext = "use {GITHUB}"\n')
    blob = git("hash-object", "-w", str(project.parent / "event"), cwd=project).strip()
    name = f"events/c0/0000000000000042-{'c0ffee00' * 4}.toml"
    repository = open_repository(project)
    repository.git("read-tree", tip, environment=environment)
    entry = f"100644,{blob},{name}"
    repository.git("update-index", "--add", "--cacheinfo", entry, environment=environment)
    tree = repository.git("write-tree", environment=environment).decode().strip()
    made = git("commit-tree", tree, "-p", tip, "-m", "note", cwd=project).strip()
    assert places(look(project, tips=[made])) == [(name, "GitHub token")]


def say(folder, *words):
    subprocess.run([sys.executable, "-m", "gitxp", *words], cwd=folder, check=True)


def test_masked_records_are_clean(project):
    record(params={"db_password": PASSWORD}, hypothesis=f"with {GITHUB} it works")
    say(project, "note", "@", "-m", f"password={PASSWORD}")
    assert look(project).secrets == ()


def test_message_of_a_commit_is_searched(project, commit):
    bad = commit(f"use {GITHUB}\n\nlong story", a__py="1\n")
    record()
    found = look(project)
    assert [(one.path, one.commit) for one in found.secrets] == [("", bad)]
    assert found.unpublished[0].subject == "use <redacted>"


def test_secret_in_the_name_of_a_file_is_masked(project, commit):
    commit(**{f"key-{GITHUB}/a__txt": "x\n"})
    record()
    (secret,) = look(project).secrets
    assert "<redacted>" in secret.path
    assert look(project, secret.path).secrets == ()


def test_look_alikes_are_let_go(project, commit):
    commit(
        **{
            "train__py": "password = getpass()\ntoken = tokens[0]\nkey = 'val/accuracy'\n",
            "requirements__txt": "torch==2.1 --hash=sha256:" + "0123456789abcdef" * 4 + "\n",
            ".env.example": "API_KEY=\n",
            "id_rsa.pub": "ssh-rsa AAAAB3NzaC1yc2E ada\n",
            "table.csv": "epoch,loss\n1,0.5\n" * 100,
            "noise.bin": b"\0" + bytes(range(256)) * 100,
            "fixture__py": f"token = '{GITHUB}'  # gitxp: not a secret\n",
        }
    )
    record()
    assert look(project).secrets == ()


@pytest.mark.parametrize("allowed", ["keys/a.py", "keys", "keys/"])
def test_path_that_is_allowed_goes_and_no_other(project, commit, allowed):
    commit(**{"keys/a.py": f"t = '{GITHUB}'\n", "keys.py": f"a = '{AWS}'\n"})
    record()
    assert [one.path for one in look(project, allowed).secrets] == ["keys.py"]


def test_digits_of_a_binary_patch_are_no_secrets(project, git):
    noise = random.Random(0)
    looks_secret = base64.b85decode(b"tkEr!pwd=Z4hT9xQ2b7Ka")
    # Too far apart to be compressed; wherever a compressor puts its own bytes, some of them begin
    # a group of digits.
    parts = (noise.randbytes(33_000) + looks_secret for _ in range(24))
    write(project, "noise.bin", b"\0".join(parts))
    write(project, "new.py", f"{'password'} = '{PASSWORD}'\n")
    tip = record()
    patch = git("show", f"{tip}:code.diff", cwd=project).encode()
    assert find_in_bytes(patch, "code.diff")
    assert places(look(project)) == [("new.py", "value of password")]
    assert look(project, "new.py").secrets == ()


def test_words_that_the_team_allows_are_no_secrets(project, commit):
    commit(a__py=f"t = '{GITHUB}'\n")
    write(project, ".gitxp.toml", '[secrets]\nallowed = ["GitHub token"]\n')
    record()
    assert look(project).secrets == ()


def test_what_the_remote_has_is_not_looked_at(project, commit, git):
    commit(a__py=f"t = '{GITHUB}'\n")
    git("push", "--quiet", "origin", "HEAD", cwd=project)
    tip = record()
    found = look(project)
    assert (found.secrets, found.unpublished) == ((), ())
    assert len(look(project, remote=None).secrets) == 1
    assert look(project, known=[tip], remote=None).secrets == ()


def test_other_remote_has_nothing_of_what_one_has(project, commit, git, tmp_path):
    git("init", "--quiet", "--bare", str(tmp_path / "lab.git"), cwd=tmp_path)
    git("remote", "add", "lab", str(tmp_path / "lab.git"), cwd=project)
    bad = commit(a__py=f"t = '{GITHUB}'\n")
    git("push", "--quiet", "origin", "HEAD", cwd=project)
    record()
    found = look(project, remote="lab")
    assert len(found.secrets) == 1
    assert found.unpublished[0].commit == bad
    assert len(found.unpublished) == 2


def test_known_commit_that_is_not_here_is_passed_over(project):
    here = open_repository(project).git("rev-parse", "HEAD").decode().strip()
    told = [here, "0123456789" * 4]
    assert published_commits(open_repository(project), told, ()) == {here}


def test_tip_that_is_not_here_is_an_error(project):
    with pytest.raises(GitFailed):
        look(project, tips=["0123456789" * 4])


def test_nothing_to_send_is_nothing_to_tell(project):
    assert look(project).secrets == ()


def test_file_that_is_too_large_is_told(project, commit):
    bad = commit(**{"data.bin": os.urandom(5000), "small.bin": os.urandom(3000)})
    record()
    found = look(project, limit=4000)
    assert [(one.path, one.commit, one.size) for one in found.oversized] == [
        ("data.bin", bad, 5000)
    ]


def test_long_file_is_searched_to_its_end_in_bounded_memory(project, commit):
    line = b"0.12345,1.5,hello\n"
    long = line * ((20 << 20) // len(line)) + f"t = '{GITHUB}'\n".encode()
    commit(**{"table.csv": long, "noise.bin": b"\0" + os.urandom(20 << 20)})
    record()
    tracemalloc.start()
    try:
        found = look(project)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert places(found) == [("table.csv", "GitHub token")]
    assert found.unsearched == ()
    assert peak < 100 << 20


def test_file_beyond_all_bounds_is_told(project, commit):
    commit(**{"noise.bin": bytes(70 << 20)})
    record()
    found = look(project, limit=1 << 30)
    assert [one.path for one in found.unsearched] == ["noise.bin"]
    assert found.unsearched[0].reason == "only its first 64 MiB were searched"


def test_secret_behind_the_first_mebibyte_has_its_line(project, commit):
    lines = "epoch\n" * 300_000
    commit(**{"log.txt": lines + f"t = '{GITHUB}'\n"})
    record()
    (secret,) = look(project).secrets
    assert secret.line == 300_001
    assert secret.excerpt == "t = '<redacted>'"


def test_points_and_records_of_records_are_no_history(project):
    """Edits and resumed sessions add records; neither they nor snapshots are the user's commits."""
    write(project, "a.py", "print(1)\n")
    with gitxp.start_run("lr") as run:
        run.log({"loss": 0.5})
    with gitxp.start_run(resume=run.id):
        pass
    say(project, "note", run.id, "-m", "seen")
    assert look(project).unpublished == ()


def test_own_commit_that_looks_like_a_record_is_listed(project, commit):
    bad = commit("lr: a (finished)\n\nRun-Id: 0\nFormat: 1", a__py="1\n")
    record()
    assert [one.commit for one in look(project).unpublished] == [bad]


def test_each_content_is_told_once(project, commit):
    for number in range(3):
        commit(a__py=f"t = '{GITHUB}'\n", b__py=f"{number}\n")
        record()
    assert len(look(project).secrets) == 1


def test_partial_clone_says_what_it_cannot_search(project, commit, git, tmp_path):
    """What is missing here came from the promisor, and goes to another remote unsearched."""
    commit(**{"large.txt": "epoch\n" * 20_000, "a.py": f"t = '{GITHUB}'\n"})
    git("push", "--quiet", "origin", "HEAD", cwd=project)
    remote, clone = tmp_path / "remote.git", tmp_path / "partial"
    git("config", "uploadpack.allowFilter", "true", cwd=remote)
    words = ("--quiet", "--no-checkout", "--filter=blob:limit=1k")
    git("clone", *words, f"file://{remote}", str(clone), cwd=tmp_path)
    tip = git("rev-parse", "HEAD", cwd=project).strip()
    found = look(clone, remote=None, tips=[tip])
    assert [one.path for one in found.secrets] == ["a.py"]
    assert [one.reason for one in found.unsearched] == ["is not in this clone"]


def test_shallow_clone_is_searched_as_far_as_it_goes(project, commit, git, tmp_path):
    commit(**{"a.py": "1\n"})
    commit(**{"b.py": f"t = '{GITHUB}'\n"})
    git("push", "--quiet", "origin", "HEAD", cwd=project)
    remote = f"file://{tmp_path / 'remote.git'}"
    git("clone", "--quiet", "--depth=1", remote, "shallow", cwd=tmp_path)
    tip = git("rev-parse", "HEAD", cwd=project).strip()
    assert [one.path for one in look(tmp_path / "shallow", remote=None, tips=[tip]).secrets] == [
        "b.py"
    ]
