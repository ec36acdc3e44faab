"""What a record has no room for is refused or left out when it is written, with clear words."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import gitxp
from gitxp.errors import GitxpWarning, InvalidValue
from gitxp.model.dataset import Dataset, Strength
from gitxp.model.finding import Finding
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Code, ParamChange, Run, Session, Tag
from gitxp.query.runs import find_runs
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.datasets import decode_datasets, encode_datasets
from gitxp.storage.codecs.metrics import decode_summaries, encode_summaries
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.run import decode_run, encode_run
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.storage.points.sorted_points import PointSource, first_points
from gitxp.storage.repository import open_repository
from gitxp.tracking.artifact_log import ArtifactLog
from gitxp.tracking.recording.fitted import fitted

DAY = datetime(2026, 1, 2, tzinfo=UTC)
HUGE = "x" * LARGEST_DOCUMENT


@pytest.fixture(autouse=True)
def _inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def test_params_too_large_raise_before_anything_runs(repo_dir):
    with pytest.raises(InvalidValue, match="expected at most 4194304"):
        gitxp.start_run("lr", params={"vocabulary": HUGE})
    assert find_runs(open_repository(repo_dir)).runs == ()
    assert list((repo_dir / ".git/gitxp/live").iterdir()) == []


def test_params_too_large_later_warn_and_the_others_are_kept():
    half = "x" * (LARGEST_DOCUMENT // 2)
    with gitxp.start_run("lr", params={"a": half}) as run:
        with pytest.warns(GitxpWarning, match="with param 'b' all params have .*log_artifact"):
            run.log_param("b", half)
        run.log_param("a", "short")
        run.log_param("c", half)
    found = gitxp.get_run(run.id)
    assert dict(found.params) == {"a": "short", "c": half}
    assert found.failures == 1


@pytest.mark.parametrize("field", ["hypothesis", "description"])
def test_text_too_long_for_its_file_is_refused(field):
    with pytest.raises(InvalidValue, match="has 100001 characters: expected at most 100000"):
        gitxp.start_run("lr", **{field: "x" * 100_001})
    with gitxp.start_run("lr", **{field: "x" * 100_000}) as run:
        pass
    assert len(getattr(gitxp.get_run(run.id), field)) == 100_000


def test_metric_beyond_the_room_for_summaries_warns_and_the_others_are_kept():
    with gitxp.start_run("lr") as run:
        run.log({f"layer{number}": 1.0 for number in range(9_000)}, step=0)
        with pytest.warns(GitxpWarning, match="is one too many: the summaries of all"):
            run.log({f"head{number}": 1.0 for number in range(9_000)}, step=0)
        run.log({"layer0": 2.0}, step=1)
    found = gitxp.get_run(run.id)
    assert 9_000 < len(found.metrics) < 18_000
    assert found.metrics["layer0"].last.value == 2.0
    assert found.failures == 18_000 - len(found.metrics)


def test_artifact_beyond_the_room_for_files_is_refused(tmp_path):
    said = []
    log = ArtifactLog(tmp_path, lambda _, **content: said.append(content["path"]), most=3)
    log.add_content(lambda _: b"", "a/b")
    log.add_content(lambda _: b"", "a/c")
    with pytest.raises(InvalidValue, match="'d' is one too many"):
        log.add_content(lambda _: b"", "d")
    log.add_content(lambda _: b"again", "a/b")
    assert said == ["a/b", "a/c", "a/b"]


def test_run_of_an_endless_traceback_is_recorded_with_its_end():
    run = gitxp.start_run("lr")
    run.finish("failed", error=HUGE + "\nRuntimeError: the end")
    found = gitxp.get_run(run.id)
    assert found.status == "failed"
    assert found.sessions[0].error.endswith("RuntimeError: the end")


def summary(value):
    at = At(value, 0)
    return MetricSummary(at, at, at, at, value, 1)


def test_what_many_writers_add_up_to_is_cut_at_the_end():
    run = Run(
        RunId("1" * 32),
        ExperimentName("lr"),
        sessions=(Session(DAY, error=HUGE, argv=("train.py", HUGE)),) * 3,
        params={"first": 1, "large": HUGE, "last": 2},
        tags={f"tag{number}": Tag("x" * 90_000, number) for number in range(60)},
        seeds={"seed": 7},
        param_changes=tuple(ParamChange(("lr",), number, number) for number in range(100_000)),
        metrics={f"m{number}": summary(0.5) for number in range(40_000)},
        datasets=tuple(
            Dataset(f"d{number}", "name", Strength.NAME, source="x" * 1_000_000)
            for number in range(6)
        ),
    )
    made = fitted(run)
    assert made.params == {"first": 1, "last": 2}
    assert [one.name for one in made.datasets][-1] == "d5"
    assert made.param_changes[-1] == run.param_changes[-1]
    assert len(made.param_changes) > 1000
    assert len(made.metrics) > 10_000
    lost = sum(
        len(getattr(run, field)) - len(getattr(made, field))
        for field in ("params", "tags", "seeds", "param_changes", "metrics", "datasets")
    )
    assert made.failures == lost
    decode_run(encode_run(made))
    decode_summaries(encode_summaries(made.metrics))
    decode_datasets(encode_datasets(made.datasets))
    loads(dumps(encode_params(made.params)), "params.toml")
    small = replace(run, **{key: {} for key in ("params", "metrics", "tags")}, datasets=())
    assert fitted(replace(small, sessions=(Session(DAY),), param_changes=())).failures == 0


def test_findings_that_have_no_room_are_cut_and_never_to_none():
    findings = tuple(Finding("x" * 100, number, "p" * 4000) for number in range(1, 101))
    session = Session(DAY, code=Code(findings=findings))
    run = Run(RunId("1" * 32), ExperimentName("lr"), sessions=(session,) * 100)
    made = fitted(run)
    assert len(encode_run(made)) <= LARGEST_DOCUMENT
    for one in made.sessions:
        assert one.code.findings == findings[: len(one.code.findings)] != ()


def test_points_beyond_the_bound_are_left_out_and_counted():
    sources = [PointSource(name, list(range(10)), {}) for name in "ab"]
    kept, lost = first_points(sources, 12)
    assert ([len(one.records) for one in kept], lost) == ([10, 2], 8)
    assert first_points(sources, 20) == (sources, 0)


def test_data_set_logged_again_stands_once():
    with gitxp.start_run("data", "twice") as first:
        first.log_dataset("digits", version="3", role="train")
        first.log_dataset("digits", version="3", role="test")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with gitxp.start_run("data", resume=first.id) as again:
            again.log_dataset("digits", version="3", role="train")
            again.log_dataset("digits", version="4", role="train")
    found = [(one.role, one.version) for one in gitxp.get_run(first.id).datasets]
    assert found == [("test", "3"), ("train", "3"), ("train", "4")]
    assert gitxp.runs().loc[first.id, "data.digits"] == "4"
