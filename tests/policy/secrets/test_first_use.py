"""The detector is paid for by those who use it, and when they do."""

from __future__ import annotations

import subprocess
import sys


def test_importing_gitxp_loads_no_detector():
    code = "import gitxp, sys; print([m for m in sys.modules if 'policy.secrets' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_loading_the_detector_compiles_no_shape():
    code = (
        "from gitxp.policy.secrets import code, files, stream, values, edges, infixes, shapes\n"
        "compiled = [shapes._compiled, infixes._compiled, edges._escape]\n"
        "print([one.cache_info().currsize for one in compiled])\n"
        "values.redact_value((), {'lr': 0.1, 'name': 'bert-base-uncased', 'note': 'as before'})\n"
        "print([one.cache_info().currsize for one in compiled])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[0, 0, 0]\n" * 2
