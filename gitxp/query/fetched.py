"""Runs as they were last fetched from a remote, whatever became of them here."""

from __future__ import annotations

from operator import attrgetter

from gitxp.errors import GitxpError, UnknownRemote
from gitxp.model.run import Run
from gitxp.query.live import Problem
from gitxp.query.runs import Found
from gitxp.storage.configuration import remote_names
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import incoming_refs, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


def fetched_runs(repository: Repository, remote: str) -> Found:
    """Return the runs that were fetched from a remote; a damaged record is named and passed over.

    They are in no index: each is decoded anew.

    Raises:
        UnknownRemote: If there is neither a remote of that name nor anything fetched from it.
    """
    prefix = incoming_refs(remote)
    refs = list_refs(repository, prefix)
    if not refs:
        _check_known(repository, remote)
        return Found((), ())
    reader = RecordReader(repository)
    runs: list[Run] = []
    problems: list[Problem] = []
    for ref, tip in refs.items():
        place = parse_run_ref(ref, under=prefix)
        if place is None:
            continue
        try:
            runs.append(reader.run_at(place, tip))
        except GitxpError as error:
            problems.append(Problem(ref, str(error)))
    newest_first = sorted(runs, key=attrgetter("started", "id"), reverse=True)
    return Found(tuple(newest_first), tuple(problems))


def _check_known(repository: Repository, remote: str) -> None:
    known = remote_names(repository)
    if remote not in known:
        hint = f"known are: {', '.join(known) or 'none'}"
        raise UnknownRemote(f"there is no remote {remote!r}", hint=hint)
