"""What an open run says of itself, and what completion offers of it."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

import gitxp

API_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


def test_completion_offers_what_the_reference_tells_of(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    told = set(re.findall(r"^#### ActiveRun\.(\w+)$", API_PAGE.read_text(), re.MULTILINE))
    with gitxp.start_run("lr") as run:
        completer = IPCompleter(namespace={"run": run}, use_jedi=True)
        with provisionalcompleter():
            offered = {one.text for one in completer.completions("run.", len("run."))}
        assert offered == {name for name in dir(run) if not name.startswith("__")}
    assert offered == told | {"id", "experiment", "name", "baseline"}
    assert {"log", "log_artifact", "set_tag", "finish"} <= told


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "finished"), (ValueError("nan"), "failed"), (KeyboardInterrupt(), "killed")],
)
def test_open_run_says_as_what_it_ended(repo_dir, monkeypatch, error, status):
    monkeypatch.chdir(repo_dir)
    with contextlib.suppress(ValueError, KeyboardInterrupt), gitxp.start_run("lr", "first") as run:
        assert repr(run) == "<ActiveRun lr/first running>"
        if error is not None:
            raise error
    assert repr(run) == f"<ActiveRun lr/first {status}>"
    assert run.status == gitxp.get_run(run.id).status == status
    assert f"\N{MIDDLE DOT} {status}<" in run._repr_html_()
