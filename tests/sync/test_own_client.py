"""Where git-lfs is missing, large files go and come by our own client of its servers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from servers.fixtures import LOGIN, remember

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.artifacts.transfer.moving import bring_large_file
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.meter import Meter
from gitxp.sync.large_files.upload import Upload, upload_large_files
from gitxp.sync.large_files.wanted import large_files_to_push

pytestmark = pytest.mark.usefixtures("without_git_lfs")

# `GITXP_TEST_TIMES=50` for more.
KILLS = int(os.environ.get("GITXP_TEST_TIMES", "6"))


@pytest.fixture
def project(repo_dir, bare, git, large_object_server, monkeypatch):
    """A repository whose remote keeps large files on a server that everybody may use."""
    git("remote", "add", "origin", str(bare), cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=repo_dir)
    git("config", "lfs.url", large_object_server.url("bare"), cwd=repo_dir)
    monkeypatch.chdir(repo_dir)
    return repo_dir


@pytest.fixture
def guarded(project, forge, git, monkeypatch):
    """The same, where git-lfs would find the server at the remote's address, for `LOGIN` alone."""
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    git("config", "--global", "credential.helper", "store", cwd=project)
    git("config", "--unset", "lfs.url", cwd=project)
    git("remote", "set-url", "origin", forge.url("bare"), cwd=project)
    return forge


def large(size: int = 2 << 20) -> bytes:
    return random.randbytes(size)


def pointer(content: bytes) -> Pointer:
    return Pointer(hashlib.sha256(content).hexdigest(), len(content))


def by_digest(*contents: bytes) -> tuple[Pointer, ...]:
    return tuple(sorted(map(pointer, contents), key=lambda one: one.digest))


def start(*contents: bytes) -> str:
    """Record a run with large files, and return its tip."""
    with gitxp.start_run("lr", snapshot="each") as run:
        for number, content in enumerate(contents):
            path = Path(f"../model-{number}.pt")
            path.write_bytes(content)
            run.log_artifact(path)
    return str(gitxp.get_run(run.id).tip)


def upload(project, *tips: str, moved=None) -> Upload:
    repository = open_repository(project)
    found = large_files_to_push(repository, tips)
    return upload_large_files(repository, "origin", found, moved=moved)


