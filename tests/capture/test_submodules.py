"""Submodules come back byte for byte, by plain Git, from what others have: remotes and the run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import gitxp
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.model.run import Code, Run, Submodule
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.verify.verify import verify

LIMITS = SnapshotLimits(file_bytes=1000, total_bytes=500_000, files=10)
ODD = os.fsdecode(b"odd \xff name")


@dataclass(frozen=True)
class Project:
    """A repository on a server, a clone of it, and its submodules: `lib`, and `lib/inner` in it."""

    top: Path
    server: Path
    git: object

    @property
    def lib(self) -> Path:
        return self.top / "lib"

    @property
    def inner(self) -> Path:
        return self.lib / "inner"

    def head(self, path: str) -> str:
        return self.git("rev-parse", "HEAD", cwd=self.top / path).strip()

    def capture(self, limits: SnapshotLimits = LIMITS) -> Code:
        repository = open_repository(self.top)
        path = repository.private_dir / "x/code.pack"
        code = capture_code(repository, limits=limits, pack_path=path)
        assert code.failure == ""
        return code

    def run(self, **keywords) -> Run:
        with gitxp.start_run("subs", repo=self.top, **keywords) as run:
            run.log({"loss": 1.0}, step=0)
        return self.recorded(run.id)

    def recorded(self, run: str) -> Run:
        tip = self.git("rev-parse", f"refs/experiments/subs/{run}", cwd=self.top).strip()
        repository = open_repository(self.top)
        found = RecordReader(repository).run(tip)
        for is_deep in (False, True):
            assert verify(repository, home=found.home, is_deep=is_deep).flaws == ()
        return found


@pytest.fixture
def project(tmp_path, git) -> Project:
    git("config", "--global", "protocol.file.allow", "always", cwd=tmp_path)
    server = tmp_path / "server"
    for name, inside in (("inner", None), ("lib", "inner"), ("project", "lib")):
        work = tmp_path / f"made-{name}"
        git("init", "--quiet", str(work), cwd=tmp_path)
        for file in ("one.py", "two.py", "three.py"):
            (work / file).write_text(f"{name} {file}\n")
        if inside:
            url = str(server / f"{inside}.git")
            git("submodule", "--quiet", "add", url, inside, cwd=work)
        commit_all(git, work)
        git("clone", "--quiet", "--bare", str(work), str(server / f"{name}.git"), cwd=tmp_path)
        shutil.rmtree(work)
    top = tmp_path / "project"
    url = str(server / "project.git")
    git("clone", "--quiet", "--recurse-submodules", url, str(top), cwd=tmp_path)
    return Project(top, server, git)


def commit_all(git, folder: Path, message: str = "more") -> None:
    git("add", "--all", "--no-warn-embedded-repo", cwd=folder)
    git("commit", "--quiet", f"--message={message}", cwd=folder)


def files_of(top: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file and link of a working tree, by path."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != ".git"]
        for name in set(names) - {".git"}:
            path = Path(folder) / name
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(top))] = (path.lstat().st_mode & 0o111, content)
    return found


def private_state(project: Project) -> Iterator[object]:
    """Yield all that Git keeps of the project and its submodules but what is gitxp's own."""
    git_dir = project.top / ".git"
    for path in sorted(git_dir.rglob("*")):
        relative = str(path.relative_to(git_dir))
        own = ("gitxp", "objects", "refs/gitxp", "refs/experiments")
        if path.is_file() and not relative.startswith(own):
            yield relative, path.read_bytes()
    for path in (".", "lib", "lib/inner"):
        if (project.top / path / ".git").exists():
            words = ("status", "--porcelain=v2", "--branch", "--ignored", "-z")
            yield project.git(*words, cwd=project.top / path)
    yield files_of(project.top)


