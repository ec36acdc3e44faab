"""Git LFS files that old runs name outlast `git lfs prune`, until the runs are purged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aged import aged_project, checked_out, checked_out_at, digest_of, large
from at_once import go
from at_once import start as start_at_once
from by_hand import failures
from dying import Dying

import gitxp
from gitxp.artifacts.bring_out import bring_out
from gitxp.artifacts.lfs import object_path
from gitxp.storage.large_layout import large_dir, large_path, looked_through_path
from gitxp.storage.layout import recorded_dir
from gitxp.storage.repository import open_repository
from gitxp.upkeep.doctor.diagnose import diagnose
from gitxp.upkeep.tidy import tidy
from gitxp.upkeep.unneeded_files import stray_files

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")

# Waits for a line, then tidies.
TIDY = """
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

repository = open_repository()
print("ready", flush=True)
input()
tidy(repository)
"""
# Each child tidies a fresh copy of the project; then it is tidied to the end, every second time
# after a prune.
DIES_AT = """
import os, shutil, subprocess
from gitxp.storage.layout import recorded_dir
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

TEMPLATE, TOP = {places}

def before():
    global repository
    shutil.rmtree(TOP)
    subprocess.run(["cp", "-a", TEMPLATE, TOP], check=True)  # with its hard links
    os.chdir(TOP)
    repository = open_repository()
    for folder in recorded_dir(repository.private_dir).iterdir():
        os.utime(folder, (1, 1))

def work(begin):
    begin()
    tidy(repository)

def after(number):
    if number % 2:
        subprocess.run(["git", "lfs", "prune"], check=True, stdout=subprocess.DEVNULL)
    tidy(repository)
    return "-"
