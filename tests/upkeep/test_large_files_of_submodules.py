"""Git LFS files of submodules outlast `git lfs prune` in them as long as runs name them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from aged import DAYS, Project, digest_of, large
from by_hand import checked, failures, xp

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.codecs.pointer import Pointer, encode_pointer
from gitxp.storage.large_layout import large_dir, large_path

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")

LIB, INNER = "lib", "lib/inner"
RUNS = 8


class Outer(Project):
    """A repository with the submodule `lib`, in which lies the submodule `inner`."""

    def place(self, path: str) -> Path:
        """Return the Git folder of the repository or submodule at `path`."""
        words = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        return Path(self.git(*words, cwd=self.top / path).strip())

    def write(self, path: str, content: str) -> None:
        (self.top / path / "data.bin").write_text(content)

    def commit_in(self, path: str, content: str, *options: str) -> None:
        """Commit `data.bin` of a submodule at the project's time."""
        self.write(path, content)
        for words in (("add", "--all"), ("commit", "--quiet", "--message=data", *options)):
            folder = self.top / path
            subprocess.run(["git", *words], cwd=folder, env=self.environment, check=True)

    def in_lfs(self, path: str, content: str, storage: str = "") -> Path:
        return object_path(self.place(path), digest_of(content), storage)

    def prune_in(self, path: str, *gone: str, storage: str = "") -> None:
        """Let Git LFS prune a submodule, which must delete the objects with contents `gone`."""
        objects = [self.in_lfs(path, content, storage) for content in gone]
        before = [one.exists() for one in objects]
        self.git("lfs", "prune", cwd=self.top / path)
        assert (before, [one.exists() for one in objects]) == (
            [True] * len(gone),
            [False] * len(gone),
        )

    def brought(self, run: str, path: str) -> str:
        """Bring a submodule of a run out by plain Git, and return what its large file holds."""
        record = gitxp.get_run(run)
        found = next(one for one in record.code.submodules if one.path == path)
        place = self.top.parent / f"again-{run}-{path.replace('/', '-')}"
        shutil.rmtree(place, ignore_errors=True)
        common = self.place(".")
        if found.url:
            words = ("--quiet", "--no-checkout", "--reference", str(common))
            self.git("clone", *words, found.url, str(place), cwd=self.top)
        else:
            self.git("init", "--quiet", str(place), cwd=self.top)
            (place / ".git/objects/info/alternates").write_text(f"{common}/objects\n")
        for bundle in found.bundles:
            command = ["git", "show", f"{record.tip}:{bundle}"]
            content = subprocess.run(command, cwd=self.top, check=True, capture_output=True).stdout
            (place / "brought.bundle").write_bytes(content)
            self.git("fetch", "--quiet", "brought.bundle", "HEAD", cwd=place)
        self.git("checkout", "--quiet", "--detach", found.commit, cwd=place)
        return (place / "data.bin").read_text()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """Where the first test makes what all of them begin with."""
    return tmp_path_factory.mktemp("template")


