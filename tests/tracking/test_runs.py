"""What a script can do with a run, and what of it is in the record."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import warnings

import numpy as np
import pytest

import gitxp
from gitxp.errors import (
    GitxpWarning,
    InvalidValue,
    NoActiveRun,
    NoRepository,
    RunAlreadyActive,
    RunFinished,
)
from gitxp.model.run import Status


@pytest.fixture(autouse=True)
def _inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def recorded(run) -> gitxp.Run:
    return gitxp.get_run(run.id)


def test_params_keep_their_types_and_nesting():
    params = {"lr": 1e-3, "model": {"depth": 3, "name": None, "widths": (64, 32)}, 7: True}
    with gitxp.start_run("types", params=params) as run:
        run.log_params({"model": {"dropout": 0.5}})
    assert recorded(run).params == {**params, "model": {**params["model"], "dropout": 0.5}}


def test_param_logged_again_takes_the_new_value_and_keeps_the_old():
    with pytest.warns(GitxpWarning, match="logged again"), gitxp.start_run("again") as run:
        run.log_param("lr", 0.1)
        run.log_param("lr", 0.2)
        run.log_param("lr", 0.2)
    found = recorded(run)
    assert found.params == {"lr": 0.2}
    assert [(change.path, change.before) for change in found.param_changes] == [(("lr",), 0.1)]


def test_tags_hypothesis_and_seeds():
    tags = {"hypothesis": "a beats b", "kind": "baseline", "quick": True}
    with gitxp.start_run("tags", tags=tags, seeds={"numpy": 7}) as run:
        run.set_tags(["checked"])
    found = recorded(run)
    assert found.hypothesis == "a beats b"
    assert {key: tag.value for key, tag in found.tags.items()} == {
        "kind": "baseline",
        "quick": True,
        "checked": True,
    }
    assert found.seeds == {"numpy": 7}


def test_steps_come_in_any_order_and_none_is_dropped():
    steps = [5, 3, 3, -2, 2**62]
    with gitxp.start_run("steps") as run:
        for step in steps:
            run.log({"loss": float(step)}, step=step)
        run.log({"loss": 0.5})
        run.log({"other": 1.0})
        run.log({"other": 2.0})
    points = gitxp.history(run.id)
    assert points[points.metric == "loss"].step.tolist() == [*steps, 2**62 + 1]
    assert points[points.metric == "other"].step.tolist() == [0, 1]
    assert recorded(run).metrics["loss"].first.step == -2


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (math.inf, math.inf),
        (-math.inf, -math.inf),
        (True, 1.0),
        (3, 3.0),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
    ],
)
def test_numbers_of_any_kind_are_kept_exactly(value, kept):
    with gitxp.start_run("numbers") as run:
        run.log({"x": value}, step=0)
    assert recorded(run).metrics["x"].last.value == kept


def test_nan_is_kept_and_passed_over_by_summaries():
    with gitxp.start_run("nan") as run:
        run.log({"x": math.nan}, step=0)
        run.log({"x": 2.0}, step=1)
    summary = recorded(run).metrics["x"]
    assert math.isnan(summary.first.value)
    assert (summary.mean, summary.count, summary.nonfinite) == (2.0, 2, 1)


@pytest.mark.parametrize("value", ["0.5", b"1", 1j, None, [1, 2], np.ones(3), 10**400, object()])
def test_value_that_is_no_number_is_warned_of_and_the_others_are_kept(value):
    with pytest.warns(GitxpWarning, match="expected"), gitxp.start_run("bad") as run:
        run.log({"good": 1.0, "bad": value, "also": 2.0}, step=0)
        run.log({"bad": value}, step=1)
    found = recorded(run)
    assert set(found.metrics) == {"good", "also"}
    assert found.failures == 2


@pytest.mark.parametrize("name", ["", " ", "x" * 251, "a\nb", "a\0b", "loss:min", 7])
def test_name_that_cannot_be_kept_is_warned_of_and_the_others_are_kept(name):
    with pytest.warns(GitxpWarning), gitxp.start_run("bad") as run:
        run.log({name: 1.0, "good": 2.0}, step=0)
    assert set(recorded(run).metrics) == {"good"}


@pytest.mark.parametrize("step", ["1", 1.5, 2**63, None.__class__])
def test_step_that_is_no_whole_number_is_warned_of(step):
    with pytest.warns(GitxpWarning, match="step"), gitxp.start_run("bad") as run:
        run.log({"x": 1.0}, step=step)
    assert recorded(run).failures == 1


def test_strict_raises_what_else_would_warn():
    with gitxp.start_run("strict", strict=True) as run:
        with pytest.raises(InvalidValue, match="'bad' is 'text'"):
            run.log({"bad": "text"}, step=0)
        with pytest.raises(InvalidValue):
            run.log_artifact("missing.pt")


def test_exception_ends_the_run_as_failed_and_goes_on():
    with pytest.raises(ZeroDivisionError), gitxp.start_run("fails") as run:
        run.log({"x": 1 / 0})
    found = recorded(run)
    assert found.status is Status.FAILED
    assert "ZeroDivisionError" in found.sessions[-1].error


def test_interrupt_ends_the_run_as_killed():
    with pytest.raises(KeyboardInterrupt), gitxp.start_run("interrupted") as run:
        raise KeyboardInterrupt
    assert recorded(run).status is Status.KILLED


def test_log_after_finish_is_warned_of_and_finish_twice_is_not():
    run = gitxp.start_run("finished")
    run.finish()
    run.finish()
    with pytest.warns(GitxpWarning, match="after the run") as told:
        run.log({"x": 1.0})
    assert "counted" not in str(told[0].message)  # nothing can be added to the record any more
    strict = gitxp.start_run("finished", strict=True)
    strict.finish()
    with pytest.raises(RunFinished):
        strict.log_param("a", 1)


def test_without_an_open_run_the_error_tells_what_to_type():
    with pytest.raises(NoActiveRun) as caught:
        gitxp.log({"x": 1.0})
    assert "start_run" in caught.value.hint


def test_second_run_needs_the_first_finished_or_as_its_parent():
    with gitxp.start_run("outer") as outer:
        with pytest.raises(RunAlreadyActive):
            gitxp.start_run("inner")
        with gitxp.start_run("inner", parent=outer) as inner:
            gitxp.log({"x": 1.0}, step=0)
        gitxp.log({"y": 1.0}, step=0)
    assert recorded(inner).parent == outer.id
    assert set(recorded(inner).metrics) == {"x"}
    assert set(recorded(outer).metrics) == {"y"}


def test_resumed_run_adds_a_session_and_goes_on_with_its_steps():
    with pytest.raises(RuntimeError), gitxp.start_run("long", "job", params={"lr": 0.1}) as run:
        run.log({"loss": 2.0})
        raise RuntimeError("preempted")
    with gitxp.start_run("long", "job", resume="auto") as again:
        again.log({"loss": 1.0})
    assert again.id == run.id
    found = recorded(run)
    assert found.status is Status.FINISHED
    assert len(found.sessions) == 2
    assert found.params == {"lr": 0.1}
    assert found.metrics["loss"].count == 2
    assert found.metrics["loss"].last.step == 1
    assert gitxp.history(run.id)["value"].tolist() == [2.0, 1.0]
    with gitxp.start_run("long", "job", resume="auto") as new:
        pass
    assert new.id != run.id


def test_small_artifact_is_a_blob_and_a_large_one_an_lfs_object(repo_dir, git):
    (repo_dir / "small.txt").write_text("small")
    (repo_dir / "large.bin").write_bytes(b"\1" * (2 * 1024 * 1024))
    with gitxp.start_run("files") as run:
        run.log_artifact("small.txt")
        run.log_artifact("large.bin", "models")
        run.log_text("hello", "notes/hello.txt")
        run.log_dict({"a": 1}, "config.json")
    found = {one.path: one for one in recorded(run).artifacts}
    assert set(found) == {"small.txt", "models/large.bin", "notes/hello.txt", "config.json"}
    large = found["models/large.bin"]
    assert large.is_lfs
    assert large.size == 2 * 1024 * 1024
    stored = repo_dir / ".git/lfs/objects" / large.oid[:2] / large.oid[2:4] / large.oid
    assert stored.read_bytes() == b"\1" * (2 * 1024 * 1024)
    tip = recorded(run).tip
    assert git("show", f"{tip}:artifacts/small.txt", cwd=repo_dir) == "small"
    assert "oid sha256:" in git("show", f"{tip}:artifacts/models/large.bin", cwd=repo_dir)


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")
@pytest.mark.parametrize("storage", ["big/files", "absolute"])
@pytest.mark.parametrize("is_linked", [False, True])
def test_large_artifact_lies_where_git_lfs_looks_for_it(
    repo_dir, git, monkeypatch, tmp_path, storage, is_linked
):
    storage = str(tmp_path / "store") if storage == "absolute" else storage
    git("config", "lfs.storage", storage, cwd=repo_dir)
    top = repo_dir
    if is_linked:
        top = tmp_path / "linked"
        git("worktree", "add", "--quiet", str(top), cwd=repo_dir)
    monkeypatch.chdir(top)
    (top / "large.bin").write_bytes(os.urandom(2 * 1024 * 1024))
    with gitxp.start_run("files") as run:
        run.log_artifact("large.bin")
    tip = recorded(run).tip
    pointer = git("show", f"{tip}:artifacts/large.bin", cwd=top).encode()
    smudge = ["git", "-c", "lfs.url=file:///nowhere", "lfs", "smudge"]
    found = subprocess.run(smudge, cwd=top, input=pointer, capture_output=True, check=True)
    assert found.stdout == (top / "large.bin").read_bytes()
    assert "large.bin" in git("lfs", "ls-files", "--name-only", tip, cwd=top)
    assert "OK" in git("lfs", "fsck", "--objects", tip, cwd=top)
    assert not (repo_dir / ".git/lfs/objects").exists()


def test_second_run_whose_code_nothing_would_keep_says_so(repo_dir):
    with gitxp.start_run("first") as first:
        pass
    ref = repo_dir / ".git/refs/gitxp/live" / recorded(first).code.commit
    ref.unlink()
    ref.with_name(f"{ref.name}.lock").mkdir()  # as no lock is, and so none can be taken away
    with (
        pytest.warns(GitxpWarning, match="nothing keeps the code"),
        gitxp.start_run("second") as run,
    ):
        pass
    assert recorded(run).code.commit is None


@pytest.mark.parametrize("path", ["missing.pt", ".", "link"])
def test_artifact_that_is_no_file_is_warned_of(repo_dir, path):
    (repo_dir / "link").symlink_to("nowhere")
    with pytest.warns(GitxpWarning, match="artifact"), gitxp.start_run("files") as run:
        run.log_artifact(path)
    assert recorded(run).status is Status.FINISHED


def test_without_a_repository_starting_raises(tmp_path, monkeypatch):
    bare = tmp_path / "nothing"
    bare.mkdir()
    monkeypatch.chdir(bare)
    with pytest.raises(NoRepository):
        gitxp.start_run("x")


def test_run_left_open_is_finished_when_the_process_ends(repo_dir):
    script = "import gitxp; run = gitxp.start_run('open'); run.log({'x': 1.0})"
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=True)
    assert gitxp.get_run("@").status is Status.FINISHED
    failing = subprocess.run(
        [sys.executable, "-c", f"{script}; raise SystemError('oh')"],
        cwd=repo_dir,
        check=False,
        capture_output=True,
    )
    assert failing.returncode == 1
    assert gitxp.get_run("@").status is Status.FAILED
    assert "oh" in gitxp.get_run("@").sessions[-1].error


def test_warnings_as_errors_do_not_stop_the_training():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with gitxp.start_run("strict-warnings") as run:
            run.log({"bad": "text", "good": 1.0}, step=0)
    assert set(recorded(run).metrics) == {"good"}


def test_code_that_nobody_wants_is_no_reason_to_warn(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with gitxp.start_run("lr", snapshot="off") as run:
            pass
    assert told == []
    code = gitxp.get_run(run.id).code
    assert (code.commit, code.failure) == (None, "the settings say not to capture the code")
