"""What came out of a recorded run, told without libgit2: the line of a run that ends asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from gitxp.model.metric import MetricSummary
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.layout import METRICS
from gitxp.storage.odb.small_blobs import read_files
from gitxp.storage.repository import Repository


@lru_cache(maxsize=8)  # the runs of one process have few baselines
def recorded_results(repository: Repository, tip: str) -> Mapping[str, MetricSummary]:
    """Return the metrics of a record.

    Raises:
        DamagedRecord: If they break the format, or are not here.
        GitFailed: If Git cannot read the record.
    """
    files = read_files(repository, tip, METRICS, most=LARGEST_DOCUMENT)
    return decode_summaries(files[METRICS]) if files else {}
