"""The layers and the shape of the repository, checked by machine."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
SOURCES = sorted((TOP / "gitxp").rglob("*.py"))
LONGEST_FILE = 350


def test_folders_import_only_from_below():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# The demo types what its reader is to learn, and shows it.
TYPES_COMMANDS = TOP / "gitxp" / "cli" / "commands" / "demo.py"
OUTSIDE_STORAGE = [
    path
    for path in SOURCES
    if TOP / "gitxp" / "storage" not in path.parents and path != TYPES_COMMANDS
]


@pytest.mark.parametrize("path", OUTSIDE_STORAGE, ids=lambda path: str(path.relative_to(TOP)))
def test_only_storage_runs_git(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.List | ast.Tuple) and node.elts:
            first = node.elts[0]
            assert not (isinstance(first, ast.Constant) and first.value == "git"), node.lineno


# What changes refs: words given to Git, and functions of libgit2.
CHANGES_REFS = {"update-ref", "symbolic-ref", "create_reference", "set_target"}
REFSTORE = TOP / "gitxp" / "storage" / "refstore.py"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_only_one_module_changes_refs(path):
    tree = ast.parse(path.read_text())
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = CHANGES_REFS & ({word for word in words if isinstance(word, str)} | called)
    assert found == ({"update-ref"} if path == REFSTORE else set()), path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_module_says_its_role_and_stays_small(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= LONGEST_FILE


def test_top_level_holds_nothing_else():
    allowed = {"pyproject.toml", "gitxp", "tests", "docs", "README.md", "LICENSE"}
    left_by_tools = {"build", "dist", "__pycache__"}
    found = {path.name for path in TOP.iterdir() if not path.name.startswith(".")}
    assert found - left_by_tools == allowed
