"""A ref without its objects is mended at the next command, so that the user's Git goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.mend import Mending, mend_refs
from gitxp.upkeep.tidy import tidy


@pytest.fixture
def run(repo_dir, monkeypatch):
    """A run whose objects have vanished from the store."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("broken") as run:
        run.log({"x": 1.0}, step=0)
    lose_packs(repo_dir)
    return run


def lose_packs(repo_dir):
    """Lose the objects, and the index: whoever has a run's row there asks for none of them."""
    shutil.rmtree(repo_dir / ".git/gitxp/index", ignore_errors=True)
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()


def ref(run):
    return f"refs/experiments/broken/{run.id}"


def xp(repo_dir, *words):
    program = str(Path(sys.executable).with_name("git-xp"))
    return subprocess.run([program, *words], cwd=repo_dir, capture_output=True, text=True)


def test_missing_objects_come_back_from_the_kept_pack(repo_dir, git, run):
    done = xp(repo_dir, "list")
    assert done.returncode == 0
    assert run.id[:7] in done.stdout
    assert "brought back" in done.stderr
    git("fsck", "--strict", cwd=repo_dir)


def test_newest_run_is_not_silently_the_one_before_where_it_is_taken_away(repo_dir, run):
    with gitxp.start_run("broken", "older", params={"lr": 0.1}) as other:
        other.log({"x": 1.0})
    for folder in ("index", f"recorded/{run.id}"):
        for path in (repo_dir / ".git/gitxp").glob(f"{folder}*"):
            shutil.rmtree(path)
    asked = xp(repo_dir, "tag", "new")
    assert (asked.returncode, asked.stdout) == (128, "")
    assert f"error: '@' may be a run that cannot be read: {ref(run)}: its objects" in asked.stderr
    assert xp(repo_dir, "tag", "new").returncode == 0  # it was told


def test_ref_that_cannot_be_mended_is_removed_and_named(repo_dir, git, run):
    shutil.rmtree(repo_dir / ".git/gitxp/recorded")
    assert subprocess.run(["git", "gc", "--quiet"], cwd=repo_dir, capture_output=True).returncode
    done = xp(repo_dir, "list")
    assert ref(run) in done.stderr
    assert "git xp undo" in done.stderr
    git("gc", "--quiet", cwd=repo_dir)
    git("fsck", "--strict", cwd=repo_dir)
    assert not xp(repo_dir, "list").stderr.startswith("warning")


def test_removed_ref_comes_back_with_its_objects(repo_dir, run, tmp_path):
    kept = repo_dir / ".git/gitxp/recorded"
    kept.rename(tmp_path / "elsewhere")
    xp(repo_dir, "list")
    for path in (tmp_path / "elsewhere").glob("*/record.*"):
        shutil.copy(path, repo_dir / ".git/objects/pack" / f"pack-{'a' * 40}{path.suffix}")
    assert xp(repo_dir, "undo").returncode == 0
    assert gitxp.get_run(run.id).points == 1


def test_nothing_is_removed_where_objects_may_be_out_of_reach(repo_dir, git, run):
    shutil.rmtree(repo_dir / ".git/gitxp/recorded")
    repository = open_repository()
    (repo_dir / ".git/objects/info/alternates").write_text("/not/mounted\n")
    assert mend_refs(repository, [ref(run)]) == []
    (repo_dir / ".git/objects/info/alternates").unlink()
    git("config", "remote.origin.promisor", "true", cwd=repo_dir)
    git("config", "remote.origin.url", str(repo_dir.parent / "nowhere"), cwd=repo_dir)
    assert [one.outcome for one in mend_refs(repository, [ref(run)])] == [Mending.KEPT]
    assert ref(run) in list_refs(repository)
    git("config", "--unset", "remote.origin.promisor", cwd=repo_dir)
    assert [one.outcome for one in mend_refs(repository, [ref(run)])] == [Mending.REMOVED]


def as_somebody_else(repo_dir, *words):
    """Run as root without root's right to read everything."""
    powers = "-dac_override,-dac_read_search"
    setpriv = ("setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}")
    program = str(Path(sys.executable).with_name("git-xp"))
    return subprocess.run([*setpriv, program, *words], cwd=repo_dir, capture_output=True, text=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights away")
@pytest.mark.parametrize("is_packed", [True, False])
def test_objects_that_cannot_be_read_are_not_taken_for_lost(repo_dir, git, monkeypatch, is_packed):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("precious") as run:
        pass
    shutil.rmtree(repo_dir / ".git/gitxp/recorded")
    shutil.rmtree(repo_dir / ".git/gitxp/index", ignore_errors=True)
    (pack,) = (repo_dir / ".git/objects/pack").glob("*.pack")
    files = [pack, pack.with_suffix(".idx")]
    if not is_packed:
        content = pack.read_bytes()
        for file in files:
            file.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=repo_dir, input=content, check=True)
        files = list((repo_dir / ".git/objects").glob("??/*"))
    for file in files:
        os.chown(file, 1234, 1234)
        file.chmod(0o600)
    done = as_somebody_else(repo_dir, "list")
    assert done.returncode == 128
    assert "removed" not in done.stderr
    assert run.id in git("for-each-ref", cwd=repo_dir)
    assert xp(repo_dir, "list").returncode == 0


def test_ref_to_an_object_that_is_no_record_is_left_alone(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    blob = git("rev-parse", "HEAD:train.py", cwd=repo_dir).strip()
    name = f"refs/experiments/x/{'a' * 32}"
    git("update-ref", name, blob, cwd=repo_dir)
    assert mend_refs(open_repository(), [name]) == []


def test_ref_whose_objects_are_gone_is_not_brought_back(repo_dir, git, run):
    shutil.rmtree(repo_dir / ".git/gitxp/recorded")
    xp(repo_dir, "list")
    done = xp(repo_dir, "undo")
    assert done.returncode == 128
    assert "is gone" in done.stderr
    git("for-each-ref", "--format=%(objecttype)", cwd=repo_dir)


def test_missing_part_of_a_record_is_seen(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("parts", params={"a": 1}) as run:
        pass
    name = f"refs/experiments/parts/{run.id}"
    git("repack", "-adq", cwd=repo_dir)
    blob = git("rev-parse", f"{name}:params.toml", cwd=repo_dir).strip()
    (pack,) = (repo_dir / ".git/objects/pack").glob("*.pack")
    content = pack.read_bytes()
    for path in pack.parent.iterdir():
        path.unlink()
    subprocess.run(["git", "unpack-objects", "-q"], cwd=repo_dir, input=content, check=True)
    (repo_dir / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert [one.outcome for one in mend_refs(open_repository(), [name])] == [Mending.RESTORED]


def test_damaged_record_whose_objects_are_there_is_left_alone(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    git("update-ref", f"refs/experiments/broken/{'0' * 32}", "HEAD", cwd=repo_dir)
    assert mend_refs(open_repository(), [f"refs/experiments/broken/{'0' * 32}"]) == []
    assert xp(repo_dir, "list").returncode == 128


def test_code_of_a_running_run_is_held_again(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    run = gitxp.start_run("code")
    lose_packs(repo_dir)
    tidy(open_repository())
    git("fsck", "--strict", cwd=repo_dir)
    run.finish()
    code = gitxp.get_run(run.id).code.commit
    assert git("show", f"{code}:train.py", cwd=repo_dir) == "edited\n"
