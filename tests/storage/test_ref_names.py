"""What the name of a ref tells of the experiment whose records it leads to."""

from __future__ import annotations

import pytest

from gitxp.model.identity import ExperimentName
from gitxp.storage.refs import may_be_below, may_be_in

RUN = "a" * 32
FETCHED = "refs/gitxp/incoming/origin/"


@pytest.mark.parametrize("above", ["refs/experiments/", FETCHED, FETCHED + "team/"])
@pytest.mark.parametrize("last", [RUN, f"live/{RUN}", "about"])
@pytest.mark.parametrize(
    ("experiment", "is_in", "is_below"),
    [("t", True, True), ("t/sub", False, True), ("t/t", False, True), ("tt", False, False)],
)
def test_a_ref_of_ours_tells_its_very_experiment(above, last, experiment, is_in, is_below):
    name, asked = f"{above}{experiment}/{last}", ExperimentName("t")
    assert may_be_below(name, asked) is is_below
    # Whether the first of two alike is of the remote's name nobody can tell.
    is_in = is_in or (experiment == "t/t" and above.startswith(FETCHED))
    assert may_be_in(name, asked) is is_in


def test_what_is_no_ref_of_ours_may_be_of_any_experiment():
    for name in ("journal 1", "refs/gitxp/trash/1", f"refs/experiments/t/later/sub/x{RUN}"):
        assert may_be_in(name, ExperimentName("t")), name