def make(folder: Path, git) -> None:
    """Make the project, and a server for each submodule; what is committed was pushed."""
    for name, inside in (("inner", None), ("lib", "inner"), ("project", "lib")):
        work = folder / name
        git("init", "--quiet", str(work), cwd=folder)
        (work / "one.py").write_text(f"{name}\n")
        if inside:
            url = str(folder / f"{inside}.git")
            git("submodule", "--quiet", "add", url, inside, cwd=work)
        if name != "project":
            (work / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
            (work / "data.bin").write_text(f"pushed {name}")
        git("add", "--all", cwd=work)
        git("commit", "--quiet", "--message=first", cwd=work)
        git("init", "--quiet", "--bare", f"{work}.git", cwd=folder)
        git("remote", "add", "origin", f"{work}.git", cwd=work)
        if name != "project":
            push(git, work, "main")
    git("submodule", "--quiet", "update", "--init", "--recursive", cwd=work)
    for path in (LIB, INNER):
        git("checkout", "--quiet", "main", cwd=work / path)


def push(git, folder: Path, branch: str) -> None:
    git("push", "--quiet", "origin", f"HEAD:{branch}", cwd=folder)
    git("lfs", "push", "origin", "HEAD", cwd=folder)


@pytest.fixture
def project(tmp_path, git, clock, monkeypatch, template):
    (tmp_path / "moved").write_text(str(-DAYS * 24 * 3600))
    git("config", "--global", "protocol.file.allow", "always", cwd=tmp_path)
    git("lfs", "install", "--skip-repo", cwd=tmp_path)
    if not any(template.iterdir()):
        make(template, git)
    top = tmp_path / "project"
    shutil.copytree(template / "project", top, symlinks=True)
    monkeypatch.chdir(top)
    return Outer(top, git, clock)


@pytest.mark.parametrize("path", [LIB, INNER])
def test_edited_file_is_there_again_with_the_next_command(project, path):
    project.write(path, "edited")
    run = project.run()
    project.write(path, "written since")
    project.later()
    project.prune_in(path, "edited")
    assert failures(is_deep=True) == []
    project.xp("list")
    assert project.in_lfs(path, "edited").read_text() == "edited"
    assert project.brought(run, path) == "edited"


def test_new_file_that_nobody_has_added_outlasts_a_prune(project):
    (project.top / LIB / "data.bin").rename(project.top / LIB / "same.bin")
    project.write(LIB, "new")
    run = project.run()
    project.write(LIB, "written since")
    project.later()
    project.prune_in(LIB, "new")
    project.xp("list")
    assert project.brought(run, LIB) == "new"


def test_prune_right_after_the_start_takes_nothing_of_a_running_run(project):
    project.write(LIB, "edited")
    run = gitxp.start_run("alive")
    (second,) = (run.writer.folder / "lfs").iterdir()
    assert second.samefile(project.in_lfs(LIB, "edited"))
    project.write(LIB, "written since")
    project.prune_in(LIB, "edited")
    project.xp("list")
    assert project.in_lfs(LIB, "edited").read_text() == "edited"
    project.prune_in(LIB, "edited")
    run.finish()
    assert failures(is_deep=True) == []
    assert project.brought(run.id, LIB) == "edited"


def test_prune_in_a_loop_takes_no_file_of_any_run(project):
    done, pruned = threading.Event(), []

    def prune():
        while not done.is_set():
            project.git("lfs", "prune", cwd=project.top / LIB)
            pruned.append(True)

    loop = threading.Thread(target=prune)
    loop.start()
    contents = []
    try:
        for number in range(RUNS):
            contents.append(f"content {number}")
            project.write(LIB, contents[-1])
            with gitxp.start_run("beside", snapshot="each") as run:
                pass
            assert gitxp.get_run(run.id).code.left_out == ()
    finally:
        done.set()
        loop.join()
    assert pruned
    project.later()
    assert [project.in_lfs(LIB, content).read_text() for content in contents] == contents
    assert failures(is_deep=True) == []


@pytest.mark.parametrize("path", [LIB, INNER])
def test_file_of_a_commit_that_was_amended_away_outlasts_a_prune(project, path):
    project.commit_in(path, "ran")
    run = project.run()
    project.xp("list")  # a command that comes by at once is enough
    project.commit_in(path, "amended", "--amend")
    project.prune_in(path, "ran")
    project.xp("list")
    assert project.in_lfs(path, "ran").read_text() == "ran"
    assert project.brought(run, path) == "ran"
    project.later()
    project.prune_in(path, "ran")
    project.git("lfs", "prune", cwd=project.top)
    assert failures(is_deep=True) == []
    project.xp("list")
    assert project.brought(run, path) == "ran"


def test_file_of_a_commit_below_edits_outlasts_a_prune(project):
    project.commit_in(LIB, "ran")
    (project.top / LIB / "one.py").write_text("edited")
    run = project.run()
    project.later()
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "ran")
    project.xp("list")
    assert project.brought(run, LIB) == "ran"


