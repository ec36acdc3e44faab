"""Commands as people type them, in real repositories."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.cli.table import ENTRIES
from gitxp.errors import AmbiguousRun


def test_help_names_every_command_that_exists(xp):
    files = Path(gitxp.__file__).parent.glob("cli/commands/*.py")
    names = {path.stem for path in files} - {"__init__"}
    assert names == {entry.name for entry in ENTRIES}
    shown = xp("--help").stdout
    assert all(f"  {name} " in shown for name in names)


def test_list_shows_what_varies(xp, runs):
    done = xp("list")
    header, *lines = done.stdout.splitlines()
    assert header.split()[:5] == ["run", "name", "status", "started", "took"]
    assert header.split()[5:] == ["lr", "loss", "↓?", "odd"]
    assert [line.split()[1] for line in lines] == ["fast", "slow"]


def test_list_json_is_strict_and_names_what_is_not_finite(xp, runs):
    rows = json.loads(xp("list", "--json").stdout, parse_constant=pytest.fail)
    assert [row["name"] for row in rows] == ["fast", "slow"]
    assert rows[0]["params.lr"] == 0.3
    assert rows[0]["metrics.odd"] is None
    assert rows[0]["nonfinite"]["metrics.odd"] == "nan"
    assert rows[0]["started"].endswith("Z")


def test_list_of_nothing_says_what_to_do(xp):
    done = xp("list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "git xp run" in done.stderr


@pytest.mark.parametrize("word", ["@", "fast"])
def test_show_finds_a_run_by_name_and_by_how_new_it_is(xp, runs, word):
    assert f"run {runs[1].id}" in xp("show", word).stdout


def test_show_finds_a_run_by_prefix(xp, runs):
    assert f"run {runs[0].id}" in xp("show", runs[0].id[:8]).stdout


def test_unknown_run_is_an_error_with_a_hint(xp, runs):
    done = xp("show", "fats")
    assert done.returncode == 128
    assert "error: no run 'fats' here" in done.stderr
    assert "did you mean 'fast'" in done.stderr


def test_diff_shows_the_uncommitted_code(xp, runs):
    done = xp("diff", "fast")
    assert "+edited" in done.stdout
    assert xp("diff", "fast", "--", "README.md").stdout == ""
    assert "train.py" in xp("diff", "fast", "--stat").stdout
    assert xp("diff", "slow", "fast").stdout == ""


def test_metrics_as_csv_json_and_chart(xp, runs):
    lines = xp("metrics", "fast", "--metric", "loss", "--csv").stdout.splitlines()
    assert lines[0] == "metric,step,time,value,writer"
    assert [line.split(",")[3] for line in lines[1:]] == ["0.3", "0.15"]
    points = json.loads(xp("metrics", "fast", "--json").stdout)
    assert len(points) == 3
    assert "loss" in xp("metrics", "fast", "-m", "loss", "--chart").stdout
    assert xp("metrics", "fast", "-m", "nothing").returncode == 128


def test_removed_run_comes_back_by_undo(xp, runs):
    assert xp("remove", "fast").returncode == 128
    assert "fast" in xp("remove", "fast", "--dry-run").stdout
    done = xp("remove", "fast", "--yes")
    assert "undo: git xp undo" in done.stdout
    assert [run["name"] for run in json.loads(xp("list", "--json").stdout)] == ["slow"]
    assert "git xp remove fast" in xp("undo", "--list").stdout
    assert xp("undo").returncode == 0
    assert len(json.loads(xp("list", "--json").stdout)) == 2
    assert xp("undo").returncode == 128


def test_name_that_several_runs_have_is_not_removed(xp, runs, repo_dir):
    with gitxp.start_run("lr", "fast"):
        pass
    done = xp("remove", "fast", "--yes")
    assert done.returncode == 128
    assert "may mean" in done.stderr
    assert "note: 1 older run is called 'fast', too" in xp("show", "fast").stderr


def test_init_writes_settings_once(xp, repo_dir):
    assert xp("init").returncode == 0
    assert "[snapshot]" in (repo_dir / ".gitxp.toml").read_text()
    again = xp("init")
    assert again.returncode == 128
    assert ".gitxp.toml' exists already\nhint: " in again.stderr
    assert xp("list").returncode == 0


def test_run_records_output_exit_code_params_and_curves(xp, repo_dir):
    script = "for i in 1 2 3; do echo loss 0.$i; done; echo oh >&2; exit 3"
    done = xp("run", "--metrics", "loss=loss ([0-9.]+)", "--", "sh", "-c", script, "--lr", "0.1")
    assert done.returncode == 3
    assert done.stdout == "loss 0.1\nloss 0.2\nloss 0.3\n"
    assert "oh" in done.stderr
    (row,) = json.loads(xp("list", "--json").stdout)
    assert (row["status"], row["exit_code"], row["params.lr"]) == ("failed", 3, 0.1)
    assert row["metrics.loss"] == 0.3
    kept = subprocess.run(
        ["git", "show", f"refs/experiments/default/{row['run']}:output.log"],
        cwd=repo_dir,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(kept.splitlines()) == {"loss 0.1", "loss 0.2", "loss 0.3", "oh"}


def test_six_starts_in_a_loop_under_run_are_six_runs(xp, repo_dir):
    (repo_dir.parent / "six.py").write_text(
        "import gitxp\n"
        "for number in range(6):\n"
        "    with gitxp.start_run('inner', params={'number': number}) as run:\n"
        "        run.log({'x': number}, step=0)\n"
    )
    script = str(repo_dir.parent / "six.py")
    assert xp("run", "-e", "outer", "--name", "sweep", "--", sys.executable, script).returncode == 0
    rows = json.loads(xp("list", "--json").stdout)
    assert len(rows) == 6
    (outer,) = [row for row in rows if row["experiment"] == "outer"]
    assert (outer["name"], outer["params.number"]) == ("sweep", 0)
    assert {row["parent"] for row in rows if row is not outer} == {outer["run"]}


def test_outside_of_a_repository_is_an_error(tmp_path):
    done = subprocess.run(
        [str(Path(sys.executable).with_name("git-xp")), "list"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128
    assert "hint: git init" in done.stderr


def test_paths_of_a_diff_are_those_of_the_working_folder(xp, repo_dir, monkeypatch):
    folder = repo_dir / "sub"
    folder.mkdir()
    (folder / "new.txt").write_text("new\n")
    monkeypatch.chdir(folder)
    with gitxp.start_run("lr"):
        pass
    command = str(Path(sys.executable).with_name("git-xp"))
    done = subprocess.run(
        [command, "diff", "@", "--stat", "--", "new.txt"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "new.txt" in done.stdout


def test_chart_passes_over_what_is_not_finite(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        for step, value in enumerate([math.nan, 1.0, math.inf, 2.0]):
            run.log({"mixed": value, "never": math.nan}, step=step)
    mixed = xp("metrics", "@", "-m", "mixed", "--chart")
    assert (mixed.returncode, mixed.stderr) == (0, "")
    assert "2 values are NaN, infinite or too large" in mixed.stdout
    assert "never: nothing to draw" in xp("metrics", "@", "-m", "never", "--chart").stdout


def test_text_with_line_breaks_keeps_its_run_on_one_line(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for text in ("a\nb\x1b[31m", "c"):
        with gitxp.start_run("lr", params={"text": text, "a.b": text}):
            pass
    assert len(xp("list").stdout.splitlines()) == 3
    shown = xp("show", "@~1").stdout
    assert '  ["a.b"]  a b\n' in shown
    assert "\x1b" not in shown


def test_remote_run_is_a_clear_error(xp, runs, repo_dir, git):
    assert "hint: git xp list" in xp("show", "origin/fast").stderr  # there is no such remote
    git("remote", "add", "origin", "../server.git", cwd=repo_dir)
    assert "git xp fetch origin" in xp("show", "origin/fast").stderr


def test_empty_frames_have_every_column_and_type(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    frame = gitxp.runs()
    assert {"dirty", "code_tree", "exit_code", "branch"} <= set(frame.columns)
    points = gitxp.history()
    assert (points["step"].dtype, points["value"].dtype) == ("int64", "float64")


def test_mean_of_repeated_steps_does_not_hide_nan(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        run.log({"x": math.nan}, step=0)
        run.log({"x": 1.0}, step=0)
    (value,) = gitxp.history(run.id, "x", duplicates="mean")["value"]
    assert math.isnan(value)


def test_prefix_that_fits_several_runs_is_refused_and_names_them(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    seen: dict[str, str] = {}
    first = second = ""
    while not first:  # some three hundred: the birthday paradox over four digits
        run = gitxp.start_run("many", snapshot="off")
        run.finish()
        first, second = seen.setdefault(run.id[:4], ""), run.id
        seen[run.id[:4]] = run.id
    for words in (("show",), ("metrics",), ("diff", "--stat"), ("remove", "--yes")):
        done = xp(*words, first[:4])
        assert (done.returncode, done.stdout) == (128, ""), words
        assert f"error: '{first[:4]}' may mean " in done.stderr
        assert {first[:12], second[:12]} <= set(done.stderr.split())
        assert "hint: give more digits of the id" in done.stderr
    with pytest.raises(AmbiguousRun, match="may mean"):
        gitxp.get_run(first[:4])
    assert xp("show", first[:12]).returncode == 0
