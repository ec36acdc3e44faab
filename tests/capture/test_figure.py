"""Figures are kept as files, drawn by the real libraries, and stay as they were."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import gitxp
from gitxp.capture.libraries.figure import figure_content
from gitxp.errors import GitxpWarning, InvalidValue

mpl.use("Agg")
PNG = b"\x89PNG\r\n\x1a\n"


def drawn() -> Figure:
    figure = Figure()
    figure.add_subplot().plot([1, 3, 2])
    return figure


def image(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.png", PNG), ("a", PNG), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("A.JPG", b"\xff\xd8")],
)
def test_figure_of_matplotlib_is_drawn_as_the_suffix_says(name, start):
    assert figure_content(drawn(), name).startswith(start)


def test_part_of_a_figure_is_drawn_as_the_whole():
    figure = Figure()
    part, _ = figure.subfigures(1, 2)
    assert figure_content(part, "a.png").startswith(PNG)


def test_pyplot_keeps_its_current_figure_open_and_as_it_was():
    from matplotlib import pyplot as plt

    first, second = plt.figure(dpi=70), plt.figure()
    first.add_subplot().plot([1, 2])
    before = (first.dpi, first.get_facecolor(), first.canvas)
    try:
        figure_content(first, "a.png")
        assert plt.gcf() is second
        assert plt.fignum_exists(first.number)
        assert (first.dpi, first.get_facecolor(), first.canvas) == before
    finally:
        plt.close("all")


def test_figure_of_plotly_is_a_page_of_its_own_or_json():
    from plotly import graph_objects

    figure = graph_objects.Figure(graph_objects.Scatter(y=[1, 3, 2]))
    page = figure_content(figure, "a.html").decode()
    assert page.lower().startswith(("<html>", "<!doctype html>"))
    assert 'src="http' not in page
    assert json.loads(figure_content(figure, "a.json"))["data"][0]["type"] == "scatter"


def test_figure_of_plotly_as_an_image_needs_kaleido_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", None)  # as where it is not installed
    from plotly import graph_objects

    with pytest.raises(InvalidValue, match="needs kaleido") as caught:
        figure_content(graph_objects.Figure(), "a.png")
    assert "html" in caught.value.hint


def test_image_of_pil_is_kept_exactly():
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    found = image(figure_content(Image.fromarray(pixels), "a.png"))
    assert np.array_equal(np.asarray(found), pixels)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 128, 255]], np.uint8), [[0, 128, 255]]),
        (np.array([[0, 128, 255]], np.int64), [[0, 128, 255]]),
        (np.array([[0.0, 0.5, 1.0]]), [[0, 128, 255]]),
        (np.array([[False, True]]), [[0, 255]]),
        (np.array([[[7], [8]]], np.uint8), [[7, 8]]),
        (np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8), [[[1, 2, 3], [4, 5, 6]]]),
        (np.array([[[1, 2, 3, 4]]], np.uint8), [[[1, 2, 3, 4]]]),
    ],
)
def test_array_of_pixels_is_an_image(pixels, expected):
    assert np.asarray(image(figure_content(pixels, "a.png"))).tolist() == expected


@pytest.mark.parametrize(
    "figure",
    [
        np.zeros(3),
        np.zeros((2, 2, 5)),
        np.zeros((0, 3)),
        np.full((2, 2), 1.5),
        np.full((2, 2), np.nan),
        np.full((2, 2), 256),
        np.array([["a"]]),
        "a.png",
        None,
    ],
)
def test_what_is_no_picture_is_refused(figure):
    with pytest.raises(InvalidValue, match="figure"):
        figure_content(figure, "a.png")


def test_kind_of_file_that_cannot_be_written_is_refused():
    for figure in (drawn(), Image.new("RGB", (2, 2)), np.zeros((2, 2))):
        with pytest.raises(InvalidValue, match=r"a\.xyz"):
            figure_content(figure, "a.xyz")
    with pytest.raises(InvalidValue, match="cannot be drawn"):
        figure_content(Image.new("RGBA", (2, 2)), "a.jpg")


def test_figure_that_fails_while_it_is_drawn_is_one_warning(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    broken = drawn()
    broken.suptitle(r"$\nosuchcommand$")
    with (
        pytest.warns(GitxpWarning, match="cannot be drawn") as told,
        gitxp.start_run("broken") as run,
    ):
        run.log_figure(broken, "a.png")
        run.log_figure(broken, "a.png")
        run.log({"x": 1.0})
    assert len(told) == 1
    recorded = gitxp.get_run(run.id)
    assert (recorded.artifacts, recorded.failures, recorded.points) == ((), 2, 1)


def test_files_with_a_step_become_a_series(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "model.tar.gz").write_bytes(b"weights")
    with gitxp.start_run("series") as run:
        gitxp.log_figure(drawn(), "figures/confusion.png", step=12)
        gitxp.log_text("a", "notes.txt", step=np.int64(3))
        gitxp.log_dict({"a": 1}, "a.json", step=2**40)
        gitxp.log_table({"a": [1]}, "a.parquet", step=0)
        gitxp.log_artifact("model.tar.gz", "models", step=5)
        gitxp.log_artifact("README.md", step=-1)
    assert [one.path for one in gitxp.get_run(run.id).artifacts] == [
        "README/-00000001.md",
        "a/000000000.parquet",
        "a/1099511627776.json",
        "figures/confusion/000000012.png",
        "models/model.tar/000000005.gz",
        "notes/000000003.txt",
    ]
    tip = gitxp.get_run(run.id).tip
    shown = ["git", "show", f"{tip}:artifacts/figures/confusion/000000012.png"]
    assert subprocess.run(shown, capture_output=True, check=True).stdout.startswith(PNG)


def test_folder_with_a_step_becomes_a_series_of_each_file(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "samples" / "val").mkdir(parents=True)
    with gitxp.start_run("series") as run:
        for step in (0, 10):
            (repo_dir / "samples" / "val" / "cat.png").write_text(f"drawn at {step}")
            gitxp.log_artifacts("samples", "predictions", step=step)
    recorded = gitxp.get_run(run.id)
    assert [one.path for one in recorded.artifacts] == [
        "predictions/val/cat/000000000.png",
        "predictions/val/cat/000000010.png",
    ]
    shown = ["git", "show", f"{recorded.tip}:artifacts/predictions/val/cat/000000000.png"]
    assert subprocess.run(shown, capture_output=True, check=True).stdout == b"drawn at 0"


def test_interactive_form_of_plotly_lies_beside_the_image_and_opens_again(repo_dir, monkeypatch):
    """Kept even where the image cannot be drawn, which is warned of."""
    from plotly import graph_objects, io

    monkeypatch.chdir(repo_dir)
    figure = graph_objects.Figure(graph_objects.Scatter(x=[1, 2, 3], y=[1, 3, 2]))
    with gitxp.start_run("figures") as run:
        with monkeypatch.context() as without, pytest.warns(GitxpWarning, match="needs kaleido"):
            without.setitem(sys.modules, "kaleido", None)
            run.log_figure(figure, "plots/roc.png", step=3)
        run.log_figure(figure, "page.html")
    kept = [artifact.path for artifact in gitxp.get_run(run.id).artifacts]
    assert [path for path in kept if not path.endswith(".png")] == [
        "page.html",
        "plots/roc/000000003.plotly.json",
    ]
    shown = subprocess.run(
        ["git", "show", f"{gitxp.get_run(run.id).tip}:artifacts/plots/roc/000000003.plotly.json"],
        cwd=repo_dir,
        capture_output=True,
        check=True,
    )
    assert io.from_json(shown.stdout.decode()) == figure


def test_other_figures_have_no_interactive_form(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("figures") as run:
        run.log_figure(drawn(), "a.png")
        run.log_figure(np.eye(4), "b.png")
    assert [one.path for one in gitxp.get_run(run.id).artifacts] == ["a.png", "b.png"]


def test_plotly_draws_an_image_with_a_real_browser(repo_dir, monkeypatch):
    from plotly import graph_objects

    monkeypatch.chdir(repo_dir)
    figure = graph_objects.Figure(graph_objects.Scatter(x=[1, 2, 3], y=[1, 3, 2]))
    with gitxp.start_run("figures", strict=True) as run:
        run.log_figure(figure, "plots/roc.png")
    shown = ["git", "show", f"{gitxp.get_run(run.id).tip}:artifacts/plots/roc.png"]
    image = subprocess.run(shown, capture_output=True, check=True).stdout
    assert image.startswith(PNG)
    assert len(Image.open(BytesIO(image)).getcolors(2**24)) > 10  # a picture is in it


def test_plotly_without_a_browser_warns_and_keeps_the_interactive_form(repo_dir, monkeypatch):
    from plotly import graph_objects

    monkeypatch.chdir(repo_dir)
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    figure = graph_objects.Figure(graph_objects.Scatter(x=[1, 2], y=[1, 3]))
    with gitxp.start_run("figures") as run:
        with pytest.warns(GitxpWarning, match=r"plots/roc\.png"):
            run.log_figure(figure, "plots/roc.png")
        run.log({"loss": 1.0})
    recorded = gitxp.get_run(run.id)
    assert [artifact.path for artifact in recorded.artifacts] == ["plots/roc.plotly.json"]
    assert recorded.status == "finished"
