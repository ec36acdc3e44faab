"""Every call of a tracked function is a run."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from functools import partial

import pytest

import gitxp
from gitxp.errors import InvalidName, InvalidValue


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def newest() -> gitxp.Run:
    return gitxp.get_run("@")


def test_arguments_are_params_and_the_mapping_is_the_final_metrics():
    @gitxp.track("lr-schedule", "cosine", tags=["nightly"], hypothesis="it learns", group="seeds")
    def train(lr, *, epochs=3, schedule="step", **extra):
        for epoch in range(epochs):
            gitxp.log({"loss": lr / (epoch + 1)}, step=epoch)
        return {"loss": 0.0, "accuracy": 0.5}

    assert train(0.1, schedule="cosine", depth=4) == {"loss": 0.0, "accuracy": 0.5}
    run = newest()
    assert run.params == {"lr": 0.1, "epochs": 3, "schedule": "cosine", "depth": 4}
    assert (run.experiment, run.name, run.group) == ("lr-schedule", "cosine", "seeds")
    assert (run.hypothesis, run.status) == ("it learns", "finished")
    assert run.tags["nightly"].value is True
    assert run.metrics["accuracy"].last.value == 0.5
    assert (run.metrics["loss"].last.step, run.metrics["loss"].last.value) == (3, 0.0)


def test_parentheses_may_be_left_out():
    @gitxp.track
    def train(lr=0.1):
        """Train."""
        return lr

    assert train() == 0.1
    assert train(lr=0.2) == 0.2
    assert (train.__name__, train.__doc__) == ("train", "Train.")
    assert sorted(run["params.lr"] for _, run in gitxp.runs().iterrows()) == [0.1, 0.2]
    assert newest().metrics == {}


def test_object_of_a_method_and_what_is_to_be_ignored_are_no_params():
    class Trainer:
        @gitxp.track(ignore=["model", "cache"])
        def fit(self, model, lr, *layers, **options):
            return {"layers": len(layers)}

    Trainer().fit(object(), 0.1, 8, 16, cache=object(), depth=2)
    assert newest().params == {"lr": 0.1, "layers": [8, 16], "depth": 2}


def test_argument_that_is_no_param_raises_before_the_call():
    called = []

    @gitxp.track
    def train(model):
        called.append(model)

    with pytest.raises(InvalidValue, match="model") as raised:
        train(object())
    assert "ignore" in raised.value.hint
    assert called == []
    assert len(gitxp.runs()) == 0


def test_wrong_call_raises_as_the_function_does():
    @gitxp.track
    def train(lr): ...

    with pytest.raises(TypeError, match="lr"):
        train()
    assert len(gitxp.runs()) == 0


def test_exception_ends_the_run_as_failed_and_goes_on():
    @gitxp.track
    def train(lr):
        raise ValueError("diverged")

    with pytest.raises(ValueError, match="diverged"):
        train(0.1)
    assert newest().status == "failed"
    assert "diverged" in newest().sessions[-1].error


def test_call_inside_a_run_is_its_child():
    @gitxp.track("inner")
    def train(lr):
        return {"loss": lr}

    with gitxp.start_run("sweep") as sweep:
        for lr in (0.1, 0.2):
            train(lr)
        sweep.log({"best": 0.1})
    children = gitxp.runs(experiment="inner")
    assert set(children["parent"]) == {sweep.id}
    assert list(gitxp.get_run(sweep.id).metrics) == ["best"]


def test_tracked_function_that_calls_another_is_its_parent():
    @gitxp.track("inner")
    def evaluate(fold):
        return {"accuracy": fold}

    @gitxp.track("outer")
    def train():
        return {"mean": sum(evaluate(fold)["accuracy"] for fold in range(3)) / 3}

    assert train() == {"mean": 1.0}
    (outer,) = gitxp.runs(experiment="outer").index
    assert set(gitxp.runs(experiment="inner")["parent"]) == {outer}


def test_calls_in_several_threads_are_beside_each_other():
    everybody = threading.Barrier(3)

    @gitxp.track("threads")
    def train(number):
        everybody.wait(60)
        gitxp.log({"number": number}, step=0)
        everybody.wait(60)

    threads = [threading.Thread(target=train, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    frame = gitxp.runs(experiment="threads")
    assert frame["parent"].isna().all()
    assert sorted(frame["params.number"]) == [0, 1, 2]
    assert (frame["params.number"] == frame["metrics.number"]).all()


def test_coroutines_run_beside_each_other():
    @gitxp.track("tasks")
    async def train(number):
        for step in range(3):
            gitxp.log({"number": number}, step=step)
            await asyncio.sleep(0)
        return {"last": number}

    async def train_all():
        return await asyncio.gather(*(train(number) for number in range(3)))

    assert asyncio.run(train_all()) == [{"last": number} for number in range(3)]
    frame = gitxp.runs(experiment="tasks")
    assert (frame["params.number"] == frame["metrics.number"]).all()
    assert (frame["metrics.last"] == frame["params.number"]).all()
    assert frame["points"].tolist() == [4, 4, 4]


def test_returned_values_that_are_no_numbers_are_warned_of():
    @gitxp.track
    def train():
        return {"accuracy": 0.5, "model": "a tree"}

    with pytest.warns(gitxp.GitxpWarning, match="model"):
        assert train()["model"] == "a tree"
    assert (list(newest().metrics), newest().failures) == (["accuracy"], 1)


def work(model):
    return model


def generate():
    yield 1


async def generate_async():
    yield 1


@pytest.mark.parametrize("function", [generate, generate_async])
def test_generators_are_refused(function):
    with pytest.raises(InvalidValue, match=f"{function.__name__} is a generator"):
        gitxp.track(function)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (partial(gitxp.track, dict), InvalidValue, "expected a function"),
        (lambda: gitxp.track("lr")("train"), InvalidValue, "expected a function"),
        (lambda: gitxp.track("about")(len), InvalidName, "reserved"),
        (lambda: gitxp.track(ignore=["modle"])(work), InvalidValue, "modle"),
        (lambda: gitxp.track(hypothesis=3), InvalidValue, "hypothesis"),
    ],
)
def test_what_is_wrong_is_said_where_the_function_is_defined(wrong, error, said):
    with pytest.raises(error, match=said):
        wrong()


TYPED = """
import gitxp
from typing import assert_type

@gitxp.track
def bare(lr: float, *, epochs: int = 3) -> dict[str, float]:
    return {"lr": lr}

@gitxp.track("lr", tags=["nightly"])
async def dressed(lr: float) -> int:
    return 1

async def use() -> None:
    assert_type(bare(0.1, epochs=2), dict[str, float])
    assert_type(await dressed(0.1), int)
    bare("0.1")  # type: ignore[arg-type]
    bare(0.1, epoch=2)  # type: ignore[call-arg]
    gitxp.track(tag=3)  # type: ignore[call-overload]
"""


@pytest.mark.slow
def test_types_of_the_function_are_kept(tmp_path, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    (tmp_path / "typed.py").write_text(TYPED)
    options = [
        "--strict",
        "--warn-unused-ignores",
        f"--cache-dir={tmp_path}",
        "--follow-imports=silent",
    ]
    command = [sys.executable, "-m", "mypy", "--config-file=", *options, tmp_path / "typed.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
