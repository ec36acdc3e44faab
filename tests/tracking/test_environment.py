"""What a record says of what the run found around it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

import gitxp
from gitxp.model.run import Status
from gitxp.query.runs import find_runs
from gitxp.storage.clone import known_clone_id
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.verify.verify import verify

REQUIREMENTS = (
    "--index-url https://ada:hunter2hunter2@example.org/simple\nnumpy==2.0.0 \\\n"
    "    --hash=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
)


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def recorded(run_id):
    run = gitxp.get_run(run_id)
    reader = RecordReader(open_repository())
    return run, {path: reader.file(run.tip, path) for path in reader.entries(run.tip)}


def lock_files(run):
    return {one["path"]: one["in_code"] for one in run.environment["lock_files"]}


def test_lock_file_in_the_code_is_told_by_digest_alone(repo_dir, git):
    (repo_dir / "uv.lock").write_text("version = 1\n")
    git("add", "uv.lock", cwd=repo_dir)
    git("commit", "--quiet", "--message=locked", cwd=repo_dir)
    (repo_dir / "requirements.txt").write_text("numpy==2.0.0\n")
    with gitxp.start_run("locks") as run:
        pass
    found, files = recorded(run.id)
    assert lock_files(found) == {"requirements.txt": True, "uv.lock": True}
    digest = hashlib.sha256(b"version = 1\n").hexdigest()
    assert found.environment["lock_files"][1]["digest"] == f"sha256:{digest}"
    assert not any(path.startswith("lock-files/") for path in files)


def test_lock_file_that_the_code_lacks_is_kept_without_its_secrets(repo_dir):
    (repo_dir / ".git/info/exclude").write_text("requirements.txt\n")
    (repo_dir / "requirements.txt").write_text(REQUIREMENTS)
    with gitxp.start_run("locks") as run:
        (repo_dir / "requirements.txt").unlink()
    found, files = recorded(run.id)
    assert lock_files(found) == {"requirements.txt": False}
    kept = files["lock-files/requirements.txt"].decode()
    assert kept == REQUIREMENTS.replace("ada:hunter2hunter2", "<redacted>")
    assert verify(open_repository(), home=known_clone_id(open_repository().private_dir)).flaws == ()


def test_without_a_snapshot_the_content_is_kept(repo_dir, git):
    (repo_dir / "uv.lock").write_text("version = 1\n")
    git("add", "uv.lock", cwd=repo_dir)
    git("commit", "--quiet", "--message=locked", cwd=repo_dir)
    with gitxp.start_run("locks", snapshot="off") as run:
        pass
    found, files = recorded(run.id)
    assert lock_files(found) == {"uv.lock": False}
    assert files["lock-files/uv.lock"] == b"version = 1\n"


def test_lock_file_that_is_a_link_in_the_code_is_kept(repo_dir, git):
    (repo_dir.parent / "shared.lock").write_text("version = 1\n")
    (repo_dir / "uv.lock").symlink_to("../shared.lock")
    git("add", "uv.lock", cwd=repo_dir)
    git("commit", "--quiet", "--message=linked", cwd=repo_dir)
    with gitxp.start_run("locks") as run:
        pass
    found, files = recorded(run.id)
    assert lock_files(found) == {"uv.lock": False}
    assert files["lock-files/uv.lock"] == b"version = 1\n"


def test_every_run_of_a_process_has_the_content(repo_dir):
    (repo_dir / ".git/info/exclude").write_text("uv.lock\n")
    (repo_dir / "uv.lock").write_text("version = 1\n")
    ids = []
    for _ in range(2):
        with gitxp.start_run("locks") as run:
            ids.append(run.id)
    assert [recorded(one)[1]["lock-files/uv.lock"] for one in ids] == [b"version = 1\n"] * 2


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_run_that_is_killed_right_after_its_start_knows_its_environment(repo_dir, seconds):
    (repo_dir / ".git/info/exclude").write_text("uv.lock\n")
    (repo_dir / "uv.lock").write_text("version = 1\n")
    code = "import gitxp, time; gitxp.start_run('s'); print(flush=True); time.sleep(3600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    workspace = Workspace.open(None, dict(os.environ))
    recover_runs(workspace.repository, workspace.limits)
    (run,) = find_runs(workspace.repository).runs
    assert run.status is Status.CRASHED
    assert run.environment["python"]["executable"] == sys.executable
    assert run.environment["packages"]["psutil"]
    _, files = recorded(run.id)
    assert files["lock-files/uv.lock"] == b"version = 1\n"
