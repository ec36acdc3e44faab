"""What is well is not complained of; what is wrong with machine and repository is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.upkeep.doctor.finding import KINDS, Severity
from gitxp.upkeep.doctor.machine import old_libraries, old_python

XP = str(Path(sys.executable).with_name("git-xp"))


def everything_below(top: Path):
    return {
        path: (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in top.rglob("*")
        if path.is_file()
    }


def test_healthy_repository_has_no_findings_and_is_left_as_it_was(repo_dir, doctor, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        run.log({"x": 1.0}, step=0)
    with gitxp.start_run("lr", "running"):
        before = everything_below(repo_dir)
        assert doctor() == {}
        assert everything_below(repo_dir) == before
    done = subprocess.run([XP, "doctor"], cwd=repo_dir, capture_output=True, text=True)
    if done.returncode:
        assert "disk-full" in done.stdout
    else:
        assert done.stdout == "nothing is wrong\n"


def test_repository_that_never_saw_a_run_is_left_as_it_was(repo_dir, doctor):
    before = everything_below(repo_dir)
    assert doctor() == {}
    assert everything_below(repo_dir) == before
    assert not (repo_dir / ".git/gitxp").exists()


def test_finding_is_one_line_with_something_to_type(repo_dir, git):
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    git("config", "remote.origin.mirror", "true", cwd=repo_dir)
    done = subprocess.run([XP, "doctor"], cwd=repo_dir, capture_output=True, text=True)
    assert done.returncode == 1
    first, second = (line for line in done.stdout.splitlines() if "disk-full" not in line)
    assert first.startswith("error mirror-remote: git push origin deletes every run there")
    assert first.endswith("; try: git config --unset-all remote.origin.mirror")
    assert second.startswith("warning decorated-runs: ")


def test_experiment_whose_record_says_nothing_is_named(repo_dir, git, doctor):
    empty = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", empty, cwd=repo_dir).strip()
    git("update-ref", "refs/experiments/lr/about", broken, cwd=repo_dir)
    assert doctor()["damaged-experiment"]["message"].startswith("refs/experiments/lr/about: ")


def test_every_kind_of_finding_is_made_here():
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [kind.slug for kind in KINDS if f'"{kind.slug}"' not in text] == []


# The machine.


def test_missing_git(doctor, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert set(doctor(env={**os.environ, "PATH": str(empty)})) == {"git-missing"}


# What Git 2.30 does otherwise: it is that version, and repeats an option that it does not know.
OLD_GIT = """#!/bin/sh
if [ "$*" = --version ]; then echo git version 2.30.2; exit; fi
case "$*" in *--path-format=absolute*) echo --path-format=absolute;; esac
exec {git} "$@"
"""


def test_old_git(repo_dir, doctor, tmp_path):
    old = program(tmp_path, OLD_GIT.format(git=shutil.which("git")))
    env = {**os.environ, "PATH": f"{old}{os.pathsep}{os.environ['PATH']}"}
    found = doctor(env=env)
    assert set(found) == {"git-old"}
    assert "git version 2.30.2" in found["git-old"]["message"]
    done = subprocess.run([XP, "list"], cwd=repo_dir, env=env, capture_output=True, text=True)
    told = "error: this Git is older than 2.34\nhint: install Git 2.34 or newer\n"
    assert (done.returncode, done.stderr) == (128, told)


def program(tmp_path, text):
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "git").write_text(text)
    (folder / "git").chmod(0o755)
    return folder


def test_missing_git_lfs_where_attributes_ask_for_it(repo_dir, doctor, git, tmp_path):
    bare_path = tmp_path / "only-git"
    bare_path.mkdir()
    (bare_path / "git").symlink_to(shutil.which("git"))
    without = {**os.environ, "PATH": str(bare_path)}
    assert "git-lfs-missing" not in doctor(env=without)
    (repo_dir / "deep").mkdir()
    (repo_dir / "deep/.gitattributes").write_text("# filter=lfs\n*.bin filter=lfs diff=lfs\n")
    git("add", "deep/.gitattributes", cwd=repo_dir)
    assert set(doctor(env=without)) == {"git-lfs-missing"}


def test_missing_git_lfs_where_large_artifacts_lie(repo_dir, doctor, tmp_path, monkeypatch):
    bare_path = tmp_path / "only-git"
    bare_path.mkdir()
    (bare_path / "git").symlink_to(shutil.which("git"))
    monkeypatch.chdir(repo_dir)
    (tmp_path / "model.pt").write_bytes(b"x" * 2_000_000)
    with gitxp.start_run("lr") as run:
        run.log_artifact(tmp_path / "model.pt")
    found = doctor(env={**os.environ, "PATH": str(bare_path)})
    assert "large files of runs" in found["git-lfs-missing"]["message"]


def test_old_python_and_old_libraries():
    (found,) = old_python(">=99.1", sys.version_info[:3])
    assert found.slug == "python-old"
    assert list(old_python(">=3.11", (3, 11, 0))) == []
    (found,) = old_libraries(
        ["click>=999", "numpy>=1.0", "plotext<6,>=5.3.2", "x>=1; extra == 'y'"]
    )
    assert (found.slug, found.hint) == ("library-old", "pip install --upgrade 'click>=999'")
    (found,) = old_libraries(["no-such-library>=1"])
    assert "is not installed" in found.message


# The kind of repository.


def test_no_repository(doctor, tmp_path):
    found = doctor(tmp_path)
    assert set(found) == {"no-repository"}
    assert found["no-repository"]["hint"].startswith("git init")


def test_sha256_ids(doctor, git, tmp_path):
    git("init", "--quiet", "--object-format=sha256", "new", cwd=tmp_path)
    assert set(doctor(tmp_path / "new")) == {"unsupported-repository"}


def test_extension_that_git_does_not_know(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.refsFromTheFuture", "true", cwd=repo_dir)
    assert set(doctor()) == {"unsupported-repository"}


def test_extension_that_libgit2_does_not_know(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.noop-v1", "true", cwd=repo_dir)
    assert "libgit2" in doctor()


def test_extension_that_libgit2_can_be_told_of(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.partialClone", "origin", cwd=repo_dir)
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    assert set(doctor()) == {"partial-clone", "decorated-runs"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_repository_of_another_user(repo_dir, doctor, follow):
    os.chown(repo_dir, 12345, 12345)
    os.chown(repo_dir / ".git", 12345, 12345)
    found = doctor()
    assert set(found) == {"foreign-owner"}
    follow(found["foreign-owner"], repo_dir)
    assert "foreign-owner" not in doctor()


def test_shallow_and_partial_clones_are_notes(repo_dir, doctor, git, tmp_path):
    (repo_dir / "train.py").write_text("second\n")
    git("commit", "--quiet", "--all", "--message=second", cwd=repo_dir)
    git("config", "uploadpack.allowFilter", "true", cwd=repo_dir)
    url = f"file://{repo_dir}"
    git("clone", "--quiet", "--depth=1", url, "shallow", cwd=tmp_path)
    git("clone", "--quiet", "--filter=blob:none", url, "partial", cwd=tmp_path)
    for name in ("shallow", "partial"):
        found = doctor(tmp_path / name)
        assert set(found) == {f"{name}-clone"}
        assert found[f"{name}-clone"]["severity"] == Severity.NOTE
    assert {"shallow-clone", "partial-clone"} <= {kind.slug for kind in KINDS}


# The store, and runs.


def test_many_loose_objects(repo_dir, doctor, git):
    git("config", "gc.auto", "20", cwd=repo_dir)
    for number in range(30):
        (repo_dir / "blob").write_text(str(number))
        git("hash-object", "-w", "blob", cwd=repo_dir)
    (repo_dir / "blob").unlink()
    found = doctor()
    assert set(found) == {"many-objects"}
    assert "loose objects" in found["many-objects"]["message"]


def test_many_packs(repo_dir, doctor, follow, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(60):
        with gitxp.start_run("many") as run:
            run.log({"x": number}, step=0)
    found = doctor()
    assert set(found) == {"many-objects"}
    follow(found["many-objects"], repo_dir)
    assert doctor() == {}


def killed_run(repo_dir):
    script = "import gitxp, os; gitxp.start_run('lr').log({'x': 1.0}); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=repo_dir)
    assert done.returncode == -signal.SIGKILL
    (folder,) = (repo_dir / ".git/gitxp/live").iterdir()
    return folder


def test_run_of_a_process_that_died(repo_dir, doctor):
    folder = killed_run(repo_dir)
    found = doctor()
    assert set(found) == {"unrecorded-runs"}
    assert folder.exists()
    env = {**os.environ, "PATH": f"{Path(XP).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(found["unrecorded-runs"]["hint"], shell=True, cwd=repo_dir, env=env, check=True)
    assert doctor() == {}


def test_run_of_another_host(repo_dir, doctor):
    folder = killed_run(repo_dir)
    for path in folder.glob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if line["kind"] == "writer":
                line["process"]["host"] = "elsewhere"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert set(doctor()) == {"unknown-runs"}


def test_kept_pack_that_the_store_has_lost(repo_dir, doctor, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off"):
        pass
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()
    found = doctor()
    assert set(found) == {"kept-pack"}
    assert "the store lacks" in found["kept-pack"]["message"]


def test_kept_pack_that_is_damaged(repo_dir, doctor, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off"):
        pass
    (index,) = (repo_dir / ".git/gitxp/recorded").glob("*/*.idx")
    content = index.read_bytes()
    index.unlink()
    index.write_bytes(content[:1100])
    assert set(doctor()) == {"kept-pack"}


def test_what_cannot_be_looked_at_is_said_and_stops_nothing_else(repo_dir, doctor, git):
    (repo_dir / ".git/gitxp").mkdir()
    (repo_dir / ".git/gitxp/live").write_text("no folder\n")
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    found = doctor()
    assert set(found) == {"not-checked", "decorated-runs"}
    assert "runs not recorded" in found["not-checked"]["message"]
