"""A large file that did not get there is remembered, told, and sent by the next push."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.not_uploaded import (
    NotUploaded,
    read_not_uploaded,
    write_not_uploaded,
)

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")

NOWHERE = "http://127.0.0.1:1/team/bare.git/info/lfs"


@pytest.fixture
def project(repo_dir, bare, git, large_object_server, monkeypatch):
    git("remote", "add", "origin", str(bare), cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=repo_dir)
    git("config", "lfs.url", large_object_server.url("bare"), cwd=repo_dir)
    git("config", "lfs.transfer.maxretries", "1", cwd=repo_dir)
    monkeypatch.chdir(repo_dir)
    return repo_dir


def start(content: bytes) -> str:
    path = Path("../model.pt")
    path.write_bytes(content)
    with gitxp.start_run("lr", snapshot="each") as run:
        run.log_artifact(path)
    return str(gitxp.get_run(run.id).artifacts[0].oid)


def xp(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitxp", *words], capture_output=True, text=True, check=False
    )


def told() -> list[dict[str, object]] | None:
    (remote,) = json.loads(xp("status", "--json").stdout)["remotes"]
    return remote["not_uploaded"]


def stored(server) -> set[str]:
    folder = server.objects("bare")
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_failed_file_holds_up_no_record_and_goes_with_the_next_push(
    project, git, bare, large_object_server
):
    git("config", "lfs.url", NOWHERE, cwd=project)
    digest = start(os.urandom(2 << 20))
    done = xp("push")
    assert done.returncode == 1
    assert done.stdout == "pushed to origin: 1 run\n"
    assert f"large file not uploaded: {digest[:12]}" in done.stderr
    assert "refs/experiments/lr" in git("for-each-ref", cwd=bare)
    (one,) = told()
    assert (one["digest"], one["size"]) == (digest, 2 << 20)
    assert "refused" in one["reason"]
    assert f"{digest[:12]} (2 MiB)" in xp("status").stdout

    git("config", "lfs.url", large_object_server.url("bare"), cwd=project)
    done = xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: nothing new\n")
    assert stored(large_object_server) == {digest}
    assert told() == []
    assert "large file" not in xp("status").stdout


def test_missing_file_is_remembered_until_it_is_here(project, large_object_server, tmp_path):
    digest = start(os.urandom(2 << 20))
    aside = tmp_path / "aside"
    path = object_path(project / ".git", digest)
    path.rename(aside)
    for second in (project / ".git").rglob(digest):
        second.unlink()
    assert xp("push").returncode == 0
    assert [(one["digest"], one["reason"]) for one in told()] == [(digest, "")]
    assert "it is not here, either" in xp("status").stdout
    assert stored(large_object_server) == set()
    aside.rename(path)
    assert xp("push").returncode == 0
    assert stored(large_object_server) == {digest}
    assert told() == []


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff\0" * 999])
def test_file_that_was_cut_short_is_unknown_and_the_next_push_looks(
    project, git, large_object_server, damage
):
    git("config", "lfs.url", NOWHERE, cwd=project)
    digests = {start(os.urandom(2 << 20)) for _ in range(2)}
    xp("push")
    (file,) = (project / ".git/gitxp/remotes").glob("*.large")
    file.write_bytes(damage or file.read_bytes()[:-20])
    assert told() is None
    assert "is not known: git xp push looks" in xp("status").stdout
    git("config", "lfs.url", large_object_server.url("bare"), cwd=project)
    assert xp("push").returncode == 0
    assert stored(large_object_server) == digests
    assert told() == []


def test_push_that_is_refused_after_the_upload_failed_forgets_nothing(project, git, bare):
    git("config", "lfs.url", NOWHERE, cwd=project)
    digest = start(os.urandom(2 << 20))
    hook = bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert xp("push").returncode != 0
    assert [one["digest"] for one in told()] == [digest]


def test_every_prefix_of_the_file_is_read_as_unknown(repo_dir):
    repository = open_repository(repo_dir)
    found = [NotUploaded(Pointer(sign * 64, 7), f"why\t{sign}\n") for sign in "ab"]
    write_not_uploaded(repository, "url", found)
    assert read_not_uploaded(repository, "url") == (
        NotUploaded(Pointer("a" * 64, 7), "why a"),
        NotUploaded(Pointer("b" * 64, 7), "why b"),
    )
    (file,) = (repo_dir / ".git/gitxp/remotes").iterdir()
    content = file.read_bytes()
    for end in range(len(content) - 1):
        file.write_bytes(content[:end])
        assert read_not_uploaded(repository, "url") is None
    write_not_uploaded(repository, "url", ())
    assert not file.exists()
    assert read_not_uploaded(repository, "url") == ()


def test_hook_that_refuses_is_asked_before_any_large_file_leaves(project, large_object_server):
    run = start(os.urandom(2 << 20))
    hook = project / ".git/hooks/pre-push"
    hook.write_text('#!/bin/sh\necho "not today" >&2\nexit 1\n')
    hook.chmod(0o755)
    done = xp("push")
    assert (done.returncode, stored(large_object_server)) == (128, set())
    assert "not today" in done.stderr
    hook.write_text('#!/bin/sh\necho "well, go"\n')
    done = xp("push")
    assert (done.returncode, stored(large_object_server)) == (0, {run})
    assert "well, go" in done.stderr


def test_secret_in_a_large_file_stops_the_push(project, large_object_server):
    line = b"0.12345,1.5,hello\n"
    text = line * ((2 << 20) // len(line)) + b"password = 'hunter2hunter2'\n"
    digest = start(text)
    done = xp("push")
    assert done.returncode == 1
    assert "secret: artifacts/model.pt:116509 in" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert stored(large_object_server) == set()
    done = xp("push", "--allow-secret", "model.pt")
    assert (done.returncode, stored(large_object_server)) == (0, {digest}), done.stderr


def test_large_files_that_would_go_are_told(project):
    digest = start(os.urandom(2 << 20))
    assert "would go, with Git LFS: artifacts/model.pt (2 MiB)\n" in xp("push", "-n").stdout
    planned = json.loads(xp("push", "-n", "--json").stdout)["large_files"]
    assert planned == {
        "planned": [{"path": "artifacts/model.pt", "digest": digest, "size": 2 << 20}]
    }


def test_text_that_is_longer_than_what_is_searched_is_told(project):
    line = b"0.12345,1.5,hello\n"
    start(line * ((9 << 20) // len(line)))
    note = "artifacts/model.pt: only its first 8 MiB were searched"
    assert f"note: not searched for secrets: {note}" in xp("push", "-n").stderr
    (told,) = json.loads(xp("push", "-n", "--json").stdout)["unsearched"]
    assert (told["path"], told["reason"]) == tuple(note.split(": "))
