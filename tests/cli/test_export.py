"""`git xp export`: what it writes is what frames hold, and nothing is overwritten by accident."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import subprocess
import sys

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

import gitxp
from tests.shared.damage import lose

ODD = {
    "a,b": 1,
    'say "x"': 2.5,
    "größe/π": 2**70,
    "mixed": "auto",
    "none": None,
    "shape": (3, 4),
    "day": datetime.date(2026, 1, 5),
    "flag": True,
}


@pytest.fixture
def odd_runs(repo_dir, monkeypatch):
    """Runs with every kind of value, of two experiments and one that has logged nothing."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("vision/lr", "odd", params=ODD, tags={"x": "=1+1"}) as first:
        first.log({"val/loss": 1.0, "=up": math.inf}, step=0)
        first.log({"val/loss": math.nan, "=up": -math.inf}, step=-3)
    with gitxp.start_run(
        "plain", "-2+3", params={"mixed": 0.1, "whole": 7}, hypothesis='one,\n"two"'
    ) as second:
        second.log({"val/loss": 0.1 + 0.2}, step=2**40)
    with gitxp.start_run("plain", params={"mixed": math.inf}) as third:
        pass
    return [first, second, third]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_parquet_of_runs_is_read_as_the_frame(xp, odd_runs, repo_dir):
    frame = gitxp.runs()
    assert xp("export", "-o", "runs.parquet").stdout.startswith("wrote 3 runs to runs.parquet (")
    read = pd.read_parquet(repo_dir / "runs.parquet")
    assert list(read.columns) == list(frame.columns)
    mixed = ["mixed", "shape", "day", "größe/π", "none"]
    plain = [name for name in frame if name.removeprefix("params.") not in mixed]
    assert len(plain) == len(frame.columns) - len(mixed)
    pd.testing.assert_frame_equal(read[plain], frame[plain])


def test_values_that_parquet_has_no_one_type_for_are_json(xp, odd_runs, repo_dir):
    xp("export", "-o", "runs.parquet")
    table = pq.read_table(repo_dir / "runs.parquet")
    assert table.schema.field("params.mixed").metadata == {b"encoding": b"json"}
    assert table.schema.field("params.whole").metadata is None
    assert table["params.mixed"].to_pylist() == ["Infinity", "0.1", '"auto"']
    assert table["params.shape"].to_pylist() == [None, None, "[3, 4]"]
    assert table["params.day"].to_pylist() == [None, None, '"2026-01-05"']
    assert table["params.größe/π"].to_pylist() == [None, None, str(2**70)]
    assert table["params.none"].null_count == 3


@pytest.mark.parametrize("metrics", [None, ["val/*"]])
def test_parquet_of_points_is_read_as_the_frame(xp, odd_runs, repo_dir, metrics):
    words = [word for name in metrics or () for word in ("-m", name)]
    done = xp("export", "--points", *words, "-o", "points.parquet")
    frame = gitxp.history(metrics=metrics)
    assert done.stdout.startswith(f"wrote {len(frame)} points of 3 runs to points.parquet (")
    pd.testing.assert_frame_equal(pd.read_parquet(repo_dir / "points.parquet"), frame)


def test_json_of_runs_is_that_of_list(xp, odd_runs):
    listed = json.loads(xp("list", "--json").stdout)
    exported = xp("export", "--format", "json").stdout
    assert json.loads(exported, parse_constant=pytest.fail) == listed
    lines = xp("export", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line, parse_constant=pytest.fail) for line in lines] == listed
    assert listed[0]["nonfinite"] == {"params.mixed": "inf"}


def test_json_names_points_that_are_not_finite(xp, odd_runs):
    points = json.loads(xp("export", "--points", "--format", "json").stdout)
    told = [(one["metric"], one["step"], one["value"], one.get("nonfinite")) for one in points]
    assert told == [
        ("val/loss", 2**40, 0.1 + 0.2, None),
        ("=up", 0, None, {"value": "inf"}),
        ("=up", -3, None, {"value": "-inf"}),
        ("val/loss", 0, 1.0, None),
        ("val/loss", -3, None, {"value": "nan"}),
    ]