def bring_back(project: Project, run: Run, to: Path) -> Path:
    """Get the code of a run on another machine: nothing but the servers and plain Git."""
    git, ref = project.git, f"refs/experiments/subs/{run.id}"
    git("push", "--quiet", "origin", ref, "HEAD:refs/heads/side", cwd=project.top)
    shutil.move(project.top, project.top.with_name("out of reach"))
    elsewhere, again = to / "elsewhere", to / "again"
    git("clone", "--quiet", str(project.server / "project.git"), str(elsewhere), cwd=to)
    git("fetch", "--quiet", "origin", f"{ref}:{ref}", cwd=elsewhere)
    git("fsck", "--full", "--strict", cwd=elsewhere)
    git("worktree", "add", "--quiet", "--detach", str(again), f"{ref}^2", cwd=elsewhere)
    for submodule in run.code.submodules:
        told = [left.reason for left in run.code.left_out if left.path == submodule.path]
        ends = [end for reason in told for end in reason.partition("must list ")[2].split()]
        bring_submodule(git, elsewhere, ref, submodule, again / submodule.path, ends)
    shutil.move(project.top.with_name("out of reach"), project.top)
    return again


def bring_submodule(
    git, elsewhere: Path, ref: str, submodule: Submodule, place: Path, ends: Sequence[str] = ()
) -> None:
    if submodule.url:
        git("clone", "--quiet", "--no-checkout", submodule.url, str(place), cwd=elsewhere)
    else:
        git("init", "--quiet", str(place), cwd=elsewhere)
    if ends:
        (place / ".git/shallow").write_text("".join(f"{end}\n" for end in ends))
    for path in submodule.bundles:
        bundle = elsewhere.parent / "brought.bundle"
        shown = subprocess.run(
            ["git", "show", f"{ref}:{path}"], cwd=elsewhere, check=True, capture_output=True
        )
        bundle.write_bytes(shown.stdout)
        git("bundle", "verify", "--quiet", str(bundle), cwd=place)
        git("fetch", "--quiet", str(bundle), "HEAD", cwd=place)
    git("checkout", "--quiet", "--detach", submodule.commit, cwd=place)
    git("fsck", "--full", "--strict", cwd=place)
    assert submodule.commit in git("ls-tree", "HEAD", place.name, cwd=place.parent)


def mess_up(folder: Path, git) -> None:
    (folder / "one.py").write_text("edited\n")
    (folder / "two.py").unlink()
    (folder / "staged.py").write_text("staged\n")
    git("add", "staged.py", cwd=folder)
    (folder / "staged.py").write_text("staged, then edited\n")
    (folder / "deep/er").mkdir(parents=True)
    (folder / "deep/er" / ODD).write_bytes(b"\x00untracked\xff")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("one.py")


def only(code: Code, path: str) -> Submodule:
    (found,) = [one for one in code.submodules if one.path == path]
    return found


def test_clean_submodules_that_remotes_have_cost_the_record_nothing(project, git):
    code = project.capture()
    assert code.commit == code.base
    assert [one.path for one in code.submodules] == ["lib", "lib/inner"]
    for one in code.submodules:
        assert one.commit == one.head == one.base == project.head(one.path)
        assert (one.dirty, one.bundles) == (False, ())
        assert one.url == str(project.server / f"{one.path[-5:].strip('/')}.git")


def test_every_kind_of_change_in_every_depth_comes_back(project, git, tmp_path):
    for folder in (project.top, project.lib, project.inner):
        mess_up(folder, git)
    before = list(private_state(project))
    run = project.run()
    assert list(private_state(project)) == before
    assert run.code.left_out == ()
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)
    git("fsck", "--full", "--strict", cwd=project.top)
    assert all(one.dirty for one in run.code.submodules)


def test_change_of_the_innermost_alone_reaches_the_tree(project, git, tmp_path):
    (project.inner / "one.py").write_text("edited\n")
    run = project.run()
    assert run.code.dirty
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


@pytest.mark.parametrize("how", ["detached", "branch", "staged in the index", "and edited"])
def test_unpushed_commits_come_back(project, git, tmp_path, how):
    words = ("-b", "side") if how == "branch" else ("--detach",)
    for folder in (project.inner, project.lib):
        git("checkout", "--quiet", *words, cwd=folder)
        for number in range(2):
            (folder / "one.py").write_text(f"commit {number}\n")
            commit_all(git, folder)
    if how == "staged in the index":
        git("add", "lib", cwd=project.top)
    if how == "and edited":
        (project.lib / "one.py").write_text("edited\n")
    run = project.run()
    lib = only(run.code, "lib")
    assert lib.head == project.head("lib")
    assert lib.base == git("rev-parse", "HEAD:lib", cwd=project.top).strip()
    assert len(lib.bundles) == (2 if how == "and edited" else 1)
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)
    messages = git("log", "--format=%s", cwd=tmp_path / "again/lib").split("\n")
    assert messages.count("more") == 3


