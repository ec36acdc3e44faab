"""Bundles of submodules are opened, whoever made them: what is wrong with one is named."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from by_hand import checked, document, failures, log_git, ref, rewrite, xp

import gitxp
from gitxp.model.run import Submodule
from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.odb.objects import GitObject
from gitxp.storage.odb.pack import write_pack

HEAD = b"# v2 git bundle\n"
SNAPSHOT, HISTORY = 1, 0


@dataclass(frozen=True)
class Project:
    """A repository with the submodule `lib`, in which lies the submodule `inner`."""

    top: Path
    git: object

    @property
    def lib(self) -> Path:
        return self.top / "lib"

    def commit(self, folder: Path, message: str = "more") -> None:
        self.git("add", "--all", cwd=folder)
        self.git("commit", "--quiet", f"--message={message}", cwd=folder)

    def run(self, **keywords):
        with gitxp.start_run("lr", snapshot="each", **keywords) as run:
            pass
        return gitxp.get_run(run.id)

    def bundle(self, run, path: str) -> bytes:
        command = ["git", "show", f"{ref(run)}:{path}"]
        return subprocess.run(command, cwd=self.top, capture_output=True, check=True).stdout


@pytest.fixture
def project(tmp_path, git, monkeypatch) -> Project:
    git("config", "--global", "protocol.file.allow", "always", cwd=tmp_path)
    for name, inside in (("inner", None), ("lib", "inner"), ("project", "lib")):
        work = tmp_path / name
        git("init", "--quiet", str(work), cwd=tmp_path)
        (work / "one.py").write_text(f"{name}\n" * 50)
        (work / "two.py").write_text("two\n")
        if inside:
            url = str(tmp_path / f"{inside}.git")
            git("submodule", "--quiet", "add", url, inside, cwd=work)
        git("add", "--all", cwd=work)
        git("commit", "--quiet", "--message=first", cwd=work)
        git("clone", "--quiet", "--bare", str(work), f"{work}.git", cwd=tmp_path)
    git("submodule", "--quiet", "update", "--init", "--recursive", cwd=work)
    monkeypatch.chdir(work)
    return Project(work, git)


@pytest.fixture
def run(project):
    """A run in whose submodule a commit is not pushed, and a file is edited."""
    (project.lib / "one.py").write_text("lib\n" * 49 + "committed\n")
    project.commit(project.lib)
    (project.lib / "two.py").write_text("edited\n")
    return project.run()


def lib(run) -> Submodule:
    return next(one for one in run.code.submodules if one.path == "lib")


def everything_below(top: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in top.rglob("*") if path.is_file()}


@pytest.mark.parametrize("has_remote", [True, False])
def test_submodules_of_every_state_are_verified_and_nothing_is_written(project, git, has_remote):
    if not has_remote:
        git("remote", "remove", "origin", cwd=project.lib)
        git("remote", "remove", "origin", cwd=project.lib / "inner")
    project.run()
    (project.lib / "inner/one.py").write_text("edited\n")
    project.run()
    (project.lib / "inner/one.py").write_text("committed\n")
    project.commit(project.lib / "inner")
    project.commit(project.lib)
    project.run()
    (project.lib / "new.py").write_text("new\n")
    (project.lib / "two.py").unlink()
    run = project.run()
    with gitxp.start_run("lr", resume=run.id, snapshot="each"):
        pass
    before = everything_below(project.top.parent)
    done = checked()
    assert done.flaws == ()
    assert everything_below(project.top.parent) == before
    refs = git("for-each-ref", "--format=%(refname)", "refs/experiments", cwd=project.top).split()
    listed = [git("ls-tree", f"{ref}:submodules", cwd=project.top, check=False) for ref in refs]
    assert done.bundles == len({line.split()[2] for line in "".join(listed).splitlines()}) >= 5
    assert checked(is_deep=True).flaws == ()


def test_commits_that_only_remotes_have_are_counted_and_a_deep_look_asks(project, git, run):
    """The prerequisite of the unpushed commit, and the submodule inside as it was pushed."""
    told = xp("verify")
    assert (told.returncode, checked().elsewhere) == (0, 2)
    assert "2 bundles, 2 commits of submodules elsewhere not looked at: all true" in told.stdout
    assert checked(is_deep=True).elsewhere == 0
    shutil.rmtree(project.lib)
    assert checked(is_deep=True).elsewhere == 2


def of_lengths(whole: bytes) -> list[bytes]:
    return [whole[:length] for length in range(0, len(whole), 7)]


@pytest.mark.parametrize("which", [HISTORY, SNAPSHOT])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda whole: whole[:-1], "its pack is cut or damaged"),
        (lambda whole: whole[: whole.index(b"PACK") + 40], "cut or damaged"),
        (lambda whole: whole[: whole.index(b"PACK")], "it holds no pack"),
        (lambda whole: whole[:30], "it is no bundle"),
        (lambda whole: whole[:0], "it is no bundle"),
        (lambda whole: whole + b"noise", "cut or damaged"),
        (lambda whole: whole[:-30] + os.urandom(8) + whole[-22:], "cut or damaged"),
        (lambda whole: os.urandom(len(whole)), "it is no bundle"),
        (lambda whole: whole.replace(b" HEAD\n", b" refs/heads/main\n"), "expected a prerequisite"),
        (lambda whole: whole.replace(HEAD, HEAD + b"x\n"), "expected a prerequisite or HEAD"),
        (lambda whole: whole.replace(b" HEAD\n\n", b"\n\n"), "expected a prerequisite or HEAD"),
        (lambda whole: whole[whole.index(b"PACK") :], "it is no bundle"),
    ],
)
def test_damaged_bundle_is_named(project, git, run, which, damage, message):
    path = lib(run).bundles[which]
    rewrite(git, project.top, run, {path: damage(project.bundle(run, path))})
    done = xp("verify")
    assert done.returncode == 1
    (told,) = (line for line in done.stdout.splitlines() if line.startswith(ref(run)))
    assert told.startswith(f"{ref(run)}: bundle '{path}': ")
    assert message in told


def test_bundle_cut_anywhere_is_named(project, git, run):
    path = lib(run).bundles[HISTORY]
    for cut in of_lengths(project.bundle(run, path)):
        rewrite(git, project.top, run, {path: cut})
        (what,) = failures()
        assert what.startswith(f"bundle '{path}': ")


def test_bundle_of_another_commit_is_named(project, git, run):
    history, snapshot = lib(run).bundles
    rewrite(git, project.top, run, {snapshot: project.bundle(run, history)})
    head, commit = lib(run).head, lib(run).commit
    assert failures() == [
        f"bundle {snapshot!r} brings {head}: expected {commit}",
        f"no bundle of submodule 'lib' brings {commit}, at which it was",
    ]
    assert xp("verify").returncode == 1


def test_commit_that_is_said_and_not_in_the_bundle_is_named(project, git, run):
    path = lib(run).bundles[SNAPSHOT]
    pack = project.bundle(run, lib(run).bundles[HISTORY]).partition(b"\n\n")[2]
    head = project.bundle(run, path).partition(b"\n\n")[0]
    rewrite(git, project.top, run, {path: head + b"\n\n" + pack})
    assert failures() == [f"bundle {path!r}: commit {lib(run).commit} is missing"]


def test_prerequisite_that_is_not_stated_is_named(project, git, run):
    path = lib(run).bundles[HISTORY]
    head, _, pack = project.bundle(run, path).partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.startswith(b"-")]
    rewrite(git, project.top, run, {path: b"\n".join(lines) + b"\n\n" + pack})
    base = git("rev-parse", "HEAD~1", cwd=project.lib).strip()
    assert failures()[0] == (
        f"a bundle of submodule 'lib' builds on {base}, which it neither holds nor asks for"
    )


def bundled(tmp_path: Path, tip: str, prerequisites: list[str], objects: list[GitObject]) -> bytes:
    pack = write_pack(tmp_path / "forged.pack", objects).path.read_bytes()
    stated = "".join(f"-{oid} \n" for oid in prerequisites)
    return HEAD + f"{stated}{tip} HEAD\n\n".encode() + pack


def objects_of(git, folder: Path, *revisions: str) -> list[GitObject]:
    found = []
    for line in git("rev-list", "--objects", *revisions, cwd=folder).splitlines():
        oid = line.split()[0]
        kind = git("cat-file", "-t", oid, cwd=folder).strip()
        content = subprocess.run(
            ["git", "cat-file", kind, oid], cwd=folder, capture_output=True, check=True
        ).stdout
        found.append(GitObject(kind, content))
    return found


def test_object_that_a_whole_history_lacks_is_named(project, git, tmp_path):
    git("remote", "remove", "origin", cwd=project.lib)
    run = project.run()
    (path,) = lib(run).bundles
    lost = git("rev-parse", "HEAD:two.py", cwd=project.lib).strip()
    objects = [one for one in objects_of(git, project.lib, "HEAD") if one.oid != lost]
    rewrite(git, project.top, run, {path: bundled(tmp_path, lib(run).head, [], objects)})
    assert failures() == [f"the bundles of submodule 'lib' lack 1 object, such as {lost}"]


def test_object_that_may_be_with_the_prerequisites_is_missed_by_a_deep_look(
    project, git, run, tmp_path
):
    path = lib(run).bundles[HISTORY]
    head, base = lib(run).head, git("rev-parse", "HEAD~1", cwd=project.lib).strip()
    lost = git("rev-parse", "HEAD:one.py", cwd=project.lib).strip()
    new = objects_of(git, project.lib, "HEAD", "^HEAD~1")
    whole = bundled(tmp_path, head, [base], new)
    rewrite(git, project.top, run, {path: whole})
    assert failures(is_deep=True) == []
    forged = bundled(tmp_path, head, [base], [one for one in new if one.oid != lost])
    rewrite(git, project.top, run, {path: forged})
    assert failures() == []
    assert failures(is_deep=True) == []  # the submodule has it yet
    git("reset", "--quiet", "--hard", "HEAD~1", cwd=project.lib)
    git("reflog", "expire", "--expire=now", "--all", cwd=project.lib)
    git("gc", "--quiet", "--prune=now", cwd=project.lib)
    assert failures() == []
    assert failures(is_deep=True) == [
        f"the bundles of submodule 'lib' lack 1 object, such as {lost}"
    ]
    rewrite(git, project.top, run, {path: whole})
    assert failures(is_deep=True) == []


def changed(git, project, run, path: str, **changes) -> dict[str, bytes]:
    """Return `run.toml` in which the submodule at `path` is told otherwise."""
    told = document(git, project.top, run, "run.toml")
    (entry,) = (one for one in told["sessions"][0]["code"]["submodules"] if one["path"] == path)
    entry.update(changes)
    return {"run.toml": dumps(told)}


def test_bundle_that_the_record_has_lost_is_named(project, git, run):
    path = lib(run).bundles[SNAPSHOT]
    rewrite(git, project.top, run, {path: None})
    assert failures() == [f"bundle {path!r} of submodule 'lib' is missing"]
    assert xp("verify").returncode == 1


def test_snapshot_without_a_bundle_is_named_unless_the_record_says_so(project, git, run):
    history, snapshot = lib(run).bundles
    files = {**changed(git, project, run, "lib", bundles=[history]), snapshot: None}
    rewrite(git, project.top, run, files)
    assert failures() == [f"no bundle of submodule 'lib' brings {lib(run).commit}, at which it was"]
    told = document(git, project.top, run, "run.toml")
    told["sessions"][0]["code"]["left_out"] = [{"path": "lib", "reason": "it was lost"}]
    rewrite(git, project.top, run, {"run.toml": dumps(told)})
    assert failures() == []


def test_commit_that_the_code_does_not_name_is_told(project, git, run):
    history, _ = lib(run).bundles
    files = changed(git, project, run, "lib", commit=lib(run).head, bundles=[history])
    rewrite(git, project.top, run, files)
    assert failures() == [
        f"submodule 'lib' is at {lib(run).head} as run.toml says, "
        f"and at {lib(run).commit} in the code"
    ]


def test_commit_that_the_submodule_around_does_not_name_is_told(project, git):
    (project.lib / "inner/one.py").write_text("edited\n")
    run = project.run()
    inner = next(one for one in run.code.submodules if one.path == "lib/inner")
    rewrite(git, project.top, run, changed(git, project, run, "lib/inner", commit=inner.head))
    assert any(
        what.startswith(f"submodule 'lib/inner' is at {inner.head} as run.toml says, and at ")
        for what in failures()
    )


def test_snapshot_that_others_would_not_make_is_named(project, git, run, tmp_path):
    path, head = lib(run).bundles[SNAPSHOT], lib(run).head
    tree = git("rev-parse", "HEAD^{tree}", cwd=project.lib).strip()
    forged = GitObject("commit", code_commit(tree, head, 7).content)
    name = f"submodules/{forged.oid}.bundle"
    files = {
        path: None,
        name: bundled(tmp_path, forged.oid, [head], [forged]),
        **changed(git, project, run, "lib", commit=forged.oid, bundles=[lib(run).bundles[0], name]),
    }
    rewrite(git, project.top, run, files)
    what = f"{forged.oid} of submodule 'lib' is not the snapshot commit of its tree and head"
    assert what in failures()


def test_bundle_of_no_session_is_opened_too(project, git, run):
    other = f"submodules/{'1' * 40}.bundle"
    rewrite(git, project.top, run, {other: b"anything"})
    assert failures() == [f"bundle {other!r}: it is no bundle of version 2"]


def test_bundle_of_a_removed_run_is_named(project, git, run):
    path = lib(run).bundles[HISTORY]
    rewrite(git, project.top, run, {path: b"noise"})
    assert xp("remove", "--yes", run.id).returncode == 0
    (flaw,) = checked().failures
    assert flaw.ref.startswith("refs/gitxp/trash/")
    assert "it is no bundle" in flaw.what


def test_partial_clone_notes_the_bundles_that_it_has_not(project, git, run, tmp_path, monkeypatch):
    git("config", "uploadpack.allowFilter", "true", cwd=project.top)
    clone = tmp_path / "clone"
    options = ("--quiet", "--filter=blob:none", "--no-checkout")
    git("clone", *options, f"file://{project.top}", str(clone), cwd=tmp_path)
    git("fetch", "--quiet", "origin", f"{ref(run)}:{ref(run)}", cwd=clone)
    monkeypatch.chdir(clone)
    assert checked().failures == ()


def test_many_runs_of_one_edit_open_its_bundle_once(project, run):
    for _ in range(5):
        project.run()
    done = checked()
    assert (done.runs, done.bundles) == (6, 2)


def test_git_is_started_as_often_whatever_bundles_there_are(project, git, run, monkeypatch):
    """So no hook, filter or setting has any part in it."""
    log = log_git(monkeypatch, project.top.parent)
    first = log.of(checked)
    assert first
    for number in range(3):
        (project.lib / "two.py").write_text(f"edit {number}\n")
        project.run()
    assert log.of(checked) == first
