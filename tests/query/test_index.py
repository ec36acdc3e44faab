"""The index: what is asked twice is decoded once; whatever becomes of it, the answer is right."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gitxp
from gitxp.model.run import Status
from gitxp.query.found import find_rows, read_run
from gitxp.query.index import store
from gitxp.query.index.files import VERSION, log_files
from gitxp.query.index.row_log import take_all
from gitxp.query.rows import run_row
from gitxp.query.runs import find_runs
from gitxp.storage.journal.places import find_journal
from gitxp.storage.layout import index_dir
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import open_repository

START = "import gitxp\nwith gitxp.start_run('other', 'from outside') as run: run.log({'x': 1})"


@pytest.fixture
def project(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(3):
        with gitxp.start_run("lr", f"run-{number}", params={"lr": number / 10, "n": number}) as run:
            run.log({"loss": number, "only/even" if number % 2 == 0 else "odd": 1.0}, step=0)
    return open_repository()


def rows_as_decoded(repository):
    """What the slow and obvious way finds: every record decoded."""
    return [run_row(run) for run in find_runs(repository).runs]


def spelled(rows):
    """Rows as text that tells NaN from nothing; in which order columns stand is not theirs."""
    return [repr(sorted(row.items())) for row in rows]


def check(repository):
    found = find_rows(repository)
    assert list(found.rows.dicts()) == rows_as_decoded(repository)
    assert not found.problems


def files(repository) -> list[Path]:
    return sorted(index_dir(repository.private_dir).glob("*"))


def empty(repository):
    for path in files(repository):
        path.unlink()


def test_record_is_decoded_once(project, decoded):
    empty(project)
    first = list(find_rows(project).rows.dicts())
    assert len(decoded) == 3
    assert list(find_rows(project).rows.dicts()) == first
    assert len(decoded) == 3


OWN = """
import datetime, os, signal
import gitxp
with gitxp.start_run(
    "Own Runs", "first", params={"lr": 0.1, "api_key": "hunter2", "n": None, "big": 2**70,
    "day": datetime.date(2026, 1, 1), "nested": {"a.b": [1, (2, b"3")], "ü": "\\udcff"}},
    tags={"hypothesis": "it works", "kind": "x", "weight": 0.5}, seeds={"numpy": 7}, group="g",
) as run:
    run.log({"loss": float("nan"), "val/a.b": 1, 'say "x"': -0.0}, step=3)
    run.log({"loss": 0.25}, step=-1)
    run.log_dataset("digits", version="1.2")
    run.log_text("kept", "a.txt")
try:
    with gitxp.start_run("own-runs", "second", parent=run) as second:
        second.log({"loss": 1})
        raise KeyError("x")
except KeyError:
    pass
open_at_the_end = gitxp.start_run("own-runs", "third")
open_at_the_end.log({"loss": 1})
if os.environ.get("KILL"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_own_runs_are_never_decoded(project, decoded, repo_dir):
    find_rows(project)
    decoded.clear()
    subprocess.run([sys.executable, "-c", OWN], check=True, cwd=repo_dir)
    rows = find_rows(project).rows
    assert decoded == []
    assert spelled(rows.dicts()) == spelled(rows_as_decoded(project))
    assert set(rows.values("name")) > {"first", "second", "third"}


def test_own_runs_of_a_killed_process_are_not_decoded_either(project, decoded, repo_dir):
    find_rows(project)
    decoded.clear()
    killed = {**os.environ, "KILL": "1"}
    subprocess.run([sys.executable, "-c", OWN], check=False, cwd=repo_dir, env=killed)
    rows = find_rows(project).rows
    assert decoded == []
    assert set(rows.values("name")) > {"first", "second", "third"}
    assert spelled(rows.dicts()) == spelled(rows_as_decoded(project))


def test_own_runs_are_asked_for_in_the_process_that_made_them(project, decoded):
    gitxp.runs()
    decoded.clear()
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1})
    assert run.id in gitxp.runs().index
    assert decoded == []


