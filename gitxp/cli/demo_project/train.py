"""A small network on scikit-learn's digits, trained by minibatch SGD."""

import argparse

import numpy as np
from schedules import SCHEDULES
from sklearn.datasets import load_digits

import gitxp

EPOCHS = 20
HIDDEN = 48
BATCH = 32


def split_digits(seed):
    """Return training and validation images with their labels."""
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    images, labels = digits.data[order] / 16.0, digits.target[order]
    return images[:1400], labels[:1400], images[1400:], labels[1400:]


def forward(weights, images):
    """Return the hidden layer and the class probabilities."""
    hidden = np.maximum(images @ weights["in"] + weights["in_bias"], 0)
    scores = hidden @ weights["out"] + weights["out_bias"]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, scores / scores.sum(axis=1, keepdims=True)


def train_one_epoch(weights, images, labels, lr, rng):
    """Take one pass over the images and return the mean loss."""
    losses = []
    for batch in np.array_split(rng.permutation(len(labels)), len(labels) // BATCH):
        hidden, chances = forward(weights, images[batch])
        losses.append(-np.log(chances[np.arange(len(batch)), labels[batch]] + 1e-12).mean())
        error = (chances - np.eye(10)[labels[batch]]) / len(batch)
        below = (error @ weights["out"].T) * (hidden > 0)
        weights["out"] -= lr * hidden.T @ error
        weights["out_bias"] -= lr * error.sum(axis=0)
        weights["in"] -= lr * images[batch].T @ below
        weights["in_bias"] -= lr * below.sum(axis=0)
    return float(np.mean(losses))


def train(schedule, seed, lr):
    """Train one network, tracked as one run."""
    rng = np.random.default_rng(seed)
    images, labels, held_out, held_out_labels = split_digits(seed)
    weights = {
        "in": rng.normal(0, 0.1, (64, HIDDEN)),
        "in_bias": np.zeros(HIDDEN),
        "out": rng.normal(0, 0.1, (HIDDEN, 10)),
        "out_bias": np.zeros(10),
    }
    with gitxp.start_run(
        "digits",
        name=f"{schedule}-{seed}",
        params={"schedule": schedule, "lr": lr, "epochs": EPOCHS, "hidden": HIDDEN},
        hypothesis="a cosine schedule beats a step schedule",
        seeds=seed,
    ) as run:
        run.log_dataset("digits", images, role="train", split={"train": 1400, "validation": 397})
        for epoch in range(EPOCHS):
            rate = lr * SCHEDULES[schedule](epoch / EPOCHS)
            loss = train_one_epoch(weights, images, labels, rate, rng)
            guesses = forward(weights, held_out)[1].argmax(axis=1)
            accuracy = float((guesses == held_out_labels).mean())
            run.log({"train/loss": loss, "val/accuracy": accuracy, "lr": rate}, step=epoch)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="step")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--lr", type=float, default=0.1)
    given = parser.parse_args()
    for seed in given.seeds:
        train(given.schedule, seed, given.lr)
