"""What sharing costs: pushes, fetches and merges over HTTP on loopback.

`python tests/benchmarks/share.py [RUNS]` in a scratch folder; so many RUNS are there already, or
10,000.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from figures import Row, git, print_table, spent_ms, whole_process
from many_runs import make_runs

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))
from servers.smart_http import serve_http

from gitxp.model.event import Tagging
from gitxp.storage.clone import clone_id
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.remotes import find_remote
from gitxp.sync.fetch import fetch
from gitxp.sync.pull import merge_incoming
from gitxp.sync.push import plan_push, push

_NEW = 1000


class Clone:
    """One side of a share."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def push(self) -> None:
        repository = open_repository(self.top)
        remote = find_remote(repository, None, to_push=True)
        sent = push(repository, remote, plan_push(repository, remote))
        assert all(one.is_there for one in sent), [one for one in sent if not one.is_there][:3]

    def fetch(self) -> None:
        repository = open_repository(self.top)
        fetch(repository, find_remote(repository, None), command="benchmark")

    def merge(self) -> None:
        repository = open_repository(self.top)
        remote = find_remote(repository, None)
        merge_incoming(repository, remote, home=clone_id(repository), command="benchmark")
        git("pack-refs", "--all", "--prune", folder=self.top)

    def say(self, key: str, count: int) -> None:
        """Say something of the first runs."""
        repository = open_repository(self.top)
        places = [place for ref in list_refs(repository, SHARED) if (place := parse_run_ref(ref))]
        now = datetime.now(UTC)
        events = [
            NewEvent(place.experiment, (Tagging(key, 1),), "B <b@b>", now, place.run)
            for place in places[:count]
        ]
        change_refs_and_say(repository, [], events, command="benchmark")


def _timed(act: Callable[[], object]) -> str:
    return f"{spent_ms(act) / 1e3:.2f} s"


def _rows(folder: Path, url: str, runs: int) -> Iterator[Row]:
    ada, bob = Clone(folder / "ada"), Clone(folder / "bob")
    make_runs(ada.top, runs)
    git("remote", "add", "origin", url, folder=ada.top)
    git("push", "--quiet", "origin", "HEAD:refs/heads/main", folder=ada.top)
    git("clone", "--quiet", "--branch=main", url, str(bob.top), folder=folder)
    yield Row(f"push of {runs:,} runs, cold", _timed(ada.push), "<= 10 s")
    git("pack-refs", "--all", folder=folder / "server.git")
    make_runs(ada.top, _NEW, first=runs)
    yield Row(f"push of {_NEW:,} new runs, {runs:,} here", _timed(ada.push), "<= 2 s")
    make_runs(ada.top, 1, first=runs + _NEW)
    words = [sys.executable, "-m", "gitxp", "push"]
    done = spent_ms(lambda: subprocess.run(words, cwd=ada.top, check=True, capture_output=True))
    yield Row(
        f"push of one new run, {runs:,} on both sides, whole process", f"{done:.0f} ms", "<= 400 ms"
    )
    yield Row(f"fetch of {runs + _NEW + 1:,} runs, cold", _timed(bob.fetch))
    yield Row("their merge, with the check of each", _timed(bob.merge))
    words = [sys.executable, "-m", "gitxp", "fetch"]
    idle = whole_process(words, bob.top)
    yield Row(
        f"fetch with nothing new, {runs:,} there, whole process", f"{idle:.0f} ms", "<= 300 ms"
    )
    make_runs(ada.top, _NEW, first=runs + _NEW + 1)
    ada.push()
    yield Row(f"fetch of {_NEW:,} new runs", _timed(bob.fetch), "<= 2 s")
    bob.merge()
    ada.say("here", _NEW)
    bob.say("there", _NEW)
    ada.push()
    bob.fetch()
    yield Row(f"merge of {_NEW:,} diverged runs", _timed(bob.merge), "<= 5 s")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "served", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        git("init", "--quiet", "--bare", "server.git", folder=folder)
        with serve_http(folder, home) as served:
            print_table(_rows(folder, served.url("server"), runs))


if __name__ == "__main__":
    main()
