"""Names of runs for completion: out of the index where that is fresh, and right where it is not."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

import gitxp
from gitxp.query.found import find_rows
from gitxp.query.index.files import VERSION, Ending, log_files, read_ending, with_ending
from gitxp.query.run_names import experiment_names, run_names
from gitxp.storage.layout import index_dir
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import open_repository

ASK = (
    "import sys; sys.argv = ['git-xp', '__complete', 'run', 'run-']\n"
    "from gitxp.cli import main\n"
    "main()\n"
    "print([name for name in ('click', 'numpy', 'pyarrow', 'pygit2') if name in sys.modules])"
)


@pytest.fixture
def project(repo_dir, monkeypatch):
    """A repository of three runs, all of them in the index."""
    monkeypatch.chdir(repo_dir)
    for number in range(3):
        with gitxp.start_run("lr", f"run-{number}") as run:
            run.log({"loss": number}, step=0)
    repository = open_repository()
    find_rows(repository)
    return repository


@pytest.fixture
def read(monkeypatch):
    """The tips of the records that were read; the reader itself goes on as it is."""
    tips = []
    whole = RecordReader.run

    def noting(reader, tip, *also):
        tips.append(tip)
        return whole(reader, tip, *also)

    monkeypatch.setattr(RecordReader, "run", noting)
    return tips


def names_in_rows(repository):
    return {key.id: key.name for key in find_rows(repository).rows.keys}


def files(repository):
    return sorted(index_dir(repository.private_dir).glob("*"))


def xp(*words):
    subprocess.run([sys.executable, "-m", "gitxp", *words], check=True, capture_output=True)


def outside(code):
    """Run a script whose rows are lost, as on a full disk."""
    subprocess.run([sys.executable, "-c", f"import gitxp\n{code}"], check=True)
    for path in log_files(index_dir(open_repository().private_dir)):
        path.unlink()


def test_names_in_a_fresh_index_are_not_read_from_records(project, read):
    assert sorted(run_names(project).values()) == ["run-0", "run-1", "run-2"]
    assert read == []


def test_fresh_index_loads_nothing_heavy(project):
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["run-0", "run-1", "run-2", "[]"]
    assert done.stderr == ""


def test_names_of_runs_that_were_recorded_a_moment_ago_are_not_read_either(project, read):
    code = "import gitxp\nfor name in ('run-ä', None): gitxp.start_run('lr', name).finish()"
    subprocess.run([sys.executable, "-c", code], check=True)
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["run-0", "run-1", "run-2", "run-ä", "[]"]
    assert run_names(project) == names_in_rows(project)
    assert read == []


def test_runs_that_the_index_lacks_are_read(project, read):
    outside("with gitxp.start_run('lr', 'new'): pass")
    before = files(project)
    assert run_names(project) == {**run_names(project)} == names_in_rows(project)
    assert len(read) == 3  # twice for the names, once for the rows
    assert set(before) < set(files(project))


def test_names_of_many_runs_that_the_index_lacks_wait_for_the_next_list(project, read, monkeypatch):
    monkeypatch.setattr("gitxp.query.run_names._MOST_READ", 2)
    for path in files(project):
        path.unlink()
    names = run_names(project)
    assert len(read) == 2
    assert len(names) == 3
    assert sorted(names.values())[0] == ""
    assert "" not in names_in_rows(project).values()
    assert run_names(project) == names_in_rows(project)


def test_removed_and_renamed_runs_are_noticed(project, git, repo_dir):
    xp("rename", "run-0", "baseline")
    xp("remove", "--yes", "run-1")
    assert sorted(run_names(project).values()) == ["baseline", "run-2"]
    (gone,) = (key for key in find_rows(project).rows.keys if key.name == "run-2")
    git("update-ref", "-d", run_ref(gone.experiment, gone.id), cwd=repo_dir)
    assert sorted(run_names(project).values()) == ["baseline"]


def test_running_runs_are_there_under_the_names_that_people_gave_them(project):
    with gitxp.start_run("other", "going") as run:
        assert run_names(project)[run.id] == "going"
        xp("rename", run.id, "gone on")
        assert run_names(project)[run.id] == "gone on"
        assert experiment_names(project) == ["lr", "other"]
    assert run_names(project)[run.id] == "gone on"


@pytest.mark.parametrize("damage", ["truncated", "empty", "noise", "one bit of the end", "sizes"])
def test_damaged_file_is_not_believed(project, damage):
    (path,) = files(project)
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        content = content[:-7]
    elif damage == "empty":
        content = bytearray()
    elif damage == "noise":
        content = bytearray(random.Random(1).randbytes(len(content)))
    elif damage == "sizes":
        content[-20:-4] = b"\xff" * 16
    else:
        content[-30] ^= 1
    path.write_bytes(content)
    assert read_ending(path) is None
    assert sorted(run_names(project).values()) == ["run-0", "run-1", "run-2"]
    find_rows(project)
    assert [read_ending(path) is None for path in files(project)] == [False]


def test_index_of_a_newer_version_is_passed_over(project):
    for path in files(project):
        path.rename(path.with_name(path.name.replace(f"{VERSION}-", "999-", 1)))
    assert sorted(run_names(project).values()) == ["run-0", "run-1", "run-2"]


def test_any_name_comes_back(tmp_path):
    ending = Ending(b"1234 refs/a\n5678 refs/b\n", ["\udcff \n\"'", "日本"])
    path = tmp_path / "file"
    path.write_bytes(with_ending(b"arrow", ending))
    assert read_ending(path) == ending


def test_read_only_repository_tells_its_names(disk, project, repo_dir):
    top = disk.take(repo_dir)
    with_index = run_names(open_repository(top))
    for path in files(open_repository(top)):
        path.unlink()
    disk.set_read_only(True)
    assert run_names(open_repository(top)) == with_index
    disk.set_read_only(False)
    assert not files(open_repository(top))


def test_damaged_record_has_no_name_and_hides_no_other(project, git, repo_dir):
    bad = "0" * 32
    git("update-ref", f"refs/experiments/lr/{bad}", "HEAD", cwd=repo_dir)
    git("update-ref", "refs/experiments/lr/odd", "HEAD", cwd=repo_dir)
    names = run_names(project)
    assert names.pop(bad) == ""
    assert sorted(names.values()) == ["run-0", "run-1", "run-2"]


def test_experiments_are_told_by_their_refs_alone(project, read):
    xp("experiment", "describe", "lr", "-m", "described, and empty")
    xp("remove", "--yes", "run-0", "run-1", "run-2")
    outside("with gitxp.start_run('vision/lr', 'new'): pass")
    assert experiment_names(project) == ["lr", "vision/lr"]
    assert read == []
