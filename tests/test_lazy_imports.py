"""What is loaded when: heavy libraries come only where they are used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ["numpy", "pandas", "scipy", "pyarrow", "pygit2", "rich", "plotext", "click"]


def loaded_after(code: str, cwd) -> set[str]:
    script = (
        f"{code}\nimport sys, json\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_loads_nothing_heavy(tmp_path):
    assert loaded_after("import gitxp", tmp_path) == set()


def test_help_loads_click_alone(tmp_path):
    code = (
        "import sys; sys.argv = ['git-xp', '--help']\n"
        "from gitxp.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert loaded_after(code, tmp_path) == {"click"}


def test_training_loads_neither_libgit2_nor_pandas(repo_dir):
    code = "import gitxp\nwith gitxp.start_run('x') as run: run.log({'loss': 1.0}, step=0)"
    assert loaded_after(code, repo_dir) == {"numpy", "pyarrow"}


@pytest.mark.parametrize(
    "name",
    [
        "start_run",
        "runs",
        "history",
        "get_run",
        "compare",
        "curves",
        "groups",
        "plot",
        "log",
        "Run",
    ],
)
def test_every_public_name_is_there(name):
    import gitxp

    assert name in dir(gitxp)
    assert getattr(gitxp, name) is not None


def test_statistics_load_scipy_and_lists_do_not(repo_dir):
    code = (
        "import sys, gitxp\n"
        "from gitxp.cli import main\n"
        "for seed in range(2):\n"
        "    with gitxp.start_run('x', params={'seed': seed}) as run:\n"
        "        run.log({'loss': float(seed)})\n"
        "sys.argv = ['git-xp', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass"
    )
    for word, is_loaded in (("list", False), ("groups", True)):
        loaded = loaded_after(code.replace("*sys.argv[1:]", repr(word)), repo_dir)
        assert ("scipy" in loaded) == is_loaded
