"""No secret that a run could pick up is in any object of the repository but tracked code."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp

KINDS = Path(__file__).parents[1] / "policy" / "secrets" / "test_kinds.py"
LOOKALIKES = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "digest": "sha256:" + "ab" * 32,
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "model": "hf-internal-testing/tiny-random-bert",
    "tokenizer": "gpt2",
    "max_tokens": 50257,
    "key_dim": 64,
    "remote": "https://example.org/team/project.git",
    "weights": "c2l4dHkgZm91ciBieXRlcyBvZiB3ZWlnaHRz",
    "version": "2.14.1+cu130",
}
# Each kind in every place, a run for each, since most places have room for one only.
SCRIPT = """
import json, sys
import gitxp
from gitxp.model.event import Describing, Judging, Noting, Renaming, Tagging, Untagging
from gitxp.model.run import Verdict
from gitxp.tracking.say import describe_experiment, say_of_runs
from gitxp.tracking.workspace import Workspace

planted = list(json.load(open(sys.argv[1])).values())
for value in planted:
    with gitxp.start_run(
        "each " + str(planted.index(value)), "named " + value, group="of " + value,
        params={"plain": value, "list": [value], "map": {value: 1}, "bytes": value.encode()},
        tags={"tag": value, value: "key", "also " + value: "key"},
        seeds={value: 1, "also " + value: 2},
        hypothesis="with " + value, description=value, snapshot="off",
    ) as run:
        run.log_param("later", "before " + value)
        run.log_param("later", value)
        run.set_tag("when", value)
        run.log_dataset("version", version=value, filters=["token = " + value])
        run.log_dataset("split", version="1", split="with " + value,
                        source="https://example.org/" + value)
        run.log_dataset("login", version="1", source=f"https://ada:{value}@example.org/d.csv")
        run.log_dataset("query", version="1", source=f"https://example.org/d.csv?sig={value}")
    workspace = Workspace.open(None, {})
    run = gitxp.get_run(run.id)
    words = [
        Tagging("said", value), Tagging(value, "key"), Untagging("no " + value),
        Noting("with " + value), Judging(Verdict.CONFIRMED, value), Renaming("once " + value),
    ]
    say_of_runs(workspace, [run], words, command="git xp say")
    describe_experiment(workspace, run.experiment, "about " + value, command="git xp describe")
"""
# All kinds at once, in a command that is tracked as a whole.
COMMAND = """
import json, sys
import gitxp

planted = list(json.load(open(sys.argv[1])).values())
with gitxp.start_run("secrets", params=dict(enumerate(planted))) as run:
    run.log_params({"api_key": "hunter2hunter2", "lr": 0.1})
    for value in planted:
        print("loading with", value, flush=True)
        print(f"[error] {value!r}", file=sys.stderr, flush=True)
    raise RuntimeError("cannot log in with " + " and ".join(planted))
