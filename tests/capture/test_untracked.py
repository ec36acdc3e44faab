"""What a person wrote comes into the snapshot before what programs made."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.capture.code.left_out import MOST_ENTRIES, bounded
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits, choose_untracked
from gitxp.model.run import LeftOut
from gitxp.storage.repository import open_repository

# 100000 for a size that takes minutes on a slow disk.
FILES = int(os.environ.get("GITXP_TEST_FILES", "5000"))
LIMITS = SnapshotLimits(file_bytes=1 << 20, total_bytes=1 << 24, files=1000)


def write(top: Path, *names: str, text: str = "text\n") -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def choose_all(top: Path, limits: SnapshotLimits = LIMITS):
    paths = [str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()]
    kept, left_out = choose_untracked(top, sorted(paths), limits)
    return set(kept), left_out


def choose(top: Path, limits: SnapshotLimits = LIMITS):
    kept, left_out = choose_all(top, limits)
    return kept, {left.path: left for left in left_out}


@pytest.mark.parametrize(
    ("folder", "mark"),
    [
        ("env", "pyvenv.cfg"),
        ("tools/conda", "conda-meta/history"),
        ("tmp", "CACHEDIR.TAG"),
        ("node_modules", "x/package.json"),
        ("pkg/__pycache__", "a.pyc"),
        (".tox", "py311/x"),
    ],
)
def test_environment_does_not_push_out_a_new_module(tmp_path, folder, mark):
    write(tmp_path, f"{folder}/{mark}")
    write(tmp_path, *(f"{folder}/lib/{number}/__init__.py" for number in range(1500)), text="")
    write(tmp_path, "src/pkg/deep/down/module.py", text="x = 1\n" * 1000)
    kept, left_out = choose(tmp_path)
    assert kept == {"src/pkg/deep/down/module.py"}
    assert list(left_out) == [f"{folder}/"]
    assert left_out[f"{folder}/"].reason == (
        "1501 files: an environment or cache, more than 1000 untracked files"
    )
    assert left_out[f"{folder}/"].size == 5


def test_environment_is_kept_whole_or_not_at_all(tmp_path):
    write(tmp_path, "small/pyvenv.cfg", "small/bin/python")
    write(tmp_path, "with large/pyvenv.cfg", "with large/bin/python")
    write(tmp_path, "with large/lib.so", text="x" * ((1 << 20) + 1))
    kept, left_out = choose(tmp_path)
    assert kept == {"small/pyvenv.cfg", "small/bin/python"}
    assert list(left_out) == ["with large/"]
    assert "over 1048576 bytes" in left_out["with large/"].reason


def test_sources_come_before_data_however_small_and_near(tmp_path):
    write(tmp_path, *(f"data/{number}.json" for number in range(50)), text="")
    write(tmp_path, "results.txt", "src/a/b/c/model.py", "src/a/b/c/Makefile")
    kept, left_out = choose(tmp_path, SnapshotLimits(1 << 20, 1 << 20, 3))
    assert kept == {"results.txt", "src/a/b/c/model.py", "src/a/b/c/Makefile"}
    assert left_out == {
        "data/": LeftOut("data/", "50 files: more than 3 untracked files", 0),
    }


def test_few_files_are_named_one_by_one(tmp_path):
    write(tmp_path, "data/a.bin", "data/b.bin", "data/c.bin", text="x" * 100)
    kept, left_out = choose(tmp_path, SnapshotLimits(50, 1 << 20, 10))
    assert kept == set()
    assert list(left_out) == ["data/a.bin", "data/b.bin", "data/c.bin"]


def test_folder_of_which_something_is_kept_is_not_told_as_left_out(tmp_path):
    write(tmp_path, "data/load.py")
    write(tmp_path, *(f"data/raw/{number}.bin" for number in range(20)), text="x" * 100)
    write(tmp_path, *(f"data/{number}.bin" for number in range(20)), text="x" * 100)
    kept, left_out = choose(tmp_path, SnapshotLimits(50, 1 << 20, 10))
    assert kept == {"data/load.py"}
    assert list(left_out) == ["data/", "data/raw/"]
    assert left_out["data/"].reason == "20 files: an untracked file over 50 bytes"


def refuse_env(path: str, head: bytes) -> str | None:
    return "an environment file" if path.endswith(".env") else None


WITH_OBJECTION = SnapshotLimits(50, 1 << 20, 1000, refuse_env)


def test_each_entry_gives_the_reason_of_what_it_names(tmp_path):
    write(tmp_path, *(f"{number}.bin" for number in range(20)), text="x" * 100)
    write(tmp_path, *(f"s{number}.env" for number in range(11)), "kept.txt")
    write(tmp_path, "big_model_code.py", text="x" * 100)
    _, left_out = choose_all(tmp_path, WITH_OBJECTION)
    assert [(left.path, left.reason) for left in left_out] == [
        (".", "20 files: an untracked file over 50 bytes"),
        ("big_model_code.py", "an untracked file over 50 bytes"),
        *((path, "an environment file") for path in sorted(f"s{n}.env" for n in range(11))),
    ]


def test_folder_with_two_reasons_has_an_entry_for_each(tmp_path):
    write(tmp_path, *(f"data/{number}.bin" for number in range(20)), text="x" * 100)
    write(tmp_path, *(f"data/{number}.csv" for number in range(30)))
    _, left_out = choose_all(tmp_path, SnapshotLimits(50, 4, 1000))
    assert [(left.path, left.reason, left.size) for left in left_out] == [
        ("data/", "20 files: an untracked file over 50 bytes", 2000),
        ("data/", "30 files: untracked files over 4 bytes in all", 150),
    ]


def test_sources_are_told_one_by_one_for_as_long_as_there_is_room(tmp_path):
    write(tmp_path, *(f"a/{number}.py" for number in range(60)), text="x" * 100)
    write(tmp_path, *(f"b/{number}.py" for number in range(50)), text="x" * 100)
    _, left_out = choose_all(tmp_path, WITH_OBJECTION)
    assert len(left_out) == 51 <= MOST_ENTRIES
    assert left_out[0] == LeftOut("a/", "60 files: an untracked file over 50 bytes", 6000)
    assert {left.path for left in left_out[1:]} == {f"b/{number}.py" for number in range(50)}


@given(st.lists(st.sampled_from("abc"), max_size=250))
def test_list_is_bounded_and_still_counts_everything(names):
    entries = tuple(LeftOut(f"{name}{number}", "large", 3) for number, name in enumerate(names))
    told = bounded(entries)
    assert len(told) <= MOST_ENTRIES
    assert sum(left.size for left in told) == 3 * len(entries)
    if len(entries) > MOST_ENTRIES:
        assert told[-1].reason == f"{len(entries) - MOST_ENTRIES + 1} more entries"


def test_record_of_a_messy_folder_stays_small(repo_dir):
    for number in range(150):
        write(repo_dir, *(f"folder{number}/{name}.bin" for name in "abc"), text="x" * 2000)
    repository = open_repository(repo_dir)
    code = capture_code(
        repository,
        limits=SnapshotLimits(1000, 5000, 10),
        pack_path=repository.private_dir / "x/code.pack",
    )
    assert len(code.left_out) == MOST_ENTRIES
    assert code.commit == code.base


def test_data_of_many_files_is_bounded_in_number_and_told_in_few_lines(repo_dir, git):
    for number in range(FILES):
        write(repo_dir, f"data/{number % 40}/{number}.json", text=f"{number}\n")
    write(repo_dir, "new.py")
    repository = open_repository(repo_dir)
    pack = repository.private_dir / "x/code.pack"
    code = capture_code(repository, limits=LIMITS, pack_path=pack)
    listed = git("ls-tree", "-r", "--name-only", code.commit, cwd=repo_dir).splitlines()
    assert "new.py" in listed
    assert len(listed) == LIMITS.files + 2
    assert pack.stat().st_size < 1 << 20
    assert len(code.left_out) <= MOST_ENTRIES
    assert sum(int(left.reason.split(" ")[0]) for left in code.left_out) == FILES + 1 - LIMITS.files


def test_choice_costs_little_beside_the_listing_of_the_files(repo_dir):
    for number in range(100):
        folder = repo_dir / f"env/lib/{number}"
        folder.mkdir(parents=True)
        for name in range(200):
            (folder / f"{name}.py").touch()
    write(repo_dir, "env/pyvenv.cfg", "new.py")
    status = ["git", "status", "--porcelain", "-z", "--untracked-files=all"]

    def listing() -> tuple[float, list[str]]:
        begun = time.perf_counter()
        answer = subprocess.run(status, cwd=repo_dir, capture_output=True, check=True).stdout
        return time.perf_counter() - begun, [line[3:] for line in answer.decode().split("\0")[:-1]]

    floor, paths = min(listing() for _ in range(3))
    spent = []
    for _ in range(3):
        begun = time.perf_counter()
        kept, left_out = choose_untracked(repo_dir, paths, LIMITS)
        spent.append(time.perf_counter() - begun)
    assert kept == ("new.py",)
    assert len(left_out) == 1
    assert min(spent) < 12 * floor
