"""A baseline that nobody has pushed is named by whatever would measure by it, and stops none."""

from __future__ import annotations

import json
import os

import pytest

import gitxp

NOTE = "note: baseline {} is not here, and nothing is measured against it; once pushed: git xp pull"


def record(name, loss, **more):
    with gitxp.start_run("lr", name, params={"net": name}, **more) as run:
        run.log({"loss": loss})
    return run


@pytest.fixture
def lacking(clones):
    """Bob, who has two runs of Ada's and the name of their baseline, which she did not push."""
    ada, bob, _ = clones
    os.chdir(ada.top)
    base = record("base", 1.0)
    assert ada.xp("baseline", "set", "base", "-q").returncode == 0
    record("good", 0.5)
    record("bad", 2.0)
    assert ada.xp("push", "origin", "good", "bad", "--quiet").returncode == 0
    bob.pull()
    os.chdir(bob.top)
    return ada, bob, base


def done(finished, *, notes=()):
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.splitlines() == list(notes)
    return finished.stdout


def test_list_and_compare_say_that_nothing_is_measured_against_it(lacking):
    _, bob, base = lacking
    note = [NOTE.format(base.id.short)]
    for words in (
        ("list",),
        ("list", "--remote", "origin"),
        ("compare", "good", "bad"),
        ("compare", "origin/good", "origin/bad"),
        ("compare", "good", "bad", "--json"),
    ):
        told = done(bob.xp(*words), notes=note)
        assert "on baseline" not in told
        assert "good" in told
    told = json.loads(done(bob.xp("list", "--json")))
    assert {one["baseline"] for one in told} == {base.id}
    assert "metrics" in repr(gitxp.compare("good", "bad"))


def test_what_is_measured_against_another_run_needs_no_baseline(lacking):
    _, bob, _ = lacking
    assert "on baseline" in done(bob.xp("list", "--baseline", "good"))
    done(bob.xp("compare", "good", "bad", "--baseline", "bad"))


def test_pages_of_a_run_name_it(lacking):
    _, bob, base = lacking
    away = f"baseline:     {base.id.short}, which is not here"
    assert away in done(bob.xp("show", "good"))
    assert away in done(bob.xp("show", "origin/good"))
    for words in (("log",), ("baseline", "show"), ("status",)):
        assert f"{base.id.short}, which is not here" in done(bob.xp(*words))
    assert base.id.short in done(bob.xp("experiment", "list"))
    (told,) = json.loads(done(bob.xp("baseline", "show", "--json")))
    assert (told["run"], told["is_here"]) == (base.id, False)
    told = json.loads(done(bob.xp("show", "good", "--json")))
    assert (told["baseline"], told["measured_against"]) == (base.id, None)


def test_gate_has_no_answer_and_says_how_to_come_by_one(lacking):
    _, bob, base = lacking
    for words in (("gate", "good"), ("gate", "good", "--json"), ("gate", "origin/good")):
        finished = bob.xp(*words, "--metric", "loss")
        assert (finished.returncode, finished.stdout) == (128, "")
        assert finished.stderr.splitlines() == [
            f"error: the baseline {base.id.short} is not here",
            "hint: git xp pull, once it was pushed; or name another run with --against",
        ]
    assert done(bob.xp("gate", "good", "--metric", "loss", "--against", "bad"))


def test_new_run_keeps_it_and_is_recorded(lacking):
    _, bob, base = lacking
    run = record("mine", 0.25)
    assert gitxp.get_run(run.id).baseline == base.id
    assert "mine" in done(bob.xp("list"), notes=[NOTE.format(base.id.short)])


def test_once_it_is_pushed_and_pulled_everything_is_measured_against_it(lacking):
    ada, bob, _ = lacking
    assert ada.push() == {}
    bob.pull()
    assert "on baseline" in done(bob.xp("list"))
    assert "loss" in done(bob.xp("compare", "good", "bad"))
    assert done(bob.xp("gate", "good", "--metric", "loss"))


def test_one_that_was_removed_here_is_brought_back_by_undo(lacking):
    ada, _, base = lacking
    os.chdir(ada.top)
    removed = ada.xp("remove", "base", "--yes")
    back = removed.stdout.partition("undo: ")[2].strip()
    assert back.startswith("git xp undo ")
    assert ada.xp("keep", "good", "-q").returncode == 0  # no undo of the newest
    note = (
        f"note: baseline {base.id.short} is in the trash, and nothing is measured against it; "
        f"undo: {back}"
    )
    done(ada.xp("list"), notes=[note])
    done(ada.xp("compare", "good", "bad"), notes=[note])
    finished = ada.xp("gate", "good", "--metric", "loss")
    assert finished.stderr.splitlines() == [
        f"error: the baseline {base.id.short} is in the trash",
        f"hint: {back}; or name another run with --against",
    ]
    assert ada.xp(*back.split()[2:]).returncode == 0
    assert done(ada.xp("gate", "good", "--metric", "loss"))


def test_one_that_was_removed_with_others_comes_back_by_none_of_the_commands_alone(lacking):
    ada, _, _ = lacking
    os.chdir(ada.top)
    assert ada.xp("remove", "base", "bad", "--yes", "-q").returncode == 0
    (note,) = ada.xp("list").stderr.splitlines()
    assert note.endswith("; undo: git xp undo --list")
    finished = ada.xp("gate", "good", "--metric", "loss")
    assert "hint: git xp undo --list; or name another run" in finished.stderr


def test_many_of_them_are_counted(lacking):
    ada, bob, _ = lacking
    os.chdir(ada.top)
    for number in range(5):
        away = record(f"base-{number}", 1.0, baseline=False)
        run = record(f"run-{number}", 0.5, baseline=away)
        assert ada.xp("push", "origin", run.id, "--quiet").returncode == 0
    bob.pull()
    (note,) = bob.xp("list").stderr.splitlines()
    assert " and 3 more are not here, and nothing is measured against them; " in note
