"""Large files go to the remote's own server before the records that name them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from servers.fixtures import LOGIN

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.meter import Meter
from gitxp.sync.large_files.git_lfs import send_by_git_lfs
from gitxp.sync.large_files.upload import Upload, upload_large_files
from gitxp.sync.large_files.wanted import large_files_to_push

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")


@pytest.fixture
def project(repo_dir, tmp_path, git, large_object_server, monkeypatch):
    """A repository that follows a bare one, and takes files of code over to Git LFS."""
    git("clone", "--quiet", "--bare", str(repo_dir), "bare.git", cwd=tmp_path)
    git("remote", "add", "origin", str(tmp_path / "bare.git"), cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=repo_dir)
    git("config", "lfs.url", large_object_server.url("bare"), cwd=repo_dir)
    git("config", "lfs.transfer.maxretries", "1", cwd=repo_dir)  # else it tries for half a minute
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    monkeypatch.chdir(repo_dir)
    return repo_dir


def start(*contents: bytes) -> str:
    """Record a run with large files, and return its tip."""
    with gitxp.start_run("lr", snapshot="each") as run:
        for number, content in enumerate(contents):
            path = Path(f"../model-{number}.pt")
            path.write_bytes(content)
            run.log_artifact(path)
    return str(gitxp.get_run(run.id).tip)


def large() -> bytes:
    return os.urandom(2 << 20)


def pointer(content: bytes) -> Pointer:
    return Pointer(hashlib.sha256(content).hexdigest(), len(content))


def by_digest(*contents: bytes) -> tuple[Pointer, ...]:
    return tuple(sorted(map(pointer, contents), key=lambda one: one.digest))


def upload(project, *tips: str, known=()) -> Upload:
    repository = open_repository(project)
    found = large_files_to_push(repository, tips, known=known)
    return upload_large_files(repository, "origin", found)


def stored(server) -> dict[str, bytes]:
    folder = server.objects("bare")
    paths = folder.iterdir() if folder.exists() else ()
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def lose(project, content: bytes) -> None:
    """Take every name of an object."""
    for path in (project / ".git").rglob(pointer(content).digest):
        path.unlink()


def test_files_of_record_and_code_are_uploaded(project, large_object_server):
    logged, coded = large(), b"short, and of Git LFS by its name alone"
    (project / "data.bin").write_bytes(coded)
    tip = start(logged)
    assert upload(project, tip) == Upload(uploaded=by_digest(logged, coded))
    assert set(stored(large_object_server).values()) == {logged, coded}


def test_files_of_unpushed_commits_are_uploaded_and_those_of_pushed_ones_are_not(
    project, large_object_server, git
):
    contents = [b"on the remote", b"of an earlier commit", b"of the commit that ran"]
    for content in contents:
        (project / "data.bin").write_bytes(content)
        git("add", "--all", cwd=project)
        git("commit", "--quiet", "--message=data", cwd=project)
        if content == contents[0]:
            git("push", "--quiet", "origin", "main", cwd=project)
    before = set(stored(large_object_server).values())
    assert before == {contents[0]}
    known = git("rev-parse", "origin/main", cwd=project).split()
    assert upload(project, start(), known=known) == Upload(uploaded=by_digest(*contents[1:]))


def test_what_the_remote_knows_is_not_looked_at_again(project, large_object_server):
    first, second = large(), large()
    tip = start(first)
    upload(project, tip)
    assert upload(project, tip, known=[tip]) == Upload()
    assert upload(project, tip, start(second), known=[tip]) == Upload(uploaded=by_digest(second))
    assert upload(project, tip) == Upload(uploaded=by_digest(first))  # it is there


def test_meter_hears_how_far_git_lfs_is_and_costs_little(project, large_object_server, git):
    """A file that git-lfs tells it, and flushes to the disk with each line, would cost tenfold."""
    content = os.urandom(1 << 20) * 256
    repository, [found] = open_repository(project), by_digest(content)
    start(content)
    told: list[tuple[int, int]] = []

    def spent(push: Callable[[], object]) -> float:
        shutil.rmtree(large_object_server.objects("bare"), ignore_errors=True)
        began = time.perf_counter()
        push()
        return time.perf_counter() - began

    def plainly() -> None:
        git("lfs", "push", "--object-id", "origin", found.digest, cwd=project)

    def heard() -> None:
        meter = Meter(found.size, lambda done, total: told.append((done, total)))
        assert send_by_git_lfs(repository, "origin", [found], meter) == {}

    floor = min(spent(plainly) for _ in range(3))
    assert min(spent(heard) for _ in range(3)) < 3 * floor
    assert told[-1] == (len(content), len(content))
    assert {total for _, total in told} == {len(content)}


def test_meter_hears_how_much_is_checked_before_any_goes(project):
    contents = [large(), os.urandom(5 << 20)]
    told: list[tuple[str, int, int]] = []
    upload_large_files(
        open_repository(project),
        "origin",
        large_files_to_push(open_repository(project), [start(*contents)]),
        checked=lambda done, total: told.append(("checked", done, total)),
        moved=lambda done, total: told.append(("moved", done, total)),
    )
    size = sum(map(len, contents))
    assert told[-1] == ("moved", size, size)
    checked = [done for what, done, _ in told if what == "checked"]
    assert told[: len(checked)] == [("checked", done, size) for done in checked]
    assert checked == sorted(checked)
    assert checked[-1] == size
    assert len(checked) > len(contents)


def test_every_way_into_the_repository_uploads_alike(project, large_object_server, git, tmp_path):
    git("worktree", "add", "--quiet", str(tmp_path / "linked"), cwd=project)
    for place in (tmp_path / "linked", project / ".git", project):
        content = large()
        assert upload(place, start(content)) == Upload(uploaded=by_digest(content))
    assert len(stored(large_object_server)) == 3


def test_missing_file_holds_up_no_other(project, large_object_server):
    here, lost = large(), large()
    tip = start(here, lost)
    lose(project, lost)
    assert upload(project, tip) == Upload(uploaded=by_digest(here), missing=by_digest(lost))
    assert set(stored(large_object_server).values()) == {here}


def test_pruned_file_is_given_back_and_uploaded(project, large_object_server):
    content = large()
    tip = start(content)
    object_path(project / ".git", pointer(content).digest).unlink()
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    assert set(stored(large_object_server).values()) == {content}


def test_damaged_file_never_leaves(project, large_object_server):
    sound, damaged = large(), large()
    tip = start(sound, damaged)
    with object_path(project / ".git", pointer(damaged).digest).open("r+b") as file:
        file.write(b"something else")
    done = upload(project, tip)
    assert done.uploaded == by_digest(sound)
    assert [one.pointer for one in done.failed] == [pointer(damaged)]
    assert "not those that its name says" in done.failed[0].reason
    assert set(stored(large_object_server).values()) == {sound}


def test_file_that_the_server_refuses_is_told_from_the_others(project, large_object_server):
    contents = [large() for _ in range(9)]
    tip = start(*contents)
    refused = by_digest(*contents)[4]
    # A folder lies where the server would write the file.
    (large_object_server.objects("bare") / refused.digest).mkdir(parents=True)
    done = upload(project, tip)
    assert [one.pointer for one in done.failed] == [refused]
    assert "500" in done.failed[0].reason
    assert set(done.uploaded) == {*map(pointer, contents)} - {refused}
    assert len(stored(large_object_server)) == len(contents) - 1


def test_server_that_does_not_answer_fails_all_in_git_lfs_words(project, git):
    contents = [large() for _ in range(3)]
    tip = start(*contents)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{one.getsockname()[1]}/team/bare.git/info/lfs"
        git("config", "lfs.url", url, cwd=project)
        done = upload(project, tip)
    assert done.uploaded == done.missing == ()
    assert tuple(one.pointer for one in done.failed) == by_digest(*contents)
    assert {"connection refused" in one.reason for one in done.failed} == {True}


def test_remote_in_a_folder_takes_large_files_by_itself(project, tmp_path, git):
    content = large()
    tip = start(content)
    git("config", "--unset", "lfs.url", cwd=project)
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    there = object_path(tmp_path / "bare.git", pointer(content).digest)
    assert there.read_bytes() == content


def test_user_hooks_do_not_run_and_settings_stay(project, git):
    (project / ".git/hooks/pre-push").write_text("#!/bin/sh\ntouch ran\n")
    before = (project / ".git/config").read_bytes()
    tip = start(large())
    assert upload(project, tip).failed == ()
    assert not (project / "ran").exists()
    assert (project / ".git/config").read_bytes() == before


def test_password_is_asked_of_git(project, forge, git, monkeypatch):
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    logins = Path.home() / ".git-credentials"
    git("config", "--global", "credential.helper", "store", cwd=project)
    git("config", "--unset", "lfs.url", cwd=project)  # git-lfs finds it at the remote's address
    git("remote", "set-url", "origin", forge.url("bare"), cwd=project)
    content = large()
    tip = start(content)
    host = urlsplit(forge.address).netloc
    logins.write_text(f"http://{LOGIN.user}:analytical-engine@{host}\n")
    done = upload(project, tip)
    assert [one.pointer for one in done.failed] == [pointer(content)]
    assert "Git credentials" in done.failed[0].reason
    logins.write_text(f"http://{LOGIN.user}:{LOGIN.password}@{host}\n")
    assert upload(project, tip) == Upload(uploaded=by_digest(content))


def test_upload_that_is_killed_is_done_by_the_next_one(project, large_object_server):
    content = os.urandom(128 << 20)
    tip = start(content)
    there = large_object_server.objects("bare") / pointer(content).digest
    script = (
        "import sys\n"
        "from gitxp.storage.repository import open_repository\n"
        "from gitxp.sync.large_files.upload import upload_large_files\n"
        "from gitxp.sync.large_files.wanted import large_files_to_push\n"
        "repository = open_repository()\n"
        "found = large_files_to_push(repository, sys.argv[1:])\n"
        "upload_large_files(repository, 'origin', found)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, tip], start_new_session=True)
    while not there.exists():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert there.stat().st_size < len(content)
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    assert there.read_bytes() == content


def test_more_refusals_than_questions_leave_nothing_said_to_be_there_that_is_not(
    project, large_object_server
):
    contents = [large() for _ in range(60)]
    pointers = by_digest(*contents)
    tip = start(*contents)
    refused = {*pointers[1:-1:2]}
    for one in refused:
        (large_object_server.objects("bare") / one.digest).mkdir(parents=True)
    done = upload(project, tip)
    assert {one.pointer for one in done.failed} >= refused
    assert {one.digest for one in done.uploaded} <= set(stored(large_object_server))
    assert done.uploaded
    assert len(done.uploaded) + len(done.failed) == len(contents)
