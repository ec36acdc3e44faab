"""Work in turns: each when it is due, in one thread, whoever begins and stops meanwhile."""

from __future__ import annotations

import threading
import time

from gitxp.tracking.turns import Turns


class Counter:
    """Notes the threads of its turns; each is due a moment after the one before."""

    def __init__(self, pause, needs_turn=False):
        self.pause = pause
        self.needs_turn = needs_turn
        self.is_stopped = False
        self.threads = []
        self.has_ended = threading.Event()

    def turn(self):
        self.threads.append(threading.current_thread())
        self.needs_turn = True
        if self.is_stopped:
            self.has_ended.set()
            return None
        return time.monotonic() + self.pause


def stopped(turns, worker):
    worker.is_stopped = True
    turns.drop(worker)
    return worker


def wait_for(worker, count):
    while len(worker.threads) < count:
        time.sleep(0.001)


def test_all_have_their_turns_in_one_thread():
    turns, workers = Turns(), [Counter(0.001), Counter(0.005), Counter(60)]
    for worker in workers:
        turns.add(worker, time.monotonic())
    for worker, count in zip(workers, (5, 5, 1), strict=True):
        wait_for(worker, count)
    assert len({thread for worker in workers for thread in worker.threads}) == 1
    assert len(workers[2].threads) == 1


def test_who_stops_before_the_first_turn_has_none():
    turns, late = Turns(), Counter(0.001)
    turns.add(late, time.monotonic() + 0.2)
    stopped(turns, late)
    other = Counter(0.01)
    turns.add(other, time.monotonic())
    wait_for(other, 40)
    assert late.threads == []


def test_who_stops_later_or_has_something_to_do_has_a_last_turn_at_once():
    turns, begun, needy = Turns(), Counter(600), Counter(600, needs_turn=True)
    turns.add(begun, time.monotonic())
    turns.add(needy, time.monotonic() + 600)
    wait_for(begun, 1)
    for worker in (begun, needy):
        assert stopped(turns, worker).has_ended.wait(60)
    assert (len(begun.threads), len(needy.threads)) == (2, 1)


def test_many_begin_and_stop_from_many_threads_and_none_is_forgotten():
    turns, workers = Turns(), []

    def begin_and_stop():
        for _ in range(200):
            worker = Counter(0.0005)
            workers.append(worker)
            turns.add(worker, time.monotonic())
            wait_for(worker, 1)
            stopped(turns, worker)

    threads = [threading.Thread(target=begin_and_stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(worker.has_ended.wait(60) for worker in workers)
