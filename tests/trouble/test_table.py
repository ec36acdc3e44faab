"""Each row of the table of trouble is true: what raises, what warns, and what is kept.

A row without a scenario, and a scenario without a row, both fail.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure

import gitxp
from gitxp.api.current import OPEN_RUNS
from gitxp.errors import GitxpError, GitxpWarning
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Status
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import about_ref
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "trouble.md"
SLUG = re.compile(r"\[([a-z-]+)\]\(errors\.md#\1\)")
NOTHING, SAME = "\N{EN DASH}", "the same"


@dataclass(frozen=True)
class Row:
    id: str
    before: str
    during: str
    strict: str


def rows() -> dict[str, Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert all(len(row) == 5 for row in cells)
    return {row[0].strip(" `"): Row(row[0].strip(" `"), *row[2:]) for row in cells}


@dataclass(frozen=True)
class Scenario:
    """How a row comes about.

    Attributes:
        before: Calls of `start_run`, each of which must raise.
        during: What a script does with its open run.
        kept: Whether the record, read back, holds what it must.
        failures: How many the record counts; None where that cannot be known.
        place: Prepares the repository, which is the working folder.
    """

    before: tuple[Callable[[], object], ...] = ()
    during: Callable[[Any], object] | None = None
    kept: Callable[[gitxp.Run], object] = bool
    failures: int | None = 1
    place: Callable[[pytest.FixtureRequest], object] = bool


class Odd:
    """Nothing that a record could hold."""

    def __float__(self):
        raise RuntimeError("no number")

    def __repr__(self):
        raise RuntimeError("no text")


def start(*arguments, **options) -> Callable[[], object]:
    return lambda: gitxp.start_run(*arguments, **options)


def in_job(**variables: str) -> Callable[[], object]:
    def begin() -> None:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in variables.items():
                patched.setenv(name, value)
            gitxp.start_run()

    return begin


def generate():
    yield 1


def train(model):
    return model


def fail_in_a_thread(run) -> None:
    def fail() -> None:
        raise ValueError("of a thread")

    with pytest.MonkeyPatch.context() as patched:
        # The run passes it on to the hook that it found there; nobody else need hear of it.
        patched.setattr(OPEN_RUNS._thread_errors, "_before", lambda *_: None)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()


def nested(depth: int, value: Any) -> dict[str, Any]:
    for _ in range(depth):
        value = {"a": value}
    return value


def settings(text: str) -> Callable[[pytest.FixtureRequest], None]:
    return lambda _: (Path.cwd() / ".gitxp.toml").write_text(text)


def metric_name(name: Any) -> Scenario:
    return Scenario(
        during=lambda run: run.log({name: 1.0, "good": 2.0}, step=0),
        kept=lambda run: set(run.metrics) == {"good"},
    )


def refused_value(value: Any) -> Scenario:
    return Scenario(
        during=lambda run: run.log({"bad": value, "good": 2.0}, step=0),
        kept=lambda run: set(run.metrics) == {"good"},
    )


def kept_value(*pairs: tuple[Any, float]) -> Scenario:
    def log(run):
        for number, (value, _) in enumerate(pairs):
            run.log({f"m{number}": value}, step=0)

    def same(run):
        found = [run.metrics[f"m{number}"].last.value for number in range(len(pairs))]
        return np.array_equal(found, [expected for _, expected in pairs], equal_nan=True)

    return Scenario(during=log, kept=same, failures=0)


def steps(given: list[Any], kept: list[int], failures: int = 0) -> Scenario:
    def log(run):
        for step in given:
            run.log({"x": 1.0}, step=step)

    def same(run):
        return gitxp.history(run.id)["step"].tolist() == kept

    return Scenario(during=log, kept=same, failures=failures)


def nothing_kept(act: Callable[[Any], object]) -> Scenario:
    def empty(run):
        return not (run.params or run.tags or run.metrics or run.artifacts or run.datasets)

    return Scenario(during=act, kept=empty)


def log_objects(run: gitxp.Run) -> None:
    content = {"array": np.eye(2), "scalar": np.float32(0.5), "path": Path("a"), "day": date.min}
    run.log_dict(content, "objects.json")


def objects_are_json(run: gitxp.Run) -> bool:
    content = RecordReader(open_repository()).file(run.tip, "artifacts/objects.json")
    assert content is not None
    return json.loads(content) == {
        "array": [[1, 0], [0, 1]],
        "scalar": 0.5,
        "path": "a",
        "day": "0001-01-01",
    }


def tags(run: gitxp.Run) -> dict[str, Any]:
    return {key: tag.value for key, tag in run.tags.items()}


def artifacts(run: gitxp.Run) -> list[str]:
    return [one.path for one in run.artifacts]


# Places.

# Those that tests were put on; the last one is that of the test at hand.
DISKS: list[Any] = []


def nowhere(request):
    folder = request.getfixturevalue("tmp_path") / "nowhere"
    folder.mkdir()
    request.getfixturevalue("monkeypatch").chdir(folder)


def deleted_folder(request):
    folder = Path.cwd() / "gone"
    folder.mkdir()
    request.getfixturevalue("monkeypatch").chdir(folder)
    folder.rmdir()


def bare(request):
    folder = request.getfixturevalue("tmp_path") / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
    request.getfixturevalue("monkeypatch").chdir(folder)


def small_disk(request):
    """Put the repository on a file system of its own; tests that cannot are skipped."""
    disk = request.getfixturevalue("disk")
    project = disk.take(Path.cwd())
    request.getfixturevalue("monkeypatch").chdir(project)
    request.addfinalizer(lambda: os.chdir("/"))
    DISKS.append(disk)
    return disk


def read_only(request):
    small_disk(request).set_read_only(True)


def full_disk(request):
    small_disk(request).fill()


def lost_about(_):
    about = Path(".git", about_ref(ExperimentName("trouble")))
    about.parent.mkdir(parents=True)
    about.write_text(f"{'1' * 40}\n")


def notebook(request):
    InteractiveShell.instance()
    request.addfinalizer(InteractiveShell.clear_instance)


# Longer things to do.


def second_run():
    with gitxp.start_run("first") as first:
        try:
            gitxp.start_run("second")
        finally:
            assert not first.is_finished


def second_run_in_notebook(run):
    with gitxp.start_run("second"):
        assert run.is_finished


def resume_running():
    with gitxp.start_run("running", "job") as run:
        gitxp.start_run(resume=run.id, parent=run)


def resume_as(experiment: str | None, name: str | None) -> Callable[[], object]:
    def resume():
        with gitxp.start_run("running", "job") as run:
            pass
        gitxp.start_run(experiment, name, resume=run.id)

    return resume


def log_narrowed(run):
    """Log each after numbers that are sound, so that the fast way is ready for its name."""
    narrowed = [
        np.complex64(1 + 2j),
        np.array(1j),
        np.timedelta64(5, "s"),
        np.longdouble("1e400"),
        Decimal("1e400"),
    ]
    for number, value in enumerate(narrowed):
        sound = np.longdouble(1) if type(value) in (np.longdouble, Decimal) else 1.0
        for step in range(3):
            run.log({f"bad{number}": sound, "good": 2.0}, step=step)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
            run.log({f"bad{number}": value, "good": 2.0}, step=3)


def narrowed_are_left_out(run):
    counts = {name: summary.count for name, summary in run.metrics.items()}
    good = counts.pop("good")
    return good == 20 and set(counts.values()) == {3} and len(counts) == 5


def log_broken_figure(run):
    figure = Figure()
    figure.suptitle(r"$\nosuchcommand$")
    run.log_figure(figure, "a.png")


def capture_without_tee(run):
    """The descriptor is asked for, whatever the tests have made of `sys.stdout`."""
    path, os.environ["PATH"] = os.environ["PATH"], ""
    stream = sys.stdout
    try:
        with os.fdopen(1, "w", closefd=False) as sys.stdout:
            run.capture_output()
    finally:
        sys.stdout, os.environ["PATH"] = stream, path


def log_without_current(run):
    first, second = (gitxp.start_run("more", parent=run) for _ in range(2))
    raised = []

    def log():
        try:
            gitxp.log({"x": 1.0})
        except GitxpError as error:
            raised.append(error)

    thread = threading.Thread(target=log)
    thread.start()
    thread.join()
    second.finish()
    first.finish()
    raise raised[0]


def log_without_run(run):
    run.finish()
    gitxp.log({"x": 1.0})


def log_text_beyond_unicode(run):
    run.set_tags({"t": "\udcff", "hypothesis": "\ud800"})
    run.log_params({"p": "\udcff", "inside": {"\udcff": 1}})
    run.log_text("a\udcff", "a.txt")
    run.log_dict({"a": "\udcff"}, "a.json")


def text_beyond_unicode_is_kept(run):
    shown = subprocess.run(
        ["git", "show", f"{run.tip}:artifacts/a.txt"], capture_output=True, check=True
    )
    assert shown.stdout == "a\udcff".encode(errors="surrogatepass")
    assert artifacts(run) == ["a.json", "a.txt"]
    return (tags(run), run.hypothesis, run.params) == (
        {"t": "\udcff"},
        "\ud800",
        {"p": "\udcff", "inside": {"\udcff": 1}},
    )


def clash(run):
    run.log_text("first", "a")
    run.log_text("second", "a/b")


def log_through_a_full_disk(run):
    run.log({"x": 0}, step=0)
    DISKS[-1].fill()
    try:
        for step in range(1, 1000):
            run.log({"x": step}, step=step)
    finally:
        DISKS[-1].make_room()
    run.log({"x": 1000}, step=1000)


def points_around_the_full_disk_are_kept(run):
    found = gitxp.history(run.id)["step"].tolist()
    return found == sorted(set(found)) and {0, 1000} <= set(found) and len(found) < 1000


def finish_on_a_full_disk(run):
    run.log({"x": 0}, step=0)
    DISKS[-1].fill()
    try:
        run.finish()
    finally:
        DISKS[-1].make_room()
        repository = open_repository()
        recover_runs(repository, Workspace.open(None, {}).limits)


def delete_journal(run):
    run.log({"x": 0}, step=0)
    run.log_text("a", "lost.txt")
    shutil.rmtree(run.writer.folder)
    run.log({"x": 1}, step=1)
    run.log_param("a", 1)
    run.log_text("a", "kept.txt")
    run.finish()


def all_but_the_artifact_is_recorded(run):
    points = gitxp.history(run.id)["value"].tolist()
    return (points, run.params, artifacts(run)) == ([0, 1], {"a": 1}, ["kept.txt"])


OBJECT_BESIDE = {"lr": 0.1, "model": {"depth": 3, "loss": object()}}
SCENARIOS = {
    "experiment-name": Scenario((start("!!!"), start("about"), start(""), start("a" * 65))),
    "experiment-type": Scenario((start(7), start(hypothesis=7), start(description=["a"]))),
    "run-name": Scenario(
        (start(name=""), start(name="a\nb"), start(name="a" * 251), start(group="\0"))
    ),
    "snapshot-mode": Scenario((start(snapshot="always"),)),
    "resume-unknown": Scenario((start(resume="nope"), start(resume="0" * 32))),
    "resume-running": Scenario((resume_running,)),
    "resume-other": Scenario(
        (resume_as("other", None), resume_as(None, "other"), resume_as("other", "job"))
    ),
    "parent-unknown": Scenario((start(parent="nope"), start(parent="0" * 32))),
    "baseline-unknown": Scenario((start(baseline="nope"), start(baseline="0" * 32))),
    "baseline-unreadable": Scenario(
        during=lambda run: run.log({"x": 1}, step=0),
        kept=lambda run: (run.baseline, run.metrics["x"].count) == (None, 1),
        failures=0,
        place=lost_about,
    ),
    "reference-type": Scenario(
        (start(parent=7), start(baseline=7), start(resume=7), start(baseline=""))
    ),
    "settings-key": Scenario((start(),), place=settings("experimant = 'a'\n")),
    "settings-type": Scenario((start(),), place=settings("[snapshot]\nfiles = 'many'\n")),
    "settings-syntax": Scenario((start(),), place=settings("experiment = \n")),
    "no-repository": Scenario((start(), start(repo="/no/such/folder")), place=nowhere),
    "folder-gone": Scenario((start(),), place=deleted_folder),
    "rank-unknown": Scenario((in_job(GITXP_JOB="a"), in_job(GITXP_RANK="1"))),
    "track-kind": Scenario(
        (lambda: gitxp.track(generate), lambda: gitxp.track(dict), lambda: gitxp.track("a")(1))
    ),
    "track-argument": Scenario((lambda: gitxp.track(train)(Odd()),)),
    "read-only": Scenario(
        during=lambda run: [run.log({"x": 1}, step=0), run.log_text("a", "a.txt"), run.finish()],
        kept=lambda run: (
            (run.status, run.metrics["x"].count, artifacts(run), len(gitxp.runs()))
            == (Status.FINISHED, 1, ["a.txt"], 1)
        ),
        failures=0,
        place=read_only,
    ),
    "full-disk-start": Scenario((start(params={"a": 1}),), place=full_disk),
    "second-run": Scenario((second_run,)),
    "second-run-notebook": Scenario(
        during=second_run_in_notebook,
        kept=lambda run: run.status is Status.FINISHED and len(gitxp.runs()) == 2,
        failures=0,
        place=notebook,
    ),
    "bare-repository": Scenario(
        during=lambda run: run.log({"x": 1}, step=0),
        kept=lambda run: run.code.commit is None and run.metrics["x"].count == 1,
        failures=0,
        place=bare,
    ),
    "secret-in-code": Scenario(
        during=lambda run: run.log({"x": 1}, step=0),
        kept=lambda run: [(one.path, one.line) for one in run.code.findings] == [("train.py", 1)],
        failures=0,
        place=lambda _: Path("train.py").write_text("password = 'hunter2'\n"),
    ),
    "no-run": Scenario(during=log_without_run),
    "several-runs": Scenario(during=log_without_current),
    "param-value": Scenario(
        (start(params={"a": object()}), start(params=OBJECT_BESIDE)),
        lambda run: run.log_params(OBJECT_BESIDE),
        lambda run: run.params == {"lr": 0.1, "model": {"depth": 3}},
    ),
    "param-depth": Scenario(
        (start(params=nested(65, 1)),),
        lambda run: run.log_params({"b": {"c": 1, "d": nested(70, 1)}}),
        lambda run: run.params == {"b": {"c": 1}},
    ),
    "param-size": Scenario(
        (start(params={"a": "x" * (4 << 20)}),),
        lambda run: [run.log_param("a", 1), run.log_param("b", "x" * (4 << 20))],
        lambda run: run.params == {"a": 1},
    ),
    "param-name": Scenario(
        (start(params={"": 1}), start(params={"a\nb": 1}), start(params={"a" * 251: 1})),
        lambda run: run.log_params({"good": 1, "": 2}),
        lambda run: run.params == {"good": 1},
    ),
    "params-type": Scenario((start(params=[1]),), lambda run: run.log_params([1])),
    "param-again": Scenario(
        during=lambda run: [run.log_param("lr", lr) for lr in (0.1, 0.2, 0.3)],
        kept=lambda run: (
            (run.params, [one.before for one in run.param_changes]) == ({"lr": 0.3}, [0.1, 0.2])
        ),
        failures=0,
    ),
    "param-same": Scenario(
        during=lambda run: [run.log_params({"lr": 0.1, "nan": math.nan}) for _ in range(2)],
        kept=lambda run: run.params["lr"] == 0.1 and run.param_changes == (),
        failures=0,
    ),
    "tag-value": Scenario(
        (start(tags={"a": [1]}), start(tags={"a": None})),
        lambda run: run.set_tags({"a": 1, "b": [1], "c": np.int64(3)}),
        lambda run: tags(run) == {"a": 1, "c": 3},
    ),
    "text-long": Scenario(
        (start(hypothesis="x" * 100_001), start(tags={"a": "x" * 100_001})),
        lambda run: run.set_tags({"a": 1, "b": "x" * 100_001, "c": "x" * 100_000}),
        lambda run: set(tags(run)) == {"a", "c"},
    ),
    "tag-name": Scenario(
        (start(tags={"": 1}), start(tags=["a\nb"]), start(tags={7: 1})),
        lambda run: run.set_tags({"a": 1, "": 2, "c": 3}),
        lambda run: tags(run) == {"a": 1, "c": 3},
    ),
    "tags-type": Scenario((start(tags="abc"), start(tags=7)), lambda run: run.set_tags("abc")),
    "seed-value": Scenario(
        (start(seeds="7"), start(seeds=1.5), start(seeds=True), start(seeds={"a": None})),
        lambda run: run.log_seeds({"a": 1, "b": "x", "c": np.int64(3)}),
        lambda run: run.seeds == {"a": 1, "c": 3},
    ),
    "not-unicode": Scenario(
        during=log_text_beyond_unicode, kept=text_beyond_unicode_is_kept, failures=0
    ),
    "metric-name-empty": metric_name(""),
    "metric-name-long": metric_name("a" * 251),
    "metric-name-control": metric_name("a\nb\udcff"),
    "metric-name-reserved": metric_name("loss:min"),
    "metric-name-type": metric_name(7),
    "metric-many": Scenario(
        during=lambda run: run.log({f"m{number}": 1.0 for number in range(10_235)}, step=0),
        kept=lambda run: len(run.metrics) == 10_234,
    ),
    "value-not-finite": kept_value((math.nan, math.nan), (math.inf, math.inf)),
    "value-truth": kept_value((True, 1.0), (False, 0.0), (np.bool_(True), 1.0)),
    "value-numpy": kept_value((np.float32(0.5), 0.5), (np.int64(7), 7.0)),
    "value-array-of-one": kept_value((np.array(0.5), 0.5), (np.array([[0.25]]), 0.25)),
    "value-text": refused_value("0.5"),
    "value-complex": refused_value(1j),
    "value-none": refused_value(None),
    "value-array": refused_value(np.ones(3)),
    "value-beyond-float": refused_value(10**5000),
    "value-narrowed": Scenario(during=log_narrowed, kept=narrowed_are_left_out, failures=5),
    "value-raises": refused_value([Odd()]),
    "metrics-type": nothing_kept(lambda run: run.log([1.0], step=0)),
    "step-any-order": steps([5, -3, -3, 5], [5, -3, -3, 5]),
    "step-highest": steps([2**63 - 1, -(2**63)], [2**63 - 1, -(2**63)]),
    "step-after-highest": Scenario(
        during=lambda run: [run.log({"x": 1}, step=2**63 - 1), run.log({"x": 2, "y": 2})],
        kept=lambda run: (run.metrics["x"].count, run.metrics["y"].count) == (1, 1),
    ),
    "step-beyond": steps([2**63], [], failures=1),
    "step-whole": steps([3.0, np.int64(4), np.float32(5)], [3, 4, 5]),
    "step-fraction": steps([1.5, 1], [1], failures=1),
    "step-text": steps(["1", 1], [1], failures=1),
    "artifact-missing": nothing_kept(lambda run: run.log_artifact("no.pt")),
    "artifact-folder": nothing_kept(lambda run: run.log_artifact(".")),
    "artifact-outside": nothing_kept(lambda run: run.log_artifact("train.py", "../x")),
    "artifact-type": nothing_kept(lambda run: run.log_artifact(None)),
    "artifact-clash": Scenario(during=clash, kept=lambda run: artifacts(run) == ["a"]),
    "artifact-step": nothing_kept(lambda run: run.log_text("a", "a.txt", step=1.5)),
    "artifacts-missing": nothing_kept(lambda run: run.log_artifacts("no-folder")),
    "dict-objects": Scenario(during=log_objects, kept=objects_are_json, failures=0),
    "dict-other-format": nothing_kept(lambda run: run.log_dict({"a": 1}, "a.yaml")),
    "dict-not-json": nothing_kept(lambda run: run.log_dict({"a": object()}, "a.json")),
    "figure-type": nothing_kept(lambda run: run.log_figure([1, 2], "a.png")),
    "figure-broken": nothing_kept(log_broken_figure),
    "figure-kind": nothing_kept(lambda run: run.log_figure(Figure(), "a.xyz")),
    "figure-pixels": nothing_kept(lambda run: run.log_figure(np.zeros(3), "a.png")),
    "table-type": nothing_kept(lambda run: run.log_table({"a": [1, 2], "b": [1]}, "a.parquet")),
    "table-kind": nothing_kept(lambda run: run.log_table({"a": [1]}, "a.csv")),
    "dataset-missing": nothing_kept(lambda run: run.log_dataset("d", "no.csv")),
    "end-status": Scenario(
        during=lambda run: run.finish("done"), kept=lambda run: run.status is Status.FINISHED
    ),
    "end-twice": Scenario(
        during=lambda run: [run.finish("killed"), run.finish("failed", error="again")],
        kept=lambda run: (run.status, run.sessions[-1].error) == (Status.KILLED, ""),
        failures=0,
    ),
    "thread-error": Scenario(
        during=fail_in_a_thread,
        kept=lambda run: (
            run.status is Status.FINISHED and run.sessions[-1].error.endswith("of a thread\n")
        ),
        failures=0,
    ),
    "output-uncaptured": nothing_kept(capture_without_tee),
    "after-finish": Scenario(
        during=lambda run: [run.finish(), run.log({"x": 1}), run.log_param("a", 1)],
        kept=lambda run: not run.metrics and not run.params,
        failures=0,
    ),
    "full-disk": Scenario(
        during=log_through_a_full_disk,
        kept=points_around_the_full_disk_are_kept,
        failures=None,
        place=small_disk,
    ),
    "full-disk-end": Scenario(
        during=finish_on_a_full_disk,
        kept=lambda run: run.metrics["x"].count == 1,
        failures=None,
        place=small_disk,
    ),
    "journal-deleted": Scenario(during=delete_journal, kept=all_but_the_artifact_is_recorded),
}


@pytest.fixture(autouse=True)
def _inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    yield
    for run in reversed(OPEN_RUNS._open):
        run.finish()


def slug(cell: str) -> str:
    found = SLUG.search(cell)
    assert found, cell
    return found[1]


def journals() -> list[object]:
    return [folder for _, folder in list_journals(open_repository().private_dir)]


def row_of(name: str) -> Row:
    row, scenario = rows().get(name), SCENARIOS.get(name)
    assert row is not None, f"{name} has a scenario, and no row in {PAGE.name}"
    assert scenario is not None, f"{name} has a row, and no scenario"
    assert bool(scenario.before) == (row.before != NOTHING)
    assert (scenario.during is not None) == (row.during != NOTHING)
    assert (row.strict == NOTHING) == (row.during.startswith("raises") or row.during == NOTHING)
    return row


@pytest.mark.parametrize("name", sorted({*rows(), *SCENARIOS}))
def test_row_is_true_of_the_start(name, request):
    row, scenario = row_of(name), SCENARIOS[name]
    if not scenario.before:
        return
    scenario.place(request)
    for begin in scenario.before:
        with pytest.raises(GitxpError) as caught:
            begin()
        assert caught.value.slug == slug(row.before)
        assert OPEN_RUNS.innermost() is None
        if name not in ("no-repository", "folder-gone"):
            assert not journals()


@pytest.mark.parametrize("is_strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("name", sorted({*rows(), *SCENARIOS}))
def test_row_is_true_of_the_training(name, is_strict, request):
    row, scenario = row_of(name), SCENARIOS[name]
    if scenario.during is None:
        return
    scenario.place(request)
    is_lenient = not is_strict or row.strict == SAME
    raises = row.during if row.during.startswith("raises") else "" if is_lenient else row.strict
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with gitxp.start_run("trouble", strict=is_strict) as run:
            if raises:
                with pytest.raises(GitxpError) as caught:
                    scenario.during(run)
                assert caught.value.slug == slug(raises)
            else:
                scenario.during(run)
    assert {warning.category for warning in told} <= {GitxpWarning}
    expected = 1 if row.during.startswith("warns") and not raises else 0
    assert [Path(one.filename).name for one in told] == [Path(__file__).name] * expected
    if raises:
        return
    recorded = gitxp.get_run(run.id)
    assert scenario.kept(recorded)
    assert scenario.failures in (recorded.failures, None)


def test_warnings_as_errors_are_printed_and_stop_nothing(capsys, repo_dir, request):
    bare(request)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with gitxp.start_run("errors") as run:
            run.log({"bad": "text", "good": 1.0}, step=0)
    assert set(gitxp.get_run(run.id).metrics) == {"good"}
    assert capsys.readouterr().err.count("gitxp: ") == 2


def test_kinds_are_told_once_each_and_all_are_counted():
    with pytest.warns(GitxpWarning) as told, gitxp.start_run("kinds") as run:
        for _ in range(3):
            run.log({"bad": "text"}, step=0)
            run.log({"": 1.0}, step=0)
            run.log({"x": 1.0}, step="no")
            run.log_artifact("no.pt")
    assert len(told) == 4
    assert gitxp.get_run(run.id).failures == 12
