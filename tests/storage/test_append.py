"""Threads that append at once: nothing is lost, and the interpreter's lock is kept only as said."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gitxp.storage.journal.append import Append

ROOM = 65_536
TURN = 5_000
WITHOUT_CTYPES = """
import os, sys, threading
sys.modules["ctypes"] = None  # as where Python was built without libffi
from gitxp.storage.journal.append import Append

append = Append()
def write(number):
    for step in range(1000):
        assert append.write(1, b"%d %3d\\n" % (number, step), step) == 6

threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pipe with no room."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    assert os.write(writer, b"x" * 2 * ROOM) == ROOM
    os.set_blocking(writer, True)
    yield reader, writer
    os.close(writer)
    os.close(reader)


@contextmanager
def another_writing() -> Iterator[Append]:
    """Yield an `Append` in which a thread has been writing since the time 0, and waits."""
    append = Append()
    with full_pipe() as (reader, writer):
        thread = threading.Thread(target=append.write, args=(writer, b"x", 0))
        thread.start()
        while append._begun is None:
            time.sleep(0.001)
        yield append
        os.read(reader, ROOM)
        thread.join()


@pytest.fixture(params=["alone", "beside another"])
def append(request) -> Iterator[Append]:
    if request.param == "alone":
        yield Append()
    else:
        with another_writing() as append:
            yield append


def steps_meanwhile(append: Append, now: int) -> int:
    """Return how often another thread had its turn during a write that has to wait."""
    steps, is_over = 0, False

    def step() -> None:
        nonlocal steps
        while not is_over:
            steps += 1
            time.sleep(0.001)

    thread = threading.Thread(target=step)
    with full_pipe() as (reader, writer):
        # Another process makes room: no thread of this one could while the lock is kept.
        make_room = ["sh", "-c", f"sleep 0.3; exec head -c {ROOM} >/dev/null"]
        with subprocess.Popen(make_room, stdin=reader):
            thread.start()
            before = steps
            assert append.write(writer, b"x", now) == 1
            taken = steps - before
    is_over = True
    thread.join()
    return taken


def test_many_threads_append_all_and_nothing_is_torn(tmp_path):
    append, count, calls = Append(), 8, 3000
    descriptor = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR | os.O_APPEND)

    def write(number: int) -> None:
        for step in range(calls):
            line = b"%d %4d %s\n" % (number, step, b"x" * 100)
            assert append.write(descriptor, line, time.monotonic_ns() // 1000) == len(line)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(descriptor)
    lines = [line.split() for line in (tmp_path / "file").read_bytes().splitlines()]
    for number in range(count):
        own = [int(step) for who, step, rest in lines if (int(who), len(rest)) == (number, 100)]
        assert own == list(range(calls))
    assert len(lines) == count * calls


def test_lock_is_let_go_by_one_that_writes_alone_and_kept_beside_another():
    alone = steps_meanwhile(Append(), 1)
    with another_writing() as append:
        beside = steps_meanwhile(append, 1)
    assert beside * 10 < alone


def test_after_a_slow_write_the_lock_is_kept_no_more():
    with another_writing() as append:
        first = steps_meanwhile(append, 1)
        second = steps_meanwhile(append, 2)
    assert first * 10 < second


def test_lock_is_not_kept_beside_one_that_has_been_writing_for_long():
    with another_writing() as append:
        late = steps_meanwhile(append, TURN)
        soon = steps_meanwhile(append, TURN - 1)
    assert soon * 10 < late


def test_write_for_which_there_is_less_room_tells_how_much_was_written(append):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    assert append.write(writer, b"x" * 2 * ROOM, 1) == ROOM
    with pytest.raises(BlockingIOError):
        append.write(writer, b"x", 2)
    os.close(writer)
    os.close(reader)


def test_write_that_fails_says_why_and_the_next_one_works(append, tmp_path):
    with pytest.raises(OSError, match="Bad file descriptor"):
        append.write(-1, b"x", 1)
    with (tmp_path / "file").open("wb", buffering=0) as file:
        assert append.write(file.fileno(), b"x\0y", 2) == 3
    assert (tmp_path / "file").read_bytes() == b"x\0y"


def test_one_that_failed_is_not_taken_for_one_that_writes():
    append = Append()
    with pytest.raises(OSError, match="Bad file descriptor"):
        append.write(-1, b"x", 1)
    with another_writing() as other:
        beside = steps_meanwhile(other, 1)
    assert beside * 10 < steps_meanwhile(append, 2)


def test_python_without_ctypes_appends_as_well():
    command = [sys.executable, "-c", WITHOUT_CTYPES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(
        f"{number} {step:3}" for number in range(4) for step in range(1000)
    )
