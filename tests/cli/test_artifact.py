"""`git xp artifact` lists the files of a run and gets them back, byte for byte."""

from __future__ import annotations

import json
import os

import pytest

import gitxp

LARGE = os.urandom(1 << 21)


@pytest.fixture
def run(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "files") as run:
        run.log_text("one", "plots/one.txt")
        run.log_text("two", "plots/deep/two.txt")
        (repo_dir / "model.bin").write_bytes(LARGE)
        run.log_artifact("model.bin")
    (repo_dir / "model.bin").unlink()
    return run


def test_list_tells_path_size_and_place(xp, run):
    assert [line.split() for line in xp("artifact", "list").stdout.splitlines()] == [
        ["path", "size", "kept", "in"],
        ["model.bin", "2", "MiB", "Git", "LFS"],
        ["plots/deep/two.txt", "3", "B", "Git"],
        ["plots/one.txt", "3", "B", "Git"],
    ]
    rows = json.loads(xp("artifact", "list", "files", "--json").stdout)
    assert [(row["path"], row["size"], row["is_lfs"]) for row in rows] == [
        ("model.bin", len(LARGE), True),
        ("plots/deep/two.txt", 3, False),
        ("plots/one.txt", 3, False),
    ]


def test_all_are_written_where_they_lay_in_the_run(xp, run, repo_dir):
    done = xp("artifact", "get", "files", "-o", "out/here")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "wrote out/here/model.bin (2 MiB)"
    assert (repo_dir / "out/here/model.bin").read_bytes() == LARGE
    assert (repo_dir / "out/here/plots/one.txt").read_text() == "one"
    assert (repo_dir / "out/here/plots/deep/two.txt").read_text() == "two"


def test_path_names_a_file_or_all_below_a_folder(xp, run, repo_dir):
    assert xp("artifact", "get", "@", "plots/deep/", "-q").returncode == 0
    assert not (repo_dir / "plots/one.txt").exists()
    assert xp("artifact", "get", "@", "plots/one.txt", "model.bin", "-q").returncode == 0
    assert (repo_dir / "plots/one.txt").read_text() == "one"
    unknown = xp("artifact", "get", "@", "plot")
    assert unknown.returncode == 128
    assert "error: run 'files' has no artifact 'plot'" in unknown.stderr
    assert f"hint: git xp artifact list {run.id.short}" in unknown.stderr


def test_file_that_is_there_is_overwritten_only_when_told(xp, run, repo_dir):
    (repo_dir / "model.bin").write_text("mine")
    refused = xp("artifact", "get", "@")
    assert refused.returncode == 128
    assert "error: 'model.bin' is there already" in refused.stderr
    assert not (repo_dir / "plots").exists()
    assert xp("artifact", "get", "@", "--force").returncode == 0
    assert (repo_dir / "model.bin").read_bytes() == LARGE


def test_link_that_is_there_is_replaced_and_not_followed(xp, run, repo_dir, tmp_path):
    victim = tmp_path / "victim"
    (repo_dir / "model.bin").symlink_to(victim)
    assert xp("artifact", "get", "@", "model.bin").returncode == 128
    assert xp("artifact", "get", "@", "model.bin", "-f").returncode == 0
    assert not victim.exists()
    assert (repo_dir / "model.bin").read_bytes() == LARGE


def test_folder_in_the_way_is_told(xp, run, repo_dir):
    (repo_dir / "model.bin").mkdir()
    done = xp("artifact", "get", "@", "model.bin", "-f")
    assert done.returncode == 128
    assert "Traceback" not in done.stderr


def test_large_file_that_is_nowhere_says_so(xp, run, repo_dir):
    (path,) = repo_dir.glob(".git/lfs/objects/*/*/*")
    for name in (repo_dir / ".git").rglob(path.name):
        name.unlink()
    done = xp("artifact", "get", "@", "model.bin")
    assert done.returncode == 128
    assert "is kept in Git LFS" in done.stderr
    assert "hint: git remote add origin URL" in done.stderr
    assert not (repo_dir / "model.bin").exists()


def damage(path):
    """Turn a bit of a file over, as a failing disk does; its size stays."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_damaged_large_file_is_told_and_not_given_out(xp, run, repo_dir):
    (path,) = repo_dir.glob(".git/lfs/objects/*/*/*")
    damage(path)
    (repo_dir / "model.bin").write_bytes(b"mine")
    done = xp("artifact", "get", "@", "model.bin", "-f")
    assert done.returncode == 128
    assert f"'model.bin' is kept in Git LFS, and its object is damaged: {path}" in done.stderr
    assert "hint: move that file away, then: git lfs fetch --all" in done.stderr
    assert (repo_dir / "model.bin").read_bytes() == b"mine"


def test_sound_second_name_stands_in_for_a_damaged_object(xp, run, repo_dir):
    (path,) = repo_dir.glob(".git/lfs/objects/*/*/*")
    others = [name for name in (repo_dir / ".git").rglob(path.name) if name != path]
    assert others
    path.unlink()
    path.write_bytes(LARGE[::-1])
    assert xp("artifact", "get", "@", "model.bin").returncode == 0
    assert (repo_dir / "model.bin").read_bytes() == LARGE


def test_files_of_a_run_that_goes_on_are_there_already(xp, run, repo_dir):
    with gitxp.start_run("lr", "live") as live:
        live.log_text("now", "now.txt")
        assert "now.txt" in xp("artifact", "list", "live").stdout
        assert xp("artifact", "get", "live", "-q").returncode == 0
    assert (repo_dir / "now.txt").read_text() == "now"


def test_run_without_files_says_so(xp, run):
    with gitxp.start_run("lr", "none"):
        pass
    done = xp("artifact", "list", "none")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "run 'none' has no artifacts\n"
    assert json.loads(xp("artifact", "list", "none", "--json").stdout) == []
    for which in (["none"], ["-n", "1"], ["none", "-o", "out", "-q"]):
        got = xp("artifact", "get", *which)
        assert (got.returncode, got.stdout, got.stderr) == (1, "", done.stderr), which