@pytest.mark.parametrize("is_tagged", [False, True])
def test_resumed_run_is_decoded_where_something_was_said_of_it(project, decoded, is_tagged):
    with gitxp.start_run("lr", "again") as run:
        run.log({"loss": 1}, step=0)
    if is_tagged:
        subprocess.run([sys.executable, "-m", "gitxp", "tag", "best", "@"], check=True)
    gitxp.runs()
    with gitxp.start_run("lr", resume=run.id) as resumed:
        resumed.log({"loss": 2}, step=1)
    decoded.clear()
    found = gitxp.runs()
    assert found.loc[run.id, "metrics.loss:count"] == 2
    assert bool(decoded) == is_tagged
    if is_tagged:
        assert found.loc[run.id, "tags.best"]


def test_only_new_runs_are_decoded(project, decoded):
    find_rows(project)
    before = set(files(project))
    subprocess.run([sys.executable, "-c", START.replace("run.log", "pass; run.log")], check=True)
    for path in set(files(project)) - before:  # as if killed before it could add its row
        path.unlink()
    decoded.clear()
    rows = find_rows(project).rows
    assert decoded == [rows.keys[0].tip]
    assert len(rows) == 4


@pytest.mark.parametrize("damage", ["truncated", "empty", "noise", "one bit"])
def test_damaged_file_is_made_again_without_a_word(project, decoded, capfd, damage):
    find_rows(project)
    for path in files(project):
        content = bytearray(path.read_bytes())
        if damage == "noise":
            content[100:] = random.Random(1).randbytes(len(content) - 100)
        elif damage == "one bit":
            content[len(content) // 2] ^= 1
        else:
            content = content[: len(content) // 2 if damage == "truncated" else 0]
        path.write_bytes(content)
    decoded.clear()
    check(project)
    whole = files(project)
    decoded.clear()
    find_rows(project)
    assert decoded == []
    assert files(project) == whole
    assert capfd.readouterr() == ("", "")


def test_file_of_a_newer_version_is_neither_read_nor_deleted(project):
    find_rows(project)
    for path in files(project):
        path.rename(path.with_name(path.name.replace(f"{VERSION}-", "999-", 1)))
    newer = files(project)
    check(project)
    assert set(newer) < set(files(project))


def test_foreign_files_in_the_folder_are_left_alone(project):
    folder = index_dir(project.private_dir)
    folder.mkdir(exist_ok=True)
    (folder / "README").write_text("mine")
    (folder / "1-0123456789abcdef-00000000.arrow.bak").mkdir()
    check(project)
    assert (folder / "README").read_text() == "mine"


def test_runs_added_changed_and_deleted_by_plain_git_are_noticed(project, git, repo_dir):
    newest, middle, oldest = find_runs(project).runs
    check(project)
    git("update-ref", "-d", run_ref(newest.experiment, newest.id), cwd=repo_dir)
    check(project)
    git("update-ref", run_ref(newest.experiment, newest.id), newest.tip, cwd=repo_dir)
    git("pack-refs", "--all", cwd=repo_dir)
    check(project)
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    again = git(*who, "commit-tree", f"{middle.tip}^{{tree}}", "-p", middle.tip, "-m", "by hand",
                cwd=repo_dir).strip()  # fmt: skip
    git("update-ref", run_ref(middle.experiment, middle.id), again, cwd=repo_dir)
    check(project)
    assert again in {key.tip for key in find_rows(project).rows.keys}
    assert oldest.tip in {key.tip for key in find_rows(project).rows.keys}


def test_row_is_not_believed_under_the_ref_of_another_run(project, git, repo_dir):
    check(project)
    (run, *_) = find_runs(project).runs
    posing = f"refs/experiments/lr/{'0' * 32}"
    git("update-ref", posing, run.tip, cwd=repo_dir)
    found = find_rows(project)
    assert len(found.rows) == 3
    assert [problem.ref for problem in found.problems] == [posing]


def test_damaged_record_is_named_each_time_and_the_others_are_there(project, git, repo_dir):
    bad = f"refs/experiments/lr/{'0' * 32}"
    git("update-ref", bad, "HEAD", cwd=repo_dir)
    for _ in range(2):
        found = find_rows(project)
        assert len(found.rows) == 3
        assert [problem.ref for problem in found.problems] == [bad]


def test_empty_repository_has_no_rows(repo_dir):
    found = find_rows(open_repository(repo_dir))
    assert (len(found.rows), found.problems, list(found.rows.dicts())) == (0, (), [])


def test_full_disk_is_gone_without(disk, project, repo_dir):
    top = disk.take(repo_dir)
    repository = open_repository(top)
    empty(repository)
    disk.fill()
    check(repository)
    assert not [path for path in files(repository) if path.stat().st_size]
    disk.make_room()
    check(repository)
    assert len(files(repository)) == 1


def test_rows_that_were_left_are_no_loss_on_a_full_disk(disk, project, repo_dir, decoded):
    top = disk.take(repo_dir)
    repository = open_repository(top)
    assert log_files(index_dir(repository.private_dir))
    disk.fill()
    for _ in range(2):
        assert len(find_rows(repository).rows) == 3
    assert decoded == []
    disk.make_room()
    check(repository)
    assert len(files(repository)) == 1


def test_rows_that_another_question_has_taken_are_not_decoded(project, decoded):
    folder = index_dir(project.private_dir)
    taken = take_all(folder)  # as one does that is killed then
    assert taken
    assert len(find_rows(project).rows) == 3
    assert decoded == []
    assert not any(path.exists() for path in taken)


def test_blocks_that_came_since_are_read_alone(project):
    folder = index_dir(project.private_dir)
    find_rows(project)
    stored = store.read_blocks(folder)
    with gitxp.start_run("lr") as run:
        run.log({"loss": 0.5})
    assert store.read_blocks(folder, besides=stored) == []
    find_rows(project)
    (since,) = store.read_blocks(folder, besides=stored)
    assert since.block.size == 1


def test_rows_that_were_left_stay_in_a_read_only_repository(disk, project, repo_dir, decoded):
    top = disk.take(repo_dir)
    repository = open_repository(top)
    left = files(repository)
    disk.set_read_only(True)
    check(repository)
    assert files(repository) == left
    disk.set_read_only(False)
    decoded.clear()
    find_rows(repository)
    assert decoded == []


def test_read_only_repository_is_gone_without(disk, project, repo_dir):
    top = disk.take(repo_dir)
    empty(open_repository(top))
    disk.set_read_only(True)
    check(open_repository(top))
    disk.set_read_only(False)
    assert not files(open_repository(top))


def test_many_files_are_merged_and_none_of_their_rows_is_lost(project, decoded):
    for number in range(30):
        with gitxp.start_run("many", params={"n": number}):
            pass
        find_rows(project)
        assert len(files(project)) <= 10
    check(project)
    decoded.clear()
    assert len(find_rows(project).rows) == 33
    assert decoded == []


def test_rows_of_deleted_runs_leave_the_index(project, git, repo_dir):
    empty(project)
    find_rows(project)
    for run in find_runs(project).runs[:2]:
        git("update-ref", "-d", run_ref(run.experiment, run.id), cwd=repo_dir)
    before = files(project)
    check(project)
    (after,) = files(project)
    assert after.stat().st_size > 0
    assert [after] != before
    (stored,) = store.read_blocks(index_dir(project.private_dir))
    assert stored.block.size == 1


def test_what_a_killed_writer_left_behind_is_deleted_later(project, git, repo_dir):
    find_rows(project)
    folder = index_dir(project.private_dir)
    old, young = (folder / f"1-x-00000000.arrow.{name}" for name in ("0" * 8, "1" * 8))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    for number in range(10):
        with gitxp.start_run("many", params={"n": number}):
            pass
        find_rows(project)
    assert young.exists()
    assert not old.exists()


def test_files_of_an_older_version_go_when_nobody_has_written_one_for_long(project):
    """The files of one version that is still in use, one that is not, and a newer one."""
    folder = index_dir(project.private_dir)
    find_rows(project)
    ages = {
        f"{version}-{name}": days * 86400
        for version, days in ((VERSION - 1, (1, 100)), (VERSION - 2, (50, 100)), (999, (50, 100)))
        for name, days in zip(("0" * 16 + ".rows", "1" * 16 + "-00000000.arrow"), days, strict=True)
    }
    for name, seconds in ages.items():
        (folder / name).write_bytes(b"of another version")
        os.utime(folder / name, (time.time() - seconds,) * 2)
    for number in range(10):
        with gitxp.start_run("many", params={"n": number}):
            pass
        find_rows(project)
    assert ages.keys() & {path.name for path in files(project)} == {
        name for name in ages if not name.startswith(f"{VERSION - 2}-")
    }
    check(project)


def test_running_run_shows_its_last_values(project):
    run = gitxp.start_run("going", params={"lr": 1})
    for step in range(3):
        run.log({"loss": step}, step=step)
    row = next(iter(find_rows(project).rows.dicts()))
    assert (row["run"], row["status"], row["metrics.loss"]) == (run.id, "running", 2.0)
    run.finish()
    check(project)


def test_run_that_is_recorded_while_it_is_looked_for_is_found(project, monkeypatch):
    run = gitxp.start_run("going")
    going = find_rows(project).rows.keys[0]

    def recorded_first(*arguments):
        run.finish()
        return find_journal(*arguments)

    monkeypatch.setattr("gitxp.query.found.find_journal", recorded_first)
    assert read_run(project, going).status is Status.FINISHED


ASK = """
import sys
from gitxp.model.run import Status
from gitxp.query.found import find_rows, read_run
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
for _ in range(int(sys.argv[1])):
    there = {ref.rpartition("/")[2] for ref in list_refs(open_repository(), SHARED)}
    found = find_rows(open_repository())
    assert not found.problems, found.problems
    assert there <= set(found.rows.values("run")), there.difference(found.rows.values("run"))
    print(len(found.rows), flush=True)
"""


def test_two_processes_that_refresh_at_once_have_the_same_answer(project, repo_dir):
    for _ in range(3):
        empty(project)
        command = [sys.executable, "-c", ASK, "3"]
        asking = [
            subprocess.Popen(command, cwd=repo_dir, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for process in asking:
            assert process.communicate()[0].split() == ["3"] * 3
            assert process.returncode == 0
        check(project)


WRITE = """
import gitxp
for number in range(10):
    with gitxp.start_run("busy", params={"n": number}) as run:
        run.log({"loss": number}, step=0)
"""


def test_answers_are_complete_while_eight_processes_write(project, repo_dir):
    writing = [subprocess.Popen([sys.executable, "-c", WRITE], cwd=repo_dir) for _ in range(8)]
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, "15"], cwd=repo_dir, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in asking:
        counts = list(map(int, process.communicate()[0].split()))
        assert process.returncode == 0
        # A run that was there once is there ever after.
        assert len(counts) == 15
        assert counts == sorted(counts)
    assert [process.wait() for process in writing] == [0] * 8
    assert len(find_rows(project).rows) == 83
    check(project)


def test_warm_list_loads_neither_pandas_nor_libgit2(project, repo_dir):
    find_rows(project)
    code = (
        "import sys; sys.argv = ['git-xp', 'list']\n"
        "from gitxp.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in ('pandas', 'pygit2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo_dir, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stdout.splitlines()) == 5