def test_file_of_a_commit_of_a_running_run_is_held(project):
    project.commit_in(LIB, "runs")
    run = gitxp.start_run("alive")
    project.xp("list")
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "runs")
    project.xp("list")
    assert project.in_lfs(LIB, "runs").read_text() == "runs"
    run.finish()
    assert project.brought(run.id, LIB) == "runs"


def test_file_of_a_submodule_without_a_remote_outlasts_a_prune(project, template):
    project.git("remote", "remove", "origin", cwd=project.top / LIB)
    project.commit_in(LIB, "ran")
    run = project.run()
    project.later()
    assert project.held() == {digest_of("ran")}
    project.commit_in(LIB, "amended", "--amend")
    # Without a remote Git LFS prunes nothing.
    project.git("remote", "add", "origin", str(template / "lib.git"), cwd=project.top / LIB)
    project.prune_in(LIB, "ran")
    project.git("remote", "remove", "origin", cwd=project.top / LIB)
    project.xp("list")
    assert project.brought(run, LIB) == "ran"


def test_what_the_remote_of_a_submodule_has_is_not_held(project):
    run = project.run()
    project.commit_in(LIB, "pushed later")
    push(project.git, project.top / LIB, f"of-{project.top.parent.name}")
    second = project.run()
    (project.top / LIB / "one.py").write_text("edited")
    third = project.run()
    project.later()
    assert project.held() == set()
    project.git("lfs", "prune", "--force", cwd=project.top / LIB)
    for one, content in ((run, "pushed lib"), (second, "pushed later"), (third, "pushed later")):
        assert project.brought(one, LIB) == content  # from there


def test_nothing_is_held_of_a_commit_that_was_pushed_before_the_next_command(project):
    project.commit_in(LIB, "ran")
    project.run()
    push(project.git, project.top / LIB, f"of-{project.top.parent.name}")
    project.later()
    assert project.held() == set()


def test_push_names_the_submodules_whose_files_it_does_not_send(project):
    project.write(LIB, "of a snapshot")
    project.run()
    project.git("push", "--quiet", "origin", "HEAD:main", cwd=project.top)
    project.git("fetch", "--quiet", "origin", cwd=project.top)
    words = [sys.executable, "-m", "gitxp", "push", "origin", "--json"]
    done = subprocess.run(words, cwd=project.top, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)["large_files"]
    assert told["of_submodules"] == {LIB: [digest_of("of a snapshot")]}
    assert told["uploaded"] == []


def test_submodule_that_is_gone_loses_none_of_its_files(project):
    project.commit_in(LIB, "ran")
    first = project.run()
    project.write(LIB, "edited")
    second = project.run()
    project.later()
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "ran", "edited")
    project.git("submodule", "--quiet", "deinit", "--force", LIB, cwd=project.top)
    shutil.rmtree(project.top / ".git/modules/lib")
    assert failures(is_deep=True) == []
    project.xp("list")
    assert not (project.top / ".git/modules/lib").exists()
    assert project.brought(first, LIB) == "ran"
    assert project.brought(second, LIB) == "edited"
    project.git("submodule", "--quiet", "update", "--init", LIB, cwd=project.top)
    project.xp("list")
    assert project.in_lfs(LIB, "ran").read_text() == "ran"
    assert project.in_lfs(LIB, "edited").read_text() == "edited"


def test_submodule_with_a_git_folder_of_its_own(project):
    lib = project.top / LIB
    (lib / ".git").unlink()
    shutil.move(project.top / ".git/modules/lib", lib / ".git")
    words = ("config", "--file", "lib/.git/config", "--unset", "core.worktree")
    project.git(*words, cwd=project.top)
    (lib / "inner/.git").write_text("gitdir: ../.git/modules/inner\n")
    words = ("config", "--file", "lib/.git/modules/inner/config", "core.worktree")
    project.git(*words, "../../../inner", cwd=project.top)
    project.write(LIB, "edited")
    run = project.run()
    project.write(LIB, "written since")
    project.later()
    project.prune_in(LIB, "edited")
    project.xp("list")
    assert (lib / ".git/lfs") in project.in_lfs(LIB, "edited").parents
    assert project.in_lfs(LIB, "edited").exists()
    assert project.brought(run, LIB) == "edited"


