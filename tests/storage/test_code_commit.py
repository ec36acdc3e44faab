"""A snapshot commit's exact bytes, and a difference that `git apply` takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gitxp.storage.code_commit import code_commit, code_diff
from gitxp.storage.objects import EMPTY_TREE, write_loose
from gitxp.storage.repository import open_repository

HOSTILE = {
    "diff.external": "false",
    "color.ui": "always",
    "color.diff": "always",
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.renames": "copies",
    "diff.context": "0",
    "diff.submodule": "log",
    "core.quotePath": "false",
    "commit.gpgSign": "true",
    "i18n.commitEncoding": "latin1",
}


def commit_all(git, folder: Path) -> str:
    git("add", "--all", cwd=folder)
    git("-c", "commit.gpgSign=false", "commit", "--quiet", "--message=next", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).strip()


def apply(folder: Path, base: str, diff: bytes, git) -> str:
    git("read-tree", base, cwd=folder)
    subprocess.run(["git", "apply", "--cached", "-"], cwd=folder, input=diff, check=True)
    return git("write-tree", cwd=folder).strip()


def test_commit_has_the_documented_bytes():
    base = "1" * 40
    assert (
        code_commit(EMPTY_TREE, base, 1700000000).content
        == (
            f"tree {EMPTY_TREE}\n"
            f"parent {base}\n"
            "author gitxp <gitxp@localhost> 1700000000 +0000\n"
            "committer gitxp <gitxp@localhost> 1700000000 +0000\n"
            "\n"
            "gitxp: the working tree as it ran\n"
        ).encode()
    )
    assert code_commit(EMPTY_TREE, None, 0).oid == "dfceae4b754688ecc224f5563f7cfd8115d5f051"


def test_git_takes_the_commit_for_a_sound_one(repo_dir, git):
    tree = git("rev-parse", "HEAD^{tree}", cwd=repo_dir).strip()
    commit = code_commit(tree, git("rev-parse", "HEAD", cwd=repo_dir).strip(), 5)
    write_loose(repo_dir / ".git/objects", commit)
    git("fsck", "--strict", commit.oid, cwd=repo_dir)
    assert git("log", "-1", "--format=%ae %ct", commit.oid, cwd=repo_dir) == "gitxp@localhost 5\n"


def test_diff_applies_whatever_the_configuration_says(repo_dir, git):
    base = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "README.md").rename(repo_dir / "renamed.md")
    (repo_dir / "näme with\ttab").write_bytes(bytes(range(256)))
    (repo_dir / "run.sh").write_text("no newline at the end")
    (repo_dir / "run.sh").chmod(0o755)
    (repo_dir / ".gitattributes").write_text("*.py diff=shout\n")
    commit = commit_all(git, repo_dir)
    for key, value in {**HOSTILE, "diff.shout.textconv": "false"}.items():
        git("config", key, value, cwd=repo_dir)
    diff = code_diff(open_repository(repo_dir), base, commit, limit=1 << 20)
    assert b"\x1b" not in diff
    expected = git("rev-parse", f"{commit}^{{tree}}", cwd=repo_dir).strip()
    assert apply(repo_dir, base, diff, git) == expected


def test_diff_without_a_base_holds_every_file(repo_dir, git):
    diff = code_diff(open_repository(repo_dir), None, "HEAD", limit=1 << 20)
    expected = git("rev-parse", "HEAD^{tree}", cwd=repo_dir).strip()
    assert apply(repo_dir, EMPTY_TREE, diff, git) == expected


def test_long_diff_is_cut_at_the_end_of_a_line_and_says_so(repo_dir, git):
    base = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    (repo_dir / "train.py").write_text("".join(f"line {n}\n" for n in range(1000)))
    commit = commit_all(git, repo_dir)
    repository = open_repository(repo_dir)
    whole = code_diff(repository, base, commit, limit=1 << 20)
    lines = code_diff(repository, base, commit, limit=500).splitlines(keepends=True)
    kept = b"".join(lines[:-2])
    assert len(kept) <= 500
    assert whole.startswith(kept)
    assert kept.endswith(b"\n")
    assert f"cut here, {len(kept)} of {len(whole)} bytes kept".encode() in lines[-1]
