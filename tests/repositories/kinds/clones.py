"""Clones that lack something, or borrow it, and what cannot be opened."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import UnsupportedRepository
from kinds.made import Made, cloned, edited, git, scenario, with_history, written
from kinds.nobody import as_nobody

# Clones that lack something, or borrow it.


@scenario
def shallow(top, request):
    with_history(top)
    return edited(cloned(top, "--depth=1", url=f"file://{top}"))


def partly_cloned(top: Path, *options: str) -> Path:
    with_history(top)
    git("config", "uploadpack.allowFilter", "true", cwd=top)
    return cloned(top, "--filter=blob:none", *options, url=f"file://{top}")


@scenario
def partial(top, request):
    return edited(partly_cloned(top))


@scenario
def partial_without_promisor(top, request):
    clone = partly_cloned(top)
    top.rename(top.parent / "gone")
    return edited(clone)


@scenario
def partial_lacking_the_base(top, request):
    clone = partly_cloned(top, "--no-checkout")
    git("reset", "--quiet", cwd=clone)
    top.rename(top.parent / "gone")
    written(clone, {"train.py": "edited\n", "new.py": "new\n"})
    return Made(clone, has_diff=False)


@scenario
def partial_extension(top, request):
    return edited(with_extension(partly_cloned(top), "partialClone", "origin"))


@scenario
def precious_objects(top, request):
    return edited(with_extension(top, "preciousObjects", "true"))


@scenario
def alternates(top, request):
    with_history(top)
    return edited(cloned(top, "--shared"))


@scenario
def reference(top, request):
    with_history(top)
    return edited(cloned(top, "--reference", top, url=f"file://{top}"))


@scenario
def replace_refs(top, request):
    with_history(top)
    git("replace", "HEAD", "HEAD~2", cwd=top)
    blob = git("hash-object", "-w", "--stdin", cwd=top).decode().strip()
    old = git("rev-parse", "HEAD:README.md", cwd=top).decode().strip()
    git("replace", old, blob, cwd=top)
    return edited(top)


@scenario
def grafts(top, request):
    with_history(top)
    head = git("rev-parse", "HEAD", cwd=top).decode()
    (top / ".git" / "info").mkdir(exist_ok=True)
    (top / ".git" / "info" / "grafts").write_text(head)
    return edited(top)


# Extensions, and what is refused.


def with_extension(top: Path, name: str, value: str) -> Path:
    # By hand: `git config` refuses a repository whose extension it does not know.
    git("config", "core.repositoryFormatVersion", "1", cwd=top)
    with (top / ".git" / "config").open("a") as file:
        file.write(f"[extensions]\n\t{name} = {value}\n")
    return top


@scenario
def extension_of_git_alone(top, request):
    def is_told():
        with pytest.raises(UnsupportedRepository, match=r"extensions\.noop-v1") as caught:
            _ = gitxp.get_run("@").params
        assert "\n" not in str(caught.value)

    def take_back():
        git("config", "--unset", "extensions.noop-v1", cwd=top)

    with_extension(top, "noop-v1", "true")
    return edited(top, before_reading=is_told, to_read=take_back)


@scenario
def unknown_extension(top, request):
    return Made(with_extension(top, "ofTheFuture", "true"))


@scenario
def reftable(top, request):
    fresh = top.parent / "fresh"
    words = ("init", "--quiet", "--ref-format=reftable", fresh)
    if subprocess.run(["git", *words], check=False, capture_output=True).returncode == 0:
        return edited(fresh)
    # A Git that cannot make one does not open one either, by its extension.
    (top / ".git" / "reftable").mkdir()
    return Made(with_extension(top, "refStorage", "reftable"))


@scenario
def sha256(top, request):
    fresh = top.parent / "fresh"
    git("init", "--quiet", "--object-format=sha256", fresh, cwd=top)
    return edited(fresh)


@scenario
def safe_directory(top, request):
    return edited(top, start=as_nobody(top, request, is_trusted=False))
