"""Which way a metric is better is guessed from the whole words of its name, and never claimed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.model.goal import MetricGoal, guess_goal, metric_goal

LOWER = """
loss train_loss val/loss valLoss loss/train LOSS test-loss eval.loss total_losses val/cross_entropy
crossEntropy mae val_MAE rmse rmse_log mse mean_squared_error log_loss error error_rate top5_error
perplexity val/ppl nll negative_likelihood wer word_error_rate cer fid FID50k brier_score loss1
recall_error accuracy_loss train_loss_step loss_epoch kl_divergence bits/bpc eval/cost
"""
HIGHER = """
acc accuracy val/accuracy valAccuracy train_acc top1 top5_accuracy acc@1 f1 F1 macroF1 f1_score
f1-macro auc roc_auc AUROC bleu BLEU bleu4 rouge1 rougeL recall@10 precision mAP mAP50 val/mIoU iou
dice_score r2 psnr ssim ndcg@10 reward episode/return log_likelihood neg_mean_squared_error
neg_log_loss hits@3
"""
UNKNOWN = """
lr learning_rate grad_norm epoch step time/step gloss lossless accelerate maple f2f entropy x zeta
accuracy_std loss_var loss_scale loss_weight loss/time accuracy_threshold 1 / é système
false_negative_rate throughput samples_per_second score
"""


@pytest.mark.parametrize(
    ("names", "goal"), [(LOWER, "min"), (HIGHER, "max"), (UNKNOWN, None)], ids=str
)
def test_whole_words_of_the_name_tell(names, goal):
    assert {name: guess_goal(name) for name in names.split()} == dict.fromkeys(names.split(), goal)


@given(st.text(max_size=40))
def test_any_name_is_taken_and_case_of_a_single_word_does_not_matter(name):
    assert guess_goal(name) in ("min", "max", None)
    for word in ("loss", "accuracy"):
        assert guess_goal(word) == guess_goal(word.upper()) == guess_goal(word.title())


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=8))
def test_word_within_another_one_tells_nothing(letters):
    assert guess_goal(f"qz{letters}lossq") is None


@given(st.sampled_from(LOWER.split() + HIGHER.split()), st.sampled_from(["val", "train", "0"]))
def test_prefix_that_tells_nothing_changes_nothing(name, prefix):
    assert guess_goal(f"{prefix}/{name}") == guess_goal(name)


def test_goal_that_was_given_is_no_guess():
    assert metric_goal("loss", {"loss": "max"}) == MetricGoal("max", is_guessed=False)
    assert metric_goal("loss", {"other": "max"}) == MetricGoal("min", is_guessed=True)
    assert metric_goal("zeta", {"other": "max"}) is None


def test_no_difference_is_no_gain_below_zero():
    for goal in ("max", "min"):
        assert str(MetricGoal(goal, is_guessed=False).gain(0.0)) == "0.0"
