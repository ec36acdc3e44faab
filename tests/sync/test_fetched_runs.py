"""A run that was fetched and is not merged is read by every command, and changed by none."""

from __future__ import annotations

import json
import os

import pytest

import gitxp
from gitxp.cli.table import ENTRIES
from gitxp.errors import UnknownRun

RUN = "origin/theirs"
LOSS = 0.8125
# What each command that reads is asked of the run, and what of it must be in the answer.
READS = {
    "list": (("list", "--baseline", RUN, "--json"), "{id}"),
    "show": (("show", RUN), str(LOSS)),
    "diff": (("diff", RUN), "edited by ada"),
    "compare": (("compare", "mine", RUN), "{short}"),
    "metrics": (("metrics", RUN), str(LOSS)),
    "plot": (("plot", RUN, "-m", "loss", "--json"), str(LOSS)),
    "convergence": (
        ("convergence", RUN, "-m", "loss", "--to", "1", "--goal", "min", "--json"),
        "{id}",
    ),
    "groups": (("groups", RUN, "-m", "loss", "--json"), str(LOSS)),
    "log": (("log", "--baseline", RUN, "--json"), str(LOSS)),
    "artifact": (("artifact", "get", RUN, "-o", "out", "kept.txt"), "kept.txt"),
    "gate": (
        ("gate", RUN, "--metric", "loss", "--goal", "min", "--against", "mine", "--json"),
        str(LOSS),
    ),
    "verify": (("verify", RUN), "verified 1 run"),
    "export": (("export", RUN), "{id}"),
}
CHANGES = {
    # What is not here cannot go anywhere.
    "push": ("push", "origin", RUN),
    "tag": ("tag", "good", RUN),
    "note": ("note", "-m", "seen", RUN),
    "verdict": ("verdict", "confirmed", RUN),
    "keep": ("keep", RUN),
    "rename": ("rename", RUN, "other"),
    "baseline": ("baseline", "set", RUN),
    "remove": ("remove", "--yes", RUN),
}
TAKE_NO_RUNS = {
    *("run", "recover", "init", "experiment", "status", "undo", "doctor", "config", "demo"),
    *("fetch", "pull"),
}


def done(finished):
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def fetched(clones):
    """Ada, and Bob, who has a run of his own and has fetched that of Ada; and the id of hers."""
    ada, bob, _ = clones
    (ada.top / "train.py").write_text("edited by ada\n")
    os.chdir(ada.top)
    with gitxp.start_run("lr", "theirs", params={"lr": 0.1}) as run:
        run.log({"loss": LOSS}, step=0)
        run.log_text("x", "kept.txt")
    assert ada.push() == {}
    os.chdir(bob.top)
    with gitxp.start_run("lr", "mine", params={"lr": 0.2}) as own:
        own.log({"loss": 1.0}, step=0)
    bob.fetch()
    return ada, bob, run.id


def test_every_command_is_known_here():
    known = [*READS, *CHANGES, *TAKE_NO_RUNS]
    assert sorted(known) == sorted(entry.name for entry in ENTRIES)


def test_every_command_that_reads_takes_a_fetched_run(fetched):
    _, bob, run = fetched
    wrong = {}
    for name, (words, expected) in READS.items():
        finished = bob.xp(*words)
        wanted = expected.format(id=run, short=run.short)
        if finished.returncode or wanted not in finished.stdout:
            wrong[name] = finished
    assert wrong == {}


def test_no_command_changes_a_run_that_is_not_merged(fetched):
    _, bob, _ = fetched
    before = bob.refs()
    for words in CHANGES.values():
        finished = bob.xp(*words)
        assert (finished.returncode, finished.stdout) == (128, ""), words
        assert finished.stderr == (
            f"error: run '{RUN}' was fetched, and is not merged\nhint: git xp pull origin\n"
        ), words
    assert bob.refs() == before
    bob.merge()
    for name, words in CHANGES.items():
        if name == "remove":
            done(bob.xp("keep", "--off", RUN))
        done(bob.xp(*words))


def test_commands_that_list_show_all_that_was_fetched(fetched):
    ada, bob, run = fetched
    done(ada.xp("experiment", "describe", "lr", "-m", "how fast"))
    ada.push()
    bob.fetch()
    assert done(bob.xp("export", "-r", "origin", "-c", "name")).splitlines()[1:] == [
        f"{run},theirs"
    ]
    (chapter,) = json.loads(done(bob.xp("log", "--remote", "origin", "--json")))
    assert (chapter["run"], chapter["outcomes"][0]["value"]) == (run, LOSS)
    assert "how fast" in done(bob.xp("log", "lr", "-r", "origin"))
    assert "how fast" not in done(bob.xp("log", "lr"))
    (told,) = json.loads(done(bob.xp("experiment", "list", "-r", "origin", "--json")))
    assert (told["runs"], told["description"]["text"]) == (1, "how fast")
    for words in (("export",), ("log",), ("experiment", "list")):
        finished = bob.xp(*words, "--remote", "nobody")
        assert (finished.returncode, "no remote 'nobody'" in finished.stderr) == (128, True)


