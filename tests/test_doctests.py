"""Every example in a docstring is true, in a repository of its own."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from examples import FLAGS, whole_errors

import gitxp

TOP = Path(gitxp.__file__).parent
# The demo's script is copied, never imported; `__main__` runs the command line.
APART = ("gitxp.cli.demo_project.", "gitxp.__main__")
MODULES = sorted(
    ".".join(path.relative_to(TOP.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in TOP.rglob("*.py")
)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith(APART)])
def test_examples_in_docstrings(name, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with whole_errors():
        failed, _ = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert failed == 0
