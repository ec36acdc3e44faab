"""How much memory a command takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(status)
"""


def peak_in(top: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run a command, and return also the most bytes of memory that one of its processes took."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, sys.executable, "-m", "gitxp", *words],
        cwd=top,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done, int(done.stdout.rstrip().rpartition("\n")[2])
