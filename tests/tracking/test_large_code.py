"""Large files in the code of a run: kept exactly, and neither compared nor searched at its end."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from code_changes import apply, paths_of

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.model.finding import MOST_UNSEARCHED, Unsearched

PASSWORD = "password = 'hunter2'\n"
MEBIBYTE = 1 << 20
LINE = "0.25,1.5,0.125,some words,2026-01-02\n"
# Peaks of memory in MiB: of the process and of the largest Git that it started, before and after.
MEASURED = """
import json, resource, warnings, gitxp

def peaks():
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return [resource.getrusage(who).ru_maxrss // 1024 for who in whose]

warnings.simplefilter("ignore")
run = gitxp.start_run("large")
before = peaks()
run.finish()
print(json.dumps([run.id, before, peaks()]))
"""


@pytest.fixture(autouse=True)
def repo(repo_dir, monkeypatch) -> None:
    monkeypatch.chdir(repo_dir)


def rows(mebibytes: int, first: str = "") -> str:
    """Return a table of so many mebibytes."""
    return first + LINE * (mebibytes * MEBIBYTE // len(LINE))


def untracked_tables(top: Path, git) -> list[str]:
    names = [f"table{number}.csv" for number in range(9)]
    for name in names:
        (top / name).write_text(rows(9, f"{name}\n"))
    return names


def commit_as_it_is(git, top: Path) -> None:
    git("-c", "core.compression=0", "add", "--all", cwd=top)
    git("commit", "--quiet", "--message=large", cwd=top)


def rewritten_binary_file(top: Path, git) -> list[str]:
    for seed in (0, 1):
        piece = random.Random(seed).randbytes(MEBIBYTE)
        with (top / "model.bin").open("wb") as file:
            file.writelines(bytes([number]) + piece for number in range(100))
        if seed == 0:
            commit_as_it_is(git, top)
    return ["model.bin"]


def edited_table(top: Path, git) -> list[str]:
    for piece in (LINE * 5, "edited\n" + LINE * 4):
        with (top / "table.csv").open("w") as file:
            file.writelines(piece * 1000 for _ in range(100 * MEBIBYTE // (5000 * len(LINE))))
        if "edited" not in piece:
            commit_as_it_is(git, top)
    return ["table.csv"]


@pytest.mark.parametrize("make", [untracked_tables, rewritten_binary_file, edited_table])
def test_end_of_a_run_stays_small_however_large_its_files_are(
    repo_dir, git, make: Callable[..., list[str]]
):
    large = make(repo_dir, git)
    (repo_dir / "train.py").write_text(f"print('edited')\n{PASSWORD}")
    (repo_dir / "login.py").write_text(PASSWORD)
    # By a shell, since the peak of a process is at least that of the one that it was forked from.
    words = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", MEASURED]
    done = subprocess.run(words, cwd=repo_dir, check=True, capture_output=True, text=True)
    run_id, (own, git_before), (own_at_end, git_at_end) = json.loads(done.stdout)
    assert own_at_end - own < 64
    assert git_at_end <= max(git_before, 64)

    run = gitxp.get_run(run_id)
    found = [(one.path, one.line) for one in run.code.findings]
    assert found == [("login.py", 1), ("train.py", 2)]
    assert [one.path for one in run.code.unsearched] == large
    diff = git("show", f"{run.tip}:code.diff", cwd=repo_dir)
    assert len(diff) < 2000
    assert diff.count("+password = '<redacted>'") == 2
    assert [f"# gitxp: left out: {name}" in diff for name in large] == [True] * len(large)
    # What was masked aside, the difference gives all but the large files.
    tree = apply(repo_dir, run.code.base, diff.encode(), git)
    differing = {"train.py", "login.py", *large}
    assert paths_of(git, repo_dir, tree, run.code.commit) == differing
    for name in large:
        kept = git("rev-parse", f"{run.code.commit}:{name}", cwd=repo_dir)
        assert kept == git("hash-object", name, cwd=repo_dir)


def record():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GitxpWarning)
        with gitxp.start_run("large") as run:
            pass
    return gitxp.get_run(run.id)


@pytest.mark.parametrize("name", ["a b.csv", 'q\u00fc"o\\te\n.csv', "deep/er/table.csv"])
def test_path_of_what_was_not_searched_is_spelled_as_the_file_is(repo_dir, name):
    place = repo_dir / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(rows(9))
    run = record()
    assert run.code.unsearched == (Unsearched(name, f"a file over {8 * MEBIBYTE} bytes"),)


def test_larger_limit_brings_larger_files_into_the_difference(repo_dir, git):
    (repo_dir / ".gitxp.toml").write_text("[diff]\nlimit = '12 MiB'\n")
    (repo_dir / "table.csv").write_text(rows(9) + PASSWORD)
    run = record()
    assert run.code.unsearched == ()
    assert [one.path for one in run.code.findings] == ["table.csv"]
    diff = git("show", f"{run.tip}:code.diff", cwd=repo_dir)
    assert len(diff) > 9 * MEBIBYTE
    assert diff.endswith("+password = '<redacted>'\n")


def test_many_files_that_were_not_searched_are_listed_up_to_a_bound(repo_dir, git):
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\ntotal-bytes = '1 GiB'\n")
    for number in range(150):
        # Nothing but one byte, since it is how much that counts here.
        (repo_dir / f"table{number:03}.csv").write_bytes(b"%d\n" % number + b"x" * 400_000)
    run = record()
    assert len(run.code.unsearched) == MOST_UNSEARCHED
    assert {one.path for one in run.code.unsearched[:-1]} < {
        f"table{number:03}.csv" for number in range(150)
    }
    last = run.code.unsearched[-1]
    assert last.path == "."
    assert last.reason.endswith(" more")


def test_code_with_large_files_is_searched_once_a_process(repo_dir):
    (repo_dir / "table.csv").write_text(rows(9))
    (repo_dir / "train.py").write_text(PASSWORD)
    first = record()
    calls = 0

    def note(frame, event, argument):
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name == "bounded_diff"

    sys.setprofile(note)
    try:
        again = record()
    finally:
        sys.setprofile(None)
    assert calls == 0
    assert again.code.unsearched == first.code.unsearched != ()
    assert again.code.findings == first.code.findings != ()


def test_large_file_of_a_submodule_is_told_by_the_path_from_the_top(repo_dir, git, tmp_path):
    git("config", "--global", "protocol.file.allow", "always", cwd=repo_dir)
    git("clone", "--quiet", str(repo_dir), str(tmp_path / "made"), cwd=tmp_path)
    git("submodule", "--quiet", "add", str(tmp_path / "made"), "lib", cwd=repo_dir)
    git("commit", "--quiet", "--message=lib", cwd=repo_dir)
    (repo_dir / "lib/table.csv").write_text(rows(9))
    (repo_dir / "lib/train.py").write_text(PASSWORD)
    inside = repo_dir / ".git/modules/lib"
    before = sorted(inside.rglob("*"))
    run = record()
    assert [one.path for one in run.code.unsearched] == ["lib/table.csv"]
    assert [one.path for one in run.code.findings] == ["lib/train.py"]
    assert sorted(inside.rglob("*")) == before
