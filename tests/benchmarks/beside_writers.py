"""What a question costs while others record runs, beside what it costs alone."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from figures import Row

import gitxp
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository

_WRITERS, _ASKERS = 8, 2
_NEW_RUNS, _ROUNDS = 320, 6

WRITE = """
import sys, time, gitxp
until = time.time() + float(sys.argv[1])
number = 0
while time.time() < until:
    with gitxp.start_run("busy", params={"n": number}) as run:
        run.log({"loss": number}, step=0)
    number += 1
"""
ASK = """
import json, resource, statistics, sys, time, gitxp
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository

# On fewer cores than processes the wall tells how these take turns; processor time what it costs.
def spent_so_far():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used), time.perf_counter()

project = gitxp.open(".")
project.runs()
until = time.time() + float(sys.argv[1])
spent = []
while time.time() < until:
    there = {ref.rpartition("/")[2] for ref in list_refs(open_repository(), "refs/experiments")}
    cpu, wall = spent_so_far()
    found = project.runs()
    cpu_since, wall_since = spent_so_far()
    spent.append(((cpu_since - cpu) * 1e3, (wall_since - wall) * 1e3))
    assert there <= set(found.index), len(there.difference(found.index))
print(json.dumps([(statistics.median(one), max(one)) for one in zip(*spent)]))
"""


def bench_beside_writers(top: Path, count: int) -> Row:
    """Two processes ask while eight write; beside it what the two cost alone, before and after.

    The writers leave thousands of loose refs and of packs behind, with which the two are alone
    after: what these cost is no cost of the writing going on.
    """
    ask = [sys.executable, "-c", ASK, "10"]

    def answers(writers: int) -> list[list[list[float]]]:
        write = [sys.executable, "-c", WRITE, "14"]
        writing = [subprocess.Popen(write, cwd=top) for _ in range(writers)]
        asking = [
            subprocess.Popen(ask, cwd=top, stdout=subprocess.PIPE, text=True)
            for _ in range(_ASKERS)
        ]
        found = [json.loads(one.communicate()[0]) for one in asking]
        assert [one.wait() for one in [*writing, *asking]] == [0] * (writers + _ASKERS)
        return found

    def medians(found: list[list[list[float]]]) -> list[float]:
        return [statistics.mean(one[kind][0] for one in found) for kind in range(2)]

    def slowest(found: list[list[list[float]]]) -> list[float]:
        return [max(one[kind][1] for one in found) for kind in range(2)]

    before, beside = medians(answers(0)), answers(_WRITERS)
    written = len(list_refs(open_repository(top), "refs/experiments")) - count
    alone = answers(0)
    after, after_slowest = medians(alone), slowest(alone)
    (cpu, wall), (cpu_slowest, wall_slowest) = medians(beside), slowest(beside)
    return Row(
        f"two processes asking while eight write, {count:,} runs",
        f"{cpu:.0f} ms of CPU ({cpu / after[0]:.1f} x alone after, {cpu / before[0]:.1f} x alone "
        f"before), slowest {cpu_slowest:.0f} ms ({cpu_slowest / after_slowest[0]:.1f} x the "
        f"slowest alone, {cpu_slowest / after[0]:.1f} x its median); by the wall {wall:.0f} ms "
        f"({wall / after[1]:.1f} x), slowest {wall_slowest:.0f} ms",
        "≤ 3 x alone, each complete",
        f"the two alone before {before[0]:.0f} ms of CPU, {before[1]:.0f} by the wall; after "
        f"{after[0]:.0f} and {after[1]:.0f}, slowest {after_slowest[0]:.0f} and "
        f"{after_slowest[1]:.0f}; {os.cpu_count()} cores, {written:,} runs written",
    )


WRITE_WHEN_TOLD = """
import sys, gitxp
number = 0
for line in sys.stdin:
    for number in range(number, number + int(line)):
        with gitxp.start_run("busy", params={"n": number}) as run:
            run.log({"loss": number}, step=0)
    print("done", flush=True)
"""


def bench_after_writers(top: Path, count: int) -> Row:
    """A question after new runs of processes that go on, which no other load disturbs."""
    command = [sys.executable, "-c", WRITE_WHEN_TOLD]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writing = [subprocess.Popen(command, cwd=top, **pipes) for _ in range(_WRITERS)]
    project = gitxp.open(top)
    project.runs()
    before = statistics.median(_cpu_of_question(project) for _ in range(_ROUNDS))
    beside = []
    for _ in range(_ROUNDS):
        for one in writing:
            print(_NEW_RUNS // _WRITERS, file=one.stdin, flush=True)
        assert [one.stdout.readline() for one in writing] == ["done\n"] * _WRITERS
        beside.append(_cpu_of_question(project))
    assert [one.communicate()[0] for one in writing] == [""] * _WRITERS
    assert len(project.runs()) == count + _ROUNDS * _NEW_RUNS
    after = statistics.median(_cpu_of_question(project) for _ in range(_ROUNDS))
    spent = statistics.median(beside)
    return Row(
        f"a question after {_NEW_RUNS} new runs of eight processes that go on, {count:,} runs",
        f"{spent:.0f} ms of CPU ({spent / after:.1f} x alone after, {spent / before:.1f} x alone "
        f"before), slowest {max(beside):.0f} ms",
        "≤ 3 x alone",
        f"alone before {before:.0f} ms, after {after:.0f} ms, "
        f"{_ROUNDS * _NEW_RUNS:,} runs written in all",
    )


def _cpu_of_question(project: gitxp.Project) -> float:
    """Return the milliseconds of processor time that a frame of all runs takes, Git's included."""
    begun = _cpu_so_far()
    project.runs()
    return (_cpu_so_far() - begun) * 1e3


def _cpu_so_far() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
