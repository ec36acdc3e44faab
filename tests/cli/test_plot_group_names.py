"""No two groups of runs are called the same in a picture, whatever tells them apart."""

from __future__ import annotations

import pytest

import gitxp

RATES = (0.123412, 0.123441, 0.2)
NAMES = ["lr=0.123412", "lr=0.123441", "lr=0.2"]


@pytest.fixture
def rates(repo_dir, monkeypatch):
    """Log three rates, two of which are the same to four digits."""
    monkeypatch.chdir(repo_dir)
    for seed in range(2):
        for place, rate in enumerate(RATES):
            with gitxp.start_run("rates", params={"lr": rate, "depth": seed}, seeds=seed) as run:
                for step in range(3):
                    run.log({"acc": seed + step + place}, step=step)


@pytest.mark.parametrize(
    ("kind", "field", "given"),
    [("curves", "lines", {}), ("bars", "bars", {}), ("scatter", "clouds", {"x": "params.depth"})],
)
def test_groups_have_names_of_their_own_in_every_picture(rates, kind, field, given):
    plot = gitxp.plot(metric="acc", by="params.lr", kind=kind, **given)
    assert sorted(one["label"] for one in plot.fields()[field]) == NAMES
    drawn = plot.interactive()
    if kind == "bars":
        assert [text.split()[0] for text in drawn.layout.yaxis.ticktext] == NAMES[::-1]
        assert list(drawn.data[0].y) == [0, 1, 2]
    else:
        shown = {one.name.split()[0] for one in drawn.data if one.name}
        assert sorted(shown) == NAMES


def test_values_that_read_alike_have_places_of_their_own_on_an_axis(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for value in (0.123412, 0.123441, "0.1234", True, "True"):
        with gitxp.start_run("words", params={"lr": value}) as run:
            run.log({"acc": 0.5}, step=0)
    drawn = gitxp.plot(metric="acc", kind="scatter", x="params.lr").figure()
    words = [label.get_text() for label in drawn.axes[0].get_xticklabels()]
    assert words == ["'0.1234'", "'True'", "0.123412", "0.123441", "True"]
