"""What looks secret in the code that ran is listed in the record, and never the secret itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.model.finding import MOST_FINDINGS, Finding
from gitxp.model.run import Run
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace

TOKEN = "gh" + "p_" + "a1B2" * 9
LINE = f"TOKEN = '{TOKEN}'\n"
PASSWORD = "password = 'hunter2'\n"
SEARCH = f"{os.sep}policy{os.sep}secrets{os.sep}"
DIES = """
import os, signal, gitxp
gitxp.start_run("found")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def repo(repo_dir, monkeypatch) -> Path:
    monkeypatch.chdir(repo_dir)
    return repo_dir


def record(**options) -> tuple[Run, list[str]]:
    """Record a run, and return it as it is read back, and what was warned of."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with gitxp.start_run("found", **options) as run:
            pass
    assert {one.category for one in told} <= {GitxpWarning}
    return gitxp.get_run(run.id), [str(one.message) for one in told]


def commit(git, folder: Path) -> None:
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message=more", cwd=folder)


def places(run: Run) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in run.code.findings]


def kept_text(git, folder: Path, run: Run) -> str:
    """Return what the record itself holds, its code left out."""
    paths = git("ls-tree", "-r", "--name-only", run.tip, cwd=folder).splitlines()
    texts = [path for path in paths if not path.endswith(".bundle")]
    return "".join(git("show", f"{run.tip}:{path}", cwd=folder) for path in texts)


def test_edited_line_is_listed_masked_and_warned_of(repo, git):
    (repo / "train.py").write_text(f"print('training')\n{LINE}lr = 0.1\n{PASSWORD}")
    run, told = record()
    assert run.code.findings == (
        Finding("GitHub token", 2, "train.py"),
        Finding("value of password", 4, "train.py"),
    )
    kept = kept_text(git, repo, run)
    assert TOKEN not in kept
    assert "hunter2" not in kept
    assert kept.count("<redacted>") == 2
    assert LINE in git("show", f"{run.tip}^2:train.py", cwd=repo)
    (warning,) = told
    assert "train.py:2 (GitHub token), train.py:4 (value of password)" in warning
    assert TOKEN not in warning


def test_code_without_a_secret_lists_and_says_nothing(repo):
    (repo / "train.py").write_text("print('edited')\n")
    run, told = record()
    assert run.code.dirty
    assert (run.code.findings, told) == ((), [])


def test_committed_code_is_left_to_whoever_committed_it(repo, git):
    (repo / "train.py").write_text(LINE)
    commit(git, repo)
    run, told = record()
    assert (run.code.dirty, run.code.findings, told) == (False, (), [])
    (repo / "README.md").write_text("# edited\n")
    run, told = record(snapshot="each")
    assert (run.code.dirty, run.code.findings, told) == (True, (), [])


def test_committed_line_that_the_difference_shows_is_listed(repo, git):
    (repo / "train.py").write_text(LINE)
    commit(git, repo)
    (repo / "train.py").write_text(f"{LINE}edited = True\n")
    run, _ = record()
    assert places(run) == [("train.py", 1)]


def test_line_that_goes_is_masked_and_no_part_of_the_code(repo, git):
    (repo / "train.py").write_text(f"{LINE}lr = 0.1\n")
    commit(git, repo)
    (repo / "train.py").write_text("lr = 0.1\n")
    run, told = record()
    assert (run.code.findings, told) == ((), [])
    assert "-TOKEN = '<redacted>'" in git("show", f"{run.tip}:code.diff", cwd=repo)


def test_new_file_stays_out_with_a_token_and_is_listed_with_a_password(repo):
    (repo / "token.py").write_text(LINE)
    (repo / "login.py").write_text(f"import db\n{PASSWORD}")
    run, _ = record()
    assert [left.path for left in run.code.left_out] == ["token.py"]
    assert places(run) == [("login.py", 2)]


@pytest.mark.parametrize(
    "name", ["b/x.py", 'a"b\\c\t\n\x01.py', "na\u00efve file.py", os.fsdecode(b"odd\xff.py")]
)
def test_path_is_spelled_as_the_file_is(repo, name):
    place = repo / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(PASSWORD)
    run, _ = record()
    assert places(run) == [(name, 1)]


@pytest.mark.parametrize("how", ["setting", "mark"])
def test_what_is_allowed_is_not_listed(repo, git, how):
    if how == "setting":
        (repo / ".gitxp.toml").write_text("[secrets]\nallowed = ['password']\n")
        (repo / "train.py").write_text(PASSWORD)
    else:
        (repo / "train.py").write_text(f"{PASSWORD.rstrip()}  # gitxp: not a secret\n")
    run, told = record()
    assert (run.code.findings, told) == ((), [])
    assert "hunter2" in git("show", f"{run.tip}:code.diff", cwd=repo)


def test_name_that_is_a_token_itself_is_not_told(repo, git):
    (repo / "train.py").write_text(f"x = {{'{TOKEN}-api_key': 'hunter2'}}\n")
    run, told = record()
    assert "value of <redacted>-api_key" in {one.what for one in run.code.findings}
    assert TOKEN not in kept_text(git, repo, run) + "".join(told)


def test_more_than_anyone_reads_are_told_as_one(repo):
    (repo / "train.py").write_text(LINE * 250)
    run, (warning,) = record()
    assert places(run) == [("train.py", line) for line in range(1, MOST_FINDINGS + 1)]
    assert run.code.findings[-1].what == "151 more from here on"
    assert "and 97 more" in warning


def test_difference_that_is_cut_is_searched_whole(repo):
    (repo / ".gitxp.toml").write_text("[diff]\nlimit = '1k'\n")
    (repo / "train.py").write_text("x = 1\n" * 1000 + LINE)
    run, _ = record()
    assert places(run) == [("train.py", 1001)]


def test_warning_is_the_same_for_each_run_of_the_same_code(repo):
    (repo / "train.py").write_text(LINE)
    runs = [record() for _ in range(2)]
    assert len({run.code.findings for run, _ in runs}) == 1
    assert runs[0][1] == runs[1][1]


def test_dead_run_lists_what_its_code_holds(repo):
    (repo / "train.py").write_text(LINE)
    done = subprocess.run([sys.executable, "-c", DIES], cwd=repo, check=False)
    assert done.returncode == -signal.SIGKILL
    workspace = Workspace.open(repo, {})
    recover_runs(workspace.repository, workspace.limits)
    assert places(gitxp.get_run("@")) == [("train.py", 1)]


def test_each_session_lists_its_own(repo):
    (repo / "train.py").write_text(LINE)
    first, _ = record(snapshot="each")
    (repo / "train.py").write_text(f"\n{PASSWORD}")
    with pytest.warns(GitxpWarning), gitxp.start_run(resume=first.id, snapshot="each"):
        pass
    sessions = gitxp.get_run(first.id).sessions
    assert [[one.line for one in session.code.findings] for session in sessions] == [[1], [2]]


def test_search_grows_with_what_changed_and_not_with_the_repository(repo, git):
    def calls() -> int:
        """Count the calls within the detector while a run with one edit is recorded."""
        count = 0

        def note(frame, event, argument):
            nonlocal count
            count += event == "call" and SEARCH in frame.f_code.co_filename

        run = gitxp.start_run("found", snapshot="each")
        sys.setprofile(note)
        try:
            run.finish()
        finally:
            sys.setprofile(None)
        assert places(gitxp.get_run(run.id)) == [("train.py", 1)]
        return count

    with pytest.warns(GitxpWarning):
        (repo / "train.py").write_text(f"{LINE}x = 0\n")
        calls()  # with all that is done once a process
        (repo / "train.py").write_text(f"{LINE}x = 1\n")
        few = calls()
        git("stash", "--quiet", cwd=repo)
        for number in range(500):
            (repo / f"module{number}.py").write_text(LINE)
        commit(git, repo)
        git("stash", "pop", "--quiet", cwd=repo)
        assert calls() == few > 0


@pytest.fixture
def nested(repo, git, tmp_path) -> Path:
    """A repository with a submodule `lib`, and `lib/inner` in it."""
    git("config", "--global", "protocol.file.allow", "always", cwd=repo)
    for name, around in (("inner", "lib-made"), ("lib-made", None)):
        made = tmp_path / name
        made.mkdir(exist_ok=True)
        if not (made / ".git").exists():
            git("init", "--quiet", cwd=made)
        (made / "code.py").write_text("x = 1\n")
        commit(git, made)
        if around:
            git("init", "--quiet", str(tmp_path / around), cwd=tmp_path)
            git("submodule", "--quiet", "add", str(made), "inner", cwd=tmp_path / around)
    git("submodule", "--quiet", "add", str(tmp_path / "lib-made"), "lib", cwd=repo)
    git("submodule", "--quiet", "update", "--init", "--recursive", cwd=repo)
    commit(git, repo)
    return repo


def test_edits_in_submodules_are_listed(nested, git):
    (nested / "lib/code.py").write_text(f"x = 1\n{LINE}")
    (nested / "lib/inner/code.py").write_text(f"x = 1\n\n{PASSWORD}")
    objects = Path(nested / ".git/modules/lib/objects")
    before = sorted(objects.rglob("*"))
    run, (warning,) = record()
    assert places(run) == [("lib/code.py", 2), ("lib/inner/code.py", 3)]
    assert "lib/code.py:2 (GitHub token)" in warning
    assert sorted(objects.rglob("*")) == before, "nothing enters the submodule's own store"
    assert TOKEN not in kept_text(git, nested, run)
    again, _ = record()
    assert places(again) == places(run)


def test_new_file_of_a_submodule_is_listed_on_an_unborn_branch_too(repo, git, tmp_path):
    git("config", "--global", "protocol.file.allow", "always", cwd=repo)
    git("init", "--quiet", str(repo / "lib"), cwd=repo)
    (repo / "lib/code.py").write_text("x = 1\n")
    commit(git, repo / "lib")
    git("submodule", "--quiet", "add", "./lib", "lib", cwd=repo)
    commit(git, repo)
    git("checkout", "--quiet", "--orphan", "fresh", cwd=repo / "lib")
    (repo / "lib/code.py").write_text(f"\n{LINE}")
    run, _ = record()
    assert places(run) == [("lib/code.py", 2)]


def test_submodule_that_is_gone_at_the_end_is_told_as_not_searched(nested):
    (nested / "lib/code.py").write_text(LINE)
    (nested / "train.py").write_text(LINE)
    run = gitxp.start_run("found")
    shutil.rmtree(nested / "lib")
    with pytest.warns(GitxpWarning, match=r"train.py:1 \(GitHub token\)"):
        run.finish()
    found = gitxp.get_run(run.id)
    assert places(found) == [("train.py", 1)]
    (unsearched,) = found.code.unsearched
    assert unsearched.path == "lib"
    assert "does not exist" in unsearched.reason


def test_base_that_is_gone_at_the_end_is_told_as_not_searched(repo, git):
    (repo / "train.py").write_text(LINE)
    run = gitxp.start_run("found")
    blob = git("rev-parse", "HEAD:train.py", cwd=repo).strip()
    place = repo / ".git/objects" / blob[:2] / blob[2:]
    place.rename(repo / "aside")
    run.finish()
    (repo / "aside").rename(place)
    found = gitxp.get_run(run.id)
    assert [one.path for one in found.code.unsearched] == ["."]
    assert found.code.findings == ()
    assert "no difference could be made" in git("show", f"{found.tip}:code.diff", cwd=repo)
    again, _ = record()
    assert (places(again), again.code.unsearched) == ([("train.py", 1)], ())


def test_login_of_a_submodules_address_is_not_kept(nested, git):
    url = "https://ada:hunter2hunter2@example.org/lib.git"
    git("remote", "set-url", "origin", url, cwd=nested / "lib")
    run, _ = record()
    assert [one.url for one in run.code.submodules if one.path == "lib"] == [
        "https://example.org/lib.git"
    ]
    assert "hunter2" not in kept_text(git, nested, run)


def test_login_of_a_data_sets_address_shows_that_it_was_there(repo, git):
    with gitxp.start_run("found") as run:
        run.log_dataset("digits", "https://ada:hun/ter2@example.org/d.csv?v=2&sig=hunter2")
    found = gitxp.get_run(run.id)
    (dataset,) = found.datasets
    assert dataset.source == "https://<redacted>@example.org/d.csv?v=2&sig=<redacted>"
    assert "ter2" not in kept_text(git, repo, found)