def test_commit_that_the_project_has_and_the_remote_has_not_is_kept(project, git, tmp_path):
    (project.lib / "one.py").write_text("commit\n")
    commit_all(git, project.lib)
    commit_all(git, project.top)
    run = project.run()
    assert not run.code.dirty
    assert only(run.code, "lib").bundles
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


@pytest.mark.parametrize("edits", [False, True])
def test_submodule_without_a_remote_brings_its_whole_history(project, git, tmp_path, edits):
    git("remote", "remove", "origin", cwd=project.lib)
    if edits:
        mess_up(project.lib, git)
    run = project.run()
    lib = only(run.code, "lib")
    assert (lib.url, len(lib.bundles)) == ("", 1 + edits)
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


def test_history_stays_one_blob_for_runs_of_different_edits(project, git):
    git("remote", "remove", "origin", cwd=project.lib)
    blobs = set()
    for number in range(3):
        (project.lib / "one.py").write_text(f"edit {number}\n")
        run = project.run(snapshot="each")
        history, _ = only(run.code, "lib").bundles
        blobs.add(git("rev-parse", f"{run.tip}:{history}", cwd=project.top))
    assert len(blobs) == 1


def test_history_over_the_limit_is_left_out_and_the_edits_are_kept(project, git):
    git("remote", "remove", "origin", cwd=project.lib)
    (project.lib / "large").write_bytes(os.urandom(4000))
    commit_all(git, project.lib)
    (project.lib / "one.py").write_text("edited\n")
    code = project.capture(SnapshotLimits(file_bytes=1000, total_bytes=3000, files=10))
    (left,) = code.left_out
    assert (left.path, left.reason) == ("lib", "commits that no remote has: more than 3000 bytes")
    assert only(code, "lib").bundles == (f"submodules/{only(code, 'lib').commit}.bundle",)
    made = project.top / ".git/gitxp/x/submodules"
    assert [f"submodules/{path.name}" for path in made.iterdir()] == [*only(code, "lib").bundles]


def test_untracked_files_over_the_limits_are_told_by_their_whole_path(project):
    (project.inner / "large.bin").write_bytes(b"0" * 1001)
    (project.lib / "large.bin").write_bytes(b"0" * 1001)
    code = project.capture()
    assert {left.path for left in code.left_out} == {"lib/inner/large.bin", "lib/large.bin"}
    assert code.commit == code.base


def test_what_git_was_told_to_overlook_in_a_submodule_is_seen(project, git):
    git("update-index", "--assume-unchanged", "one.py", cwd=project.lib)
    (project.lib / "one.py").write_text("edited\n")
    git("config", "status.showUntrackedFiles", "no", cwd=project.inner)
    (project.inner / "new.py").write_text("new\n")
    git("config", "submodule.lib.ignore", "all", cwd=project.top)
    assert [one.dirty for one in project.capture().submodules] == [True, True]


def test_equal_code_gives_equal_trees_in_another_clone(project, git, tmp_path):
    other = Project(tmp_path / "other", project.server, git)
    url = str(project.server / "project.git")
    git("clone", "--quiet", "--recurse-submodules", url, str(other.top), cwd=tmp_path)
    for one in (project, other):
        mess_up(one.inner, git)
        (one.lib / "one.py").write_text("edited\n")
    assert project.capture().commit == other.capture().commit


def test_uninitialised_submodule_stays_as_in_the_index(project, git, tmp_path):
    git("submodule", "--quiet", "deinit", "--force", "lib", cwd=project.top)
    code = project.capture()
    assert (code.commit, code.submodules, code.left_out) == (code.base, (), ())
    (project.lib / "file").write_text("nobody looks here\n")
    (left,) = project.capture().left_out
    assert (left.path, left.size) == ("lib/", 18)
    assert left.reason == "1 file: where a submodule belongs that is not there"


