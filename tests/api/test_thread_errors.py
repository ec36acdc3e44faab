"""An exception that ends a thread is in the record, and does not end the run."""

from __future__ import annotations

import threading

import pytest

import gitxp

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def work_wrongly():
    raise ValueError("of a thread")


def run_thread(target) -> None:
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()


@pytest.fixture
def hooked(repo_dir, monkeypatch):
    """Return what the hook that was there before is told."""
    monkeypatch.chdir(repo_dir)
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: told.append(arguments.exc_type))
    return told


def test_error_of_a_thread_is_recorded_and_the_run_goes_on(hooked):
    with gitxp.start_run("threads") as run:
        run_thread(work_wrongly)
        run.log({"after": 1})
    found = gitxp.get_run(run.id)
    assert (found.status, found.failures, set(found.metrics)) == ("finished", 0, {"after"})
    assert "in work_wrongly" in found.sessions[-1].error
    assert found.sessions[-1].error.endswith("ValueError: of a thread\n")
    assert hooked == [ValueError]


def test_what_ended_the_run_is_told_before_what_ended_a_thread(hooked):
    with pytest.raises(KeyError), gitxp.start_run("threads") as run:
        run_thread(work_wrongly)
        raise KeyError("main")
    assert gitxp.get_run(run.id).sessions[-1].error.endswith("KeyError: 'main'\n")


def test_thread_that_exits_is_no_error(hooked):
    def leave():
        raise SystemExit(3)

    with gitxp.start_run("threads") as run:
        run_thread(leave)
    assert gitxp.get_run(run.id).sessions[-1].error == ""
    assert hooked == [SystemExit]


def test_hook_is_as_it_was_once_no_run_is_open(hooked):
    before = threading.excepthook
    with gitxp.start_run("threads"):
        assert threading.excepthook is not before
    assert threading.excepthook is before


def test_threads_that_fail_over_and_over_fill_no_journal(hooked):
    with gitxp.start_run("threads") as run:
        for _ in range(50):
            run_thread(work_wrongly)
        assert 0 < run.writer.read_lines().count(b'"kind": "thread"') <= 10
    assert len(hooked) == 50
