"""GPUs that are really there: what the record says of them is what `nvidia-smi` says.

Skipped on machines without. Elsewhere `python tests/benchmarks/machine.py` tells what sampling them
costs.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository

pynvml = pytest.importorskip("pynvml")
try:
    pynvml.nvmlInit()
except pynvml.NVMLError as reason:
    pytest.skip(f"no GPU: {reason}", allow_module_level=True)

pytestmark = pytest.mark.gpu

MEBIBYTE = 1 << 20
HELD = 4096  # MiB
BUSY = f"""
import subprocess, time
import torch
import gitxp

run = gitxp.start_run("gpu")
assert not torch.cuda.is_initialized()
held = torch.empty({HELD} * {MEBIBYTE}, dtype=torch.uint8, device="cuda")
matrix = torch.rand(8192, 8192, device="cuda", dtype=torch.bfloat16)
metric = "system/gpu/0/utilization"
while metric not in run.metrics or len(run.series(metric)) < 10:
    for _ in range(50): product = matrix @ matrix
    torch.cuda.synchronize()
print(subprocess.run(
    ["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"],
    capture_output=True, text=True, check=True).stdout)
run.finish()
print(torch.version.cuda)
"""


def smi(*fields):
    """Return what `nvidia-smi` says of each GPU."""
    words = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line.split(", ") for line in said.splitlines()]


def script(repo_dir, code, **variables):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo_dir,
        env={**os.environ, "GITXP_SYSTEM_INTERVAL": "0.3", **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "gitxp:" not in done.stderr
    return done.stdout


def only_run(repo_dir):
    (run,) = find_runs(open_repository(repo_dir)).runs
    return run


def test_busy_gpu_is_told_in_environment_and_series(repo_dir):
    torch = pytest.importorskip("torch")
    used, version = script(repo_dir, BUSY).split()
    run = only_run(repo_dir)
    accelerators = run.environment["accelerators"]
    for one, (name, driver, total) in zip(
        accelerators, smi("name", "driver_version", "memory.total"), strict=True
    ):
        assert (one["name"], one["driver"]) == (name, driver)
        assert abs(one["memory"] / MEBIBYTE - float(total)) <= 1
    assert run.environment["cuda"]["torch"] == version == torch.version.cuda
    assert float(run.environment["cuda"]["driver"]) >= float(version)
    points = read_points(open_repository(repo_dir), run).to_pylist()
    series = {
        name: [point["value"] for point in points if point["metric"] == f"system/gpu/0/{name}"]
        for name in ("utilization", "memory", "power", "temperature")
    }
    assert min(map(len, series.values())) >= 9
    assert max(series["memory"]) / MEBIBYTE >= HELD
    assert series["memory"][-1] / MEBIBYTE == pytest.approx(float(used), rel=0.1)
    assert 50 <= max(series["utilization"]) <= 100
    (limit,) = smi("power.max_limit")[0]
    assert 10 < max(series["power"]) <= 1.2 * float(limit)
    assert all(5 < degrees < 110 for degrees in series["temperature"])


def test_sampling_sets_nothing_up_on_the_gpu(repo_dir):
    code = (
        "import gitxp, os, subprocess, time\n"
        "with gitxp.start_run('gpu') as run:\n"
        "    while 'system/gpu/0/memory' not in run.metrics: time.sleep(0.05)\n"
        "    words = ['nvidia-smi', '--query-compute-apps=pid', '--format=csv,noheader']\n"
        "    print(os.getpid(), subprocess.run(words, capture_output=True, text=True).stdout)\n"
    )
    own, *busy = script(repo_dir, code).split()
    assert own not in busy


def test_hidden_gpus_have_no_series(repo_dir):
    code = (
        "import gitxp, time\n"
        "with gitxp.start_run('gpu') as run:\n"
        "    while 'system/memory' not in run.metrics: time.sleep(0.05)\n"
    )
    script(repo_dir, code, CUDA_VISIBLE_DEVICES="")
    run = only_run(repo_dir)
    assert run.environment["accelerators"]
    assert not any(name.startswith("system/gpu/") for name in run.metrics)
