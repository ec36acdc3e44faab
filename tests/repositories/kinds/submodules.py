"""Repositories inside a repository, as submodules."""

from __future__ import annotations

import shutil
from pathlib import Path

import gitxp
from kinds.made import Made, commit, edit, edited, git, scenario

ALLOWED = ("-c", "protocol.file.allow=always")


def with_submodules(top: Path) -> None:
    """Add the submodule `lib`, which has a submodule `inner`, each with a server."""
    for name, inside in (("inner", None), ("lib", "inner")):
        work = top.parent / f"{name} at work"
        shutil.copytree(top, work)
        if inside:
            add_submodule(work, inside)
        git("clone", "--quiet", "--bare", work, top.parent / f"{name}.git", cwd=top)
    add_submodule(top, "lib")
    git(*ALLOWED, "submodule", "--quiet", "update", "--init", "--recursive", cwd=top)


def add_submodule(top: Path, name: str) -> None:
    url = top.parent / f"{name}.git"
    git(*ALLOWED, "submodule", "--quiet", "add", url, name, cwd=top)
    commit(top)


def bring_submodule(record: Path, run: gitxp.Run, submodule: gitxp.Submodule, place: Path) -> None:
    """Get a submodule as it was from its remote and the record, by plain Git."""
    if submodule.url:
        git("clone", "--quiet", "--no-checkout", submodule.url, place, cwd=record)
    else:
        git("init", "--quiet", place, cwd=record)
    for path in submodule.bundles:
        bundle = place.parent / "brought.bundle"
        bundle.write_bytes(git("show", f"{run.tip}:{path}", cwd=record))
        git("fetch", "--quiet", bundle, "HEAD", cwd=place)
        bundle.unlink()
    git("checkout", "--quiet", "--detach", submodule.commit, cwd=place)


@scenario
def submodule(top, request):
    with_submodules(top)
    edit(top / "lib")
    return Made(top)


@scenario
def submodule_nested(top, request):
    with_submodules(top)
    edit(top / "lib" / "inner")
    return edited(top)


@scenario
def submodule_unpushed(top, request):
    with_submodules(top)
    for number in range(2):
        (top / "lib" / "train.py").write_text(f"commit {number}\n")
        commit(top / "lib")
    return edited(top)


@scenario
def submodule_without_remote(top, request):
    with_submodules(top)
    git("remote", "remove", "origin", cwd=top / "lib")
    edit(top / "lib")
    return Made(top)


@scenario
def submodule_not_initialised(top, request):
    with_submodules(top)
    git("submodule", "--quiet", "deinit", "--force", "lib", cwd=top)
    return edited(top)


@scenario
def submodule_unpacked(top, request):
    """Files without a repository, as from an archive that was downloaded."""
    with_submodules(top)
    git("submodule", "--quiet", "deinit", "--force", "lib", cwd=top)
    (top / "lib" / "deep").mkdir()
    for name in ("train.py", "deep/er.py"):
        (top / "lib" / name).write_text("unpacked\n")
    return edited(top, left_out=("lib/",))
