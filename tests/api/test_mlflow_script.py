"""A training script written for MLflow's verbs runs as it stands but for the import."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

import gitxp
import gitxp as mlflow

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(200, 5))
LABELS = (IMAGES.sum(axis=1) > 0).astype(float)


class Model:
    """Logistic regression."""

    def __init__(self):
        self.weights = np.zeros(5)


MODEL = Model()


def get_git_hash():
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def train_one_epoch(model, images, labels):
    chances = 1 / (1 + np.exp(-images @ model.weights))
    model.weights -= 0.5 * images.T @ (chances - labels) / len(labels)
    Path("model_checkpoint.pt").write_bytes(model.weights.tobytes())
    return -np.mean(labels * np.log(chances) + (1 - labels) * np.log(1 - chances))


def evaluate(model, images, labels):
    guesses = images @ model.weights > 0
    right = (guesses & (labels == 1)).sum()
    f1 = 2 * right / (guesses.sum() + labels.sum())
    return {"accuracy": np.mean(guesses == labels), "f1": f1}


def train_with_tracking(config: dict):
    with mlflow.start_run():
        mlflow.log_params(config)
        mlflow.set_tag("git_hash", get_git_hash())
        mlflow.set_tag("data_version", config["data_version"])
        for epoch in range(config["epochs"]):
            train_loss = train_one_epoch(MODEL, IMAGES, LABELS)
            val_metrics = evaluate(MODEL, IMAGES, LABELS)
            mlflow.log_metrics(
                {
                    "train_loss": train_loss,
                    "val_accuracy": val_metrics["accuracy"],
                    "val_f1": val_metrics["f1"],
                },
                step=epoch,
            )
        mlflow.log_artifact("model_checkpoint.pt")


def test_mlflow_script_is_recorded_whole(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    config = {"lr": 0.5, "epochs": 12, "data_version": "v3", "layers": [5, 1]}
    train_with_tracking(config)
    run = gitxp.get_run("@")
    assert run.params == config
    assert run.tags["data_version"].value == "v3"
    assert run.tags["git_hash"].value == run.code.base
    assert run.metrics["val_accuracy"].last.value > 0.9
    assert run.metrics["train_loss"].count == 12
    assert [one.path for one in run.artifacts] == ["model_checkpoint.pt"]