def test_many_files_where_a_submodule_belongs_are_not_counted_to_their_end(project, git):
    git("submodule", "--quiet", "deinit", "--force", "lib", cwd=project.top)
    for number in range(10_001):
        (project.lib / str(number)).touch()
    (left,) = project.capture().left_out
    reason = "more than 10000 files: where a submodule belongs that is not there"
    assert (left.path, left.size, left.reason) == ("lib/", None, reason)


def test_submodule_whose_folder_was_deleted_is_not_in_the_snapshot(project, git):
    shutil.rmtree(project.lib)
    code = project.capture()
    assert "lib" not in git("ls-tree", "--name-only", code.commit, cwd=project.top).split()
    assert code.submodules == ()


@pytest.mark.parametrize("is_staged", [False, True])
def test_submodule_that_became_a_file_is_one(project, git, is_staged):
    shutil.rmtree(project.lib)
    project.lib.write_text("a file\n")
    if is_staged:
        git("add", "lib", cwd=project.top)
    code = project.capture()
    assert git("show", f"{code.commit}:lib", cwd=project.top) == "a file\n"


def test_new_submodule_that_is_only_staged_is_captured(project, git, tmp_path):
    url = str(project.server / "inner.git")
    git("submodule", "--quiet", "add", url, "second", cwd=project.top)
    (project.top / "second/one.py").write_text("edited\n")
    run = project.run()
    assert only(run.code, "second").base is None
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


def test_two_submodules_at_one_unpushed_commit_both_come_back(project, git, tmp_path):
    git("clone", "--quiet", str(project.inner), str(project.top / "copy"), cwd=project.top)
    url = str(project.server / "inner.git")
    git("remote", "set-url", "origin", url, cwd=project.top / "copy")
    git("submodule", "--quiet", "add", url, "copy", cwd=project.top)
    git("remote", "remove", "origin", cwd=project.inner)
    for folder in (project.inner, project.top / "copy"):
        (folder / "one.py").write_text("edited\n")
    run = project.run()
    first, second = only(run.code, "copy"), only(run.code, "lib/inner")
    assert first.commit == second.commit
    assert not set(first.bundles) & set(second.bundles)
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


@pytest.mark.parametrize("damage", ["index", "HEAD", "no repository", "gitfile to nowhere"])
def test_broken_submodule_is_named_and_the_rest_is_kept(project, git, damage):
    (project.top / "one.py").write_text("edited\n")
    url = str(project.server / "inner.git")
    git("submodule", "--quiet", "add", url, "second", cwd=project.top)
    (project.top / "second/one.py").write_text("edited\n")
    (project.lib / "one.py").write_text("edited\n")
    pinned, private = project.head("lib"), project.top / ".git/modules/lib"
    if damage == "index":
        (private / "index").write_bytes(b"no index")
    elif damage == "HEAD":
        (private / "HEAD").write_text("f" * 40)
    elif damage == "no repository":
        (project.lib / ".git").unlink()
        (project.lib / ".git").mkdir()
    else:
        (project.lib / ".git").write_text("gitdir: /nonexistent\n")
    code = project.capture()
    assert [left.path for left in code.left_out] == ["lib"]
    assert git("show", f"{code.commit}:one.py", cwd=project.top) == "edited\n"
    assert pinned in git("ls-tree", code.commit, "lib", cwd=project.top)
    assert only(code, "second").dirty


def test_submodule_with_its_own_git_folder_and_an_odd_name_comes_back(project, git, tmp_path):
    place = project.top / "with space" / ODD
    git("clone", "--quiet", str(project.server / "inner.git"), str(place), cwd=project.top)
    commit_all(git, project.top)
    mess_up(place, git)
    assert (place / ".git").is_dir()
    run = project.run()
    assert only(run.code, f"with space/{ODD}").dirty
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


