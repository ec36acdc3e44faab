"""`start_run(capture_output=True)`: what is printed is shown as it was, and kept."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import gitxp
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace

HEAD = "import ctypes, os, subprocess, sys, threading, time\nimport gitxp\n"
OPEN = "with gitxp.start_run('printing', capture_output=True) as run:\n"


def train(body: str, repo_dir, *, indent: str = "    ", **options) -> subprocess.CompletedProcess:
    lines = "".join(f"{indent}{line}\n" for line in body.strip().splitlines())
    words = [sys.executable, "-W", "error", "-c", HEAD + (OPEN if indent else "") + lines]
    given = {"capture_output": True, "text": True, "timeout": 60, **options}
    return subprocess.run(words, cwd=repo_dir, check=False, **given)


def kept(repo_dir, monkeypatch, position: int = 0) -> str:
    monkeypatch.chdir(repo_dir)
    recover_runs(open_repository(), Workspace.open(None, {}).limits)
    runs = gitxp.runs().sort_values("started")
    tip = gitxp.get_run(runs.index[position]).tip
    done = subprocess.run(
        ["git", "show", f"{tip}:output.log"], cwd=repo_dir, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_c_libraries_and_children_are_kept_in_order_and_shown_as_without_capture(
    repo_dir, monkeypatch
):
    done = train(
        """
print("python")
subprocess.run(["echo", "child"], check=True)
ctypes.CDLL(None).puts(b"library")
sys.stdout.flush()
for number in range(30_000): os.write(1, b"%d\\n" % number)
print("error", file=sys.stderr)
run.finish()
print("after")
""",
        repo_dir,
        # Else the C library writes what it holds back only when the process ends.
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    numbers = [str(number) for number in range(30_000)]
    assert done.stdout.splitlines() == ["python", "child", "library", *numbers, "after"]
    assert done.stderr.splitlines() == ["error"]
    found = kept(repo_dir, monkeypatch).splitlines()
    assert [line for line in found if line != "error"] == ["python", "child", "library", *numbers]
    assert found.count("error") == 1


def test_output_and_errors_that_lead_to_one_place_stay_in_order(repo_dir, monkeypatch):
    body = """
for number in range(500):
    print(number, flush=True)
    print(-number, file=sys.stderr, flush=True)
"""
    lines = [f"{sign}{number}" for number in range(500) for sign in ("", "-")]
    lines[1] = "0"
    pipes = {"capture_output": False, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    assert train(body, repo_dir, **pipes).stdout.splitlines() == lines
    assert kept(repo_dir, monkeypatch).splitlines() == lines


def test_killed_process_keeps_all_that_it_printed(repo_dir, monkeypatch):
    body = "for number in range(20_000): print(number)\nos.kill(os.getpid(), 9)"
    done = train(body, repo_dir)
    numbers = [str(number) for number in range(20_000)]
    assert done.returncode == -9
    assert done.stdout.splitlines() == numbers
    assert kept(repo_dir, monkeypatch).splitlines() == numbers


def test_library_that_holds_the_lock_of_python_blocks_nothing(repo_dir, monkeypatch):
    done = train("ctypes.PyDLL(None).write(1, b'x' * 1_000_000, 1_000_000)", repo_dir)
    assert done.stdout == "x" * 1_000_000
    assert len(kept(repo_dir, monkeypatch)) == 1_000_000


@pytest.mark.parametrize(
    ("ending", "code", "status"),
    [
        ("sys.exit(3)", 3, "failed"),
        ("raise ValueError('bad')", 1, "failed"),
        ("pass", 0, "finished"),
    ],
)
def test_way_out_changes_nothing_of_what_is_shown(ending, code, status, repo_dir, monkeypatch):
    opened = "run = gitxp.start_run('printing', capture_output=True)\nprint('out')\n"
    done = train(opened + ending, repo_dir, indent="")
    assert (done.returncode, done.stdout) == (code, "out\n")
    assert ("ValueError: bad" in done.stderr) == (code == 1)
    found = kept(repo_dir, monkeypatch)
    assert "out\n" in found
    assert ("ValueError: bad" in found) == (code == 1)
    assert gitxp.runs()["status"].tolist() == [status]


def test_nested_runs_each_keep_what_was_printed_inside(repo_dir, monkeypatch):
    body = """
