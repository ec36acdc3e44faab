"""Clones that lack something, or borrow it, and what cannot be opened."""

from __future__ import annotations

import subprocess
from pathlib import Path

from kinds.made import Made, edit, git, scenario, with_history, written
from kinds.nobody import as_nobody

# Clones that lack something, or borrow it.


@scenario
def shallow(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--depth=1", f"file://{top}", clone, cwd=top)
    edit(clone)
    return Made(clone)


def partial_clone(top: Path) -> Path:
    with_history(top)
    git("config", "uploadpack.allowFilter", "true", cwd=top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--filter=blob:none", f"file://{top}", clone, cwd=top)
    edit(clone)
    return clone


@scenario
def partial(top, request):
    return Made(partial_clone(top))


@scenario
def partial_without_promisor(top, request):
    clone = partial_clone(top)
    top.rename(top.parent / "gone")
    return Made(clone)


@scenario
def partial_lacking_the_base(top, request):
    with_history(top)
    git("config", "uploadpack.allowFilter", "true", cwd=top)
    clone = top.parent / "clone"
    words = ("--no-checkout", "--filter=blob:none", f"file://{top}")
    git("clone", "--quiet", *words, clone, cwd=top)
    git("reset", "--quiet", cwd=clone)
    top.rename(top.parent / "gone")
    written(clone, {"train.py": "edited\n", "new.py": "new\n"})
    return Made(clone, has_diff=False)


@scenario
def partial_extension(top, request):
    clone = partial_clone(top)
    git("config", "core.repositoryFormatVersion", "1", cwd=clone)
    git("config", "extensions.partialClone", "origin", cwd=clone)
    return Made(clone)


@scenario
def precious_objects(top, request):
    git("config", "core.repositoryFormatVersion", "1", cwd=top)
    git("config", "extensions.preciousObjects", "true", cwd=top)
    edit(top)
    return Made(top)


@scenario
def alternates(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--shared", top, clone, cwd=top)
    edit(clone)
    return Made(clone)


@scenario
def reference(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--reference", top, f"file://{top}", clone, cwd=top)
    edit(clone)
    return Made(clone)


@scenario
def replace_refs(top, request):
    with_history(top)
    git("replace", "HEAD", "HEAD~2", cwd=top)
    blob = git("hash-object", "-w", "--stdin", cwd=top).decode().strip()
    old = git("rev-parse", "HEAD:README.md", cwd=top).decode().strip()
    git("replace", old, blob, cwd=top)
    edit(top)
    return Made(top)


@scenario
def grafts(top, request):
    with_history(top)
    head = git("rev-parse", "HEAD", cwd=top).decode()
    (top / ".git" / "info").mkdir(exist_ok=True)
    (top / ".git" / "info" / "grafts").write_text(head)
    edit(top)
    return Made(top)


# What is refused.


@scenario
def safe_directory(top, request):
    edit(top)
    start = as_nobody(top, request, is_trusted=False)

    return Made(top, start=start)


@scenario
def sha256(top, request):
    fresh = top.parent / "fresh"
    git("init", "--quiet", "--object-format=sha256", fresh, cwd=top)
    edit(fresh)
    return Made(fresh)


def with_extension(top: Path, name: str, value: str) -> Made:
    git("config", "core.repositoryFormatVersion", "1", cwd=top)
    with (top / ".git" / "config").open("a") as file:
        file.write(f"[extensions]\n\t{name} = {value}\n")
    return Made(top)


@scenario
def reftable(top, request):
    fresh = top.parent / "fresh"
    words = ("init", "--quiet", "--ref-format=reftable", fresh)
    if subprocess.run(["git", *words], check=False, capture_output=True).returncode == 0:
        edit(fresh)
        return Made(fresh)
    (top / ".git" / "reftable").mkdir()
    return with_extension(top, "refStorage", "reftable")


@scenario
def unknown_extension(top, request):
    return with_extension(top, "ofTheFuture", "true")