def test_csv_has_a_line_a_row_whatever_is_in_it(xp, odd_runs):
    text = xp("export").stdout
    assert len(text.splitlines()) == 4
    nameless, second, first = rows_of(text)
    assert (first["params.a,b"], first['params["say \\"x\\""]']) == ("1", "2.5")
    assert (first["params.größe/π"], first["params.shape"]) == (str(2**70), "[3, 4]")
    assert (first["params.day"], first["params.flag"]) == ("2026-01-05", "true")
    assert (first["params.mixed"], second["params.mixed"]) == ("auto", "0.1")
    assert (nameless["params.mixed"], nameless["params.none"]) == ("inf", "")
    assert nameless["name"] == "mixed=inf no whole"
    assert second["hypothesis"] == 'one,\\u000a"two"'
    assert first["started"].endswith("Z")
    assert float(first["duration"]) >= 0


def test_csv_holds_no_formula(xp, odd_runs):
    _, second, first = rows_of(xp("export").stdout)
    assert (first["tags.x"], second["name"]) == ("'=1+1", "'-2+3")
    points = rows_of(xp("export", "--points").stdout)
    assert [(one["metric"], one["step"], one["value"]) for one in points] == [
        ("val/loss", str(2**40), "0.30000000000000004"),
        ("'=up", "0", "inf"),
        ("'=up", "-3", "-inf"),
        ("val/loss", "0", "1.0"),
        ("val/loss", "-3", "nan"),
    ]


def test_columns_are_chosen(xp, odd_runs):
    row = rows_of(xp("export", "-c", "name", "-c", 'metrics["val/loss"]:max', "odd").stdout)[0]
    assert row == {"run": odd_runs[0].id, "name": "odd", "metrics.val/loss:max": "1.0"}
    wrong = xp("export", "-c", "params.mxed")
    assert (wrong.returncode, wrong.stdout) == (128, "")
    assert "hint: did you mean 'params.mixed'?" in wrong.stderr


def test_runs_are_chosen_as_in_a_list(xp, odd_runs):
    first, second, third = (str(run.id) for run in odd_runs)

    def chosen(*words):
        return [row["run"] for row in rows_of(xp("export", *words).stdout)]

    assert chosen() == [third, second, first]
    assert chosen("odd", third) == [first, third]
    assert chosen("--where", "params.mixed < 1") == [second]
    assert chosen("-e", "plain", "-n", "1") == [third]
    assert chosen("--sort", "started") == [first, second, third]
    assert chosen("odd", third, "--where", 'has(metrics["val/loss"])') == [first]
    wrong = xp("export", "-o", "x.csv", "--where", "params.mxed > 1")
    assert wrong.returncode == 128
    assert "  params.mxed > 1\n  ^^^^^^^^^^^\n" in wrong.stderr


def test_nothing_that_is_there_is_overwritten(xp, odd_runs, repo_dir):
    target = repo_dir / "runs.csv"
    target.write_text("mine")
    done = xp("export", "-o", "runs.csv")
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == "error: 'runs.csv' is there already\nhint: -f replaces it\n"
    assert target.read_text() == "mine"
    assert xp("export", "-f", "-o", "runs.csv").returncode == 0
    assert len(target.read_text().splitlines()) == 4


def test_link_stays_and_leads_to_what_is_written(xp, odd_runs, repo_dir, tmp_path):
    place = tmp_path / "elsewhere.csv"
    (repo_dir / "runs.csv").symlink_to(place)
    assert xp("export", "-o", "runs.csv").returncode == 128
    assert xp("export", "-f", "-o", "runs.csv").returncode == 0
    assert (repo_dir / "runs.csv").is_symlink()
    assert len(place.read_text().splitlines()) == 4


