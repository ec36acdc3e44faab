"""Which run an argument means: an id, a prefix, a name, or a run itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from gitxp.errors import InvalidValue, UnknownRun
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.storage.journal.places import find_journal
from gitxp.storage.refstore import find_tip
from gitxp.text import shown
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.workspace import Workspace

if TYPE_CHECKING:
    from gitxp.api.run_view import RunView

RunReference: TypeAlias = "str | Run | RunView | ActiveRun"


def find_run(workspace: Workspace, asked: RunReference, *, argument: str) -> Run:
    """Return the run that is meant.

    Args:
        argument: What the reference was given as, for the error.

    Raises:
        InvalidValue: If it is no reference to a run.
        UnknownRun: If there is no such run.
        AmbiguousRun: If a prefix fits several.
        DamagedRecord: If it is the newest, and one that cannot be read may be that.
    """
    from gitxp.query.found import find_rows, read_run
    from gitxp.query.lookup import resolve
    from gitxp.query.recent import refuse_doubted

    text: object = id_of(asked) or asked
    if not isinstance(text, str) or not text:
        raise InvalidValue(f"{argument} is {shown(asked)}: expected a run, its id or its name")
    found, home = find_rows(workspace.repository), workspace.home
    key = resolve(found.rows.keys, text, home=home)
    refuse_doubted(workspace.repository, found.problems, text, home=home)
    return read_run(workspace.repository, key)


def find_run_id(workspace: Workspace, asked: RunReference, *, argument: str) -> RunId:
    """Return the id of the run that is meant; see `find_run`.

    A full id is looked up without reading any record.
    """
    known = id_of(asked)
    if known is not None:
        return known
    try:
        run = RunId(cast("str", asked))
    except (TypeError, ValueError):
        return find_run(workspace, asked, argument=argument).id
    is_running = find_journal(workspace.repository, run).is_dir()
    if not is_running and find_tip(workspace.repository, run) is None:
        raise UnknownRun(f"no run {asked!r} here, given as {argument}", hint="git xp list")
    return run


def id_of(asked: object) -> RunId | None:
    """Return the id of a run that is given itself; None for anything else."""
    if isinstance(asked, str):  # as nearly all are: no reason to load what reads runs
        return None
    from gitxp.api.run_view import RunView

    return asked.id if isinstance(asked, Run | RunView | ActiveRun) else None


def reference_text(asked: object, remote: str | None) -> str | None:
    """Return what names a run that is given itself; None for anything else.

    One that was found as it was fetched is meant as it stood there, and not one here of its id.

    Args:
        remote: Whose runs it is to be named among; None for those of the repository.
    """
    run = id_of(asked)
    if run is None:
        return None
    from gitxp.api.run_view import RunView

    there = asked.remote if isinstance(asked, RunView) else None
    return run if there in (None, remote) else f"{there}/{run}"
