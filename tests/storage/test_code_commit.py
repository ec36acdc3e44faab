"""A snapshot commit's exact bytes, and a difference that `git apply` takes."""

from __future__ import annotations

from code_changes import apply, commit_all, many_changes, paths_of, unquoted

from gitxp.storage.code.code_commit import code_commit, code_diff
from gitxp.storage.code.cut_diff import cut_diff
from gitxp.storage.odb.objects import EMPTY_TREE, write_loose
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
    diff = code_diff(open_repository(repo_dir), base, commit)
    assert b"\x1b" not in diff
    expected = git("rev-parse", f"{commit}^{{tree}}", cwd=repo_dir).strip()
    assert apply(repo_dir, base, diff, git) == expected


def test_diff_without_a_base_holds_every_file(repo_dir, git):
    diff = code_diff(open_repository(repo_dir), None, "HEAD")
    expected = git("rev-parse", "HEAD^{tree}", cwd=repo_dir).strip()
    assert apply(repo_dir, EMPTY_TREE, diff, git) == expected


def test_cut_diff_applies_and_names_what_it_lacks(repo_dir, git):
    base, commit = many_changes(repo_dir, git)
    repository = open_repository(repo_dir)
    whole = code_diff(repository, base, commit)
    changed = paths_of(git, repo_dir, base, commit)
    sizes = set()
    for limit in range(150, len(whole), 40):
        diff = cut_diff(whole, limit)
        *lines, last = diff.splitlines()
        assert last.startswith(b"# gitxp: cut here, ")
        named = {line.split(b": ", 2)[2] for line in lines if b"# gitxp: left out: " in line[:20]}
        tree = apply(repo_dir, base, diff, git)
        missing = paths_of(git, repo_dir, tree, commit)
        assert {unquoted(name) for name in named} == missing
        assert paths_of(git, repo_dir, base, tree) == changed - missing
        sizes.add(len(missing))
    assert len(sizes) > 5


def test_large_file_does_not_push_out_the_small_ones_after_it(repo_dir, git):
    base = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    (repo_dir / "a large.txt").write_text("".join(f"line {n}\n" for n in range(1000)))
    (repo_dir / "train.py").write_text("edited\n")
    commit = commit_all(git, repo_dir)
    repository = open_repository(repo_dir)
    whole = code_diff(repository, base, commit)
    diff = cut_diff(whole, 500)
    kept = diff[: diff.index(b"# gitxp: left out: a large.txt\n")]
    assert b"+edited\n" in kept
    assert b"line 7" not in kept
    assert f"cut here, {len(kept)} of {len(whole)} bytes kept".encode() in diff.splitlines()[-1]


def test_many_files_left_out_are_named_up_to_a_bound(repo_dir, git):
    base = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    for number in range(150):
        (repo_dir / f"file{number:03}").write_text("text\n")
    commit = commit_all(git, repo_dir)
    whole = code_diff(open_repository(repo_dir), base, commit)
    lines = cut_diff(whole, 0).splitlines()
    assert len(lines) == 102
    assert lines[-2] == b"# gitxp: left out: 50 more"
