"""Repositories of many runs, written fast: real records in packs of thousands, packed refs.

`python tests/benchmarks/many_runs.py FOLDER RUNS [POINTS]` makes one to play with.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from figures import make_repository

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Code, Run, Session, Status, Tag, Writer
from gitxp.storage.clone import clone_id
from gitxp.storage.codecs.metrics import encode_summaries
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.journal.points import record_dtype
from gitxp.storage.odb.objects import Entry, GitObject, build_trees
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.points.segment import segment_bytes
from gitxp.storage.points.sorted_points import PointSource, sorted_points
from gitxp.storage.record_commit import EMPTY_ROOT, record_commit
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import Repository, open_repository

PARAMS, METRICS, TAGS = 20, 10, 3
_A_PACK = 2000
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_ENVIRONMENT = dumps(
    {
        "python": {"version": "3.11.7"},
        "accelerators": [{"name": "NVIDIA H100"}],
        "packages": {f"package-{number}": f"1.{number}.0" for number in range(100)},
    }
)


def make_runs(top: Path, count: int, *, first: int = 0, points: int = 0, series: int = 1) -> None:
    """Add runs to the repository at `top`, which is made where there is none.

    Args:
        first: The number of the first one: each is later than those of lower numbers.
        points: How many points of each of its series a run has in its record. Where 0, there are
            summaries of metrics without any, with which questions have less to read; such a
            record does not verify.
        series: How many metrics have points, if any.
    """
    if not (top / ".git").exists():
        make_repository(top, 0)
    repository = open_repository(top)
    base = repository.git("rev-parse", "HEAD").decode().strip()
    tree = repository.git("rev-parse", "HEAD^{tree}").decode().strip()
    source = _Source(Code(base, tree, base, "main"), clone_id(repository), points, series)
    tips: dict[str, str] = {}
    for start in range(first, first + count, _A_PACK):
        numbers = range(start, min(start + _A_PACK, first + count))
        tips |= _write(repository, [source.run(number) for number in numbers])
    _add_refs(repository, tips)


class _Source:
    """Makes up runs; the same number makes the same run."""

    def __init__(self, code: Code, home: str, points: int, series: int) -> None:
        self._code = code
        self._home = home
        self._points = points
        self._series = series

    def run(self, number: int) -> tuple[Run, bytes]:
        """Return a run, and the segment of its points."""
        chance = random.Random(number)
        started = _FIRST + timedelta(seconds=17 * number)
        names = [f"metric/{at}" for at in range(self._series if self._points else METRICS)]
        segment, metrics = b"", {name: _summary(chance) for name in names}
        if self._points:
            segment, metrics = _segment(started, names, self._points)
        writers = (Writer("0" * 8, "node", 1, self._points * len(names)),)
        session = Session(
            started,
            started + timedelta(seconds=chance.randrange(5, 5000)),
            Status.FINISHED,
            argv=("python", "train.py", "--lr", "0.1"),
            folder=".",
            code=self._code,
            writers=writers,
        )
        run = Run(
            id=RunId(f"{chance.getrandbits(128):032x}"),
            experiment=ExperimentName(f"vision/sweep-{number % 4}"),
            sessions=(session,),
            name=f"run-{number}",
            home=self._home,
            author="Ada Lovelace <ada@example.org>",
            host="node",
            tags={f"tag{at}": Tag(chance.choice("abc"), 1) for at in range(TAGS)},
            params={f"param{at}": _param(at, chance) for at in range(PARAMS)},
            metrics=metrics,
        )
        return run, segment


def _param(at: int, chance: random.Random) -> float | int | str | bool:
    kinds = (chance.random(), chance.randrange(100), chance.choice(["adam", "sgd"]), at % 3 == 0)
    return kinds[at % len(kinds)]


def _summary(chance: random.Random) -> MetricSummary:
    low, mean, high = sorted(chance.random() for _ in range(3))
    return MetricSummary(At(high, 0), At(mean, 999), At(low, 7), At(high, 0), mean, 1000)


def _write(repository: Repository, runs: list[tuple[Run, bytes]]) -> dict[str, str]:
    objects: list[GitObject] = [EMPTY_ROOT, GitObject("tree", b""), GitObject("blob", _ENVIRONMENT)]
    tips = {}
    for run, segment in runs:
        files = {
            "run.toml": encode_run(run),
            "params.toml": dumps(encode_params(run.params)),
            "metrics.toml": encode_summaries(run.metrics),
        }
        if segment:
            files["metrics/0.parquet"] = segment
        blobs = {path: GitObject("blob", content) for path, content in files.items()}
        entries = {path: Entry(blob.oid) for path, blob in blobs.items()}
        entries["environment.toml"] = Entry(objects[2].oid)
        tree, trees = build_trees(entries)
        commit = record_commit(
            run, tree, before=None, code=run.code.commit, when=run.finished or run.started
        )
        objects += [*blobs.values(), *trees, commit]
        tips[run_ref(run.experiment, run.id)] = commit.oid
    with tempfile.TemporaryDirectory(dir=repository.common_dir) as folder:
        pack = write_pack(Path(folder) / "new.pack", objects)
        with brought_in(pack, repository.common_dir):
            pass  # the refs are written together, at the end
    return tips


def _segment(
    started: datetime, names: list[str], points: int
) -> tuple[bytes, dict[str, MetricSummary]]:
    records = np.zeros((points, len(names)), record_dtype())
    steps = np.arange(points)[:, None]
    records["metric"] = np.arange(len(names))
    records["step"] = steps
    records["time"] = int(started.timestamp() * 1e6) + steps * 1000
    noise = np.random.default_rng(0).normal(0, 0.05, records.shape)
    records["value"] = np.exp(-steps / 300) + noise
    source = PointSource("0" * 8, records.ravel(), dict(enumerate(names)))
    with sorted_points([source]) as in_order:
        return segment_bytes(in_order), in_order.summaries()


def _add_refs(repository: Repository, tips: dict[str, str]) -> None:
    """Write the refs as gitxp leaves them once there are many: packed, their commits listed.

    A file each would take many times longer.
    """
    path = repository.common_dir / "packed-refs"
    there = dict(_packed(path)) if path.exists() else {}
    lines = [f"{tip} {ref}\n" for ref, tip in sorted({**there, **tips}.items())]
    path.write_text("# pack-refs with: sorted \n" + "".join(lines))
    given = "".join(f"{tip}\n" for tip in tips.values()).encode()
    repository.git("commit-graph", "write", "--stdin-commits", "--split", given=given)


def _packed(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        if line[0] not in "#^":
            tip, ref = line.split(" ")
            yield ref, tip


if __name__ == "__main__":
    make_runs(Path(sys.argv[1]), int(sys.argv[2]), points=int(sys.argv[3]) if sys.argv[3:] else 0)
