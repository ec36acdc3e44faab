"""What the page about PyTorch tells its readers to type works, and prints what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="pip install -e '.[frameworks]'")

TOP = Path(__file__).parents[2]


@pytest.mark.slow
def test_page_is_true(repo_dir):
    page = TOP / "docs" / "howto" / "pytorch.md"
    done = subprocess.run(
        [sys.executable, "-W", "error", TOP / "tests" / "docs" / "run_page.py", page],
        cwd=repo_dir,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