def test_runs_of_both_sides_are_asked_together(fetched):
    _, bob, run = fetched
    exported = done(bob.xp("export", "-c", "name", RUN, "mine", f"origin/{run[:8]}"))
    assert [line.partition(",")[2] for line in exported.splitlines()] == ["name", "theirs", "mine"]
    where = ("--where", "metrics.loss < 1")
    assert "theirs" in done(bob.xp("export", RUN, "mine", *where))
    assert "mine" not in done(bob.xp("export", RUN, "mine", *where))
    assert "verified 2 runs" in done(bob.xp("verify", "mine", RUN))
    bob.merge()
    assert done(bob.xp("export", "theirs", RUN)).count("theirs") == 1
    done(bob.xp("tag", "seen", RUN))
    assert done(bob.xp("export", "theirs", RUN)).count("theirs") == 2


def test_run_that_was_not_fetched_is_told_with_the_way_to_it(fetched):
    _, bob, _ = fetched
    for words in (("export", "origin/none"), ("verify", "origin/none"), ("tag", "x", "origin/no")):
        finished = bob.xp(*words)
        assert finished.returncode == 128
        assert f"no run {words[-1]!r}: neither here nor fetched\n" in finished.stderr
        assert "hint: git xp fetch origin\n" in finished.stderr


def test_run_that_was_only_fetched_is_told_with_the_name_that_leads_to_it(fetched):
    _, bob, run = fetched
    project = gitxp.open(bob.top)
    frame = project.runs(remote="origin").query("name == 'theirs'")
    for ask, spelled in (
        (lambda: project.get_run("theirs"), "origin/theirs"),
        (lambda: project.history(frame), f"origin/{run}"),
    ):
        with pytest.raises(UnknownRun) as told:
            ask()
        assert told.value.hint == f"did you mean {spelled!r}? Of all runs there: remote='origin'"
    assert len(project.history(frame, remote="origin")) == 1


def test_way_to_a_run_that_was_only_fetched_can_be_typed(fetched):
    _, bob, _ = fetched
    typed = "git xp list --remote origin"
    seen = f"hint: did you mean 'origin/theirs'? All runs there: {typed}\n"
    gate = ("gate", "mine", "--metric", "loss", "--against", "theirs")
    for words in (("show", "theirs"), ("export", "mine", "theirs"), gate):
        assert bob.xp(*words).stderr.endswith(seen), words
    assert "theirs" in done(bob.xp(*typed.split()[2:]))
    changes = (("tag", "x", "theirs"), ("remove", "--yes", "theirs"), ("rename", "theirs", "x"))
    for words in (*changes, ("baseline", "set", "theirs"), ("push", "origin", "theirs")):
        assert bob.xp(*words).stderr.endswith("hint: git xp pull origin\n"), words
    done(bob.xp("pull", "origin"))
    done(bob.xp("tag", "x", "theirs"))


def test_fetched_run_that_was_removed_here_is_told_with_the_way_back(fetched):
    _, bob, run = fetched
    bob.merge()
    removed = done(bob.xp("remove", "--yes", "theirs"))
    for asked in (RUN, f"origin/{run}", f"origin/{run.short}", f"origin/{run[:4]}"):
        finished = bob.xp("show", asked)
        assert (
            f"no run '{asked}': it was removed here by 'git xp remove theirs'\n" in finished.stderr
        )
        hint = finished.stderr.rpartition("hint: ")[2].strip()
        assert hint.startswith("git xp undo ")
        assert hint in removed
    assert "hint: git xp fetch origin\n" in bob.xp("show", "origin/other").stderr
    done(bob.xp(*hint.split()[2:]))
    assert str(LOSS) in done(bob.xp("show", "theirs"))


def told_of(finished):
    assert finished.returncode == 128
    return finished.stderr.splitlines()


@pytest.mark.parametrize("brings_another", [False, True])
def test_way_back_of_a_run_that_a_pull_removed_takes_nothing_else_back(fetched, brings_another):
    ada, bob, run = fetched
    bob.merge()
    done(ada.xp("remove", "--yes", "theirs"))
    if brings_another:
        ada.start(lr=0.3)
    assert ada.push() == {}
    done(bob.xp("pull"))
    known = set(gitxp.open(bob.top).runs().index)
    said, hint = told_of(bob.xp("show", RUN))
    assert said == f"error: no run '{RUN}': it was removed here by 'git xp pull origin'"
    assert (hint == "hint: git xp undo --list") is brings_another
    done(bob.xp(*hint.split()[3:]))
    assert set(gitxp.open(bob.top).runs().index) == (known if brings_another else known | {run})


