"""With `durability.power` the disk is asked to keep what was recorded, and else it is not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

SCRIPT = """
import gitxp
run = gitxp.start_run("power", params={"lr": 0.1})
run.log({"x": 1.0}, step=0)
print("logged", flush=True)
run.finish()
"""


def synced(repo_dir, power: str) -> list[str]:
    """Run a script and return which files it synced, and where it said that a point was logged."""
    (repo_dir.parent / "script.py").write_text(SCRIPT)
    subprocess.run(["git", "config", "xp.durability.power", power], cwd=repo_dir, check=True)
    trace = ("strace", "-y", "-e", "trace=fsync,fdatasync,write", "-s", "8", "-o", "/dev/stderr")
    done = subprocess.run(
        [*trace, sys.executable, str(repo_dir.parent / "script.py")],
        cwd=repo_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    pattern = re.compile(r"(?:fsync|fdatasync)\(\d+<(.*)>\)|write\(1<.*\"(logged)")
    matches = filter(None, map(pattern.search, done.stderr.splitlines()))
    return [match[1] or match[2] for match in matches]


@pytest.fixture(autouse=True)
def strace():
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    if subprocess.run(["strace", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace may not trace here")


def test_points_and_the_record_are_handed_to_the_disk(repo_dir):
    files = synced(repo_dir, "true")
    logged = files.index("logged")
    assert any(name.endswith(".points") for name in files[:logged])
    assert any(name.endswith(".jsonl") for name in files[:logged])
    later = files[logged:]
    place = {
        what: next(number for number, name in enumerate(later) if ending in name)
        for what, ending in {
            "pack": "/record.pack",
            "store": ".git/objects/pack",
            "ref": "refs/experiments/power/",
        }.items()
    }
    assert place["pack"] < place["store"] < place["ref"], "a ref must not outlive its objects"


def test_snapshot_is_handed_to_the_disk_before_the_run_has_started(repo_dir):
    (repo_dir / "train.py").write_text("edited\n")
    files = synced(repo_dir, "true")
    before = files[: files.index("logged")]
    assert any(name.endswith("/code.pack") for name in before)
    assert any(name.endswith(".git/objects/pack") for name in before)


def test_by_default_nobody_waits_for_the_disk(repo_dir):
    assert synced(repo_dir, "false") == ["logged"]
