"""A difference of which only so much is made: what is told of it applies, and the rest is named."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from code_changes import apply, commit_all, many_changes, paths_of, unquoted

from gitxp.errors import GitFailed
from gitxp.storage.code.bounded_diff import BoundedDiff, DiffBounds, bounded_diff
from gitxp.storage.code.code_commit import code_diff
from gitxp.storage.code.cut_diff import cut_diff
from gitxp.storage.code.patches import split_patches
from gitxp.storage.repository import open_repository

PLENTY = DiffBounds(8 << 20)


def head(git, folder: Path) -> str:
    return git("rev-parse", "HEAD", cwd=folder).strip()


def made(repo_dir: Path, base: str | None, commit: str, held: int) -> BoundedDiff:
    repository = open_repository(repo_dir)
    scratch = repo_dir / ".git/gitxp/scratch"
    found = bounded_diff(repository, base, commit, DiffBounds(held), scratch=scratch)
    assert not [*scratch.glob("*")]
    return found


def missing(found: BoundedDiff) -> list[str]:
    return [unquoted(one.path) for one in found.missing]


def test_ordinary_difference_is_that_of_git_byte_for_byte(repo_dir, git):
    base, commit = many_changes(repo_dir, git)
    found = made(repo_dir, base, commit, PLENTY.held)
    assert b"".join(found.patches) == code_diff(open_repository(repo_dir), base, commit)
    assert found.missing == []


def test_no_variable_of_the_user_takes_its_context_away(repo_dir, git, monkeypatch):
    (repo_dir / "train.py").write_text("".join(f"{number}\n" for number in range(30)))
    base = commit_all(git, repo_dir)
    (repo_dir / "train.py").write_text(
        "".join(f"{number}\n" for number in range(30) if number != 15)
    )
    commit = commit_all(git, repo_dir)
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    (patch,) = made(repo_dir, base, commit, PLENTY.held).patches
    assert (
        apply(repo_dir, base, patch, git)
        == git("rev-parse", f"{commit}^{{tree}}", cwd=repo_dir).strip()
    )


def test_what_is_held_applies_and_all_else_is_named_whatever_the_bound(repo_dir, git):
    base, commit = many_changes(repo_dir, git)
    changed = paths_of(git, repo_dir, base, commit)
    sizes = set()
    for held in range(10, 1500, 30):
        found = made(repo_dir, base, commit, held)
        assert sum(map(len, found.patches)) <= held
        lacking = [one.path for one in found.missing]
        diff = cut_diff(b"".join(found.patches), held, missing=lacking)
        named = {
            unquoted(line.removeprefix(b"# gitxp: left out: "))
            for line in diff.splitlines()
            if line.startswith(b"# gitxp: left out: ")
        }
        tree = apply(repo_dir, base, diff, git) if found.patches else f"{base}^{{tree}}"
        assert paths_of(git, repo_dir, tree, commit) == named >= set(missing(found))
        assert paths_of(git, repo_dir, base, tree) == changed - named
        sizes.add(len(named))
    assert len(sizes) > 5


def test_large_files_are_never_compared_and_small_ones_are_whole(repo_dir, git):
    base = head(git, repo_dir)
    (repo_dir / "data.csv").write_text("1,2,3\n" * 1000)
    (repo_dir / "train.py").write_text("edited\n")
    found = made(repo_dir, base, commit_all(git, repo_dir), 4000)
    assert missing(found) == ["data.csv"]
    assert found.missing[0].reason == "a file over 4000 bytes"
    assert [b"+edited\n" in patch for patch in found.patches] == [True]


def test_edited_file_may_be_larger_than_a_new_one(repo_dir, git):
    (repo_dir / "data.csv").write_text("1,2,3\n" * 1000)
    base = commit_all(git, repo_dir)
    (repo_dir / "data.csv").write_text("1,2,3\n" * 1000 + "4\n")
    found = made(repo_dir, base, commit_all(git, repo_dir), 4000)
    assert (missing(found), len(found.patches)) == ([], 1)
    found = made(repo_dir, base, head(git, repo_dir), 3000)
    assert [one.reason for one in found.missing] == ["a file over 6000 bytes"]


def test_smallest_files_come_first_where_there_are_too_many(repo_dir, git):
    base = head(git, repo_dir)
    for number in range(10):
        (repo_dir / f"data{number}.csv").write_text(f"{number}\n" * 100 * (10 - number))
    found = made(repo_dir, base, commit_all(git, repo_dir), 2000)
    reasons = {unquoted(one.path): one.reason for one in found.missing}
    never_compared = "changed files over 8000 bytes in all"
    too_long = "a file whose difference is too much: over 2000 bytes in all"
    assert reasons == {
        **{f"data{number}.csv": never_compared for number in (0, 1)},
        **{f"data{number}.csv": too_long for number in range(2, 8)},
    }
    assert [patch[13:22] for patch in found.patches] == [b"data8.csv", b"data9.csv"]


def test_edited_binary_file_counts_four_times(repo_dir, git):
    noise = random.Random(0).randbytes(3000)
    for name, content in (("a.bin", b"\0" + noise), ("b.csv", b"1,2\n" * 750)):
        (repo_dir / name).write_bytes(content)
    base = commit_all(git, repo_dir)
    for name in ("a.bin", "b.csv"):
        with (repo_dir / name).open("ab") as file:
            file.write(b"more\n")
    found = made(repo_dir, base, commit_all(git, repo_dir), 4000)
    assert missing(found) == ["a.bin"]
    assert b"+more\n" in b"".join(found.patches)


def test_large_patch_that_is_binary_is_told_from_text(repo_dir, git):
    base = head(git, repo_dir)
    (repo_dir / "a.bin").write_bytes(b"\0" + random.Random(0).randbytes(3900))
    (repo_dir / "b.csv").write_text("1\n" * 1900)
    found = made(repo_dir, base, commit_all(git, repo_dir), 4000)
    assert [(one.path, one.is_binary) for one in found.missing] == [
        (b"a.bin", True),
        (b"b.csv", False),
    ]


def test_change_of_mode_alone_weighs_nothing(repo_dir, git):
    (repo_dir / "data.csv").write_text("1,2,3\n" * 1000)
    base = commit_all(git, repo_dir)
    (repo_dir / "data.csv").chmod(0o755)
    found = made(repo_dir, base, commit_all(git, repo_dir), 400)
    assert (missing(found), len(found.patches)) == ([], 1)


def test_large_file_that_became_a_folder_is_left_with_what_is_in_it(repo_dir, git):
    (repo_dir / "data").write_text("1,2,3\n" * 1000)
    base = commit_all(git, repo_dir)
    (repo_dir / "data").unlink()
    (repo_dir / "data").mkdir()
    (repo_dir / "data/small.csv").write_text("1\n")
    (repo_dir / "train.py").write_text("edited\n")
    commit = commit_all(git, repo_dir)
    found = made(repo_dir, base, commit, 500)
    assert missing(found) == ["data", "data/small.csv"]
    tree = apply(repo_dir, base, b"".join(found.patches), git)
    assert paths_of(git, repo_dir, tree, commit) == {"data", "data/small.csv"}


def test_whole_first_commit_is_bounded_too(repo_dir, git):
    (repo_dir / "data.csv").write_text("1,2,3\n" * 1000)
    found = made(repo_dir, None, commit_all(git, repo_dir), 500)
    assert missing(found) == ["data.csv"]
    assert len(found.patches) == 2


def test_large_file_leaves_the_store_as_it_was(repo_dir, git):
    base = head(git, repo_dir)
    (repo_dir / "deep").mkdir()
    (repo_dir / "deep/data.csv").write_text("1,2,3\n" * 1000)
    (repo_dir / "deep/code.py").write_text("x = 1\n")
    commit = commit_all(git, repo_dir)
    before = sorted((repo_dir / ".git/objects").rglob("*"))
    assert missing(made(repo_dir, base, commit, 500)) == ["deep/data.csv"]
    assert sorted((repo_dir / ".git/objects").rglob("*")) == before


def test_object_that_is_gone_is_git_s_own_error(repo_dir, git):
    base = head(git, repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    commit = commit_all(git, repo_dir)
    blob = git("rev-parse", f"{base}:train.py", cwd=repo_dir).strip()
    (repo_dir / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitFailed, match=blob):
        made(repo_dir, base, commit, 4000)


@pytest.mark.parametrize("length", [1, 2, 7, 11, 12, 13, 100, 1 << 20])
def test_patches_are_told_apart_wherever_the_pieces_end(repo_dir, git, length):
    base, commit = many_changes(repo_dir, git)
    words = ("-p", "--binary", "--full-index", "--no-renames")
    whole = subprocess.run(
        ["git", "-c", "core.quotePath=true", "diff-tree", *words, base, commit],
        cwd=repo_dir,
        check=True,
        capture_output=True,
    ).stdout
    pieces = [whole[start : start + length] for start in range(0, len(whole), length)]
    found = list(split_patches(pieces, 400))
    assert {unquoted(patch.path) for patch in found} == paths_of(git, repo_dir, base, commit)
    assert sum(patch.size for patch in found) == len(whole)
    assert {patch.size > 400 for patch in found if patch.content is None} == {True}
    small = [patch.content for patch in found if patch.content is not None]
    assert all(part in whole and part.startswith(b"diff --git ") for part in small)
    assert [len(part) for part in small] == [patch.size for patch in found if patch.size <= 400]
