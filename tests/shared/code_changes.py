"""Commits between which a difference tells all that it can, and what becomes of it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit_all(git, folder: Path) -> str:
    git("add", "--all", cwd=folder)
    git("-c", "commit.gpgSign=false", "commit", "--quiet", "--message=next", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).strip()


def apply(folder: Path, base: str, diff: bytes, git) -> str:
    git("read-tree", base, cwd=folder)
    subprocess.run(["git", "apply", "--cached", "-"], cwd=folder, input=diff, check=True)
    return git("write-tree", cwd=folder).strip()


def paths_of(git, folder: Path, *trees: str) -> set[str]:
    names = git("diff-tree", "-r", "-z", "--no-renames", "--name-only", *trees, cwd=folder)
    return set(filter(None, names.split("\0")))


def many_changes(folder: Path, git) -> tuple[str, str]:
    """Return a commit and the next one, between which everything happens that a diff tells."""
    (folder / "was a folder").mkdir()
    for name in ("was a folder/in", "was a file", "was a link", "mode", "no end"):
        (folder / name).write_text(f"{name}\n" * 9)
    base = commit_all(git, folder)
    (folder / "was a folder/in").unlink()
    (folder / "was a folder").rmdir()
    (folder / "was a folder").symlink_to("train.py")
    (folder / "was a folder.txt").write_text("sorts between\n")
    (folder / "was a file").unlink()
    (folder / "was a file").mkdir()
    (folder / "was a file/now").write_text("now\n" * 20)
    (folder / "was a link").unlink()
    (folder / "was a link").symlink_to("README.md")
    (folder / "mode").chmod(0o755)
    (folder / "no end").write_text("no newline")
    (folder / "binary").write_bytes(bytes(range(256)) * 3)
    (folder / "spoof").write_text("diff --git a/x b/x\n--- a/x\n# gitxp: cut here\n")
    (folder / 'q\n\u00fc"').write_text("quoted\n")
    (folder / "empty").touch()
    return base, commit_all(git, folder)


def unquoted(name: bytes) -> str:
    return name.decode("unicode_escape").encode("latin-1").decode()
