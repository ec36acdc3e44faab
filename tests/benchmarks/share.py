"""What sharing costs: pushes, fetches and merges over HTTP on loopback, by whole processes.

`python tests/benchmarks/share.py [RUNS]` in a scratch folder; so many RUNS are there already, or
10,000.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median

from figures import Row, git, print_table, spent_ms, whole_process
from many_runs import METRICS, make_runs

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
from gitxp.sync.arrival import Outcome
from gitxp.sync.pull import merge_incoming

XP = str(Path(sys.executable).with_name("git-xp"))
_NEW = 1000
_POINTS = 20
_TIMES = 5


class Clone:
    """One side of a share."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def make_runs(self, count: int, *, first: int = 0) -> None:
        """Record runs that verify."""
        make_runs(self.top, count, first=first, points=_POINTS, series=METRICS)

    def xp(self, command: str) -> None:
        """Run a command, as a process of its own."""
        words = [XP, command]
        done = subprocess.run(words, cwd=self.top, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def merge(self) -> None:
        """Merge what was fetched: what `git xp pull` does behind its fetch."""
        repository = open_repository(self.top)
        remote = find_remote(repository, None)
        home = clone_id(repository)
        arrivals = merge_incoming(repository, remote, home=home, command="benchmark")
        refused = [one for one in arrivals if one.outcome is Outcome.REFUSED]
        assert arrivals, "nothing was there to be merged"
        assert not refused, refused[0]

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


def _timed(clone: Clone, command: str) -> str:
    return _told(lambda: clone.xp(command))


def _told(act: Callable[[], object]) -> str:
    return f"{spent_ms(act) / 1e3:.1f} s"


def _pushes_of_one(clone: Clone, first: int) -> Iterator[float]:
    """Record a run and push it, again and again, and yield how long each push took."""
    for number in range(_TIMES):
        clone.make_runs(1, first=first + number)
        yield spent_ms(lambda: clone.xp("push"))


def _rows(folder: Path, url: str, runs: int) -> Iterator[Row]:
    ada, bob = Clone(folder / "ada"), Clone(folder / "bob")
    ada.make_runs(runs)
    git("remote", "add", "origin", url, folder=ada.top)
    git("push", "--quiet", "origin", "HEAD:refs/heads/main", folder=ada.top)
    git("clone", "--quiet", "--branch=main", url, str(bob.top), folder=folder)
    yield Row(f"push of {runs:,} runs, cold", _timed(ada, "push"), "<= 10 s")
    # As services keep what they host.
    git("gc", "--quiet", folder=folder / "server.git")
    ada.make_runs(_NEW, first=runs)
    yield Row(f"push of {_NEW:,} new runs, {runs:,} here", _timed(ada, "push"), "<= 2 s")
    there = runs + _NEW
    one = median(_pushes_of_one(ada, there))
    yield Row(f"push of one new run, {there:,} on both sides", f"{one:.0f} ms", "<= 400 ms")
    there += _TIMES
    yield Row(f"fetch of {there:,} runs, cold", _timed(bob, "fetch"))
    yield Row("their merge, with the check of each", _told(bob.merge))
    idle = whole_process([XP, "fetch"], bob.top)
    yield Row(f"fetch with nothing new, {there:,} there", f"{idle:.0f} ms", "<= 300 ms")
    ada.make_runs(_NEW, first=there)
    ada.xp("push")
    yield Row(f"fetch of {_NEW:,} new runs", _timed(bob, "fetch"), "<= 2 s")
    bob.merge()
    ada.say("here", _NEW)
    bob.say("there", _NEW)
    yield Row(f"push of {_NEW:,} edited runs", _timed(ada, "push"))
    bob.xp("fetch")
    yield Row(f"merge of {_NEW:,} diverged runs", _told(bob.merge), "<= 5 s")


def _plain_git(folder: Path, url: str, runs: int) -> Iterator[Row]:
    """What the runs cost the user's own Git, beside a clone that has none."""
    plain = folder / "plain"
    git("clone", "--quiet", "--branch=main", url, str(plain), folder=folder)
    for words, target in ((("fetch", "--quiet"), "<= 50 ms more"), (("status",), "as without")):
        command = ["git", *words]
        without, found = (whole_process(command, top) for top in (plain, folder / "bob"))
        yield Row(
            f"the user's own git {words[0]}, {runs:,} here and there",
            f"{found:.0f} ms, {without:.0f} without",
            target,
        )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "served", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        git("init", "--quiet", "--bare", "server.git", folder=folder)
        with serve_http(folder, home) as served:
            url = served.url("server")
            print_table(chain(_rows(folder, url, runs), _plain_git(folder, url, runs)))


if __name__ == "__main__":
    main()