def test_file_in_no_folder_or_of_no_format_is_refused(xp, odd_runs):
    done = xp("export", "-o", "no/runs.csv")
    assert done.stderr == "error: cannot write 'no/runs.csv': No such file or directory\n"
    assert xp("export", "-o", "runs.xlsx").returncode == 2
    assert "is a folder" in xp("export", "--format", "csv", "-o", ".").stderr
    assert xp("export", "--format", "csv", "-o", "runs.table").returncode == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["-m", "loss"], "-m is of points"),
        (["--points", "-c", "name"], "-c is of runs"),
        (["--json"], "--json is of what is written"),
        (["--partition-by", "experiment"], "--partition-by is of what is written"),
        (["-o", "runs"], "-o 'runs': expected a name that ends in one of .csv, .json"),
    ],
)
def test_options_that_mean_nothing_together_are_wrong_usage(xp, words, error):
    done = xp("export", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {error}")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_pipe_gets_what_a_file_gets(xp, odd_runs, repo_dir, form):
    xp("export", "--points", "-o", f"points.{form}")
    script = f"{sys.executable} -m gitxp export --points --format {form}"
    for line in (script, f"{script} -o -", f"{script} -o /dev/stdout"):
        printed = subprocess.run(
            ["bash", "-c", f"{line} | cat"], cwd=repo_dir, capture_output=True, check=True
        ).stdout
        assert printed.startswith((repo_dir / f"points.{form}").read_bytes())


def test_what_was_written_is_told_as_json(xp, odd_runs, repo_dir):
    told = json.loads(xp("export", "--json", "--points", "-o", "points.jsonl").stdout)
    size = (repo_dir / "points.jsonl").stat().st_size
    assert told == {
        "output": "points.jsonl",
        "format": "jsonl",
        "table": "points",
        "runs": 3,
        "rows": 5,
        "bytes": size,
        "files": [{"path": "points.jsonl", "bytes": size}],
    }


def test_duckdb_reads_partitions_as_one_table(xp, odd_runs, repo_dir):
    words = ("--partition-by", "experiment", "--partition-by", "params.mixed")
    assert "(3 files, " in xp("export", *words, "-o", "runs").stdout
    found = duckdb.sql(
        f"""select experiment, "params.mixed", name from '{repo_dir}/runs/**/*.parquet'
        order by started"""
    ).fetchall()
    assert found == [
        ("vision/lr", '"auto"', "odd"),
        ("plain", "0.1", "-2+3"),
        ("plain", "Infinity", "mixed=inf no whole"),
    ]
    xp("export", "--points", "--partition-by", "tags.x", "-o", "points")
    assert sorted(path.name for path in (repo_dir / "points").iterdir()) == [
        "tags.x=%3D1%2B1", "tags.x=__HIVE_DEFAULT_PARTITION__"
    ]  # fmt: skip
    points = duckdb.sql(
        f"""select "tags.x", metric, max(step) from '{repo_dir}/points/**/*.parquet'
        group by all order by all"""
    ).fetchall()
    assert points == [("=1+1", "=up", 0), ("=1+1", "val/loss", 0), (None, "val/loss", 2**40)]


def test_folders_tell_values_of_several_types_apart_as_a_file_does(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for value in (1, "1", True, "true", [1], "[1]", ""):
        gitxp.start_run("a", params={"p": value}).finish()
    xp("export", "--partition-by", "params.p", "-o", "parts")
    xp("export", "-o", "whole.parquet")
    parts, whole = (
        duckdb.sql(f"""select run, "params.p" from '{repo_dir}/{name}'""").fetchall()
        for name in ("parts/**/*.parquet", "whole.parquet")
    )
    assert len(list((repo_dir / "parts").iterdir())) == 7
    assert sorted(parts) == sorted(whole)


def test_what_folders_tell_is_in_no_file(xp, odd_runs, repo_dir):
    for words, names in (
        (["-c", "name", "-c", "experiment"], ["run", "name"]),
        (["--points"], ["run", "metric", "step", "time", "value", "writer"]),
    ):
        for by in ("experiment", "run"):
            xp("export", *words, "--partition-by", by, "-f", "-o", "parts")
            files = [pq.read_schema(path).names for path in (repo_dir / "parts").rglob("*.parquet")]
            assert len(files) >= 2
            assert all(set(names) - set(file) == {by} & set(names) for file in files)
            assert not any(by in file for file in files)
            whole = pd.read_parquet(repo_dir / "parts").reset_index()
            told = {str(run.id) for run in odd_runs} | {"plain", "vision/lr"}
            assert set(whole[by]) <= told


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_duckdb_reads_text_formats(xp, odd_runs, repo_dir, form):
    xp("export", "-o", f"runs.{form}")
    found = duckdb.sql(f"""select name, "params.whole" from '{repo_dir}/runs.{form}'""").fetchall()
    assert [whole for _, whole in found] == [None, 7, None]
    xp("export", "--points", "-o", f"points.{form}")
    found = duckdb.sql(f"""select max(step) from '{repo_dir}/points.{form}'""").fetchall()
    assert found == [(2**40,)]


@pytest.mark.parametrize("words", [[], ["--points"]])
def test_no_runs_are_a_table_of_no_rows(xp, repo_dir, words):
    for form in ("csv", "json", "jsonl", "parquet"):
        assert xp("export", *words, "-o", f"none.{form}").returncode == 0
    assert pq.read_table(repo_dir / "none.parquet").num_rows == 0
    assert (repo_dir / "none.csv").read_text().startswith("run,")
    assert json.loads((repo_dir / "none.json").read_text()) == []
    assert xp("export", *words, "--partition-by", "experiment", "-o", "none").returncode == 0
    found = duckdb.sql(f"select count(*), max(experiment) from '{repo_dir}/none/**/*.parquet'")
    assert found.fetchall() == [(0, None)]


def test_folder_of_an_export_is_replaced_whole_and_nothing_else_is(xp, odd_runs, repo_dir):
    words = ("export", "--partition-by", "experiment", "-o", "runs")
    (repo_dir / "runs").mkdir()
    assert xp(*words).returncode == 0
    assert xp(*words).stderr.startswith("error: 'runs' is there already\nhint: -f ")
    assert xp(*words, "-f", "-e", "plain").returncode == 0
    assert [path.name for path in (repo_dir / "runs").iterdir()] == ["experiment=plain"]
    (repo_dir / "runs" / "experiment=plain" / "notes.txt").write_text("mine")
    done = xp(*words, "-f")
    assert done.returncode == 128
    assert "holds what no export has written" in done.stderr
    assert (repo_dir / "runs" / "experiment=plain" / "notes.txt").read_text() == "mine"
    (repo_dir / "file").touch()
    assert "is no folder" in xp(*words[:-1], "file", "-f").stderr
    assert not list(repo_dir.glob(".partial-*"))


def test_damaged_record_is_named_and_the_others_are_written(xp, odd_runs, repo_dir, git):
    broken = f"refs/experiments/plain/{odd_runs[1].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp("export", "-o", "runs.csv")
    assert (done.returncode, done.stdout[:17]) == (128, "wrote 2 runs to r")
    assert f"warning: {broken}: " in done.stderr


def test_points_that_cannot_be_read_are_named_and_the_others_written(xp, odd_runs, repo_dir, git):
    lose(repo_dir, git, odd_runs[0].id, "metrics/0.parquet")
    done = xp("export", "--points", "-o", "points.csv")
    assert (done.returncode, done.stdout[:26]) == (128, "wrote 1 point of 3 runs to")
    assert f"warning: refs/experiments/vision/lr/{odd_runs[0].id}: " in done.stderr


def test_running_run_is_written_as_far_as_it_is(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "goes-on") as run:
        run.log({"loss": 0.5}, step=0)
        assert [row["status"] for row in rows_of(xp("export").stdout)] == ["running"]
        assert [row["value"] for row in rows_of(xp("export", "--points").stdout)] == ["0.5"]


def test_terminal_sees_how_far_it_is_and_no_parquet(terminal, odd_runs):
    shown = terminal("export", "--points", "-o", "points.parquet")
    assert shown.status == 0
    assert "\rexporting " in shown.text
    assert shown.text.rpartition("\x1b[K")[2].startswith("wrote 5 points of 3 runs to")
    refused = terminal("export", "--format", "parquet")
    assert (refused.status, refused.text.splitlines()[0]) == (
        2, "error: a terminal cannot show Parquet: expected -o FILE"
    )  # fmt: skip


@pytest.mark.parametrize("words", [[], ["--points"], ["--format", "parquet", "--points"]])
def test_pandas_is_not_loaded(odd_runs, repo_dir, words):
    script = (
        "import sys\nfrom gitxp.cli.commands.export import command\n"
        f"command.main({[*words, '-o', 'out.csv']!r}, standalone_mode=False)\n"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=True)
