"""`git xp show`: everything that a record holds, for people and for programs."""

from __future__ import annotations

import json
import math
import os
import platform

import pytest

import gitxp


@pytest.fixture
def shown(xp, repo_dir, monkeypatch):
    """What `show --json` says of a run that has something of every kind."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\npassword = 'hunter2'\n")
    (repo_dir / os.fsdecode(b"odd\xff")).write_bytes(b"x" * 3000)
    (repo_dir / ".gitxp.toml").write_text('[snapshot]\nfile-bytes = "2k"\n')
    with (
        pytest.raises(ZeroDivisionError),
        gitxp.start_run(
            "LR Schedule",
            "first",
            params={"lr": 0.1, "model": {"depth": 3, 1: math.inf, "widths": (64, None)}},
            tags={"good": True},
            seeds={"numpy": 7},
            hypothesis="it works",
            description="really",
        ) as run,
    ):
        run.log({"loss": math.nan}, step=0)
        run.log({"loss": 0.5}, step=1)
        run.log_param("lr", 0.2)
        run.log_text("said", "notes/a.txt")
        run.log_dataset("digits", version="v1", role="train", rows=10)
        1 / 0  # noqa: B018
    done = xp("show", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, parse_constant=pytest.fail)


def test_show_json_holds_what_a_row_does(shown, xp):
    (row,) = json.loads(xp("list", "--json").stdout)
    row.pop("nonfinite")
    for unread in ("env.python", "env.gpu"):
        row.pop(unread)
    assert row.items() <= shown.items()
    assert shown["env.python"] == platform.python_version()


def test_show_json_says_which_way_a_metric_is_better_and_who_says_so(shown):
    loss = shown["metrics"]["loss"]
    assert (loss["goal"], loss["guessed"]) == ("min", True)


def test_show_json_nests_what_was_logged(shown):
    assert shown["title"] == "LR Schedule"
    assert shown["params"] == {
        "lr": 0.2,
        "model": {"depth": 3, "[1]": None, "widths": [64, None]},
    }
    assert shown["param_changes"][0]["before"] == 0.1
    assert shown["tags"] == {"good": True}
    assert shown["seeds"] == {"numpy": 7}
    assert shown["description"] == "really"


def test_show_json_tells_each_session(shown):
    (session,) = shown["sessions"]
    assert session["status"] == "failed"
    assert "ZeroDivisionError" in session["error"]
    assert session["argv"]
    assert session["writers"][0]["points"] == 2
    assert session["code"]["dirty"] is True
    assert session["code"]["commit"] == shown["code"]
    (left,) = session["code"]["left_out"]
    assert (left["path"], left["size"]) == ("odd\\xff", 3000)
    assert session["code"]["findings"] == [
        {"path": "train.py", "line": 2, "what": "value of password"}
    ]


def test_show_json_tells_files_data_and_environment(shown):
    (artifact,) = shown["artifacts"]
    assert (artifact["path"], artifact["size"], artifact["is_lfs"]) == ("notes/a.txt", 4, False)
    (dataset,) = shown["datasets"]
    assert (dataset["name"], dataset["version"], dataset["rows"]) == ("digits", "v1", 10)
    assert shown["environment"]["python"]["version"] == platform.python_version()
    assert "pytest" in shown["environment"]["packages"]


def test_show_json_names_what_is_not_finite_by_its_path(shown):
    loss = shown["metrics"]["loss"]
    assert (loss["first"], loss["last"], loss["last_step"], loss["nonfinite"]) == (None, 0.5, 1, 1)
    assert shown["nonfinite"] == {
        "params.model[1]": "inf",
        "metrics.loss:first": "nan",
        "metrics.loss.first": "nan",
    }


def test_show_json_of_a_running_run_has_its_environment(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1})
        told = json.loads(xp("show", "--json").stdout)
    assert (told["status"], told["tip"]) == ("running", None)
    assert told["env.python"] == platform.python_version()


def test_show_says_the_same_to_people(shown, xp):
    text = xp("show").stdout
    for line in (
        "experiment:   LR Schedule",
        "status:       failed",
        f"python:       {platform.python_version()}",
        "looks secret: train.py:2 (value of password)",
        "  model.depth   3",
        "  model[1]      inf",
        "  loss ↓?  0.5  min 0.5  max 0.5  2 points",
        "  notes/a.txt  4 B",
        "  ZeroDivisionError: division by zero",
    ):
        assert f"\n{line}\n" in text


def test_show_names_code_that_could_not_be_searched(xp, repo_dir, monkeypatch, git):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    run = gitxp.start_run("lr")
    blob = git("rev-parse", "HEAD:train.py", cwd=repo_dir).strip()
    place = repo_dir / ".git/objects" / blob[:2] / blob[2:]
    place.rename(repo_dir / "aside")
    run.finish()
    (repo_dir / "aside").rename(place)
    assert "\nnot searched: . (" in xp("show").stdout


def test_show_counts_the_large_files_that_were_not_searched(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\ntotal-bytes = '200 MiB'\n")
    for number in range(12):
        (repo_dir / f"table{number:02}.csv").write_text(f"{number}\n" + "1,2\n" * (9 << 18))
    with gitxp.start_run("lr"):
        pass
    text = xp("show").stdout
    assert "\nnot searched: table00.csv (a file over 8388608 bytes)\n" in text
    assert text.count("not searched: ") == 10
    assert "table10.csv" not in text
    assert "\n              and 2 more\n" in text