@pytest.mark.parametrize(("level", "storage"), [("--local", "elsewhere"), ("--global", "absolute")])
def test_submodule_that_keeps_its_large_files_elsewhere(project, level, storage):
    if storage == "absolute":
        storage = str(project.top.parent / "storage")
    project.git("config", level, "lfs.storage", storage, cwd=project.top / LIB)
    project.commit_in(LIB, "ran")
    project.write(LIB, "edited")
    run = project.run()
    project.later()
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "edited", "ran", storage=storage)
    project.xp("list")
    for content in ("edited", "ran"):
        assert project.in_lfs(LIB, content, storage).read_text() == content
    assert {digest_of("edited"), digest_of("ran")} <= project.held()
    assert [one.bundles for one in gitxp.get_run(run).code.submodules if one.path == LIB]


def test_submodule_of_a_linked_worktree(project, git):
    linked = project.top.parent / "linked"
    git("worktree", "add", "--quiet", str(linked), cwd=project.top)
    git("submodule", "--quiet", "update", "--init", "--recursive", cwd=linked)
    project.top, main = linked, project.top
    project.write(LIB, "edited")
    project.run()
    project.write(LIB, "written since")
    assert project.place(LIB).is_relative_to(main / ".git/worktrees")
    project.prune_in(LIB, "edited")
    project.top = main
    project.xp("list")
    project.top = linked
    assert project.in_lfs(LIB, "edited").read_text() == "edited"


def test_repository_that_is_moved_with_its_submodules(project, monkeypatch):
    project.write(LIB, "edited")
    project.run()
    project.write(LIB, "written since")
    project.later()
    moved = project.top.with_name("moved here")
    os.chdir(project.top.parent)
    project.top.rename(moved)
    project.top = moved
    monkeypatch.chdir(moved)
    project.prune_in(LIB, "edited")
    project.xp("list")
    assert project.in_lfs(LIB, "edited").read_text() == "edited"


def test_second_names_take_no_room(project):
    project.write(LIB, "edited")
    project.run()
    project.later()
    name = large_path(project.top / ".git/gitxp", digest_of("edited"))
    assert name.samefile(project.in_lfs(LIB, "edited"))
    assert name.samefile(project.stored("edited"))


def test_second_run_of_a_process_has_the_same_files(project):
    project.write(LIB, "edited")
    runs = []
    for _ in range(2):
        with gitxp.start_run("twice", snapshot="auto") as run:
            pass
        runs.append(run.id)
    project.write(LIB, "written since")
    project.later()
    project.xp("remove", "--purge", "--yes", runs[0])
    project.prune_in(LIB, "edited")
    project.xp("list")
    assert failures() == []
    assert project.brought(runs[1], LIB) == "edited"


def test_purge_lets_all_of_a_run_go(project):
    project.commit_in(LIB, "ran")
    project.write(LIB, "edited")
    run = project.run()
    project.later()
    assert project.held() == {digest_of("ran"), digest_of("edited")}
    said = project.xp("remove", "--purge", "--yes", run)
    assert [digest_of(content) in said for content in ("edited", "ran")] == [True, False]
    assert project.held() == set()
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "ran", "edited")
    project.git("lfs", "prune", cwd=project.top)
    project.xp("list")
    wanted = {digest_of("ran"), digest_of("edited")}
    assert not [path for path in (project.top / ".git").rglob("*") if path.name in wanted]
    lists = [path for path in large_dir(project.top / ".git/gitxp").rglob("*") if path.is_file()]
    assert not [path for path in lists if wanted & set(path.read_text().split())]


@pytest.mark.parametrize("state", ["recorded", "trash", "running"])
def test_purge_keeps_what_another_run_names(project, state):
    project.commit_in(LIB, "ran")
    project.write(LIB, "edited")
    purged = project.run()
    running = gitxp.start_run("alive") if state == "running" else None
    other = project.run("other") if state != "running" else ""
    project.later()
    if state == "trash":
        project.xp("remove", "--yes", other)
    said = project.xp("remove", "--purge", "--yes", purged)
    assert digest_of("edited") not in said
    assert project.held() == {digest_of("ran"), digest_of("edited")}
    project.commit_in(LIB, "amended", "--amend")
    project.prune_in(LIB, "ran", "edited")
    project.xp("list")
    for content in ("ran", "edited"):
        assert project.in_lfs(LIB, content).read_text() == content
    if running is not None:
        running.finish()