def test_filters_of_a_submodule_are_its_own(project, git, tmp_path):
    (project.lib / ".gitattributes").write_text("*.up filter=up\n")
    git("config", "filter.up.clean", "tr a-z A-Z", cwd=project.lib)
    (project.lib / "new.up").write_text("shout\n")
    code = project.capture()
    (path,) = only(code, "lib").bundles
    git("clone", "--quiet", str(project.server / "lib.git"), str(tmp_path / "x"), cwd=tmp_path)
    git("fetch", "--quiet", str(project.top / ".git/gitxp/x" / path), cwd=tmp_path / "x")
    assert git("show", "FETCH_HEAD:new.up", cwd=tmp_path / "x") == "SHOUT\n"
    assert not (project.top / ".git/modules/lib/gitxp").exists()


def test_filter_that_does_not_work_around_a_submodule_takes_nothing_of_it(project, git):
    git("config", "filter.gone.clean", "/nonexistent/filter", cwd=project.top)
    git("config", "filter.gone.required", "true", cwd=project.top)
    (project.top / ".gitattributes").write_text("*.py filter=gone\n")
    (project.top / "one.py").write_text("edited\n")
    (project.lib / "one.py").write_text("edited\n")
    git("submodule", "--quiet", "deinit", "--force", "inner", cwd=project.lib)
    (project.inner / "file").write_text("nobody looks here\n")
    code = project.capture()
    assert [left.path for left in code.left_out if "submodule" in left.reason] == ["lib/inner/"]
    assert git("show", f"{code.commit}:one.py", cwd=project.top) == "edited\n"
    assert only(code, "lib").dirty


def make_shallow(project, git) -> None:
    """Have the submodule cloned with its last commit alone."""
    shutil.rmtree(project.lib)
    shutil.rmtree(project.top / ".git/modules/lib")
    for message in ("second", "third"):
        work = project.top.parent / message
        git("clone", "--quiet", str(project.server / "lib.git"), str(work), cwd=project.top.parent)
        git("commit", "--quiet", "--allow-empty", f"--message={message}", cwd=work)
        git("push", "--quiet", "origin", "HEAD", cwd=work)
    url = f"file://{project.server / 'lib.git'}"
    git("config", "submodule.lib.url", url, cwd=project.top)
    git("submodule", "--quiet", "update", "--init", "--depth=1", "lib", cwd=project.top)
    assert (project.top / ".git/modules/lib/shallow").exists()


def test_shallow_submodule_needs_no_more_than_its_edits(project, git):
    make_shallow(project, git)
    assert only(project.capture(), "lib").bundles == ()


@pytest.mark.parametrize("edits", [False, True])
def test_shallow_submodule_without_a_remote_brings_what_it_has(project, git, tmp_path, edits):
    make_shallow(project, git)
    end = git("rev-parse", "origin/HEAD", cwd=project.lib).strip()
    git("checkout", "--quiet", "--detach", end, cwd=project.lib)
    git("remote", "remove", "origin", cwd=project.lib)
    assert end in (project.top / ".git/modules/lib/shallow").read_text().split()
    if edits:
        mess_up(project.lib, git)
    before = files_of(project.lib)
    run = project.run()
    assert [left.path for left in run.code.left_out] == ["lib"]
    assert run.code.left_out[0].reason.endswith(f"it must list {end}")
    assert len(only(run.code, "lib").bundles) == 1 + edits
    assert files_of(bring_back(project, run, tmp_path) / "lib") == before


def test_submodule_of_a_rare_form_is_opened_as_git_does(project, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=project.lib)
    git("config", "extensions.worktreeConfig", "true", cwd=project.lib)
    (project.lib / "one.py").write_text("edited\n")
    assert only(project.capture(), "lib").dirty


def test_submodule_without_a_commit_is_captured(project, git, tmp_path):
    git("checkout", "--quiet", "--orphan", "fresh", cwd=project.lib)
    git("rm", "--quiet", "-r", "-f", "--cached", ".", cwd=project.lib)
    run = project.run()
    lib = only(run.code, "lib")
    assert (lib.head, len(lib.bundles)) == (None, 1)
    assert lib.base == git("rev-parse", "HEAD:lib", cwd=project.top).strip()
    back = files_of(bring_back(project, run, tmp_path))
    inner = {path for path in files_of(project.top) if path.startswith("lib/inner/")}
    assert back == {p: f for p, f in files_of(project.top).items() if p not in inner}


