"""What a checkpoint costs: what was sent before is not sent again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import gitxp
from gitxp.model.identity import RunId
from gitxp.storage.odb.pack import Pack, pack_oids
from gitxp.storage.points.segment import read_segment
from gitxp.storage.reader import RecordReader
from gitxp.storage.transport.carrier import carrier
from gitxp.tracking.recording.checkpoint import Checkpoints, drop_packs
from gitxp.tracking.workspace import Workspace


def test_points_are_written_few_times_however_many_checkpoints_there_are(clones):
    ada = clones[0]
    os.chdir(ada.top)
    workspace = Workspace.open(ada.top, dict(os.environ))
    with gitxp.start_run("lr") as run, carrier(ada.repository, {}) as way:
        made = Checkpoints(
            ada.repository, workspace.limits, RunId(run.id), every=timedelta(seconds=30)
        )
        written: dict[str, int] = {}
        for step in range(64):
            run.log({f"metric{number}": step + number for number in range(100)}, step=step)
            checkpoint = made.make(way.store, datetime.now(UTC))
            drop_packs(way.store, but=checkpoint.packs)
            reader = RecordReader(way.repository)
            segments = {
                path: entry.oid
                for path, entry in reader.entries(checkpoint.tip).items()
                if path.startswith("metrics/")
            }
            assert len(segments) <= 8
            for path, oid in segments.items():
                if oid not in written:
                    rows = read_segment(reader.file(checkpoint.tip, path)).num_rows
                    written[oid] = rows
        logged = reader.points(checkpoint.tip)["metric"].to_pylist()
        assert sum(name.startswith("metric") for name in logged) == 6400
        assert sum(written.values()) < 8 * len(logged)  # each time anew it would be 32 times
        packs = list(way.store.glob("*.pack"))
        assert set(packs) == checkpoint.packs
        assert checkpoint.tip in {oid for path in packs for oid in pack_oids(Pack(path))}
