"""Which baseline of an experiment is in force, told without libgit2: a run that starts asks.

Mostly there is no `about` record, which one look for a file tells. Where there is one, a file
beside the journals remembers which baseline stands at which of them, so that `git` is asked once
after each change, whoever made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gitxp.errors import DamagedRecord
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import baseline_in_force, fold_baselines
from gitxp.storage.bounds import LARGEST_EVENT
from gitxp.storage.codecs.event import decode_event
from gitxp.storage.disk import write_whole
from gitxp.storage.layout import EVENTS, baseline_path, parse_event_path
from gitxp.storage.odb.small_blobs import read_files
from gitxp.storage.refs import about_ref
from gitxp.storage.refstore import read_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import known_tips

# What is wrong with a record that holds no event: an experiment's own begins with one.
NOTHING_SAID: Final = "it is no experiment's own record: nothing is said in it"


def standing_baseline(repository: Repository, experiment: ExperimentName) -> RunId | None:
    """Return the run that is in force as baseline of an experiment now; None where none is.

    Raises:
        DamagedRecord: If the experiment's record breaks the format, or is not all here.
        GitFailed: If Git cannot read it.
    """
    tip = read_ref(repository, about_ref(experiment))
    if tip is None:
        return None
    path = baseline_path(repository.private_dir, experiment)
    with suppress(OSError, ValueError, LookupError, TypeError):
        known = json.loads(path.read_bytes())
        if known["tip"] == tip:
            return RunId(known["run"]) if known["run"] is not None else None
    run = baseline_in_force(fold_baselines(_events(repository, tip)))
    with suppress(OSError):  # then Git is asked again
        write_whole(path, json.dumps({"tip": tip, "run": run}).encode())
    return run


def fetched_baseline(
    repository: Repository, experiment: ExperimentName, remote: str
) -> RunId | None:
    """Return the run that was in force at a remote when it was fetched; None where none was.

    Raises:
        DamagedRecord: If the experiment's record breaks the format, or is not all here.
        GitFailed: If Git cannot read it.
    """
    tip = known_tips(repository, remote).get(about_ref(experiment))
    return None if tip is None else baseline_in_force(fold_baselines(_events(repository, tip)))


def is_first_hint(repository: Repository, experiment: ExperimentName) -> bool:
    """Return whether nobody was told here yet that an experiment has no baseline; now they are."""
    path = baseline_path(repository.private_dir, experiment).with_suffix(".hinted")
    if path.exists():
        return False
    with suppress(OSError):  # a folder that cannot be written: then it is told again
        write_whole(path, b"")
    return True


def _events(repository: Repository, tip: str) -> Iterator[Event]:
    """Yield the events of an `about` record, of which there is at least one."""
    files = read_files(repository, tip, f"{EVENTS}/", most=LARGEST_EVENT)
    if not files:
        raise DamagedRecord(NOTHING_SAID)
    return (
        decode_event(content, path) for path, content in files.items() if parse_event_path(path)
    )