def stored(server) -> dict[str, bytes]:
    folder = server.objects("bare")
    paths = folder.iterdir() if folder.exists() else ()
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def test_files_go_and_what_is_there_is_not_sent_again(project, large_object_server):
    contents = [large(), large(3 << 20), large()]
    told: list[tuple[int, int]] = []
    tip = start(*contents)
    done = upload(project, tip, moved=lambda *now: told.append(now))
    assert done == Upload(uploaded=by_digest(*contents))
    assert set(stored(large_object_server).values()) == {*contents}
    total = sum(map(len, contents))
    assert told[-1] == (total, total)
    # One that is sent anew, as where the machine is too busy to answer in time, counts anew.
    assert all(0 <= done <= total for done, _ in told)
    assert len({done for done, _ in told}) > len(contents)
    path = large_object_server.objects("bare") / pointer(contents[0]).digest
    before = path.stat()
    assert upload(project, tip) == done
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_file_without_bytes_goes(project, large_object_server):
    (project / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    empty = pointer(b"")
    path = object_path(project / ".git", empty.digest)
    path.parent.mkdir(parents=True)
    path.touch()
    done = upload_large_files(open_repository(project), "origin", [empty])
    assert done == Upload(uploaded=(empty,))
    assert stored(large_object_server) == {empty.digest: b""}


def test_one_that_the_server_refuses_is_told_from_the_others(project, git, large_object_server):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    contents = [large() for _ in range(9)]
    tip = start(*contents)
    refused = by_digest(*contents)[4]
    # A folder lies where the server would write the file.
    (large_object_server.objects("bare") / refused.digest).mkdir(parents=True)
    done = upload(project, tip)
    assert [one.pointer for one in done.failed] == [refused]
    assert "500" in done.failed[0].reason
    assert set(done.uploaded) == {*map(pointer, contents)} - {refused}


def test_more_than_one_batch_goes(project, large_object_server):
    contents = [b"%d" % number for number in range(130)]
    for content in contents:
        path = object_path(project / ".git", pointer(content).digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = by_digest(*contents)
    done = upload_large_files(open_repository(project), "origin", found)
    assert done == Upload(uploaded=found)
    assert len(stored(large_object_server)) == 130


def test_server_that_does_not_answer_fails_all(project, git):
    git("config", "lfs.transfer.maxretries", "2", cwd=project)
    git("config", "lfs.url", "http://127.0.0.1:1/team/bare.git/info/lfs", cwd=project)
    contents = [large() for _ in range(3)]
    done = upload(project, start(*contents))
    assert tuple(one.pointer for one in done.failed) == by_digest(*contents)
    assert {"127.0.0.1:1 cannot be reached" in one.reason for one in done.failed} == {True}


def test_page_for_people_is_no_answer(project, git, http_server):
    git("config", "lfs.url", f"{http_server.address}/", cwd=project)
    done = upload(project, start(large()))
    assert "the server answers 4" in done.failed[0].reason


def test_damaged_file_never_leaves(project, large_object_server):
    content = large()
    tip = start(content)
    with object_path(project / ".git", pointer(content).digest).open("r+b") as file:
        file.write(b"something else")
    assert [one.pointer for one in upload(project, tip).failed] == [pointer(content)]
    assert stored(large_object_server) == {}


def test_password_is_asked_of_git_and_a_wrong_one_is_forgotten(guarded, project):
    content = large()
    tip = start(content)
    assert "wants a password" in upload(project, tip).failed[0].reason
    remember(guarded, "analytical-engine")
    assert "takes no such name and password" in upload(project, tip).failed[0].reason
    logins = Path.home() / ".git-credentials"
    assert logins.read_text() == ""
    remember(guarded)
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    assert LOGIN.password in logins.read_text()


def test_password_may_stand_in_the_address(guarded, project, git):
    place = urlsplit(guarded.url("bare"))
    url = place._replace(netloc=f"{LOGIN.user}:{LOGIN.password}@{place.netloc}").geturl()
    git("remote", "set-url", "origin", url, cwd=project)
    content = large()
    assert upload(project, start(content)) == Upload(uploaded=by_digest(content))


def test_header_of_the_users_lets_in(guarded, project, git):
    pair = base64.b64encode(f"{LOGIN.user}:{LOGIN.password}".encode()).decode()
    key = f"http.{guarded.address}/.extraHeader"
    git("config", key, f"Authorization: Basic {pair}", cwd=project)
    content = large()
    assert upload(project, start(content)) == Upload(uploaded=by_digest(content))


def authenticates(home: Path, href: str, *, status: int = 0) -> Path:
    """Put a `git-lfs-authenticate` on the server that lets whoever came by SSH in; return its log.

    That is all there is to the protocol: a program that prints an address and headers.
    """
    pair = base64.b64encode(f"{LOGIN.user}:{LOGIN.password}".encode()).decode()
    answer = json.dumps({"href": href, "header": {"Authorization": f"Basic {pair}"}})
    script, log = home / "bin/git-lfs-authenticate", home / "asked"
    script.parent.mkdir()
    script.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> {log}\n"
        f"[ {status} = 0 ] || {{ echo 'who are you?' >&2; exit {status}; }}\n"
        f"echo '{answer}'\n"
    )
    script.chmod(0o755)
    return log


def test_ssh_tells_the_address_and_the_way_in(
    guarded, project, git, ssh_server, large_object_server
):
    log = authenticates(ssh_server.home, f"{guarded.url('bare')}/info/lfs")
    git("remote", "set-url", "origin", ssh_server.url("bare"), cwd=project)
    content = large()
    tip = start(content)
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    path = urlsplit(ssh_server.url("bare")).path
    assert log.read_text() == f"{path} upload\n"
    assert set(stored(large_object_server).values()) == {content}


def test_ssh_command_of_the_settings_is_used(guarded, project, git, ssh_server, monkeypatch):
    authenticates(ssh_server.home, f"{guarded.url('bare')}/info/lfs")
    git("remote", "set-url", "origin", ssh_server.url("bare"), cwd=project)
    git("config", "core.sshCommand", ssh_server.command(), cwd=project)
    monkeypatch.delenv("GIT_SSH_COMMAND")
    content = large()
    assert upload(project, start(content)) == Upload(uploaded=by_digest(content))


def test_refusal_by_ssh_is_told_in_its_own_words(project, git, ssh_server):
    authenticates(ssh_server.home, "http://127.0.0.1:1", status=1)
    git("config", "--unset", "lfs.url", cwd=project)
    git("remote", "set-url", "origin", ssh_server.url("bare"), cwd=project)
    assert "who are you?" in upload(project, start(large())).failed[0].reason


def test_remote_in_a_folder_takes_large_files_by_itself(project, bare, git):
    git("config", "--unset", "lfs.url", cwd=project)
    content = large()
    tip = start(content)
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    assert object_path(bare, pointer(content).digest).read_bytes() == content
    assert upload(project, tip) == Upload(uploaded=by_digest(content))


@pytest.mark.parametrize("damage", ["other bytes", "fewer bytes", "a link that leads nowhere"])
def test_damaged_file_in_the_folder_gives_way_to_a_sound_one(project, bare, git, damage):
    git("config", "--unset", "lfs.url", cwd=project)
    content = large()
    tip = start(content)
    path = object_path(bare, pointer(content).digest)
    path.parent.mkdir(parents=True)
    if damage == "a link that leads nowhere":
        path.symlink_to("nowhere")
    else:
        path.write_bytes(b"x" * (len(content) if damage == "other bytes" else 5))
    assert upload(project, tip) == Upload(uploaded=by_digest(content))
    assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert not any((bare / "lfs/tmp").iterdir())


def test_damaged_file_of_a_folder_is_not_taken(project, bare, git):
    git("config", "--unset", "lfs.url", cwd=project)
    content = large()
    assert upload(project, start(content)) == Upload(uploaded=by_digest(content))
    object_path(bare, pointer(content).digest).write_bytes(b"x" * len(content))
    here = object_path(project / ".git", pointer(content).digest)
    here.unlink()
    with pytest.raises(RemoteFailed, match="other bytes than its name says"):
        bring_large_file(open_repository(project), "origin", pointer(content), Meter(0))
    assert not here.exists()
    assert not any((project / ".git/lfs/tmp").iterdir())


@pytest.mark.parametrize("scheme", ["file://{}", "{}"])
def test_folder_may_have_another_place_for_them(project, bare, git, scheme, tmp_path):
    git("config", "--unset", "lfs.url", cwd=project)
    git("remote", "set-url", "origin", scheme.format(bare), cwd=project)
    git("config", "lfs.storage", str(tmp_path / "elsewhere"), cwd=bare)
    content = large()
    assert upload(project, start(content)) == Upload(uploaded=by_digest(content))
    assert object_path(bare, pointer(content).digest, str(tmp_path / "elsewhere")).is_file()


UPLOADS = """
import resource, sys
from gitxp.storage.repository import open_repository
from gitxp.sync.large_files.upload import upload_large_files
from gitxp.sync.large_files.wanted import large_files_to_push
repository = open_repository()
found = large_files_to_push(repository, sys.argv[1:])
import gitxp.artifacts.transfer.moving
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
done = upload_large_files(repository, "origin", found, moved=lambda *now: None)
assert not done.failed, done
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_file(project):
    tip = start(*(large(96 << 20) for _ in range(2)))
    done = subprocess.run(
        [sys.executable, "-c", UPLOADS, tip], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 64 << 10  # in KiB


def test_upload_that_is_killed_harms_nothing_and_is_done_by_the_next_one(
    project, git, large_object_server
):
    rng = random.Random(7)
    tip = start(large(24 << 20))
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", UPLOADS, tip], check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - begun
    for _ in range(KILLS):
        contents = [large(24 << 20), large()]
        tip = start(*contents)
        process = subprocess.Popen(
            [sys.executable, "-c", UPLOADS, tip],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0, took))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert upload(project, tip) == Upload(uploaded=by_digest(*contents))
        there = stored(large_object_server)
        assert {there[pointer(one).digest] for one in contents} == {*contents}
        git("fsck", "--full", cwd=project)
