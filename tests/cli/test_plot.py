"""`git xp plot`: pictures of runs in the terminal and as files."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest

import gitxp
from gitxp.errors import CannotExport


@pytest.fixture
def sweep(repo_dir, monkeypatch):
    """Two optimizers of two and three seeds, the metric without a value at some steps."""
    monkeypatch.chdir(repo_dir)
    for optimizer, seeds in (("adam", 3), ("sgd", 2)):
        for seed in range(seeds):
            params = {"optimizer": optimizer, "lr": 10.0**-seed, "seed": seed}
            with gitxp.start_run("sweep", params=params) as run:
                for step in range(20):
                    rate = 10 if optimizer == "adam" else 30
                    run.log({"val/accuracy": 1 - math.exp(-step / rate) - seed / 50}, step=step)


def test_curves_of_all_runs_are_drawn_and_named_by_what_differs(xp, sweep):
    text = xp("plot").stdout
    assert "val/accuracy ↑" in text
    assert text.count("optimizer=adam") == 3
    assert "lr=0.1 optimizer=sgd seed=1" in text


def test_groups_of_curves_say_how_many_runs_are_behind_each_and_what_the_band_is(xp, sweep):
    text = xp("plot", "--by", "params.optimizer").stdout
    assert "optimizer=adam (n=3)" in text
    assert "optimizer=sgd (n=2)" in text
    assert "bands: 95% interval of the mean" in text
    assert "standard deviation" in xp("plot", "--by", "params.optimizer", "--band", "std").stdout


def test_groups_of_curves_say_which_runs_they_leave_out(xp, sweep):
    with gitxp.start_run("sweep", params={"optimizer": "sgd", "lr": 1.0, "seed": 0}) as run:
        for step in range(20):  # again
            run.log({"val/accuracy": 0.5}, step=step)
    with pytest.raises(ValueError, match="diverged"), gitxp.start_run("sweep") as run:
        run.log({"val/accuracy": 0.0}, step=0)
        raise ValueError("diverged")
    text = xp("plot", "--by", "params.optimizer").stdout
    assert "optimizer=sgd (n=2)" in text
    told = " ".join(text.split())
    assert "n counts neither NaN and infinite values nor unfinished runs" in told
    assert "n counts the newest" in told
    every = xp("plot", "--by", "params.optimizer", "--unfinished").stdout
    assert "(n=1)" in every
    assert "unfinished" not in every


def test_bars_scatter_and_parallel_show_all_runs(xp, sweep):
    bars = xp("plot", "--bars", "--by", "params.optimizer").stdout.splitlines()
    assert [line.split()[-1] for line in bars if line.startswith("optimizer=")] == ["3", "2"]
    facts = json.loads(xp("plot", "--scatter", "params.lr", "--json").stdout)[0]
    assert facts["x_axis"]["is_log"]
    assert sum(len(cloud["x"]) for cloud in facts["clouds"]) == 5
    axes = json.loads(xp("plot", "--parallel", "--json").stdout)[0]["axes"]
    assert [axis["label"] for axis in axes] == ["lr", "optimizer", "val/accuracy ↑"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("a.html", b"<!DOCTYPE")],
)
def test_picture_is_saved_as_its_name_ends(xp, sweep, repo_dir, name, begins):
    done = xp("plot", "-o", name)
    assert done.stdout.startswith(f"wrote {name} (")
    content = (repo_dir / name).read_bytes()
    assert content.startswith(begins)
    assert xp("plot", "-o", name).returncode == 128  # it is there
    assert xp("plot", "-o", name, "-f", "-q").stdout == ""
    assert (repo_dir / name).read_bytes() == content


@pytest.mark.parametrize("name", ["a picture.png", "a.html"])
def test_terminal_is_told_how_a_saved_picture_is_seen(terminal, sweep, repo_dir, name):
    shown = terminal("plot", "-o", name, columns=200).text.splitlines()
    assert shown[0].startswith(f"wrote {name} (")
    place = (repo_dir / name).as_uri()
    hints = {
        "a.html": f"hint: a browser shows it: {place}",
        "a picture.png": "hint: -o 'a picture.html' makes a page, in which points can be asked "
        "and zoomed",
    }
    assert shown[1:] == [hints[name]]


def test_saved_picture_is_told_as_json(xp, sweep, repo_dir):
    (drawn,) = json.loads(xp("plot", "-o", "a.svg", "--json").stdout)
    assert drawn["file"] == {"path": "a.svg", "bytes": (repo_dir / "a.svg").stat().st_size}
    assert len(drawn["lines"]) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "a.gif"], "expected a name that ends in .png"),
        (["-o", "a.png", "-m", "a", "-m", "b"], "a file holds one picture"),
        (["--bars", "--parallel"], "two pictures"),
        (["--bars", "--smooth", "0.5"], "--smooth does not go with --bars: it is of curves"),
        (["--smooth", "1"], "expected 0 or more, and less than 1"),
        (["-m", "val/acuracy"], "did you mean 'val/accuracy'?"),
        (["--scatter", "params.l"], "did you mean 'params.lr'?"),
        (["--by", "params.optimiser"], "did you mean 'params.optimizer'?"),
        (["--scatter", "run"], "different values"),
        (["nobody"], "nobody"),
    ],
)
def test_what_cannot_be_drawn_is_said(xp, sweep, words, said):
    for seed in range(60):  # more than an axis has words for
        gitxp.start_run("sweep", params={"seed": seed}).finish()
    done = xp("plot", *words)
    assert done.returncode in (2, 128)
    assert said in done.stderr
    assert not done.stdout


def test_folder_is_no_place_for_a_picture(xp, sweep, repo_dir):
    (repo_dir / "pictures.png").mkdir()
    done = xp("plot", "-o", "pictures.png")
    assert (done.returncode, "is a directory" in done.stderr) == (2, True)
    with pytest.raises(CannotExport, match="is a folder") as refused:
        gitxp.plot(metric="val/accuracy").save(repo_dir / "pictures.png")
    assert refused.value.hint == "name a file in it"


def test_nothing_to_draw_is_an_answer_of_no(xp, repo_dir):
    assert xp("plot").returncode == 1


def odd_values():
    yield "one point", [1.0]
    yield "all NaN", [math.nan] * 5
    yield "infinities", [1.0, math.inf, -math.inf, 2.0]
    yield "flat", [3.0] * 5
    yield "huge", [1e308, -1e308, 1e-308]


@pytest.mark.parametrize("values", [values for _, values in odd_values()], ids=dict(odd_values()))
@pytest.mark.parametrize("words", [(), ("--bars",), ("-o", "a.svg"), ("-o", "a.html")])
def test_odd_values_are_drawn_or_said_to_be_none(xp, repo_dir, monkeypatch, values, words):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("odd", params={"lr": 1}) as run:
        for step, value in enumerate(values):
            run.log({"loss": value}, step=-step)  # steps go back
    done = xp("plot", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "Traceback" not in done.stderr


def test_thousand_runs_are_drawn_up_to_a_bound_that_is_told(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(1000):
        with gitxp.start_run("many", params={"lr": number, "net": f"net-{number}"}) as run:
            run.log({"loss": number}, step=0)
    for words, said in (
        ([], "the first 50 of 1000 runs; group them by: --by COLUMN"),
        (["--by", "params.net"], "the first 50 of 1000 groups"),
        (["--bars"], "the first 50 of 1000 groups"),
        (["--scatter", "params.lr", "--by", "params.net"], "1,000 groups are too many for a"),
        (["--scatter", "params.lr", "--by", "params.lr"], "o lr from 666 to 999"),
        (["--parallel"], "highest third"),
    ):
        text = xp("plot", *words).stdout
        assert said in text
        assert text.count("--by COLUMN") == ("runs" in said)
        assert len(text.splitlines()) < 80
    words = ("--scatter", "params.lr", "--by", "params.net")
    clouds = json.loads(xp("plot", *words, "--json").stdout)[0]["clouds"]
    assert [(cloud["label"], len(cloud["x"])) for cloud in clouds] == [("", 1000)]
    done = xp("plot", *words, "-o", "many.png")
    assert (done.returncode, done.stderr) == (0, "")  # no word of axes without room


def test_runs_without_a_value_are_counted(xp, sweep):
    with gitxp.start_run("sweep", params={"optimizer": "adam"}) as run:
        run.log({"val/accuracy": 0.5})
    assert "1 run lacks a value" in xp("plot", "--scatter", "params.lr").stdout


@pytest.mark.parametrize("columns", [40, 100])
def test_terminal_is_kept_to(terminal, sweep, columns):
    for words in ([], ["--by", "params.optimizer"], ["--bars"], ["--parallel"]):
        shown = terminal("plot", *words, columns=columns, NO_COLOR="1", GIT_PAGER="cat")
        lines = shown.text.replace("\r", "").splitlines()
        assert shown.status == 0
        assert max(map(len, lines)) <= columns, words


def test_pictures_in_the_terminal_load_none_of_the_libraries_for_files(xp, sweep):
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gitxp", "plot"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    loaded = {line.rpartition("|")[2].strip() for line in found.splitlines()}
    assert not loaded & {"matplotlib", "plotly", "pandas"}


def test_picture_in_a_notebook_is_an_image_and_a_figure_of_each_library(sweep):
    picture = gitxp.plot(metric="val/accuracy", by="params.optimizer")
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert picture.figure().axes[0].get_ylabel() == "val/accuracy ↑"
    assert len(picture.interactive().data) == 4  # a band and a curve for each optimizer
    assert gitxp.plot("params.lr == 1", "val/accuracy", kind="bars").fields()["kind"] == "BarChart"


def test_library_that_is_missing_is_named_with_what_to_type(sweep, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [one for one in sys.modules if one.startswith("matplotlib.")]:
        monkeypatch.setitem(sys.modules, name, None)
    picture = gitxp.plot(metric="val/accuracy")
    with pytest.raises(gitxp.GitxpError, match="matplotlib draws this") as caught:
        picture.save(tmp_path / "a.png")
    assert caught.value.hint == "pip install 'gitxp[plot]'"
    assert picture._repr_png_() is None
    assert not (tmp_path / "a.png").exists()


def test_params_that_only_some_optimizers_have_are_no_axes(xp, sweep):
    for beta in (0.9, 0.99):
        with gitxp.start_run("own", params={"optimizer": "adam", "lr": beta, "beta": beta}) as run:
            run.log({"score": beta})
        with gitxp.start_run("own", params={"optimizer": "sgd", "lr": beta, "momentum": 1}) as run:
            run.log({"score": beta})
    drawn = json.loads(xp("plot", "-e", "own", "--parallel", "-m", "score", "--json").stdout)[0]
    assert [axis["label"] for axis in drawn["axes"]] == ["lr", "optimizer", "score"]
    assert len(drawn["names"]) == 4
    words = ("plot", "-e", "own", "--parallel", "--field", "params.beta", "-m", "score")
    assert "2 runs lack a value" in xp(*words).stdout
    none = xp(*words, "--field", "params.momentum")
    assert none.returncode == 128
    assert "none of 4 runs has a value to draw for each axis: 2 lack" in none.stderr


def test_legend_says_where_fewer_runs_stand_behind_a_curve(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for seed, steps in enumerate((10, 10, 4)):
        with gitxp.start_run("short", params={"lr": 1}, seeds=seed) as run:
            for step in range(steps):
                run.log({"loss": step + seed}, step=step)
    assert "(n=2-3)" in xp("plot", "--by", "experiment").stdout


def test_confidence_near_one_is_told_as_it_is(sweep):
    text = str(gitxp.plot(metric="val/accuracy", by="params.optimizer", confidence=0.999))
    assert "bands: 99.9% interval of the mean" in text


def test_value_that_has_no_place_is_told_beside_the_bars(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for lr, value in ((1, 1e305), (2, 3.0)):
        with gitxp.start_run("huge", params={"lr": lr}) as run:
            run.log({"loss": value})
    told = " ".join(xp("plot", "--bars").stdout.split())
    assert told.endswith("not drawn: lr=1 (NaN, infinite or too large)")


def test_letters_that_no_font_has_are_told_in_plain_words(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for name in ("\U00013000", "other"):
        with gitxp.start_run("lr", name) as run:
            run.log({"loss": 1.0}, step=0)
    done = xp("plot", "-o", "drawn.png")
    assert done.returncode == 0
    (told,) = done.stderr.splitlines()
    assert told.startswith("warning: no installed font has")


def test_picture_that_does_not_fit_leaves_the_one_that_was_there(disk, sweep):
    drawn = gitxp.plot(metric="val/accuracy")
    place = disk.path / "drawn.png"
    place.write_bytes(b"before")
    disk.fill()
    with pytest.raises(CannotExport, match="No space left"):
        drawn.save(place)
    assert place.read_bytes() == b"before"
    assert [path.name for path in disk.path.iterdir() if path.name != "filler"] == ["drawn.png"]
    disk.make_room()
    assert drawn.save(place).read_bytes().startswith(b"\x89PNG")