def test_way_back_of_a_removal_stays_whatever_is_fetched_since(fetched):
    ada, bob, run = fetched
    bob.merge()
    done(ada.xp("remove", "--yes", "theirs"))
    assert ada.push() == {}
    done(bob.xp("pull"))
    ada.start(lr=0.3)
    done(ada.xp("experiment", "describe", "lr", "-m", "how fast it learns"))
    assert ada.push() == {}
    done(bob.xp("fetch"))
    _, hint = told_of(bob.xp("show", RUN))
    done(bob.xp(*hint.split()[3:]))
    assert run in gitxp.open(bob.top).runs().index
    done(bob.xp("pull"))


def test_way_back_of_a_run_that_was_removed_with_others_is_asked_for(fetched):
    _, bob, run = fetched
    bob.merge()
    done(bob.xp("remove", "--yes", "mine", "theirs"))
    for asked in (RUN, f"origin/{run.short}", run.short, "theirs"):
        said, hint = told_of(bob.xp("show", asked))
        assert "it was removed here by 'git xp remove mine theirs'" in said
        assert hint == "hint: git xp undo --list"


def test_experiment_before_a_run_is_no_remote(fetched):
    _, bob, _ = fetched
    experiment = gitxp.open(bob.top).get_run("mine").experiment
    assert "did you mean 'mine'?" in bob.xp("show", f"{experiment}/mine").stderr
    assert "hint: git xp list\n" in bob.xp("show", f"{experiment}/none").stderr


def test_damage_of_a_fetched_record_is_found(fetched, git):
    _, bob, run = fetched
    ref = f"refs/gitxp/incoming/origin/lr/{run}"
    git("update-ref", ref, "HEAD", cwd=bob.top)
    finished = bob.xp("verify", f"origin/{run}")
    assert finished.returncode == 1
    assert finished.stdout.startswith(f"{ref}: ")


def test_points_of_a_fetched_run_are_frames(fetched):
    _, bob, run = fetched
    project = gitxp.open(bob.top)
    assert project.history(RUN)["value"].tolist() == [LOSS]
    both = project.history(["mine", RUN, f"origin/{run[:8]}"])
    assert both["value"].tolist() == [1.0, LOSS]
    with pytest.raises(UnknownRun, match="neither here nor fetched"):
        project.history("origin/none")


def test_gate_compares_with_a_fetched_run(fetched):
    _, bob, run = fetched
    words = ("--metric", "loss", "--goal", "min", "--json")
    finished = bob.xp("gate", "mine", "--against", RUN, *words)
    answer = json.loads(finished.stdout)
    assert (finished.returncode, answer["against"]) == (1, run)
    assert answer["metrics"][0]["against"] == LOSS


@pytest.mark.parametrize("seeded", [False, True], ids=["seedless", "seeded"])
def test_a_run_is_one_repetition_though_it_stands_here_and_as_it_was_fetched(clones, seeded):
    ada, *_ = clones
    os.chdir(ada.top)
    for name, losses in (("a", (0.9, 0.906)), ("b", (0.88, 0.882))):
        for number, loss in enumerate(losses):
            seeds = {"seeds": number} if seeded else {}
            with gitxp.start_run("lr", f"{name}{number}", params={"net": name}, **seeds) as run:
                run.log({"loss": loss})
    ada.push()
    ada.fetch()

    def asked():
        told = []
        for words in (("b1", "a1"), ("b1", "origin/a1"), ("origin/b1", "a1"), ("a0", "origin/b0")):
            run, against = words
            words = ("gate", run, "--against", against, "--metric", "loss", "--goal", "max")
            (metric,) = json.loads(ada.xp(*words, "--json").stdout)["metrics"]
            told.append((metric["n"], metric["n_against"], metric["p"], metric["reruns"]))
        (groups,) = json.loads(
            done(ada.xp("groups", "a0", "a1", "origin/a1", "-m", "loss", "--json"))
        )["groups"]
        (measured,) = json.loads(
            done(ada.xp("groups", "b0", "--baseline", "origin/a1", "-m", "loss", "--json"))
        )["groups"]
        return [*told, (groups["n"], groups["reruns"]), measured["p_welch"]]

    before = asked()
    assert [one[:2] for one in before[:4]] == 4 * [(2, 2)]
    assert before[4] == (2, 0)
    for name in ("a1", "b1", "b0"):
        done(ada.xp("note", name, "-m", "seen"))
    assert asked() == before
    finished = ada.xp("groups", "a0", "a1", "origin/a1", "-m", "loss")
    assert finished.stderr == (
        "note: 1 run is named as it stands here and as it was fetched: the latter counts\n"
    )
    refused = ada.xp("gate", "b0", "--against", "origin/b0", "--metric", "loss", "--goal", "max")
    assert (refused.returncode, "would be held against itself" in refused.stderr) == (2, True)