def test_conflict_about_a_submodule_takes_what_is_checked_out(project, git):
    heads = []
    git("checkout", "--quiet", "-b", "theirs", cwd=project.top)
    for branch in ("theirs", "main"):
        git("checkout", "--quiet", branch, cwd=project.top)
        git("submodule", "--quiet", "update", cwd=project.top)
        git("commit", "--quiet", "--allow-empty", f"--message={branch}", cwd=project.lib)
        heads.append(project.head("lib"))
        commit_all(git, project.top)
    git("merge", "theirs", cwd=project.top, check=False)
    assert "UU lib" in git("status", "--porcelain", cwd=project.top)
    code = project.capture()
    assert heads[1] in git("ls-tree", code.commit, "lib", cwd=project.top)
    assert only(code, "lib").base == heads[1]


def test_gc_in_the_submodule_amid_the_run_takes_nothing(project, git, tmp_path):
    with gitxp.start_run("subs", repo=project.top) as run:
        run.log({"loss": 1.0}, step=0)
    mess_up(project.inner, git)
    with gitxp.start_run("subs", repo=project.top, snapshot="each") as run:
        before = files_of(project.top)
        git("reset", "--quiet", "--hard", cwd=project.inner)
        for folder in (project.inner, project.lib, project.top):
            git("gc", "--quiet", "--prune=now", cwd=folder)
        run.log({"loss": 1.0}, step=0)
    assert files_of(bring_back(project, project.recorded(run.id), tmp_path)) == before


def test_later_runs_of_a_process_have_the_bundles_too(project, git, tmp_path):
    mess_up(project.lib, git)
    first = gitxp.start_run("subs", repo=project.top)
    second = gitxp.start_run("subs", repo=project.top, parent=first.id)
    first.finish()
    third = gitxp.start_run("subs", repo=project.top, parent=second.id)
    for run in (second, third):
        run.finish()
        back = tmp_path / run.id
        back.mkdir()
        found = bring_back(project, project.recorded(run.id), back)
        assert files_of(found) == files_of(project.top)


def test_bundle_that_is_deleted_amid_the_run_is_told(project, git):
    mess_up(project.lib, git)
    with gitxp.start_run("subs", repo=project.top) as run:
        run.log({"loss": 1.0}, step=0)
        shutil.rmtree(project.top / f".git/gitxp/live/{run.id}/submodules")
    code = project.recorded(run.id).code
    assert only(code, "lib").bundles == ()
    assert [left.path for left in code.left_out] == ["lib"]


def test_resumed_run_keeps_the_bundles_of_both_sessions(project, git):
    mess_up(project.lib, git)
    first = project.run()
    (project.lib / "one.py").write_text("edited again\n")
    second = project.run(resume=first.id, snapshot="each")
    for session in second.sessions:
        for path in only(session.code, "lib").bundles:
            git("cat-file", "-e", f"{second.tip}:{path}", cwd=project.top)
    assert len({session.code.commit for session in second.sessions}) == 2


KILLED = """
import sys, time
import gitxp
run = gitxp.start_run("subs")
run.log({"loss": 1.0}, step=0)
print("started", flush=True)
time.sleep(600)
"""


def test_killed_run_keeps_its_submodules(project, git, tmp_path):
    mess_up(project.inner, git)
    (project.lib / "one.py").write_text("committed\n")
    git("commit", "--quiet", "--message=unpushed", "one.py", cwd=project.lib)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=project.top, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGKILL)
    repository = open_repository(project.top)
    (done,) = recover_runs(repository, Workspace.open(project.top, {}).limits)
    assert done.outcome is Recovery.RECORDED
    run = project.recorded(done.run)
    assert files_of(bring_back(project, run, tmp_path)) == files_of(project.top)


def test_difference_tells_a_submodule_in_one_line(project, git):
    mess_up(project.lib, git)
    run = project.run()
    diff = git("show", f"{run.tip}:code.diff", cwd=project.top)
    assert f"+Subproject commit {only(run.code, 'lib').commit}" in diff
    assert "staged.py" not in diff
    for words in (("diff", "--submodule=short"), ("diff", "--stat"), ("diff-tree", "-p")):
        git(*words, run.code.base, run.code.commit, cwd=project.top)
