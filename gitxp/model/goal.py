"""Which way a metric is better: as the team has said, or else as its name lets guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

Goal = Literal["max", "min"]

_MIN: Final = frozenset(
    """
    bce bpb bpc bpd brier ce cer cost costs crossentropy crps deviance divergence ece err error
    errors fid hinge kl kld logloss loss losses lpips mae mape miss misses mse nll nrmse perplexity
    ppl regret rmse rmsle smape ter wer xent
    """.split()  # noqa: SIM905  # a line a word would hide them
)
_MAX: Final = frozenset(
    """
    acc accuracy ap auc auprc auroc bleu chrf correlation dice elbo f1 fscore hits iou jaccard kappa
    likelihood map mcc meteor miou mrr ndcg pearson precision psnr r2 recall return returns reward
    rewards rocauc rouge sensitivity spearman specificity spice ssim top1 top5
    """.split()  # noqa: SIM905  # a line a word would hide them
)
# What is measured of a loss or an accuracy here is not how good it is.
_ABOUT: Final = frozenset(
    """coef coefficient count drop lambda lr ratio scale std steps threshold time var variance
    weight""".split()  # noqa: SIM905
)
# `neg_mean_squared_error` is better where it is larger, as scikit-learn's scorers have it.
_NEGATED: Final = frozenset(["neg", "negative", "minus"])
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")
_TOKENS: Final = re.compile(r"[^\W_]+")
_ARROWS: Final = {"max": "↑", "min": "↓"}
_ASCII: Final = {"max": "^", "min": "v"}


@dataclass(frozen=True, slots=True)
class MetricGoal:
    """Which way a metric is better.

    Attributes:
        goal: `max` where higher values are better, `min` where lower ones are.
        is_guessed: Whether only the metric's name says so.
    """

    goal: Goal
    is_guessed: bool

    def gain(self, difference: float) -> float:
        """Return a difference in the metric's direction: above zero is better.

        Example:
            >>> MetricGoal("min", is_guessed=False).gain(-0.5)
            0.5
        """
        # Not by its negative: of no difference that would be a zero below zero.
        return difference if self.goal == "max" else 0.0 - difference

    def mark(self, *, has_unicode: bool) -> str:
        """Return an arrow which way is better, and `?` where that is guessed.

        Example:
            >>> MetricGoal("min", is_guessed=True).mark(has_unicode=False)
            'v?'
        """
        arrow = (_ARROWS if has_unicode else _ASCII)[self.goal]
        return f"{arrow}{'?' if self.is_guessed else ''}"


def metric_goal(name: str, given: Mapping[str, Goal]) -> MetricGoal | None:
    """Return which way a metric is better; None where nobody says so, and its name neither.

    Args:
        given: The goals in the team's settings, by metric.

    Example:
        >>> metric_goal("val/loss", {}), metric_goal("zeta", {"zeta": "max"})
        (MetricGoal(goal='min', is_guessed=True), MetricGoal(goal='max', is_guessed=False))
    """
    if name in given:
        return MetricGoal(given[name], is_guessed=False)
    guessed = guess_goal(name)
    return None if guessed is None else MetricGoal(guessed, is_guessed=True)


def goal_fields(goal: MetricGoal | None) -> dict[str, Any]:
    """Return a goal as the fields of an object in JSON.

    Example:
        >>> goal_fields(metric_goal("loss", {})), goal_fields(metric_goal("zeta", {}))
        ({'goal': 'min', 'guessed': True}, {'goal': None, 'guessed': False})
    """
    if goal is None:
        return {"goal": None, "guessed": False}
    return {"goal": goal.goal, "guessed": goal.is_guessed}


@lru_cache(maxsize=4096)
def guess_goal(name: str) -> Goal | None:
    """Return which way a metric of this name is mostly better; None where that is not known.

    Only whole words count, and of several that tell the last one: a `recall_error` is an error.

    Example:
        >>> guess_goal("train_loss"), guess_goal("val/macroF1"), guess_goal("gloss")
        ('min', 'max', None)
        >>> guess_goal("neg_mean_squared_error"), guess_goal("loss_scale")
        ('max', None)
    """
    words = _words(name)
    if not _ABOUT.isdisjoint(words):
        return None
    found: Goal | None = None
    for place, word in enumerate(words):
        pair = words[place - 1] + word if place else word  # `cross_entropy` is `crossentropy`
        for spelled in (word, pair, word.rstrip("0123456789")):
            if spelled in _MIN or spelled in _MAX:
                found = "min" if spelled in _MIN else "max"
                break
    if found is None or _NEGATED.isdisjoint(words):
        return found
    return "max" if found == "min" else "min"


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case, `valLoss` and `val_loss` taken apart alike.

    A part in which capitals stand for something else, such as `mAP`, is one word where that tells.
    """
    words: list[str] = []
    for token in _TOKENS.findall(name):
        whole = token.lower()
        known = whole.rstrip("0123456789")
        if {whole, known} & (_MIN | _MAX):
            words.append(whole)
        else:
            words += [word.lower() for word in _WORDS.findall(token)]
    return words
