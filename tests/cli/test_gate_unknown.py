"""A loss passes as what seeds do only where nothing else is known, or may be, behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import gitxp

DECIDE = "The two values decide: whether the difference is more than noise cannot be said."


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def record(accuracy, seed, *, data=(("digits", None, "1"),), **more):
    with gitxp.start_run("lr", params={"lr": 0.1}, seeds=seed, **more) as run:
        for name, source, version in data:
            run.log_dataset(name, source, version=version)
        run.log({"acc": accuracy})


def train(repo_dir, *words, **variables):
    program = (
        "import sys, gitxp\n"
        "with gitxp.start_run('lr', seeds=int(sys.argv[1])) as run:\n"
        "    run.log_dataset('digits', version='1')\n"
        "    run.log({'acc': float(sys.argv[2]) if sys.argv[2:] else 1 / int(sys.argv[1])})\n"
    )
    (repo_dir / "train.py").write_text(program)
    argv = [sys.executable, "train.py", *map(str, words)]
    subprocess.run(argv, env=os.environ | variables, check=True)


def refused(xp, *, differing=(), unknown=()):
    """Return the lines of the page of a gate that holds a loss against the newest run."""
    words = ("gate", "--metric", "acc", "--goal", "max", "--against", "@~1")
    done = xp(*words, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["passes"]) == (1, False)
    assert (answer["differing"], answer["unknown"]) == (list(differing), list(unknown))
    assert answer["seeds"] == "different"
    assert [one["by_seeds_alone"] for one in answer["metrics"]] == [False]
    return xp(*words).stdout.splitlines()


def test_code_that_was_not_captured_may_be_behind_a_loss(xp, repo_dir):
    for seed, accuracy in enumerate((0.9, 0.1)):
        (repo_dir / "train.py").write_text(f"accuracy = {accuracy}\n")
        record(accuracy, seed, snapshot="off")
    assert (
        "- The run repeats another run: params and data are the same as far as is recorded, "
        f"and it is not known of code. {DECIDE}"
    ) in refused(xp, unknown=["code"])


def test_so_may_a_file_that_the_snapshot_lacks(xp, repo_dir):
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\nfile-bytes = 1000\n")
    for seed, accuracy in enumerate((0.9, 0.1)):
        (repo_dir / "model.py").write_text(f"accuracy = {accuracy}\n" + 2000 * "#")
        record(accuracy, seed, snapshot="each")
    text = "\n".join(refused(xp, unknown=["code.model.py"]))
    assert "and it is not known of code.model.py. The two values decide" in text


def test_so_may_data_that_is_known_by_name_only(xp):
    for seed, accuracy in enumerate((0.9, 0.1)):
        record(accuracy, seed, data=[("imagenet", "s3://bucket/data", None)])
    text = "\n".join(refused(xp, unknown=["data.imagenet"]))
    assert "and it is not known of data.imagenet. The two values decide" in text


def test_so_may_data_of_which_nothing_was_recorded(xp, repo_dir):
    (repo_dir / ".gitignore").write_text("data.csv\n")
    for seed, accuracy in enumerate((0.9, 0.1)):
        (repo_dir / "data.csv").write_text(f"{accuracy}\n")
        record(accuracy, seed, data=(), snapshot="each")
    assert "and it is not known of data. The two values" in "\n".join(refused(xp, unknown=["data"]))


def test_so_may_another_split_of_the_same_data(xp):
    for seed, split in enumerate(("a", "b")):
        with gitxp.start_run("lr", params={"lr": 0.1}, seeds=seed) as run:
            run.log_dataset("train", version="1", split=split)
            run.log({"acc": 0.9 - seed / 2})
    lines = refused(xp, differing=["data.train"])
    assert "- Data sets differ: train." in lines
    assert (
        "- The run repeats another run: params and code are the same as far as is recorded, "
        f"and not the seeds alone differ. {DECIDE}"
    ) in lines


def test_so_may_a_variable_that_was_recorded(xp, repo_dir):
    for seed, accuracy in enumerate((0.9, 0.1)):
        train(repo_dir, seed, accuracy, OMP_NUM_THREADS=str(seed + 1), SLURM_JOB_ID=str(seed))
    lines = refused(xp, differing=["command.arguments", "variables.OMP_NUM_THREADS"])
    assert "- Variables differ: OMP\\_NUM\\_THREADS." in lines
    assert "- Commands differ: arguments." in lines
    assert (
        "- The run repeats another run: params, data and code are the same as far as is recorded, "
        f"and not the seeds alone differ. {DECIDE}"
    ) in lines


def test_so_may_the_command_but_not_the_seed_on_it(xp, repo_dir):
    for seed in (1, 2):
        train(repo_dir, seed)
    done = xp("gate", "--metric", "acc", "--goal", "max", "--against", "@~1")
    assert (done.returncode, "-0.5, what seeds do" in done.stdout) == (0, True)
    for seed, accuracy in ((3, 0.9), (4, 0.1)):
        train(repo_dir, seed, accuracy)
    refused(xp, differing=["command.arguments"])
