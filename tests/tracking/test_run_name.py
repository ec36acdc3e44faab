"""A run that nobody has named is called by the params in which it differs from the run before."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitxp
from gitxp.model.generated_name import digests, generated_name, name_parts
from gitxp.model.names import check_name
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
PARAMS = st.dictionaries(st.text(max_size=300) | st.integers(), VALUES, max_size=8)


@pytest.fixture(autouse=True)
def in_repository(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def record(experiment="lr", name=None, *, seeds=None, **params):
    with gitxp.start_run(experiment, name, params=params, seeds=seeds) as run:
        pass
    return gitxp.get_run(run.id)


def test_name_tells_what_differs_from_the_run_before():
    assert record(lr=0.1, depth=3).name == "lr=0.1 depth=3"
    assert record(lr=0.2, depth=3).name == "lr=0.2"
    assert record(lr=0.2, depth=3, seeds=7).name == "seed=7"
    assert record(lr=0.2, model={"depth": [1, 2]}).name == "model.depth=[1, 2] no depth no seed"


def test_run_that_differs_in_nothing_has_no_name():
    record(lr=0.1)
    run = record(lr=0.1)
    assert (run.name, run.label, run.name_generated) == ("", run.id.short, False)


def test_value_of_another_type_differs():
    record(lr=1)
    assert record(lr=True).name == "lr=True"
    assert record(lr=1.0).name == "lr=1"


def test_name_that_was_given_is_kept_and_others_are_told_from_that_run():
    record(lr=0.1)
    named = record("lr", "cosine", lr=0.2)
    assert (named.name, named.name_generated) == ("cosine", False)
    assert record(lr=0.3, depth=1).name == "lr=0.3 depth=1"
    assert record(lr=0.3, depth=2).name == "depth=2"


def test_each_experiment_is_told_apart_by_itself():
    record(lr=0.1)
    assert record("lr/deeper", lr=0.1).name == "lr=0.1"
    assert record("lr", lr=0.2).name == "lr=0.2"


def test_run_around_a_sweep_tells_nothing_apart():
    record(lr=0.1, depth=3)
    record()
    assert record(lr=0.2, depth=3).name == "lr=0.2"


def test_params_logged_later_count_and_a_running_run_has_no_name(repo_dir):
    with gitxp.start_run("lr", params={"lr": 0.1}) as run:
        (running,) = find_runs(open_repository(repo_dir)).runs
        run.log_param("depth", 3)
    assert running.name == ""
    assert gitxp.get_run(run.id).name == "lr=0.1 depth=3"


def test_name_is_found_filtered_and_in_git_s_own_log(git, repo_dir):
    run = record(lr=0.1, depth=3)
    assert gitxp.get_run("lr=0.1 depth=3").id == run.id
    assert list(gitxp.runs('name == "lr=0.1 depth=3"').index) == [run.id]
    subject = git("log", "-1", "--format=%s", run.tip, cwd=repo_dir).strip()
    assert subject == "lr: lr=0.1 depth=3 (finished)"


def test_resumed_run_keeps_its_name_and_is_found_without_one():
    with pytest.raises(ZeroDivisionError), gitxp.start_run("lr", params={"lr": 0.1}) as run:
        1 / 0  # noqa: B018
    record("lr", "other", lr=0.5)
    with gitxp.start_run("lr", params={"lr": 0.2}, resume="auto") as again:
        pass
    assert again.id == run.id
    assert gitxp.get_run(run.id).name == "lr=0.1"


def test_renamed_run_has_a_given_name(repo_dir):
    run = record(lr=0.1)
    subprocess.run(
        [sys.executable, "-m", "gitxp", "rename", "lr=0.1", "best", "-q"], cwd=repo_dir, check=True
    )
    renamed = gitxp.get_run(run.id)
    assert (renamed.name, renamed.name_generated) == ("best", False)
    subprocess.run([sys.executable, "-m", "gitxp", "undo", "-q"], cwd=repo_dir, check=True)
    back = gitxp.get_run(run.id)
    assert (back.name, back.name_generated) == ("lr=0.1", True)


def test_secret_is_neither_in_the_name_nor_kept_beside(repo_dir):
    run = record(api_key="hunter2hunter2", lr=0.1)
    assert run.name == "api_key=<redacted> lr=0.1"
    (kept,) = (repo_dir / ".git/gitxp/latest").iterdir()
    assert "hunter2" not in kept.read_text()


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'{"lr": 3}'])
def test_damaged_file_of_the_run_before_counts_as_none(content, repo_dir):
    record(lr=0.1)
    (kept,) = (repo_dir / ".git/gitxp/latest").iterdir()
    kept.write_bytes(content)
    assert record(lr=0.1).name == "lr=0.1"
    assert list(json.loads(kept.read_text())) == ["lr"]


def test_file_that_cannot_be_written_costs_a_name_only(repo_dir):
    (repo_dir / ".git/gitxp").mkdir(exist_ok=True)
    (repo_dir / ".git/gitxp/latest").write_text("no folder")
    assert record(lr=0.1).name == "lr=0.1"
    assert record(lr=0.1).name == "lr=0.1"


def test_runs_that_end_at_once_are_each_named_and_the_file_stays_whole(repo_dir):
    record(lr=0.0, depth=3)
    script = """
import gitxp, sys
gitxp.start_run("lr", params={"lr": float(sys.argv[1]), "depth": 3}).finish()
"""

    def train(lr):
        subprocess.run([sys.executable, "-c", script, str(lr)], cwd=repo_dir, check=True)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(train, [0.1, 0.2, 0.3, 0.4]))
    found = {run.name for run in find_runs(open_repository(repo_dir)).runs}
    assert found == {"lr=0 depth=3", "lr=0.1", "lr=0.2", "lr=0.3", "lr=0.4"}
    (kept,) = (repo_dir / ".git/gitxp/latest").iterdir()
    assert set(json.loads(kept.read_text())) == {"lr", "depth"}


@given(PARAMS, PARAMS)
def test_any_params_make_a_name_that_is_one_or_none(params, before):
    parts = name_parts(params, {})
    name = generated_name(parts, digests(parts), digests(name_parts(before, {})))
    assert name == "" or check_name("run", name) == name
    assert generated_name(parts, digests(parts), digests(parts)) == ""
    assert len(name) <= 80
    assert "\n" not in name
