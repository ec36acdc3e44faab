"""On a terminal a run says a line where it starts and one where it ends; elsewhere nothing."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

SCRIPT = """
import gitxp
with gitxp.start_run("LR schedule", {name}, params={{"lr": 0.1, "model": {{"depth": 3}}}}) as run:
    for step in range(4):
        run.log({{"loss": 1 / (step + 1), "val/accuracy": step / 4, "zeta": 1.0}}, step=step)
    {ending}
"""
WHERE = r"git xp show [0-9a-f]{7}"


def shown_on_terminal(repo_dir, *, name="None", ending="pass", **variables) -> list[str]:
    ours, theirs = pty.openpty()
    script = SCRIPT.format(name=name, ending=ending)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
    try:
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=repo_dir,
            stderr=theirs,
            env=environment,
            check=False,
        )
        return os.read(ours, 1 << 16).decode().splitlines() if _has_output(ours) else []
    finally:
        os.close(theirs)
        os.close(ours)


def _has_output(descriptor: int) -> bool:
    import select

    return bool(select.select([descriptor], [], [], 0)[0])


def test_start_and_end_are_a_line_each(repo_dir):
    start, end = shown_on_terminal(repo_dir)
    assert re.fullmatch(rf"lr-schedule · lr=0.1 model.depth=3 · {WHERE}", start)
    params = "lr=0.1 model.depth=3"
    curves = "val/accuracy 0.75 ▁▃▆█ · loss 0.25 █▃▂▁"
    assert re.fullmatch(rf"lr-schedule · {params} · {curves} · {WHERE}", end)


def test_run_s_name_and_a_bad_end_are_told(repo_dir):
    shown = shown_on_terminal(repo_dir, name="'cosine'", ending="raise SystemExit(3)")
    assert shown[0].startswith("lr-schedule/cosine · ")
    assert " · failed · " in shown[1]


def test_goals_of_the_team_come_first(repo_dir):
    (repo_dir / ".gitxp.toml").write_text('[metrics.zeta]\ngoal = "max"\n')
    assert " · zeta 1 ▁▁▁▁ · val/accuracy " in shown_on_terminal(repo_dir)[1]


def test_quiet_setting_silences_both(repo_dir):
    assert shown_on_terminal(repo_dir, GITXP_OUTPUT_QUIET="true") == []


def test_terminal_that_knows_only_ascii_is_no_trouble(repo_dir):
    start, end = shown_on_terminal(repo_dir, PYTHONIOENCODING="ascii")
    assert start.startswith("lr-schedule ? lr=0.1")
    assert "val/accuracy 0.75 ????" in end


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)"])
def test_nothing_is_said_in_a_pipe(ending, repo_dir):
    script = SCRIPT.format(name="None", ending=ending)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo_dir, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_forked_child_does_not_say_the_end_again(repo_dir):
    fork = "import os; child = os.fork(); os.waitpid(child, 0) if child else run.finish()"
    assert len(shown_on_terminal(repo_dir, ending=fork)) == 2


def test_end_tells_the_difference_from_the_baseline(repo_dir):
    shown_on_terminal(repo_dir, name="'first'")
    subprocess.run([sys.executable, "-m", "gitxp", "baseline", "set", "first"], cwd=repo_dir)
    longer = "run.log({'val/accuracy': 0.8}, step=9)"
    end = shown_on_terminal(repo_dir, name="'second'", ending=longer)[-1]
    assert re.search(rf"loss 0.25 █▃▂▁ · \+0.05 on baseline · {WHERE}$", end)


def test_difference_from_a_baseline_that_is_not_here_is_left_out(repo_dir):
    shown_on_terminal(repo_dir, name="'first'")
    for words in (["baseline", "set", "first"], ["remove", "first", "--yes"]):
        subprocess.run([sys.executable, "-m", "gitxp", *words], cwd=repo_dir, check=True)
    shown = shown_on_terminal(repo_dir, name="'second'")
    assert len(shown) == 2
    assert "baseline" not in shown[1]


def hints(shown):
    return [line for line in shown if "git xp baseline set" in line]


def test_lack_of_a_baseline_is_told_once_from_the_second_run_on(repo_dir):
    assert hints(shown_on_terminal(repo_dir)) == []
    again = "\nwith gitxp.start_run('LR schedule') as run: pass"
    assert hints(shown_on_terminal(repo_dir, ending=f"run.finish(){again}")) == [
        "runs of lr-schedule have no baseline · to measure the next ones against one: "
        "git xp baseline set RUN"
    ]
    assert hints(shown_on_terminal(repo_dir)) == []


def test_whoever_wants_none_or_has_one_is_told_nothing(repo_dir):
    script = "import gitxp\nwith gitxp.start_run('LR schedule', 'first'): pass"
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=True)
    assert hints(shown_on_terminal(repo_dir, name="None, baseline=False")) == []
    assert hints(shown_on_terminal(repo_dir, name="None, baseline='first'")) == []
    assert hints(shown_on_terminal(repo_dir, GITXP_OUTPUT_QUIET="true")) == []
    assert len(hints(shown_on_terminal(repo_dir))) == 1
