"""PyTorch seeded, and told in the environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gitxp.capture.environment import capture_environment

torch = pytest.importorskip("torch", reason="pip install -e '.[frameworks]'")


def script(code, **variables):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_torch_draws_the_same_again_where_it_is_imported():
    code = (
        "import torch, gitxp\n"
        "for _ in range(2):\n"
        "    gitxp.seed_everything(7, deterministic=True)\n"
        "    print(torch.rand(2).tolist(), torch.are_deterministic_algorithms_enabled(),\n"
        "          torch.backends.cudnn.benchmark)\n"
        "import os; print(os.environ['CUBLAS_WORKSPACE_CONFIG'])\n"
    )
    first, second, workspace = script(code).splitlines()
    assert first == second
    assert first.endswith("True False")
    assert workspace == ":4096:8"


def test_variable_of_the_user_stays():
    code = "import torch, gitxp, os; gitxp.seed_everything(7, deterministic=True)\n"
    code += "print(os.environ['CUBLAS_WORKSPACE_CONFIG'])"
    assert script(code, CUBLAS_WORKSPACE_CONFIG=":16:8") == ":16:8\n"


def test_version_of_cuda_is_told_where_torch_has_one():
    version = torch.version.cuda
    assert capture_environment({}).get("cuda", {}) == ({"torch": version} if version else {})