print("before")
with gitxp.start_run("printing", capture_output=True, parent=run):
    print("inside")
print("behind")
"""
    assert train(body, repo_dir).stdout == "before\ninside\nbehind\n"
    assert kept(repo_dir, monkeypatch, 0) == "before\ninside\nbehind\n"
    assert kept(repo_dir, monkeypatch, 1) == "inside\n"


def test_outer_run_may_end_first(repo_dir, monkeypatch):
    body = """
outer = gitxp.start_run("printing", capture_output=True)
inner = gitxp.start_run("printing", capture_output=True, parent=outer)
print("both")
outer.finish()
print("inner")
inner.finish()
print("none")
"""
    done = train(body, repo_dir, indent="")
    assert (done.stdout, done.stderr) == ("both\ninner\nnone\n", "")
    assert kept(repo_dir, monkeypatch, 0) == "both\n"
    assert kept(repo_dir, monkeypatch, 1) == "both\ninner\n"


def test_forked_child_and_threads_are_kept_and_the_child_ends_nothing(repo_dir, monkeypatch):
    body = """
child = os.fork()
if child == 0:
    print("child")
    sys.exit(0)
os.waitpid(child, 0)
threads = [
    threading.Thread(target=sys.stdout.write, args=(f"thread {n}\\n",)) for n in range(8)
]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("parent")
"""
    lines = ["child", "parent", *(f"thread {number}" for number in range(8))]
    assert sorted(train(body, repo_dir).stdout.splitlines()) == lines
    assert sorted(kept(repo_dir, monkeypatch).splitlines()) == lines


def test_child_that_outlives_the_run_goes_on_printing(repo_dir, monkeypatch):
    body = """
child = subprocess.Popen(["sh", "-c", "sleep 4; echo late"])
print("early")
"""
    assert train(body, repo_dir).stdout == "early\nlate\n"
    assert kept(repo_dir, monkeypatch) == "early\n"


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_closed_output_is_no_trouble(closed, repo_dir, monkeypatch):
    script = HEAD + OPEN + "    print('out')\n    run.log({'x': 1.0})\n"
    words = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, script]
    done = subprocess.run(words, cwd=repo_dir, check=False, timeout=60)
    assert done.returncode == 0
    monkeypatch.chdir(repo_dir)
    assert gitxp.runs()["status"].tolist() == ["finished"]


def test_output_over_the_limit_is_cut_in_the_middle(repo_dir, monkeypatch):
    (repo_dir / ".gitxp.toml").write_text('[output]\nlimit = "1 KiB"\n')
    done = train("print('first')\nprint('x' * 5000)\nprint('last')", repo_dir)
    assert len(done.stdout) == 5012
    found = kept(repo_dir, monkeypatch)
    assert found.startswith("first\n")
    assert found.endswith("last\n")
    assert "bytes cut here" in found


def test_stream_that_is_not_the_process_s_own_is_copied_and_put_back(repo_dir, monkeypatch, capsys):
    monkeypatch.chdir(repo_dir)
    before = sys.stdout
    with gitxp.start_run("cells", capture_output=True):
        print("cell")
        print("trouble", file=sys.stderr)
    assert sys.stdout is before
    assert capsys.readouterr() == ("cell\n", "trouble\n")
    assert kept(repo_dir, monkeypatch) == "cell\ntrouble\n"


def test_script_inside_git_xp_run_leaves_the_output_to_the_outer_run(repo_dir, monkeypatch):
    (repo_dir / "train.py").write_text(HEAD + OPEN + "    print('once')\n")
    outer = [sys.executable, "-m", "gitxp", "run", "-e", "printing", "--"]
    words = [*outer, sys.executable, "train.py"]
    done = subprocess.run(words, cwd=repo_dir, capture_output=True, text=True, check=True)
    assert done.stdout == "once\n"
    assert kept(repo_dir, monkeypatch) == "once\n"
