"""Git LFS files that a run's code has outlast a `git lfs prune` that began before the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading

import pytest

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.codecs.pointer import decode_pointer
from gitxp.storage.layout import recorded_dir
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
# Runs beside `git lfs prune` in a loop; one in five lost its file when nothing kept it.
RUNS = 15


@pytest.fixture
def project(repo_dir, git, monkeypatch):
    """A repository with a file of Git LFS, edited."""
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (repo_dir / "data.bin").write_bytes(os.urandom(2000))
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=large", cwd=repo_dir)
    (repo_dir / "data.bin").write_bytes(os.urandom(2000))
    monkeypatch.chdir(repo_dir)
    return repo_dir


def stored(project, git, run_id):
    """Return where the object lies that the code of a run names."""
    tip = gitxp.get_run(run_id).tip
    pointer = decode_pointer(git("show", f"{tip}^2:data.bin", cwd=project).encode())
    return object_path(project / ".git", pointer.digest)


def test_prune_in_a_loop_takes_no_file_of_any_run(project, git):
    done, pruned = threading.Event(), []

    def prune():
        while not done.is_set():
            subprocess.run(["git", "lfs", "prune"], cwd=project, capture_output=True, check=True)
            pruned.append(True)

    loop = threading.Thread(target=prune)
    loop.start()
    contents = {}
    try:
        for _ in range(RUNS):
            content = os.urandom(2000)
            (project / "data.bin").write_bytes(content)
            with gitxp.start_run("lfs", snapshot="each") as run:
                pass
            contents[run.id] = content
    finally:
        done.set()
        loop.join()
    assert pruned
    repository = open_repository(project)
    for folder in recorded_dir(repository.private_dir).iterdir():
        os.utime(folder, (1, 1))  # as some minutes later
    tidy(repository)
    for run_id, content in contents.items():
        assert stored(project, git, run_id).read_bytes() == content


def pruned_at_once(project, git):
    """Let each object that Git LFS makes be gone as soon as it is there."""
    take = f"find '{project}/.git/lfs/objects' -type f -delete"
    git("config", "filter.lfs.clean", f"git-lfs clean -- %f && {take}", cwd=project)
    git("config", "--unset", "filter.lfs.process", cwd=project)


def test_object_that_is_gone_already_is_made_again_of_its_file(project, git):
    pruned_at_once(project, git)
    with gitxp.start_run("lfs") as run:
        pass
    content = (project / "data.bin").read_bytes()
    assert stored(project, git, run.id).read_bytes() == content
    assert gitxp.get_run(run.id).code.left_out == ()


def test_object_that_is_gone_with_its_file_is_told(project, git):
    pruned_at_once(project, git)
    script = "import gitxp; gitxp.start_run('lfs').finish()"
    clean = git("config", "filter.lfs.clean", cwd=project).strip()
    git("config", "filter.lfs.clean", f"{clean} && head -c 9 /dev/urandom > data.bin", cwd=project)
    subprocess.run([sys.executable, "-c", script], cwd=project, check=True, capture_output=True)
    (left,) = gitxp.get_run("@").code.left_out
    assert (left.path, left.reason) == ("data.bin", "its Git LFS object is not here")


def test_objects_of_a_running_run_are_held_by_a_second_name(project, git):
    with gitxp.start_run("lfs") as run:
        (name,) = (run.writer.folder / "lfs").iterdir()
        kept = object_path(project / ".git", name.name)
        assert kept.samefile(name)
        kept.unlink()  # as a prune that listed the refs before this run had one
    assert stored(project, git, run.id) == kept
    assert kept.read_bytes() == (project / "data.bin").read_bytes()


def test_unchanged_code_keeps_nothing(project, git):
    git("commit", "--quiet", "--all", "--message=edited", cwd=project)
    with gitxp.start_run("lfs") as run:
        assert not (run.writer.folder / "lfs").exists()
