"""The code that ran is kept as it was, in every state a repository may be in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.repository import open_repository

LIMITS = SnapshotLimits(file_bytes=1000, total_bytes=5000, files=10)


def capture(folder: Path, limits: SnapshotLimits = LIMITS):
    repository = open_repository(folder)
    return capture_code(repository, limits=limits, pack_path=repository.private_dir / "x/code.pack")


def listed(git, folder: Path, commit: str) -> dict[str, str]:
    names = git("ls-tree", "-r", "-z", "--name-only", commit, cwd=folder).split("\0")
    return {name: git("show", f"{commit}:{name}", cwd=folder) for name in names if name}


def test_clean_tree_is_head_itself(repo_dir, git):
    code = capture(repo_dir)
    assert code.commit == code.base == git("rev-parse", "HEAD", cwd=repo_dir).strip()
    assert (code.dirty, code.branch) == (False, "main")
    assert code.tree == git("rev-parse", "HEAD^{tree}", cwd=repo_dir).strip()


def test_edits_deletions_modes_links_and_new_files_are_kept(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "README.md").unlink()
    (repo_dir / "run.sh").write_text("#!/bin/sh\n")
    (repo_dir / "run.sh").chmod(0o755)
    (repo_dir / "link").symlink_to("train.py")
    (repo_dir / "with\nnewline").write_text("odd\n")
    (repo_dir / "staged.py").write_text("staged\n")
    git("add", "staged.py", cwd=repo_dir)
    index = hashlib.sha256((repo_dir / ".git/index").read_bytes()).hexdigest()
    status = git("status", "--porcelain=v2", cwd=repo_dir)
    code = capture(repo_dir)
    assert listed(git, repo_dir, code.commit) == {
        "train.py": "edited\n",
        "run.sh": "#!/bin/sh\n",
        "link": "train.py",
        "with\nnewline": "odd\n",
        "staged.py": "staged\n",
    }
    modes = git("ls-tree", code.commit, cwd=repo_dir)
    assert "100755 blob" in modes
    assert "120000 blob" in modes
    assert hashlib.sha256((repo_dir / ".git/index").read_bytes()).hexdigest() == index
    assert git("status", "--porcelain=v2", cwd=repo_dir) == status


def test_edit_of_the_same_size_right_after_a_commit_is_seen(repo_dir, git):
    for number in range(5):
        (repo_dir / "train.py").write_text(f"lr=0.{number}\n")
        git("commit", "--quiet", "--all", "--message=more", cwd=repo_dir)
        (repo_dir / "train.py").write_text(f"lr=9.{number}\n")
        code = capture(repo_dir)
        assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == f"lr=9.{number}\n"


def test_what_is_left_out_is_told_with_its_reason(repo_dir):
    (repo_dir / "large.bin").write_bytes(b"0" * 1001)
    os.mkfifo(repo_dir / "pipe")
    for number in range(11):
        (repo_dir / f"file{number:02}").write_text("x")
    code = capture(repo_dir)
    reasons = {left.path: left.reason for left in code.left_out}
    assert "over 1000 bytes" in reasons["large.bin"]
    assert len([path for path in reasons if path.startswith("file")]) == 1


def test_unborn_and_detached_heads_have_no_base_and_no_branch(tmp_path, repo_dir, git):
    git("init", "--quiet", str(tmp_path / "unborn"), cwd=tmp_path)
    (tmp_path / "unborn" / "new.py").write_text("new\n")
    unborn = capture(tmp_path / "unborn")
    assert (unborn.base, unborn.dirty) == (None, True)
    assert listed(git, tmp_path / "unborn", unborn.commit) == {"new.py": "new\n"}
    git("checkout", "--quiet", "--detach", cwd=repo_dir)
    assert capture(repo_dir).branch is None


def test_linked_worktree_and_subfolder_are_captured_from_their_top(repo_dir, git):
    linked = repo_dir.parent / "linked"
    git("worktree", "add", "--quiet", "-b", "side", str(linked), cwd=repo_dir)
    (linked / "folder").mkdir()
    (linked / "train.py").write_text("linked\n")
    code = capture(linked / "folder")
    assert code.branch == "side"
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "linked\n"
    assert (repo_dir / "train.py").read_text() == "print('training')\n"


def test_bare_repository_has_no_code_and_says_so(tmp_path, git):
    git("init", "--quiet", "--bare", str(tmp_path / "bare.git"), cwd=tmp_path)
    code = capture(tmp_path / "bare.git")
    assert code.commit is None
    assert "bare" in code.failure


def test_same_tree_is_the_same_commit_in_another_clone(repo_dir, git):
    other = repo_dir.parent / "other"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=repo_dir.parent)
    for folder in (repo_dir, other):
        (folder / "train.py").write_text("edited\n")
    assert capture(repo_dir).commit == capture(other).commit


def test_snapshot_outlasts_gc(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    code = capture(repo_dir)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    git("fsck", "--full", "--strict", cwd=repo_dir)
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "edited\n"


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"])
def test_variables_of_a_hook_lead_nowhere_else(repo_dir, git, monkeypatch, variable):
    (repo_dir / "train.py").write_text("edited\n")
    monkeypatch.setenv(variable, str(repo_dir.parent / "elsewhere"))
    code = capture(repo_dir)
    monkeypatch.delenv(variable)
    assert git("show", f"{code.commit}:train.py", cwd=repo_dir) == "edited\n"


def test_conflict_is_captured_with_its_marks(repo_dir, git):
    git("checkout", "--quiet", "-b", "side", cwd=repo_dir)
    (repo_dir / "train.py").write_text("side\n")
    git("commit", "--quiet", "--all", "--message=side", cwd=repo_dir)
    git("checkout", "--quiet", "main", cwd=repo_dir)
    (repo_dir / "train.py").write_text("main\n")
    git("commit", "--quiet", "--all", "--message=main", cwd=repo_dir)
    git("merge", "side", cwd=repo_dir, check=False)
    code = capture(repo_dir)
    assert "<<<<<<<" in git("show", f"{code.commit}:train.py", cwd=repo_dir)
