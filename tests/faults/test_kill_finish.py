"""`kill -9` in each step of a run's end: it is recorded once, with all that had been logged.

`GITXP_TEST_KILLS=1` tries every step, in place of every third one.
"""

from __future__ import annotations

import os

from dying import Dying
from scripts import points, recover

from gitxp.model.run import Status
from gitxp.query.runs import find_runs
from gitxp.storage.clone import known_clone_id
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery
from gitxp.upkeep.verify.verify import verify

STRIDE = int(os.environ.get("GITXP_TEST_KILLS", "3"))
DIES_AT = """
import gitxp

def logged(name):
    run = gitxp.start_run("kill", name)
    for step in range(3):
        run.log({"loss": 1 / (step + 1)}, step=step)
    run.set_tag("stage", "late")
    run.log_text("kept", "word.txt")
    return run

def before():
    pass

def work(begin):
    run = logged("killed")
    begin()
    run.finish()

def after(number):
    return "-"

logged("warm").finish()  # so that all modules are there
"""


def let_locks_age(repo_dir):
    """Let some seconds pass: who died may have left the lock of the run's ref."""
    (lock,) = (repo_dir / ".git/refs").rglob("*.lock")
    os.utime(lock, (1, 1))


def test_kill_in_each_step_of_the_end_loses_nothing(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    dying = Dying(repo_dir, DIES_AT)
    repository = open_repository(repo_dir)
    seen, steps, has_died = {"warm"}, 0, True
    statuses = set()
    try:
        while has_died:
            has_died, _ = dying.dies_at(steps)
            steps += STRIDE
            if Recovery.FAILED in recover(repo_dir):
                let_locks_age(repo_dir)
                assert recover(repo_dir) == [Recovery.RECORDED]
            found = find_runs(repository)
            assert not found.problems
            (run,) = (one for one in found.runs if one.id not in seen and one.name == "killed")
            seen.add(run.id)
            statuses.add(run.status)
            assert points(repo_dir, run) == [("loss", 0, 1.0), ("loss", 1, 0.5), ("loss", 2, 1 / 3)]
            assert run.tags["stage"].value == "late"
            assert [one.path for one in run.artifacts] == ["word.txt"]
            assert git("show", f"{run.tip}:artifacts/word.txt", cwd=repo_dir) == "kept"
            assert git("show", f"{run.tip}^2:train.py", cwd=repo_dir) == "edited\n"
    finally:
        dying.end()
    assert steps > 20
    # How the run ended is the first thing that is written down.
    assert statuses == {Status.FINISHED}
    assert verify(repository, home=known_clone_id(repository.private_dir), is_deep=True).flaws == ()
    git("fsck", "--full", "--strict", cwd=repo_dir)
