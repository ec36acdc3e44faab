"""What completion offers of an open run: what a script may call, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

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
