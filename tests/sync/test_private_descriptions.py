"""What is said of an experiment goes no further than its runs, whatever the settings say by now."""

from __future__ import annotations

import json
import shutil

import pytest

ABOUT = "refs/experiments/lr/about"


@pytest.fixture
def ada(clones):
    """A clone with a run that may go anywhere, and went, and one that may not, and a description.

    The file that says so is gone.
    """
    ada = clones[0]
    ada.start(lr=0.1)
    assert ada.push() == {}
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["private"]\n')
    assert ada.xp("run", "--experiment", "lr", "--", "true").returncode == 0
    (ada.top / ".gitxp.toml").unlink()
    assert ada.xp("experiment", "describe", "lr", "-m", "for one customer").returncode == 0
    return ada


def planned(clone, *words: str) -> list[str]:
    return json.loads(clone.xp("push", "-n", "--json", *words).stdout)["planned"]


@pytest.mark.parametrize("index", ["as recorded", "made anew"])
def test_older_settings_send_no_description_of_private_runs(ada, index):
    if index == "made anew":
        shutil.rmtree(ada.top / ".git/gitxp/index")
    for _ in range(2):
        done = ada.xp("push")
        assert done.returncode == 0, done.stderr
        assert ABOUT not in ada.remote_refs()
        assert len(ada.remote_refs()) == 1
    assert ABOUT in planned(ada, "--reroute")
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["origin"]\n')
    assert planned(ada) == []


def test_description_goes_where_every_run_may_go(ada, git):
    git("remote", "add", "private", ada.remote.url, cwd=ada.top)
    git("fetch", "--quiet", "private", cwd=ada.top)
    assert ada.xp("push", "private").returncode == 0
    assert ada.remote_refs() == ada.refs()


def test_description_stays_where_a_run_cannot_be_read(clones, git):
    ada = clones[0]
    ada.start(lr=0.1)
    assert ada.push() == {}
    assert ada.xp("experiment", "describe", "lr", "-m", "for one customer").returncode == 0
    assert planned(ada) == [ABOUT]
    git("update-ref", f"refs/experiments/lr/{'0' * 32}", "HEAD", cwd=ada.top)
    assert planned(ada) == []
