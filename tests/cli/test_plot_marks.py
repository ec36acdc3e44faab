"""Pictures of curves mark what was logged, as long as marks do not hide the curves."""

from __future__ import annotations

import numpy as np
import pytest

import gitxp


@pytest.fixture
def curves(repo_dir, monkeypatch):
    """Log curves, a name and its steps each."""
    monkeypatch.chdir(repo_dir)

    def log(seed=0, **runs):
        for name, steps in runs.items():
            with gitxp.start_run("marks", name, params={"net": name}, seeds=seed) as run:
                for step in steps:
                    run.log({"loss": step}, step=step)

    return log


def marks(plot):
    """Return by name at which steps a file marks a point, having compared it with the page."""
    found = {}
    lines = plot.figure().axes[0].get_lines()
    shown = [one for one in plot.interactive().data if one.showlegend]
    for line, curve in zip(lines, shown, strict=True):
        steps = line.get_xdata()[line.get_markevery()].astype(int).tolist()
        is_marked = curve.mode == "lines+markers"  # of such the legend shows a mark as well
        at = curve.x[~np.isnan(curve.y)].astype(int).tolist() if is_marked else []
        assert (at, curve.marker.size) == (steps, 6 if is_marked else None)
        assert (line.get_marker() == "o") == bool(steps) == is_marked
        found[line.get_label()] = steps
    return found


@pytest.mark.parametrize("count", [21, 500, 9000])
def test_only_steps_that_a_run_has_logged_are_marked(curves, count):
    curves(coarse=(0, 7, 20), fine=range(count))
    found = marks(gitxp.plot(metric="loss"))
    assert found == {"coarse": [0, 7, 20], "fine": list(range(21)) if count == 21 else []}


def test_mean_is_marked_where_one_of_its_runs_has_a_point(curves):
    curves(coarse=(0, 10, 20), fine=range(21))
    curves(seed=1, coarse=(0, 5, 20))
    plot = gitxp.plot(metric="loss", by="params.net")
    assert [line["own"] for line in plot.fields()["lines"]] == [[0, 5, 10, 20], None]
    lines = plot.figure().axes[0].get_lines()
    assert lines[0].get_markevery() == [0, 5, 10, 20]


def test_places_of_a_grid_are_marked_where_all_points_are_among_them(curves):
    curves(coarse=(0, 10, 20), fine=range(21))
    found = marks(gitxp.plot(metric="loss", grid=range(0, 21, 5)))
    assert found == {"coarse": [0, 10, 20], "fine": []}
    assert set(map(tuple, marks(gitxp.plot(metric="loss", x="time")).values())) == {()}


def test_of_many_curves_points_between_gaps_alone_are_marked(curves):
    curves(**{f"net-{number}": range(10) for number in range(10)}, single=(3,))
    found = marks(gitxp.plot(metric="loss"))
    assert [name for name, steps in found.items() if steps] == ["single"]
    assert found["single"] == [3]