def test_purge_keeps_what_is_a_file_of_another_runs_submodule(project):
    model = "model weights"
    purged = project.run("old", model)
    project.write(LIB, large(model))
    project.run("other")
    project.later()
    project.xp("remove", "--purge", "--yes", purged)
    assert project.held() == {digest_of(large(model))}


def test_code_is_held_again_after_a_purge(project):
    project.commit_in(LIB, "ran")
    purged = project.run()
    project.later()
    project.xp("remove", "--purge", "--yes", purged)
    assert project.held() == set()
    project.run()
    project.xp("list")
    assert project.held() == {digest_of("ran")}


def test_absent_and_damaged_objects_are_named(project):
    project.write(LIB, "edited")
    project.run()
    project.later()
    assert checked().files == 1
    for path in (project.top / ".git").rglob(digest_of("edited")):
        if path.is_file():
            path.chmod(0o644)
            path.write_text("EDITED")
    (what,) = failures()
    assert what.startswith("'lib/data.bin' of its code: its Git LFS object ")
    assert what.endswith("has another SHA-256")
    for path in [*(project.top / ".git").rglob(digest_of("edited"))]:
        path.unlink()
    (what,) = failures()
    assert what == f"'lib/data.bin' of its code (6 bytes, {digest_of('edited')}) is not here"
    done = checked(home="0" * 32)
    assert (done.failures, [flaw.what for flaw in done.notes]) == ((), [what])


def test_lost_objects_of_unpushed_commits_are_named(project):
    project.commit_in(LIB, "ran")
    project.run()
    project.later()
    assert checked(is_deep=True).flaws == ()
    for path in [*(project.top / ".git").rglob(digest_of("ran"))]:
        path.unlink()
    for is_deep in (False, True):
        (what,) = failures(is_deep=is_deep)
        assert what == f"a file of submodule 'lib' (3 bytes, {digest_of('ran')}) is not here"
        assert failures(home="0" * 32, is_deep=is_deep) == []


def test_file_that_only_looks_like_a_pointer_is_a_file(project):
    pointer = encode_pointer(Pointer("1" * 64, 7))
    (project.top / LIB / "pointer.txt").write_bytes(pointer)
    run = project.run()
    left = [(one.path, one.reason) for one in gitxp.get_run(run).code.left_out]
    assert left == [("lib/pointer.txt", "its Git LFS object is not here")]
    assert checked().flaws == ()
    shutil.rmtree(project.place(LIB) / "lfs")
    (project.top / LIB / "pointer.txt").write_bytes(pointer.replace(b"1", b"2"))
    run = project.run()
    assert gitxp.get_run(run).code.left_out == ()
    assert failures() == []


def test_nothing_is_made_where_no_submodule_has_git_lfs(project):
    for path in (LIB, INNER):
        shutil.rmtree(project.place(path) / "lfs")
    (project.top / LIB / "one.py").write_text("edited")
    project.run()
    project.later()
    assert not large_dir(project.top / ".git/gitxp").exists()
    assert not (project.top / ".git/lfs").exists()


def test_objects_on_another_file_system_have_no_second_name(disk, project):
    storage = str(disk.path / "lfs")
    project.git("config", "lfs.storage", storage, cwd=project.top / LIB)
    project.write(LIB, "edited")
    run = project.run()
    project.write(LIB, "written since")
    project.later()
    assert project.held() == set()
    assert failures() == []
    (told,) = (line for line in xp("doctor").stdout.splitlines() if "no hard links" in line)
    assert storage in told
    project.prune_in(LIB, "edited", storage=storage)
    project.xp("list")
    assert [what for what in failures() if what.endswith("is not here")]
    assert gitxp.get_run(run).code.left_out == ()
