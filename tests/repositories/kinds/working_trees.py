"""Where HEAD is, what the index is like, and what is under way."""

from __future__ import annotations

from pathlib import Path

from kinds.made import Made, commit, edit, edited, git, scenario, with_folders, written

# Where HEAD and the working tree are.


@scenario
def ordinary(top, request):
    return edited(top)


@scenario
def clean(top, request):
    return Made(top)


@scenario
def unborn(top, request):
    fresh = top.parent / "fresh"
    git("init", "--quiet", str(fresh), cwd=top)
    return edited(fresh)


@scenario
def detached(top, request):
    git("checkout", "--quiet", "--detach", cwd=top)
    return edited(top)


@scenario
def linked_worktree(top, request):
    linked = top.parent / "linked"
    git("worktree", "add", "--quiet", "-b", "side", linked, cwd=top)
    return edited(linked)


@scenario
def worktree_of_bare(top, request):
    bare_dir = top.parent / "bare.git"
    git("clone", "--quiet", "--bare", top, bare_dir, cwd=top)
    linked = top.parent / "linked"
    git("worktree", "add", "--quiet", linked, "main", cwd=bare_dir)
    return edited(linked)


@scenario
def separate_git_dir(top, request):
    git("init", "--quiet", f"--separate-git-dir={top.parent / 'elsewhere'}", cwd=top)
    return edited(top)


@scenario
def worktree_config(top, request):
    git("config", "extensions.worktreeConfig", "true", cwd=top)
    git("config", "--worktree", "core.autocrlf", "false", cwd=top)
    return edited(top)


@scenario
def subfolder(top, request):
    with_folders(top)
    edit(top)
    return Made(top / "c" / "d")


@scenario
def bare(top, request):
    bare_dir = top.parent / "bare.git"
    git("clone", "--quiet", "--bare", top, bare_dir, cwd=top)
    return Made(bare_dir)


# Indexes of all forms.


def sparse(top: Path, *options: str, patterns: tuple[str, ...]) -> Made:
    with_folders(top)
    git("sparse-checkout", "set", *options, *patterns, cwd=top)
    edit(top)
    written(top, {"a/in.py": "edited\n", "a/new.py": "new\n"})
    assert not (top / "b").exists()
    return Made(top, differs={"b/in.py": b"b\n", "c/d/in.py": b"d\n"})


@scenario
def sparse_cone(top, request):
    return sparse(top, "--cone", patterns=("a",))


@scenario
def sparse_non_cone(top, request):
    return sparse(top, "--no-cone", patterns=("/*", "!/b/", "!/c/"))


@scenario
def sparse_index(top, request):
    return sparse(top, "--cone", "--sparse-index", patterns=("a",))


@scenario
def split_index(top, request):
    git("update-index", "--split-index", cwd=top)
    edit(top)
    git("add", "new.py", cwd=top)
    return Made(top)


@scenario
def skip_worktree(top, request):
    git("update-index", "--skip-worktree", "train.py", cwd=top)
    return edited(top)


@scenario
def assume_unchanged(top, request):
    git("update-index", "--assume-unchanged", "train.py", cwd=top)
    return edited(top)


@scenario
def intent_to_add(top, request):
    edit(top)
    git("add", "--intent-to-add", "new.py", cwd=top)
    return Made(top)


@scenario
def staged(top, request):
    edit(top)
    git("add", "--all", cwd=top)
    (top / "train.py").write_text("edited once more\n")
    git("rm", "--quiet", "--cached", "README.md", cwd=top)
    return Made(top)


# Amid something.


def in_conflict(top: Path, *command: str) -> Made:
    git("checkout", "--quiet", "-b", "side", cwd=top)
    (top / "train.py").write_text("side\n")
    commit(top, "side")
    git("checkout", "--quiet", "main", cwd=top)
    (top / "train.py").write_text("main\n")
    commit(top, "main")
    git(*command, cwd=top, check=False)
    assert "<<<<<<<" in (top / "train.py").read_text()
    (top / "new.py").write_text("untracked\n")
    return Made(top)


@scenario
def merge(top, request):
    return in_conflict(top, "merge", "side")


@scenario
def rebase(top, request):
    return in_conflict(top, "rebase", "side")


@scenario
def cherry_pick(top, request):
    return in_conflict(top, "cherry-pick", "side")


@scenario
def bisect(top, request):
    for number in range(4):
        (top / "train.py").write_text(f"version {number}\n")
        commit(top)
    git("bisect", "start", "HEAD", "HEAD~4", cwd=top)
    return edited(top)
