"""A record is read back with plain Git, a TOML reader and a Parquet reader alone."""

from __future__ import annotations

import io
import subprocess
import tomllib

import pyarrow.parquet as pq

import gitxp


def test_record_is_read_without_gitxp(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "module.py").write_text("untracked\n")
    with gitxp.start_run("plain", "first", params={"lr": 0.1}, hypothesis="it works") as run:
        for step in range(3):
            run.log({"loss": 1.0 / (step + 1)}, step=step)
        run.log_text("hello", "hello.txt")
    ref = f"refs/experiments/plain/{run.id}"

    record = tomllib.loads(git("show", f"{ref}:run.toml", cwd=repo_dir))
    assert (record["format"], record["id"], record["status"]) == (1, run.id, "finished")
    assert record["hypothesis"] == "it works"
    assert tomllib.loads(git("show", f"{ref}:params.toml", cwd=repo_dir)) == {"lr": 0.1}
    metrics = tomllib.loads(git("show", f"{ref}:metrics.toml", cwd=repo_dir))
    assert metrics["loss"]["count"] == 3
    assert "packages" in tomllib.loads(git("show", f"{ref}:environment.toml", cwd=repo_dir))
    assert git("show", f"{ref}:artifacts/hello.txt", cwd=repo_dir) == "hello"

    content = subprocess.run(
        ["git", "show", f"{ref}:metrics/0.parquet"], cwd=repo_dir, capture_output=True, check=True
    ).stdout
    points = pq.read_table(io.BytesIO(content)).to_pylist()
    assert [(one["metric"], one["step"], one["value"]) for one in points] == [
        ("loss", step, 1.0 / (step + 1)) for step in range(3)
    ]

    again = repo_dir.parent / "again"
    git("worktree", "add", "--quiet", "--detach", str(again), f"{ref}^2", cwd=repo_dir)
    assert (again / "train.py").read_text() == "edited\n"
    assert (again / "module.py").read_text() == "untracked\n"

    base = repo_dir.parent / "base"
    git(
        "worktree",
        "add",
        "--quiet",
        "--detach",
        str(base),
        record["sessions"][0]["code"]["base"],
        cwd=repo_dir,
    )
    difference = git("show", f"{ref}:code.diff", cwd=repo_dir)
    subprocess.run(["git", "apply", "-"], cwd=base, input=difference, text=True, check=True)
    git("add", "--all", cwd=base)
    assert git("write-tree", cwd=base).strip() == record["sessions"][0]["code"]["tree"]
