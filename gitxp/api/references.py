"""Which run an argument means: an id, a prefix, a name, or a run itself."""

from __future__ import annotations

from gitxp.api.run_view import RunView
from gitxp.errors import InvalidValue, UnknownRun
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.found import find_rows, read_run
from gitxp.query.lookup import resolve
from gitxp.storage.journal.places import find_journal
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.workspace import Workspace

RunReference = str | Run | RunView | ActiveRun


def find_run(workspace: Workspace, asked: RunReference, *, argument: str) -> Run:
    """Return the run that is meant.

    Args:
        argument: What the reference was given as, for the error.

    Raises:
        InvalidValue: If it is no reference to a run.
        UnknownRun: If there is no such run.
        AmbiguousRun: If a prefix fits several.
    """
    text: object = asked.id if isinstance(asked, Run | RunView | ActiveRun) else asked
    if not isinstance(text, str) or not text:
        raise InvalidValue(f"{argument} is {asked!r}: expected a run, its id or its name")
    keys = find_rows(workspace.repository).rows.keys
    return read_run(workspace.repository, resolve(keys, text, home=workspace.home))


def find_run_id(workspace: Workspace, asked: RunReference, *, argument: str) -> RunId:
    """Return the id of the run that is meant; see `find_run`.

    A full id is looked up without reading any record.
    """
    if isinstance(asked, Run | RunView | ActiveRun):
        return asked.id
    try:
        run = RunId(asked)
    except (TypeError, ValueError):
        return find_run(workspace, asked, argument=argument).id
    if not find_journal(workspace.repository, run).is_dir():
        places = map(parse_run_ref, list_refs(workspace.repository, SHARED))
        if not any(place is not None and place.run == run for place in places):
            raise UnknownRun(f"no run {asked!r} here, given as {argument}", hint="git xp list")
    return run
