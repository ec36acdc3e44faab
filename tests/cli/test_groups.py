"""`git xp groups`: how a metric spreads over seeds, on terminals of any kind and as JSON."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest

import gitxp

LONG = "a_name_that_is_far_too_long_for_any_terminal_of_forty_columns"


def record(net, values, **params):
    for seed, value in enumerate(values):
        given = {"net": net, "seed": seed, **params}
        with gitxp.start_run("net", f"{net}-{seed}", params=given) as run:
            run.log({"val/acc": value, "odd": math.nan})


@pytest.fixture
def made(repo_dir, monkeypatch):
    """Groups of unequal size: one a little better than the base, one by far, one a single run."""
    monkeypatch.chdir(repo_dir)
    record("base", [0.60, 0.62, 0.64, 0.61])
    record("luck", [0.61, 0.64, 0.63])
    record("wide", [0.70, 0.71, 0.72])
    record("deep", [0.9])


def table(done):
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_groups_are_shown_with_the_best_first(xp, made):
    title, head, *rows = table(xp("groups", "-m", "val/acc"))
    assert title == ["val/acc", "↑?"]
    assert head[:3] == ["net", "n", "mean"]
    assert [row[:3] for row in rows] == [
        ["deep", "1", "0.9"],
        ["wide", "3", "0.71"],
        ["luck", "3", "0.6267"],
        ["base", "4", "0.6175"],
    ]


def test_intervals_are_those_that_hold_of_few_runs(xp, made):
    plain = xp("groups", "-m", "val/acc", "--json").stdout
    assert plain == xp("groups", "-m", "val/acc", "--json", "--interval", "t").stdout
    wide = next(one for one in json.loads(plain)["groups"] if one["mean"] == 0.71)
    half = 4.302652729696142 * 0.01 / math.sqrt(3)  # Student's t of two degrees of freedom
    assert (wide["low"], wide["high"]) == pytest.approx((0.71 - half, 0.71 + half))
    assert "too narrow" not in xp("groups", "-m", "val/acc").stdout


@pytest.mark.parametrize("interval", ["bca", "percentile"])
def test_a_bootstrap_interval_of_few_runs_is_said_to_be_too_narrow(xp, made, interval):
    note = "of fewer than 10 runs a bootstrap interval is too narrow: --interval t"
    shown = xp("groups", "-m", "val/acc", "--interval", interval).stdout
    assert shown.splitlines().count(note) == 1
    bars = str(gitxp.plot(metric="val/acc", kind="bars", interval=interval))
    assert note in " ".join(bars.split())
    assert "too narrow" not in str(gitxp.plot(metric="val/acc", kind="bars"))
    record("many", [number / 10 for number in range(10)])
    shown = xp("groups", "-m", "val/acc", "--where", 'params.net == "many"', "--interval", interval)
    assert "too narrow" not in shown.stdout


def test_a_bootstrap_band_of_few_runs_is_said_to_be_too_narrow(xp, made):
    shown = xp("plot", "-m", "val/acc", "--by", "params.net", "--band", "bootstrap").stdout
    assert "bootstrap interval is too narrow: --band ci" in " ".join(shown.split())
    assert "too narrow" not in xp("plot", "-m", "val/acc", "--by", "params.net").stdout


def test_values_near_the_largest_float_are_a_group_as_others_are(xp, made):
    record("huge", [1.0e308, 1.1e308, 1.2e308])
    done = xp("groups", "-m", "val/acc", "--baseline", "base-2")
    assert not done.stderr
    (row,) = (line for line in done.stdout.splitlines() if line.startswith("huge"))
    assert row.split()[:3] == ["huge", "3", "1.1e+308"]
    assert row.endswith("better")
    assert "changed nothing" not in done.stdout


def test_against_a_baseline_a_gain_within_the_noise_is_called_that(xp, made):
    shown = xp("groups", "-m", "val/acc", "--baseline", "base-2").stdout
    ends = {line.split()[0]: line for line in shown.splitlines()}
    assert ends["wide"].endswith("better")
    assert ends["luck"].endswith("within the noise")
    assert ends["deep"].endswith("cannot be said")
    assert ends["base"].endswith("baseline")
    assert "baseline: net=base (4 runs)" in shown
    assert "p corrected: for 2 comparisons" in shown
    assert "cannot be said: one run here" in shown


def test_the_page_has_the_effect_and_every_p_value_of_json(xp, made):
    head, *rows = table(xp("groups", "-m", "val/acc", "--baseline", "base-2"))[1:]
    assert " ".join(head).endswith("on baseline g p p corrected p permuted conclusion")
    found = json.loads(xp("groups", "-m", "val/acc", "--baseline", "base-2", "--json").stdout)
    (wide,) = (one for one in found["groups"] if one["params.net"] == "wide")
    names = ("effect", "p_welch", "p_corrected", "p_permutation")
    assert rows[1][-5:] == [*(f"{wide[name]:.4g}" for name in names), "better"]
    assert wide["p_corrected"] > wide["p_welch"]
    one = xp("groups", "-m", "val/acc", "--baseline", "base-2", "--where", 'params.net != "luck"')
    assert "p corrected" not in one.stdout
    assert "p permuted" in one.stdout
    assert "p permuted" not in xp("groups", "-m", "val/acc").stdout


def test_a_param_is_told_from_a_column_of_its_name(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for p in (0.1, 0.5):
        for seed in range(3):
            with gitxp.start_run("p", f"{p}-{seed}", params={"p": p}, seeds=seed) as run:
                run.log({"acc": p + seed / 10})
    head = table(xp("groups", "-m", "acc", "--baseline", "0.1-0"))[1]
    assert (head[0], head.count("p")) == ("params.p", 2)  # its own, and that of `p permuted`


def test_a_metric_of_no_known_goal_is_neither_better_nor_worse(xp, made):
    for seed in range(3):
        for net, value in (("a", 1.0), ("b", 9.0)):
            with gitxp.start_run("q", f"{net}-{seed}", params={"net": net}, seeds=seed) as run:
                run.log({"quux": value + seed / 10})
    shown = xp("groups", "-e", "q", "-m", "quux", "--baseline", "a-0").stdout
    assert shown.startswith("quux\n")
    assert "cannot be said: nothing says which way the metric is better" in shown


def test_json_has_what_the_frame_has(xp, made):
    done = xp("groups", "-m", "val/acc", "--baseline", "base-0", "--json")
    found = json.loads(done.stdout)
    frame = gitxp.groups(metric="val/acc", baseline="base-0")
    assert [list(one) for one in found["groups"]] == [list(frame.columns)] * 4
    for name in ("params.net", "n", "mean", "p_corrected", "conclusion", "runs"):
        expected = frame[name].astype(object).where(frame[name].notna(), None).tolist()
        assert [one[name] for one in found["groups"]] == expected
    assert (found["metric"], found["goal"], found["guessed"]) == ("val/acc", "max", True)
    assert len(found["baseline"]) == 4


def test_json_of_nothing_but_nan_is_strict(xp, made):
    found = json.loads(xp("groups", "-m", "odd", "--json").stdout)
    assert [one["nonfinite"] for one in found["groups"]] == [1, 3, 3, 4]
    assert {one["mean"] for one in found["groups"]} == {None}


def test_runs_are_selected_as_everywhere(xp, made):
    assert len(table(xp("groups", "-m", "val/acc", "--where", 'params.net != "deep"'))) == 5
    assert [row[:3] for row in table(xp("groups", "luck-0", "luck-1", "-m", "val/acc"))[2:3]] == [
        ["2", "0.625", "0.02121"]
    ]
    chosen = xp("groups", "wide-0", "--baseline", "base-0", "-m", "val/acc")
    assert "cannot be said" in chosen.stdout
    assert "one run a group" in chosen.stdout


def test_groups_are_made_by_any_column(xp, made):
    head, *rows = table(xp("groups", "-m", "val/acc", "--by", "params.seed"))[1:]
    assert head[0] == "seed"
    assert [row[:2] for row in rows] == [["0", "4"], ["2", "3"], ["1", "3"], ["3", "1"]]
    rows = table(xp("groups", "-m", "val/acc:max", "--by", "params.net", "--by", "params.seed"))
    assert len(rows) == 2 + 11 + 1


def test_unfinished_runs_are_counted_only_where_asked(xp, made):
    with pytest.raises(ValueError, match="no"), gitxp.start_run("net", params={"net": "wide"}):
        gitxp.log({"val/acc": 0.1})
        raise ValueError("no")
    words = ("groups", "-m", "val/acc", "--where", 'params.net == "wide"')
    told = xp(*words).stdout
    assert "unfinished" in told.splitlines()[1]
    assert "n counts neither NaN and infinite values nor unfinished runs" in told
    assert table(xp(*words, "--unfinished"))[2][0] == "4"


def test_without_a_metric_it_is_the_one_that_list_shows_first(xp, made):
    assert xp("groups").stdout == xp("groups", "-m", "val/acc").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "val/ac"], "did you mean 'val/acc'?"),
        (["--by", "params.nett"], "did you mean 'params.net'?"),
        (["--baseline", "bas-0"], "did you mean 'base-0'?"),
        (["-e", "nett"], "did you mean 'net'?"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(xp, made, words, said):
    done = xp("groups", *words)
    assert done.returncode == 128
    assert said in done.stderr


@pytest.mark.parametrize("words", [["--confidence", "95"], ["--interval", "normal"]])
def test_wrong_usage_is_told_so(xp, made, words):
    assert xp("groups", *words).returncode == 2


def test_no_runs_are_no_groups(xp):
    done = xp("groups")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no runs yet" in done.stderr
    assert json.loads(xp("groups", "--json").stdout) == {"groups": []}


def test_no_run_that_fits_is_said(xp, made):
    assert "no run fits" in xp("groups", "--where", "params.seed > 99").stderr


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_narrow_terminal_shows_what_matters_most(terminal, made, columns, encoding):
    record(LONG, [0.5, 0.6], **{f"param_{at}": at for at in range(9)})
    shown = terminal(
        "groups",
        "-m",
        "val/acc",
        "--baseline",
        "base-0",
        columns=columns,
        PYTHONIOENCODING=encoding,
        GIT_PAGER="cat",
    )
    lines = shown.text.splitlines()
    assert shown.status == 0
    assert max(map(len, lines)) <= columns
    assert ("0.71" in shown.text) == (columns > 20)
    if columns >= 80:
        assert "within the noise" in shown.text
    if encoding == "ascii":
        assert shown.text.isascii()


def test_long_values_widen_no_pipe_and_still_tell_groups_apart(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for net in ("small", "large"):
        params = {f"path{at}": f"/data/{'x' * 500}/{at}/{net}" for at in range(5)}
        for seed in range(2):
            with gitxp.start_run(
                "long", f"{net}-{seed}", params={**params, "z" * 200: net}, seeds=seed
            ) as run:
                run.log({"acc": seed + len(net)})
    words = ("groups", "-m", "acc", "--baseline", "small-0")
    lines = xp(*words).stdout.splitlines()
    assert max(map(len, lines)) < 400
    rows = [line.split() for line in lines if line.startswith("…xxx")]
    assert [row[0][-9:] for row in rows] == ["x/0/large", "x/0/small"]
    assert [row[4][-9:] for row in rows] == ["x/4/large", "x/4/small"]
    assert any(line.startswith("baseline: ") and line.endswith("… (2 runs)") for line in lines)


def test_a_thousand_runs_and_a_thousand_params_are_shown(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    script = (
        "import gitxp\n"
        "for n in range(1000):\n"
        "    params = {'lr': n // 4, 'seed': n, **{f'p{at}': n // 4 for at in range(20)}}\n"
        "    with gitxp.start_run('many', params=params) as run: run.log({'loss': n % 7})\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    lines = xp("groups", "-m", "loss").stdout.splitlines()
    assert len(lines) == 2 + 100 + 2
    assert lines[-2] == "15 more columns differ: choose with --by"
    assert lines[-1] == "the first 100 of 250 groups: choose with --where; --json has all"
    assert len(json.loads(xp("groups", "-m", "loss", "--json").stdout)["groups"]) == 250
    base = gitxp.runs(sort="metrics.loss")["name"].index[-1]
    lines = xp("groups", "-m", "loss", "--baseline", base).stdout.splitlines()
    assert len([line for line in lines if line.endswith("  baseline")]) == 1
    done = xp("compare", "-e", "many")
    assert (done.returncode, done.stdout) == (128, "")
    assert "1,000 runs to compare: expected at most 100\nhint: choose fewer" in done.stderr


def test_groups_that_only_the_code_parts_are_told_with_the_remedy(xp, made, repo_dir):
    train = (
        "import sys, gitxp\n"
        "seed = int(sys.argv[1])\n"
        "with gitxp.start_run('stray', params={'lr': 0.1, 'seed': seed}) as run:\n"
        "    run.log({'acc': 0.5 + seed})\n"
    )
    for seed in "01":
        (repo_dir / f"left-behind-{seed}.txt").write_text(seed)
        subprocess.run([sys.executable, "-c", train, seed], cwd=repo_dir, check=True)
    shown = xp("groups", "-e", "stray", "-m", "acc").stdout
    assert "2 groups differ from another in code alone: --by params joins them" in shown
    joined = xp("groups", "-e", "stray", "-m", "acc", "--by", "params").stdout
    assert "in code alone" not in joined
    assert joined.splitlines()[2].split()[0] == "2"
    assert "in code alone" not in xp("groups", "-e", "net", "-m", "val/acc").stdout


@pytest.mark.parametrize("columns", [40, 80])
def test_notes_take_lines_of_their_own_where_they_are_long(terminal, made, columns):
    words = ("groups", "-m", "val/acc", "--baseline", "base-2", "--interval", "bca")
    seen = terminal(*words, columns=columns, GIT_PAGER="cat", NO_COLOR="1").text
    assert max(map(len, seen.splitlines())) <= columns
    text = " ".join(seen.split())
    for told in (
        "p: Welch's test, which decides; p permuted: a permutation test; g: Hedges' effect",
        "cannot be said: one run here: chance cannot be told without several seeds on both sides",
        "of fewer than 10 runs a bootstrap interval is too narrow: --interval t",
        "g, p, p corrected, p permuted",
    ):
        assert told in text
