"""Names of a record that somebody else made neither move the terminal nor pose as others."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

RUN = "c" * 32
EVIL = "\x1b]0;owned\x07\x1b[31mX\u202e\u2066\u200b\x9b31m\r\n"
# What may stand in a name: a record with controls in one is refused as a whole.
EVIL_NAME = "X\u202e\u2066\u200b"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def points():
    def names(name):
        return pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array([name]))

    table = pa.table(
        {
            "metric": names("=m" + EVIL_NAME),
            "step": pa.array([1, 2], pa.int64()),
            "time": pa.array([0, 0], pa.timestamp("us", tz="UTC")),
            "value": pa.array([-1.0, 2.0]),
            "writer": names("@w" + EVIL_NAME),
        }
    )
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def text(name):
    return json.dumps(name + EVIL)


def key(name):
    return json.dumps(name + EVIL_NAME)


DOCUMENTS = {
    "run.toml": f"""format = 1
id = "{RUN}"
experiment = "evil"
home = "{"0" * 32}"
status = "finished"
name = {text("n")}
hypothesis = {text("h")}
author = {text("a")}
host = {text("h")}
group = {text("g")}
title = {text("t")}
tags.{key("k")} = {{value = {text("v")}, clock = 1}}
seeds.{key("s")} = 1
[[sessions]]
started = 2026-01-01T00:00:00Z
finished = 2026-01-01T00:00:10Z
status = "finished"
argv = [{text("a")}]
folder = {text("f")}
error = {text("e")}
[sessions.code]
failure = {text("f")}
branch = {text("b")}
left_out = [{{path = {text("p")}, reason = {text("r")}}}]
""",
    "params.toml": f"{text('k')} = {text('v')}\n",
    "metrics.toml": f"""[{key("=m")}]
first = -1.0
first_step = 1
last = 2.0
last_step = 2
min = -1.0
min_step = 1
max = 2.0
max_step = 2
mean = 0.5
count = 2
nonfinite = 0
""",
}


EVENT = f"""format = 1
id = "{"ab" * 16}"
clock = 1767323045678
time = 2026-01-02T03:04:05Z
author = {text("a")}
[[said]]
kind = "note"
text = {text("note")}
[[said]]
kind = "verdict"
verdict = "refuted"
text = {text("v")}
[[said]]
kind = "rename"
name = {key("n")}
[[said]]
kind = "tag"
key = {key("k")}
value = {text("v")}
[[said]]
kind = {text("later")}
"""
EVENT_PATH = ("events", "ab", f"0001767323045678-{'ab' * 16}.toml")


@pytest.fixture
def evil(repo_dir):
    """A record as no gitxp writes it, made by plain Git."""

    def git(*words, given=b""):
        done = subprocess.run(
            ["git", *words], cwd=repo_dir, input=given, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def blob(content):
        return git("hash-object", "-w", "--stdin", given=content)

    segment = f"100644 blob {blob(points())}\t0.parquet\n"
    lines = [f"040000 tree {git('mktree', given=segment.encode())}\tmetrics\n"]
    entry = f"100644 blob {blob(EVENT.encode())}\t{EVENT_PATH[2]}\n"
    for name in reversed(EVENT_PATH[:2]):
        entry = f"040000 tree {git('mktree', given=entry.encode())}\t{name}\n"
    lines.append(entry)
    for name, content in DOCUMENTS.items():
        lines.append(f"100644 blob {blob(content.encode())}\t{name}\n")
    tree = git("mktree", given="".join(lines).encode())
    commit = git("commit-tree", "-m", f"evil: evil (finished)\n\nRun-Id: {RUN}", tree)
    git("update-ref", f"refs/experiments/evil/{RUN}", commit)


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("list", "--json"),
        ("list", "-c", "*", "-c", "*:*"),
        ("list", "--by", "params", "--by", "tags", "--by", "name"),
        ("show", RUN),
        ("show", RUN, "--json"),
        ("metrics", RUN),
        ("metrics", RUN, "--csv"),
        ("metrics", RUN, "--json"),
        ("metrics", RUN, "--chart"),
        ("metrics", RUN, "-m", "nothing"),
        ("convergence", "-m", "=m" + EVIL_NAME, "--to", "1", "--goal", "max"),
        ("convergence", "-m", "=m" + EVIL_NAME, "--to", "1", "--goal", "max", "--json"),
        ("convergence", "-m", "nothing", "--to", "1"),
        ("groups",),
        ("plot",),
        ("plot", "--bars", "--by", "run"),
        ("plot", "--scatter", "metrics.x", "-m", "=m" + EVIL_NAME),
        ("plot", "-m", "=m" + EVIL_NAME, "--json"),
        ("groups", "--baseline", RUN, "--by", "run", "--json"),
        ("remove", RUN, "-n"),
        ("remove", RUN, "-n", "--json"),
        ("diff", RUN),
        ("compare", RUN, RUN),
        ("compare", RUN, "--all", "-n", "9"),
        ("compare", "-n", "9", "--json"),
        ("compare", "-n", "9", "--all", "--html"),
        ("log",),
        ("log", "--oneline", "--graph"),
        ("log", "evil", "--json"),
        ("experiment", "list"),
        ("experiment", "list", "--json"),
        ("export",),
        ("export", "--points"),
        ("export", "--format", "jsonl"),
        ("export", "--points", "--format", "json"),
        ("remove", "--where", "status != 'x'", "-n"),
        ("status",),
        ("artifact", "list", RUN),
        ("tag", "x", RUN),
        ("note", RUN, "-m", "x"),
        ("verdict", "confirmed", RUN),
        ("keep", RUN),
        ("rename", RUN, "x" + EVIL_NAME),
    ],
    ids=" ".join,
)
def test_nothing_of_a_record_moves_the_terminal(xp, evil, words):
    done = xp(*words)
    assert "Traceback" not in done.stderr
    assert done.stdout or done.stderr
    assert CONTROLS.findall(done.stdout + done.stderr) == []


def test_json_says_every_character(xp, evil):
    assert {point["metric"] for point in json.loads(xp("metrics", RUN, "--json").stdout)} == {
        "=m" + EVIL_NAME
    }


def test_csv_is_one_line_a_point_and_no_formula(xp, evil):
    rows = list(csv.DictReader(io.StringIO(xp("metrics", RUN, "--csv").stdout)))
    assert [row["value"] for row in rows] == ["-1.0", "2.0"]
    assert {row["metric"][:3] for row in rows} == {"'=m"}
    assert {row["writer"][:3] for row in rows} == {"'@w"}
    assert rows[0]["metric"] == r"'=mX\u202e\u2066\u200b"
