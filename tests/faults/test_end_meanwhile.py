"""A process that ends while its journal is being looked at is no dead one."""

from __future__ import annotations

import gitxp
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import Liveness, journal_liveness, read_journal
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace


def test_run_that_ends_after_its_lines_were_read_is_taken_for_alive(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    repository = open_repository(repo_dir)
    run = gitxp.start_run("lr")
    seen = read_journal(run.id, find_journal(repository, run.id))
    assert journal_liveness(seen) is Liveness.ALIVE
    run.finish()
    assert journal_liveness(seen) is Liveness.ALIVE
    assert recover_runs(repository, Workspace.open(repo_dir, {}).limits) == []
    assert gitxp.get_run(run.id).status == "finished"
