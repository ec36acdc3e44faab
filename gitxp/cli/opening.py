"""How every command begins: the repository is found, and dead runs are recorded.

What not every command needs is loaded where it is used: a list of ten thousand runs takes hardly
longer than to load what it needs, and a push of one asks for no run at all.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gitxp.cli.output import say
from gitxp.errors import DamagedRecord, InvalidSettings, RunNotMerged, UnknownRun, with_hint
from gitxp.model.identity import ExperimentName, RunId
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.pending import record_pending
from gitxp.tracking.recording.recover import Recovered, Recovery, recover_runs
from gitxp.tracking.workspace import Workspace
from gitxp.ui.format import cell, safe
from gitxp.upkeep.tidy import tidy

if TYPE_CHECKING:
    from gitxp.model.run import Run
    from gitxp.query.abouts import Abouts
    from gitxp.query.fetched import Named
    from gitxp.query.found import FoundRows
    from gitxp.query.live import Problem
    from gitxp.query.run_rows import RunKey


@dataclass
class Opened:
    """The repository around the working folder, as one command sees it.

    Attributes:
        outcomes: What became of each journal that was found.
        unread: Records that could not be read though their rows are known, points, and what may be
            the run that was meant by how new it is.
        remote: Whose runs are meant, as they were last fetched; this clone's where None.
        changes_runs: Whether runs that were fetched and are not merged are refused.
        told: Records that could not be read, of which it was told.
        lost: Those that were taken away just now, since their objects are gone.
    """

    workspace: Workspace
    outcomes: Sequence[Recovered] = ()
    unread: list[Problem] = field(default_factory=list)
    remote: str | None = None
    changes_runs: bool = False
    told: list[Problem] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)

    @property
    def repository(self) -> Repository:
        """The repository."""
        return self.workspace.repository

    @cached_property
    def found(self) -> FoundRows:
        """Every run, and what could not be read; refs without their objects are mended first."""
        from gitxp.query.found import find_rows

        found = find_rows(self.repository, self.remote)
        if not found.problems or self.remote is not None:
            return found
        self._mend([problem.ref for problem in found.problems])
        return find_rows(self.repository)

    @cached_property
    def keys(self) -> Sequence[RunKey]:
        """What finds each run."""
        return self.found.rows.keys

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of each run, by its id."""
        return {key.id: key.name for key in self.keys}

    def find(self, text: str) -> RunKey:
        """Return what finds the run that `text` means, with a note where the name fits several."""
        return self.named([text]).keys[0]

    def named(self, texts: Sequence[str]) -> Named:
        """Return the runs that `texts` mean, and their rows among all; see `find`.

        Raises:
            UnknownRun: If there is none.
            DamagedRecord: If it is the id of one that cannot be read, or may be; see `doubt`.
            RunNotMerged: If one was only fetched, and the command would change it.
        """
        from gitxp.query.fetched import find_named, remote_meant
        from gitxp.query.lookup import matches

        home = self.workspace.home
        try:
            found = find_named(
                self.repository, self.found.rows, texts, home=home, way=self.way_there
            )
        except UnknownRun:  # which may be one that cannot be read
            self.refuse_unreadable(texts)
            raise
        self.doubt(texts)
        for text, key in zip(texts, found.keys, strict=True):
            if self.changes_runs and key.id not in self.names:
                remote = remote_meant(self.repository, self.keys, text, home=home)
                assert remote is not None  # or it would be here
                raise RunNotMerged(
                    f"run {text!r} was fetched, and is not merged",
                    hint=f"git xp pull {shlex.quote(remote)}",
                )
            others = len(matches(self.keys, text, home=home)) - 1
            if others > 0:
                told = "1 older run is" if others == 1 else f"{others} older runs are"
                say(f"note: {told} called {text!r}, too")
        return found

    def way_there(self, remote: str, text: str) -> str:
        """Return what is typed to come to a run that was only fetched, where `text` means none."""
        there = shlex.quote(remote)
        if self.changes_runs:
            return f"git xp pull {there}"
        known = f"git xp list --remote {there}"
        return f"did you mean {f'{remote}/{text}'!r}? All runs there: {known}"

    def refuse_unreadable(self, texts: Sequence[str]) -> None:
        """Refuse ids of records that cannot be read; of others, whose names nobody knows, tell.

        Raises:
            DamagedRecord: If one is such an id, or a prefix of it.
        """
        from gitxp.query.lookup import refuse_unreadable

        home, problems = self.workspace.home, self.found.problems
        refuse_unreadable(problems, texts, self.keys, home=home, remote=self.remote)
        self.tell_problems(problems)

    def doubt(self, texts: Iterable[str]) -> None:
        """Count as unread what may be meant where one of `texts` tells how new a run is.

        Raises:
            DamagedRecord: If there is such, and the command would change the run.
        """
        from gitxp.query.recent import doubted, refuse_doubted

        home, problems = self.workspace.home, [*self.found.problems, *self.lost]
        if self.changes_runs:
            for text in texts:
                refuse_doubted(self.repository, problems, text, home=home)
        self.unread += doubted(self.repository, problems, texts, home=home, remote=self.remote)

    def resolve(self, text: str) -> Run:
        """Return the run that `text` means; see `find`."""
        return self.read(self.find(text))

    def chosen(self, texts: Sequence[str]) -> list[Run]:
        """Return the runs that `texts` mean, each once; the newest of this clone for none."""
        return list({run.id: run for run in map(self.resolve, texts or ("@",))}.values())

    def resolve_exactly(self, text: str) -> Run:
        """Return the only run of this clone that `text` can mean."""
        from gitxp.query.lookup import resolve_exactly

        self.doubt([text])
        home = self.workspace.home
        try:
            return self.read(resolve_exactly(self.keys, text, home=home))
        except UnknownRun:
            return self.read(resolve_exactly(self.keys, self.find(text).id, home=home))

    def read(self, key: RunKey) -> Run:
        """Return a run whose row may be all that is left of it; it is mended if it can be."""
        from gitxp.query.each_run import read_one

        return read_one(key, self._read)

    def _read(self, key: RunKey) -> Run:
        from gitxp.query.found import read_run

        try:
            return read_run(self.repository, key, self.remote)
        except DamagedRecord:
            if key.tip is None or self.remote is not None or not self._is_own(key):
                raise
            self._mend([run_ref(ExperimentName(key.experiment), RunId(key.id))])
            return read_run(self.repository, key)

    def read_all(self, ids: Collection[str]) -> Sequence[Run]:
        """Return the runs with these ids, the newest first; mended like one that `read` returns.

        Those that cannot be read are passed over, and named by `tell_problems`.
        """
        from gitxp.query.runs import find_runs

        found = find_runs(self.repository, only=ids, remote=self.remote)
        if self.remote is None and set(found.problems) - set(self.found.problems):
            self._mend([problem.ref for problem in found.problems])
            found = find_runs(self.repository, only=ids)
        self.unread += [problem for problem in found.problems if problem.run in ids]
        return found.runs

    def read_each(self, keys: Sequence[RunKey]) -> list[Run]:
        """Return the runs that these find, in this order.

        Those that cannot be read are passed over, and named by `tell_problems`.

        Raises:
            DamagedRecord: If none of them can be read.
        """
        from gitxp.query.each_run import read_some

        found = read_some(self.repository, keys, self._reader_of(keys), self.unread.append)
        return [run for _, run in found]

    def read_compared(self, keys: Sequence[RunKey]) -> list[Run]:
        """Return the runs that these find, in this order, to be set beside each other.

        Those that cannot be read are passed over, and named by `tell_problems`.

        Raises:
            GitxpError: If the first cannot be read, or none of the others.
        """
        from gitxp.query.each_run import read_compared

        return read_compared(self.repository, keys, self._reader_of(keys), self.unread.append)

    def read_every(self, keys: Sequence[RunKey]) -> list[Run]:
        """Return the runs that these find, in this order, for a command that changes all or none.

        Raises:
            DamagedRecord: If one of them cannot be read.
        """
        from gitxp.query.each_run import read_one

        read = self._reader_of(keys)
        return [read_one(key, read) for key in keys]

    def _reader_of(self, keys: Sequence[RunKey]) -> Callable[[RunKey], Run]:
        """Return what reads one of these runs; those of this clone were read together by then."""
        own = {key.id for key in keys if self._is_own(key)}
        known = {(run.id, run.tip): run for run in self.read_all(own)}
        return lambda key: known.get((RunId(key.id), key.tip)) or self._read(key)

    def _is_own(self, key: RunKey) -> bool:
        """Return whether a run is meant as it stands here, rather than as it was fetched."""
        return self._tips.get(key.id, "") == key.tip

    @cached_property
    def _tips(self) -> Mapping[str, str | None]:
        return {key.id: key.tip for key in self.keys}

    @cached_property
    def abouts(self) -> Abouts:
        """What was said of experiments, here or on the remote whose runs are meant."""
        from gitxp.query.abouts import read_abouts

        return read_abouts(self.repository, self.remote)

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be read so far, each once."""
        abouts = self.abouts.problems if "abouts" in vars(self) else ()
        return list(dict.fromkeys((*self.found.problems, *self.unread, *abouts)))

    def _mend(self, refs: Sequence[str]) -> None:
        from gitxp.cli.told import tell_kept, tell_mended
        from gitxp.query.live import Problem
        from gitxp.upkeep.mend import Mending, mend_refs

        found = mend_refs(self.repository, refs)
        kept = [mended.ref for mended in found if mended.outcome is Mending.KEPT]
        if kept:
            tell_kept(kept)
        for mended in found:
            if mended.ref not in kept:
                tell_mended(mended)
            if mended.outcome is Mending.REMOVED:
                self.lost.append(Problem(mended.ref, "its objects are gone"))

    def tell_no_runs(self) -> None:
        """Say that there is no run at all, and what brings some."""
        if self.remote is None:
            say("no runs yet; record one with: git xp run -- python train.py")
            return
        say(f"no fetched runs; get them with: git xp fetch {cell(shlex.quote(self.remote))}")

    def tell_problems(self, problems: Sequence[Problem] | None = None) -> None:
        """Name records that could not be read, every one where None, each once."""
        for problem in self.problems if problems is None else problems:
            if problem in self.told:
                continue
            self.told.append(problem)
            say(f"warning: {problem.ref}: {safe(problem.message)}")


def open_workspace() -> Workspace:
    """Open the repository around the working folder for a command that starts no run.

    A wrong setting is warned of, and counts as not set.
    """
    return Workspace.open(None, dict(os.environ), pass_over=_warn_of_setting)


def open_project(
    *,
    quiet: bool = False,
    is_strict: bool = False,
    remote: str | None = None,
    changes_runs: bool = False,
) -> Opened:
    """Open the repository around the working folder and record the runs of dead processes.

    Args:
        remote: Whose runs are meant, as they were last fetched; this clone's where None.
        quiet: Say nothing of a run that was recorded.
        is_strict: Refuse a wrong setting rather than warn of it, for a run is to start.
        changes_runs: Refuse runs that are fetched and not merged, for something is to be said of
            runs, or they are to go somewhere.

    Raises:
        InvalidSettings: If strict, and a setting is unknown or wrong.
    """
    workspace = Workspace.open(None, dict(os.environ)) if is_strict else open_workspace()
    outcomes = recover_runs(workspace.repository, workspace.limits)
    for outcome in outcomes:
        if outcome.recorded is not None and not quiet:
            short, status = outcome.run.short, outcome.recorded.status
            say(f"recorded run {short}, {status}, whose process died; undo: git xp remove {short}")
        elif outcome.outcome is Recovery.FAILED:
            say(f"warning: run {outcome.run.short}: {safe(outcome.problem)}")
    record_pending(workspace.repository)
    for path in dict.fromkeys(tidy(workspace.repository, workspace.configuration)):
        say(
            f"warning: a large file of runs is damaged, and was not given back to Git LFS: "
            f"{safe(str(path))} (hint: git lfs fetch --all)"
        )
    return Opened(workspace, outcomes, remote=remote, changes_runs=changes_runs)


def _warn_of_setting(error: InvalidSettings) -> None:
    say(f"warning: {safe(with_hint(error))}; it counts as not set")