"""
# As much as is looked at of an untracked file before it may come in.
HEAD = 1 << 16


def kinds() -> list[str]:
    spec = importlib.util.spec_from_file_location("kinds_of_secrets", KINDS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.SHAPES.values())


def objects(repo_dir, *, but: set[str]) -> bytes:
    """Return the content of every object but some, names in trees among it."""
    names = git(repo_dir, "cat-file", "--batch-all-objects", "--batch-check").decode().splitlines()
    given = "".join(f"{line.split()[0]}\n" for line in names if line.split()[0] not in but)
    return git(repo_dir, "cat-file", "--batch", given=given.encode())


def git(repo_dir, *words: str, given: bytes | None = None) -> bytes:
    return subprocess.run(
        ["git", *words], cwd=repo_dir, input=given, capture_output=True, check=True
    ).stdout


@pytest.fixture
def planted(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return kinds()


def test_thirty_kinds_planted_everywhere_are_in_no_object_but_tracked_code(
    repo_dir, planted, tmp_path
):
    assert len(planted) >= 30
    (tmp_path / "planted.json").write_text(json.dumps(dict(enumerate(planted))))
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "command.py").write_text(COMMAND)
    (repo_dir / "train.py").write_text("\n".join(f"KEY = {value!r}" for value in planted))
    plant_untracked(repo_dir, planted)
    each, at_once = (
        [sys.executable, str(tmp_path / name), str(tmp_path / "planted.json")]
        for name in ("script.py", "command.py")
    )
    subprocess.run(each, cwd=repo_dir, check=True, capture_output=True)
    outer = (sys.executable, "-m", "gitxp", "run", "-e", "outer")
    tags = [f"--tag=token{number}={value}" for number, value in enumerate(planted)]
    options = [f"--password={value}" for value in planted]
    variables = {f"PLANTED_{number}": value for number, value in enumerate(planted)}
    allowed = {"GITXP_ENVIRONMENT_VARIABLES": ",".join(variables)}
    subprocess.run(
        [*outer, *tags, "--", *at_once, *planted, "--api-key", planted[6], *options],
        cwd=repo_dir,
        env={**os.environ, **variables, **allowed},
        capture_output=True,
        check=False,
    )
    runs = gitxp.runs()
    assert len(runs) == len(planted) + 1
    (outer_id,) = runs.index[runs["experiment"] == "outer"]
    run = gitxp.get_run(outer_id)
    assert run.code.commit
    check_untracked(repo_dir, run.code)
    assert len({one.line for one in run.code.findings if one.path == "train.py"}) >= len(planted)
    exact = {
        git(repo_dir, "rev-parse", f"{run.code.commit}:{path}").decode().strip()
        for path in ("train.py", "late.txt")
    }
    found = objects(repo_dir, but=exact)
    assert [value for value in planted if value.encode() in found] == []
    assert b"hunter2" not in found
    tracked = git(repo_dir, "show", f"{run.code.commit}:train.py")
    assert all(value.encode() in tracked for value in planted), "the code that ran is exact"
    check_still_there(runs, planted)


def plant_untracked(repo_dir: Path, planted: list[str]) -> None:
    """Write untracked files with every kind: in small ones, at the end of the head, in names.

    And where links lead, since Git keeps that as their content.
    """
    (repo_dir / ".env").write_text("\n".join(f"SERVICE_TOKEN={value}" for value in planted))
    for folder in ("small", "filled", "names", "few", "links"):
        (repo_dir / folder).mkdir()
        (repo_dir / folder / "kept.py").write_text("import math\n")
    for number, value in enumerate(planted):
        (repo_dir / "small" / f"keys{number}.py").write_text(f"KEY = {value!r}\n")
        filled = "\n".ljust(HEAD - len(value) - 1, "x") + f" {value}\n"
        (repo_dir / "filled" / f"text{number}.txt").write_text(filled)
        if "/" not in value:
            (repo_dir / "names" / f"{value}.txt").write_text("1\n")
            (repo_dir / "links" / value).symlink_to("kept.py")
        (repo_dir / "links" / str(number)).symlink_to(value)
    for value in planted[:5]:
        (repo_dir / "few" / f"{value}.txt").write_text("1\n")
    # Beyond the head a file is not looked at before it comes in: what is there is only listed.
    (repo_dir / "late.txt").write_text("x\n" * HEAD + "\n".join(planted))


def check_untracked(repo_dir: Path, code: gitxp.Code) -> None:
    names = git(repo_dir, "ls-tree", "-r", "--name-only", "-z", str(code.commit)).decode()
    folders = ("few", "filled", "links", "names", "small")
    wanted = ["README.md", "late.txt", "train.py", *(f"{folder}/kept.py" for folder in folders)]
    assert sorted(names.split("\0")[:-1]) == sorted(wanted)
    told = {left.path: left.reason for left in code.left_out}
    assert ".env" in told
    assert told["few/<redacted>.txt"].startswith("has a name that holds what looks like")
    assert any(one.path == "late.txt" for one in code.findings)


def check_still_there(runs, planted: list[str]) -> None:
    """Whatever was redacted has left its place, and what stands beside it stays."""
    of_each = runs[runs["experiment"].str.startswith("each")]
    assert len(of_each) == len(planted)
    for run in map(gitxp.get_run, of_each.index):
        assert set(run.params) == {"plain", "list", "map", "bytes", "later"}
        assert sorted(run.seeds.values()) == [1, 2]
        assert [tag.value for tag in run.tags.values()].count("key") == 2
        assert {dataset.name for dataset in run.datasets} == {"version", "split", "login", "query"}
        assert "<redacted>" in run.hypothesis


def test_what_only_looks_like_a_secret_is_recorded_as_it_is(planted, repo_dir):
    with gitxp.start_run("alike", params=LOOKALIKES, tags={"sha": LOOKALIKES["commit"]}) as run:
        pass
    found = gitxp.get_run(run.id)
    assert found.params == LOOKALIKES
    assert found.tags["sha"].value == LOOKALIKES["commit"]


def test_what_the_team_allows_is_recorded_as_it_is(planted, repo_dir):
    (repo_dir / ".gitxp.toml").write_text("[secrets]\nallowed = ['session_key']\n")
    params = {"session_key": "hunter2hunter2", "api_key": "hunter2hunter2"}
    script = f"import gitxp; gitxp.start_run('allowed', params={params!r}).finish()"
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=True)
    found = gitxp.get_run("@").params
    assert found == {"session_key": "hunter2hunter2", "api_key": "<redacted>"}