"""
STRIDE = int(os.environ.get("GITXP_TEST_KILLS", "3"))


@pytest.fixture
def project(repo_dir, git, clock, monkeypatch):
    return aged_project(repo_dir, git, clock, monkeypatch)


MODEL = "model weights"


def test_artifact_of_an_old_run_is_there_again_with_the_next_command(project):
    run = project.run("old", MODEL)
    project.later()
    project.prune(large(MODEL))
    assert failures(is_deep=True) == []
    project.xp("list")
    assert project.stored(large(MODEL)).read_text() == large(MODEL)
    project.xp("artifact", "get", run, "--output", "out")
    assert (project.top / "out" / f"{MODEL}.bin").read_text() == large(MODEL)


def test_artifact_is_brought_out_though_nothing_was_put_back(project):
    run = gitxp.get_run(project.run("old", MODEL))
    project.later()
    project.prune(large(MODEL))
    bring_out(open_repository(), run.record, run.artifacts[0], project.top / "brought")
    assert (project.top / "brought").read_text() == large(MODEL)
    assert not project.stored(large(MODEL)).exists()


def test_edited_file_of_code_outlasts_a_prune(project):
    (project.top / "data.bin").write_text("edited")
    run = project.run()
    (project.top / "data.bin").write_text("committed")
    project.later()
    project.prune("edited")
    assert failures() == []
    project.xp("list")
    assert checked_out(project, run) == "edited"


def test_what_was_pruned_right_after_a_run_is_there_again_with_the_next_command(project):
    (project.top / "data.bin").write_text("edited")
    run = project.run("old", MODEL)
    (project.top / "data.bin").write_text("committed")
    project.prune("edited", large(MODEL))
    assert failures(is_deep=True) == []
    project.xp("list")
    assert list(recorded_dir(project.top / ".git/gitxp").iterdir())
    assert checked_out(project, run) == "edited"
    project.prune("edited", large(MODEL))
    project.xp("list")
    assert checked_out(project, run) == "edited"


def test_file_of_a_commit_that_was_amended_away_outlasts_a_prune(project):
    project.commit("ran")
    run = project.run()
    project.xp("list")  # a command that comes by at once is enough
    project.commit("amended", "--amend")
    project.prune("ran")
    project.xp("list")
    assert checked_out(project, run) == "ran"
    assert failures(is_deep=True) == []
    project.later()
    project.prune("ran")
    project.xp("list")
    assert checked_out(project, run) == "ran"


def test_file_of_a_commit_below_edits_outlasts_a_prune(project):
    project.commit("ran")
    (project.top / "train.py").write_text("edited")
    run = project.run()
    project.later()
    project.commit("amended", "--amend")
    project.prune("ran")
    project.xp("list")
    assert checked_out(project, run) == "ran"


def test_file_of_the_code_of_a_running_run_is_held(project):
    project.commit("runs")
    run = gitxp.start_run("alive")
    project.xp("list")
    project.commit("amended", "--amend")
    project.prune("runs")
    project.xp("list")
    assert project.stored("runs").read_text() == "runs"
    run.finish()
    assert checked_out(project, run.id) == "runs"


def test_files_of_earlier_sessions_of_a_resumed_run_are_held(project):
    project.commit("first")
    run = project.run()
    first = f"{gitxp.get_run(run).tip}^2"
    for content in ("second", "third"):
        project.commit(content, "--amend")
        project.resume(run)
    project.xp("list")
    project.commit("amended", "--amend")
    project.prune("first", "second", "third")
    project.xp("list")
    assert checked_out_at(project, first) == "first"
    assert project.stored("second").read_text() == "second"
    assert checked_out(project, run) == "third"


def test_each_new_code_is_compared_with_the_last(project):
    runs = {}
    for content in ("a", "b", "a", "c"):
        project.commit(content, "--amend")
        runs[project.run()] = content
        project.xp("list")
    project.commit("now", "--amend")
    project.prune("a", "b", "c")
    project.xp("list")
    assert {run: checked_out(project, run) for run in runs} == runs


def test_of_code_the_last_of_which_is_gone_all_files_are_looked_at(project):
    state = looked_through_path(project.top / ".git/gitxp")
    project.run()
    project.xp("list")
    known, *folders = state.read_text().split("\n")
    assert len(known) == 40
    state.write_text("\n".join(["1" * 40, *folders]))
    project.commit("ran")
    project.run()
    project.xp("list")
    assert project.held() == {digest_of("ran"), digest_of("committed")}


def pushed(project, branch: str) -> Path:
    """Push what is checked out without its large files, as to a server that lost them since."""
    server = project.top.parent / "server.git"
    if not server.exists():
        project.git("init", "--quiet", "--bare", str(server), cwd=project.top)
        project.git("remote", "add", "origin", str(server), cwd=project.top)
    project.git("push", "--quiet", "--no-verify", "origin", f"HEAD:{branch}", cwd=project.top)
    return server


def test_what_a_remote_has_is_not_held(project):
    pushed(project, "main")
    project.run()
    project.later()
    assert project.held() == set()
    (project.top / "more.bin").write_text("more")
    project.commit("unpushed")
    run = project.run()
    project.later()
    assert project.held() == {digest_of("more"), digest_of("unpushed")}
    project.commit("amended", "--amend")
    project.prune("unpushed")
    project.xp("list")
    assert checked_out(project, run) == "unpushed"


@pytest.mark.parametrize("by", ["deleted", "forced"])
def test_what_a_remote_has_no_longer_is_held(project, by):
    project.git("rm", "--quiet", "data.bin", cwd=project.top)
    project.git("commit", "--quiet", "--message=none", cwd=project.top)
    pushed(project, "main")
    project.commit("pushed")
    pushed(project, "feat")
    run = project.run()
    project.later()
    assert project.held() == set()
    project.git("checkout", "--quiet", "HEAD^", cwd=project.top)
    if by == "deleted":
        project.git("push", "--quiet", "--no-verify", "--delete", "origin", "feat", cwd=project.top)
        project.git("fetch", "--quiet", "--prune", cwd=project.top)
    else:
        words = ("push", "--quiet", "--no-verify", "--force", "origin", "HEAD:feat")
        project.git(*words, cwd=project.top)
    project.xp("list")
    assert project.held() == {digest_of("pushed")}
    project.git("branch", "--quiet", "--delete", "--force", "main", cwd=project.top)
    project.prune("pushed")
    project.xp("list")
    assert checked_out(project, run) == "pushed"


def test_commits_that_a_remote_got_meanwhile_have_no_code_looked_at_again(project):
    pushed(project, "main")
    project.commit("more")
    project.run()
    project.later()
    pushed(project, "main")
    trace = project.top.parent / "trace"
    subprocess.run(
        [sys.executable, "-m", "gitxp", "list"],
        cwd=project.top,
        env={**os.environ, "GIT_TRACE": str(trace)},
        check=True,
        capture_output=True,
    )
    assert "--max-count=1" in trace.read_text()
    assert "--first-parent" not in trace.read_text()


def test_run_in_the_trash_comes_back_whole_after_a_prune(project):
    (project.top / "data.bin").write_text("edited")
    run = project.run("old", MODEL)
    (project.top / "data.bin").write_text("committed")
    project.later()
    project.xp("remove", "--yes", run)
    project.prune("edited", large(MODEL))
    project.xp("undo")
    project.xp("list")
    assert checked_out(project, run) == "edited"
    project.xp("artifact", "get", run, "--output", "out")
    assert (project.top / "out" / f"{MODEL}.bin").read_text() == large(MODEL)


def test_removed_before_minutes_have_passed_it_is_held_all_the_same(project):
    project.commit("ran")
    run = project.run("old", MODEL)
    project.xp("remove", "--yes", run)
    project.commit("amended", "--amend")
    project.later()
    project.prune("ran", large(MODEL))
    project.xp("undo")
    project.xp("list")
    assert checked_out(project, run) == "ran"
    assert project.stored(large(MODEL)).exists()


def test_purge_lets_all_of_a_run_go(project):
    project.commit("ran")
    (project.top / "more.bin").write_text("edited")
    run = project.run("old", MODEL)
    (project.top / "more.bin").unlink()
    project.later()
    assert project.held() == {*map(digest_of, ("ran", "edited", large(MODEL)))}
    said = project.xp("remove", "--purge", "--yes", run)
    assert [digest_of(content) in said for content in ("edited", large(MODEL), "ran")] == [
        True,
        True,
        False,  # it is the user's own commit that has it
    ]
    assert project.held() == set()
    project.commit("amended", "--amend")
    project.git("gc", "--quiet", "--prune=now", cwd=project.top)
    project.prune("ran", "edited", large(MODEL))
    project.xp("list")
    wanted = {digest_of(content) for content in ("ran", "edited", large(MODEL))}
    assert not [path for path in (project.top / ".git").rglob("*") if path.name in wanted]


@pytest.mark.parametrize("state", ["recorded", "trash", "running"])
def test_purge_keeps_what_another_run_names(project, state):
    project.commit("ran")
    (project.top / "more.bin").write_text("edited")
    purged = project.run("old", MODEL, "of the purged ")
    other = project.run("other", MODEL)
    running = gitxp.start_run("alive") if state == "running" else None
    project.later()
    if state == "trash":
        project.xp("remove", "--yes", other)
    if state == "running":
        project.xp("remove", "--purge", "--yes", other)
    said = project.xp("remove", "--purge", "--yes", purged)
    expected = {digest_of("ran"), digest_of("edited")}
    if running is None:
        expected.add(digest_of(large(MODEL)))
    assert project.held() == expected
    assert digest_of(large("of the purged ")) in said
    assert [digest in said for digest in expected] == [False] * len(expected)
    if running is not None:
        running.finish()


def test_purge_of_a_run_without_large_files_reads_no_other_record(project):
    project.git("rm", "--quiet", "data.bin", cwd=project.top)
    project.git("commit", "--quiet", "--message=none", cwd=project.top)
    run = project.run()
    project.xp("list")
    trace = project.top.parent / "trace"
    subprocess.run(
        [sys.executable, "-m", "gitxp", "remove", "--purge", "--yes", run],
        cwd=project.top,
        env={**os.environ, "GIT_TRACE": str(trace)},
        check=True,
    )
    assert trace.read_text().count("--first-parent") == 1  # its own


def with_stray_files(project) -> str:
    """Make two runs, and delete the ref of the first by hand; return the other."""
    project.commit("ran")
    (project.top / "more.bin").write_text("edited")
    gone = project.run("gone", MODEL, "of the one that is gone ")
    (project.top / "more.bin").unlink()
    project.commit("amended", "--amend")
    stays = project.run("stays", MODEL)
    project.later()
    project.git("update-ref", "-d", f"refs/experiments/old/{gone}", cwd=project.top)
    return stays


def stray() -> set[str]:
    gone = ("ran", "edited", large("of the one that is gone "))
    return set(map(digest_of, gone))


def test_doctor_names_what_is_held_for_nobody_and_what_to_type(project):
    with_stray_files(project)
    assert stray() < project.held()
    (found,) = [one for one in diagnose(None, {}) if one.slug == "stray-large-files"]
    assert found.message.startswith("3 large files ")
    subprocess.run(found.hint, shell=True, check=True)
    assert project.held() == {digest_of("amended"), digest_of(large(MODEL))}
    assert not [one for one in diagnose(None, {}) if one.slug == "stray-large-files"]
    project.prune(large("of the one that is gone "))
    project.xp("verify")


def test_purge_of_any_run_lets_go_of_what_is_held_for_nobody(project):
    stays = with_stray_files(project)
    plain = project.run("plain")
    project.later()
    project.xp("remove", "--purge", "--yes", plain)
    assert project.held() == {digest_of("amended"), digest_of(large(MODEL))}
    project.xp("remove", "--purge", "--yes", stays)
    assert project.held() == set()


@pytest.mark.parametrize("state", ["trash", "running", "starting", "recorded now", "unreadable"])
def test_nothing_that_somebody_may_need_is_let_go(project, state):
    stays = with_stray_files(project)
    project.xp("list")
    private = project.top / ".git" / "gitxp"
    if state == "trash":
        project.xp("remove", "--yes", stays)
    if state == "running":
        project.commit("of the running")
        going_on = gitxp.start_run("alive")
        tidy(open_repository())
    if state == "starting":
        (private / "live" / ("0" * 32)).mkdir()
    if state == "recorded now":
        project.run("now", "recorded now ")
        assert digest_of(large("recorded now ")) in {
            path.name for path in private.glob("recorded/*/lfs/*")
        }
        tidy(open_repository())
    if state == "unreadable":
        tree = project.git("rev-parse", f"refs/experiments/old/{stays}", cwd=project.top).strip()
        project.git("update-ref", "-d", f"refs/experiments/old/{stays}", cwd=project.top)
        (project.top / ".git" / "refs" / "experiments" / "old").mkdir(exist_ok=True)
        missing = tree[::-1]
        (project.top / ".git" / "refs" / "experiments" / "old" / stays).write_text(f"{missing}\n")
    told = stray_files(open_repository())
    if state in ("starting", "unreadable"):
        assert not told.are_any
    else:
        assert told.held == stray()
    if state == "running":
        going_on.finish()


def test_code_is_held_again_after_a_purge_of_the_run_that_it_was_compared_with(project):
    project.commit("ran")
    run = project.run()
    project.later()
    project.xp("remove", "--purge", "--yes", run)
    assert project.held() == set()
    project.run()
    project.later()
    assert digest_of("ran") in project.held()


def test_nothing_is_made_where_nothing_ever_ran(project):
    pushed(project, "main")
    project.xp("list")
    assert not large_dir(project.top / ".git/gitxp").exists()


def test_nothing_is_made_where_there_is_no_git_lfs(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("plain"):
        pass
    tidy(open_repository())
    assert not large_dir(repo_dir / ".git/gitxp").exists()
    assert not (repo_dir / ".git/lfs").exists()


def test_names_of_objects_that_a_prune_goes_on_to_delete_come_back_again(project):
    project.run("old", MODEL)
    project.later()
    project.prune(large(MODEL))
    project.xp("list")
    # A prune that had listed the object long before deletes it a moment later.
    project.stored(large(MODEL)).unlink()
    project.xp("list")
    assert project.stored(large(MODEL)).exists()


def test_prune_is_noticed_a_day_later_by_one_object_alone(project, clock, tmp_path, monkeypatch):
    project.run("old", MODEL, "another model ")
    project.later()
    project.xp("list")
    (tmp_path / "moved").write_text(str(24 * 3600))
    for name, value in clock.items():
        monkeypatch.setenv(name, value)
    project.xp("list")
    project.stored(large(MODEL)).unlink()
    project.xp("list")
    assert not project.stored(large(MODEL)).exists()  # it was no prune, and nobody looked
    project.prune(large("another model "))
    project.xp("list")
    for content in (MODEL, "another model "):
        assert project.stored(large(content)).read_text() == large(content)


def test_second_names_take_no_room(project):
    project.run("old", MODEL)
    project.later()
    name = large_path(project.top / ".git/gitxp", digest_of(large(MODEL)))
    assert name.samefile(project.stored(large(MODEL)))


def test_processes_that_tidy_at_once_lose_nothing(project):
    contents = [f"{number} " for number in range(12)]
    contents = [content + "x" * 20 for content in contents]
    for start in range(0, 12, 3):
        project.run(f"run-{start}", *contents[start : start + 3])
    for folder in recorded_dir(project.top / ".git/gitxp").iterdir():
        os.utime(folder, (1, 1))
    shutil.rmtree(project.top / ".git/lfs/objects")
    assert go(*(start_at_once(project.top, TIDY) for _ in range(4))) == [0] * 4
    assert not list(recorded_dir(project.top / ".git/gitxp").iterdir())
    for content in contents:
        assert project.stored(large(content)).read_text() == large(content)
        assert digest_of(large(content)) in project.held()


def test_tidying_that_is_killed_at_any_step_loses_nothing(project):
    project.commit("ran")
    project.run("old", MODEL)
    project.commit("amended", "--amend")
    template = project.top.parent / "template"
    shutil.move(project.top, template)
    project.top.mkdir()
    places = repr((str(template), str(project.top)))
    dying = Dying(template, DIES_AT.replace("{places}", places))
    ended = []
    while False not in ended:
        number = len(ended) * STRIDE
        has_died, _ = dying.dies_at(number)
        ended.append(has_died)
        assert project.stored(large(MODEL)).read_text() == large(MODEL)
        # Of code it was perhaps killed before it had looked, and then all was pruned.
        sure = [large(MODEL)] if number % 2 else [large(MODEL), "ran"]
        assert project.held() >= {*map(digest_of, sure)}
    dying.end()
    assert ended == [True] * (len(ended) - 1) + [False]
    assert len(ended) > 4


def test_git_folder_that_is_read_only_stops_nothing(disk, repo_dir, git, monkeypatch):
    top = disk.take(repo_dir)
    monkeypatch.chdir(top)
    git("config", "xp.artifacts.limit", "1 KiB", cwd=top)
    content = "weights" * 1000
    with gitxp.start_run("away") as run:
        run.log_text(content, "model.bin")
    for folder in recorded_dir(top / ".git/gitxp").iterdir():
        os.utime(folder, (1, 1))
    tidy(open_repository())
    object_path(top / ".git", digest_of(content)).unlink()
    disk.set_read_only(True)
    try:
        tidy(open_repository())
        found = gitxp.get_run(run.id)
        bring_out(open_repository(), found.record, found.artifacts[0], repo_dir / "brought")
        assert (repo_dir / "brought").read_text() == content
        assert failures() == []
    finally:
        disk.set_read_only(False)
        os.chdir("/")


def test_objects_on_another_file_system_have_no_second_name(disk, project, git):
    storage = disk.path / "lfs"
    git("config", "lfs.storage", str(storage), cwd=project.top)
    project.commit("ran")
    project.run("old", MODEL)
    project.later()
    assert not [
        path for path in (project.top / ".git/gitxp").rglob("*") if path.stat().st_size > 1e6
    ]
    elsewhere = object_path(project.top / ".git", digest_of(large(MODEL)), str(storage))
    assert elsewhere.exists()
    git("lfs", "prune", cwd=project.top)
    assert not elsewhere.exists()
    project.xp("list")
    assert [what for what in failures() if MODEL in what and what.endswith("is not here")]
