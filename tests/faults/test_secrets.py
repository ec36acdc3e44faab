"""No secret that a run could pick up is in any object of the repository but tracked code."""

from __future__ import annotations

import importlib.util
import json
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
SCRIPT = """
import json, sys
import gitxp

planted = json.load(open(sys.argv[1]))
gitxp.start_run("secrets", "before", group="of " + planted["8"]).finish()
with gitxp.start_run(
    "secrets", "named " + planted["9"],
    params={"plain": planted, "nested": {"deep": list(planted.values())}},
    tags={"tag": planted["0"]}, hypothesis="with " + planted["1"], description=planted["2"],
) as run:
    run.log_params({"api_key": "hunter2hunter2", "lr": 0.1})
    for value in planted.values():
        print("loading with", value, flush=True)
    run.log_param("later", planted["10"])
    run.log_param("later", planted["11"])
    run.log_params({"map": {planted["12"]: 1}, "bytes": planted["13"].encode()})
    run.set_tag("when", planted["14"])
    run.log_dataset("query", version=planted["15"], filters=["token = " + planted["16"]])
    run.log_dataset("split", version="1", split="with " + planted["17"],
                    source="https://example.org/" + planted["18"])
    run.log_dataset("data", version="1", source=f"https://ada:{planted['3']}@example.org/d.csv")
    raise RuntimeError("cannot log in with " + planted["4"])
"""


def kinds() -> list[str]:
    spec = importlib.util.spec_from_file_location("kinds_of_secrets", KINDS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.SHAPES.values())


def objects(repo_dir, *, but: str) -> bytes:
    """Return the content of every object but those of a commit's tree."""
    listed = git(repo_dir, "ls-tree", "-r", but).decode().splitlines()
    left_out = {line.split()[2] for line in listed}
    names = git(repo_dir, "cat-file", "--batch-all-objects", "--batch-check").decode().splitlines()
    oids = [line.split()[0] for line in names if line.split()[1] in ("blob", "commit")]
    given = "".join(f"{oid}\n" for oid in oids if oid not in left_out)
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
    (repo_dir / "train.py").write_text("\n".join(f"KEY = {value!r}" for value in planted))
    (repo_dir / ".env").write_text("\n".join(f"SERVICE_TOKEN={value}" for value in planted))
    (repo_dir / "keys.py").write_text(f"KEY = {planted[0]!r}\n")
    words = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "planted.json")]
    outer = (sys.executable, "-m", "gitxp", "run", "-e", "outer", "--tag", f"token={planted[5]}")
    secrets = ("--api-key", planted[6], f"--password={planted[7]}")
    subprocess.run([*outer, "--", *words, *secrets], cwd=repo_dir, capture_output=True, check=False)
    subprocess.run(words, cwd=repo_dir, capture_output=True, check=False)
    runs = gitxp.runs()
    assert len(runs) == 4
    code = gitxp.get_run("@").code
    assert {left.path for left in code.left_out} >= {".env", "keys.py"}
    assert len({one.line for one in code.findings if one.path == "train.py"}) >= len(planted)
    found = objects(repo_dir, but=code.commit)
    assert [value for value in planted if value.encode() in found] == []
    assert b"hunter2" not in found
    tracked = git(repo_dir, "show", f"{code.commit}:train.py")
    assert all(value.encode() in tracked for value in planted), "the code that ran is exact"


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
