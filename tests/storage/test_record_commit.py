"""A record's commit is one that Git takes, whatever people call their runs."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Run, Session, Status
from gitxp.storage.odb.objects import EMPTY_TREE
from gitxp.storage.record_commit import EMPTY_ROOT, record_commit

WHEN = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
RUN = Run(
    RunId("0123456789abcdef" * 2),
    ExperimentName("vision/lr"),
    sessions=(Session(WHEN, finished=WHEN, status=Status.FINISHED),),
    name="cosine",
    author="Ada Lovelace <ada@example.org>",
)


def summary(value):
    at = At(value, 0)
    return MetricSummary(at, at, at, at, value, 1)


def commit(run, **changes):
    fields = {"before": None, "code": None, "when": WHEN, **changes}
    return record_commit(run, EMPTY_TREE, **fields)


def header_and_message(made):
    header, _, message = made.content.decode().partition("\n\n")
    return header.split("\n"), message


def test_first_record_descends_from_the_shared_root():
    header, _ = header_and_message(commit(RUN))
    assert header == [
        f"tree {EMPTY_TREE}",
        f"parent {EMPTY_ROOT.oid}",
        "author Ada Lovelace <ada@example.org> 1767323045 +0000",
        "committer Ada Lovelace <ada@example.org> 1767323045 +0000",
    ]


def test_record_before_comes_first_and_code_second():
    header, _ = header_and_message(commit(RUN, before="a" * 40, code="b" * 40))
    assert header[1:3] == [f"parent {'a' * 40}", f"parent {'b' * 40}"]


def test_message_tells_the_run_and_five_metrics():
    metrics = {f"metric-{number}": summary(number / 3) for number in range(7)}
    _, message = header_and_message(
        commit(replace(RUN, hypothesis="cosine\nbeats step", metrics=metrics))
    )
    assert message == (
        "vision/lr: cosine (finished)\n\n"
        "cosine beats step\n\n"
        "metric-0 0\nmetric-1 0.333333\nmetric-2 0.666667\nmetric-3 1\nmetric-4 1.33333\n\n"
        "Run-Id: 0123456789abcdef0123456789abcdef\n"
        "Experiment: vision/lr\nStatus: finished\nFormat: 1\n"
    )


@pytest.mark.parametrize("author", ["", "<>", "\0", "<<a\nb>", "Ada", "\udcff <x>", "> <\x01"])
def test_odd_author_still_makes_an_identity(author):
    header, _ = header_and_message(commit(replace(RUN, author=author)))
    name, _, rest = header[2].removeprefix("author ").partition(" <")
    assert name
    assert rest.count(">") == 1
    assert "<" not in rest


def test_date_before_1970_becomes_the_first_that_git_takes():
    header, _ = header_and_message(commit(RUN, when=datetime(1960, 1, 1, tzinfo=UTC)))
    assert header[-1].endswith("> 0 +0000")


any_text = st.text(st.characters(exclude_categories=()), max_size=30)


@given(name=any_text, author=any_text, hypothesis=any_text, metric=any_text)
def test_no_text_adds_a_header_a_trailer_or_a_nul(name, author, hypothesis, metric):
    made = commit(
        replace(
            RUN,
            name=f"{name}\n\nRun-Id: forged",
            author=f"{author}\nparent {'f' * 40}",
            hypothesis=f"{hypothesis}\n\nRun-Id: forged\n",
            metrics={f"{metric}\n\nStatus: forged": summary(1.0)},
        )
    )
    header, message = header_and_message(made)
    assert [line.partition(" ")[0] for line in header] == ["tree", "parent", "author", "committer"]
    assert b"\0" not in made.content
    assert not any(
        line.startswith(("Run-Id: forged", "Status: forged")) for line in message.split("\n")
    )
    assert message.split("\n\n")[-1].startswith(f"Run-Id: {RUN.id}\n")


@pytest.mark.parametrize("odd", ["", "Zoë \udcff", "\x00\x1b[31m", "<>\n\n--- a/b"])
def test_git_takes_the_commit_and_reads_its_trailers(repo_dir, git, odd):
    git("mktree", cwd=repo_dir)  # of nothing: the empty tree
    run = replace(RUN, name=odd, author=odd, hypothesis=odd, metrics={odd: summary(0.5)})
    for made in (EMPTY_ROOT, commit(run)):
        written = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
            cwd=repo_dir,
            input=made.content,
            check=True,
            capture_output=True,
        )
        assert written.stdout.decode().strip() == made.oid
    git("update-ref", "refs/experiments/lr/x", made.oid, cwd=repo_dir)
    git("fsck", "--strict", cwd=repo_dir)
    trailers = git("log", "-1", "--format=%(trailers:only)", made.oid, cwd=repo_dir)
    assert trailers.split("\n")[:2] == [f"Run-Id: {RUN.id}", "Experiment: vision/lr"]
