"""Clones that go on pulling each other's records come to one commit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitxp.storage.merge import FastForward, Merged, Same, Tip, merge_records
from gitxp.storage.odb.objects import Entry

ROOT = Tip("0" * 40, 0, "c" * 40, {"run.toml": Entry("0" * 40)})
CLONES = 3


class Clones:
    """Each holds a tip; all know the same history."""

    def __init__(self):
        self.known = {ROOT.oid: ROOT}
        self.parents = {ROOT.oid: ()}
        self.tips = [ROOT] * CLONES

    def say(self, clone, number):
        """Clone 0 is the run's home: it also goes on with the run."""
        name = f"{number:02x}"
        tip = self.tips[clone]
        files = {**tip.files, f"events/{name}/{number:016d}-{name * 16}.toml": Entry(name * 20)}
        if clone == 0:
            files["run.toml"] = Entry(name * 20)
        self._move(clone, Tip(f"{number:040x}", number, tip.code, files), (tip,))

    def pull(self, clone, other):
        one, two = self.tips[clone], self.tips[other]
        match merge_records(one, two, self._best_ancestors(one, two)):
            case Same():
                pass
            case FastForward(oid):
                self.tips[clone] = two if two.oid == oid else one
            case Merged(commit):
                files = {**one.files, **two.files}
                ahead = max((one, two), key=lambda tip: tip.files["run.toml"].oid)
                files["run.toml"] = ahead.files["run.toml"]
                seconds = max(one.seconds, two.seconds)
                self._move(clone, Tip(commit.oid, seconds, ahead.code, files), (one, two))
            case refused:
                raise AssertionError(refused)

    def _move(self, clone, tip, parents):
        self.parents.setdefault(tip.oid, parents)
        self.tips[clone] = self.known.setdefault(tip.oid, tip)

    def _ancestors(self, tip):
        found, waiting = [], [tip]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.append(at)
                waiting += self.parents[at.oid]
        return found

    def _best_ancestors(self, one, two):
        both = [tip for tip in self._ancestors(one) if tip in self._ancestors(two)]
        inner = [old for tip in both for old in self._ancestors(tip) if old is not tip]
        return [tip for tip in both if tip not in inner]


steps = st.lists(st.tuples(st.integers(0, CLONES - 1), st.integers(0, CLONES - 1)), max_size=10)


@given(steps, st.permutations(range(CLONES)))
def test_clones_that_pull_in_any_order_come_to_one_commit(steps, order):
    clones = Clones()
    for number, (clone, other) in enumerate(steps, start=16):
        if clone == other:
            clones.say(clone, number)
        else:
            clones.pull(clone, other)
    for _ in range(2):
        for clone in order:
            for other in range(CLONES):
                clones.pull(clone, other)
    assert len({tip.oid for tip in clones.tips}) == 1
