"""Records that are broken for real, each in one way: verification names it and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from by_hand import (
    checked,
    document,
    failures,
    log_git,
    lose_large_files,
    notes,
    ref,
    rewrite,
    xp,
)

import gitxp
from gitxp.storage.codecs.toml import dumps
from gitxp.upkeep.verify.flaw import Weight

LARGE = b"weights" * 300_000


@pytest.fixture
def run(repo_dir, monkeypatch):
    """A run with code that is committed nowhere, points, and a small and a large artifact."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "new.py").write_text("untracked\n")
    (repo_dir.parent / "model.pt").write_bytes(LARGE)
    with gitxp.start_run("lr", "first", params={"lr": 0.1, "odd": None}) as run:
        for step in range(50):
            run.log({"loss": 1 / (step + 1), "odd": float("nan"), "accuracy": step / 50}, step=step)
        run.log_text("hello", "hello.txt")
        run.log_artifact(repo_dir.parent / "model.pt")
    return run


def packs(repo_dir):
    return sorted((repo_dir / ".git/objects/pack").glob("*.pack"))


def everything_below(top):
    files = (path for path in top.rglob("*") if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def contents(files):
    return {path: content for path, (content, _) in files.items()}


def test_whole_record_is_verified_and_nothing_is_changed(repo_dir, run):
    with gitxp.start_run("lr", "running"):
        before = everything_below(repo_dir)
        done = checked()
        assert everything_below(repo_dir) == before
        assert checked(is_deep=True) == done
        # Git itself touches the packs that hold what a difference leads to.
        assert contents(everything_below(repo_dir)) == contents(before)
    assert done.flaws == ()
    assert (done.runs, done.commits, done.points, done.files) == (1, 1, 150, 1)
    assert done.codes == 1


def test_answer_is_one_line(run):
    done = xp("verify")
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("verified 1 run, 1 held snapshot with 1 commit, 150 points, 1 large")
    assert line.endswith(": all true")


def test_progress_is_drawn_on_a_terminal_and_wiped_away(run):
    ours, theirs = os.openpty()
    program = str(Path(sys.executable).with_name("git-xp"))
    done = subprocess.run([program, "verify"], stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    drawn = os.read(ours, 4096).decode()
    os.close(ours)
    assert drawn.startswith("\rverifying 0/2")
    assert drawn.endswith("\r\x1b[K")
    assert b"verifying" not in done.stdout


def test_resumed_and_removed_runs_are_verified_whole(repo_dir, run):
    with gitxp.start_run("lr", resume=run.id) as again:
        again.log({"loss": 0.001, "late": 3.0}, step=50)
    with gitxp.start_run("lr", "second") as second:
        second.log({"loss": 1.0}, step=0)
    assert xp("remove", "--yes", second.id).returncode == 0
    assert xp("undo").returncode == 0
    assert xp("remove", "--yes", second.id).returncode == 0
    done = checked(is_deep=True)
    assert done.flaws == ()
    assert (done.runs, done.experiments, done.points) == (2, 1, 153)
    assert done.commits == 6


def test_run_without_anything_is_verified(repo_dir, monkeypatch, git):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("bare", snapshot="off"):
        pass
    assert checked(is_deep=True).flaws == ()


def test_code_on_an_unborn_branch_is_verified(tmp_path, git, monkeypatch):
    git("init", "--quiet", cwd=tmp_path)
    (tmp_path / "train.py").write_text("x\n")
    monkeypatch.chdir(tmp_path)
    with gitxp.start_run("unborn"):
        pass
    assert checked(is_deep=True).flaws == ()


def test_flipped_byte_in_a_pack_is_named_and_nothing_falls_over(repo_dir, run):
    (pack,) = (path for path in packs(repo_dir) if path.stat().st_size > 2000)
    whole = pack.read_bytes()
    found = 0
    offsets = range(12, len(whole) - 20, len(whole) // 60)
    for offset in offsets:
        replace(pack, whole[:offset] + bytes([whole[offset] ^ 0x55]) + whole[offset + 1 :])
        found += bool(failures())
    assert found == len(offsets)
    for offset in (0, 5, 9, len(whole) - 3):  # the pack's own header and checksum
        replace(pack, whole[:offset] + bytes([whole[offset] ^ 0x55]) + whole[offset + 1 :])
        failures()
    index = pack.with_suffix(".idx")
    told = index.read_bytes()
    replace(pack, whole)
    for offset in range(0, len(told), len(told) // 40):
        replace(index, told[:offset] + bytes([told[offset] ^ 0x55]) + told[offset + 1 :])
        failures()


def replace(path, content):
    """Put another file there: libgit2 may still map the one before."""
    partial = path.with_name("partial")
    partial.write_bytes(content)
    partial.replace(path)


def test_flipped_byte_is_an_answer_of_the_command(repo_dir, run):
    (pack,) = (path for path in packs(repo_dir) if path.stat().st_size > 2000)
    whole = bytearray(pack.read_bytes())
    whole[len(whole) // 2] ^= 1
    replace(pack, bytes(whole))
    done = xp("verify")
    assert done.returncode == 1
    assert f"{ref(run)}: " in done.stdout
    assert "is damaged" in done.stdout
    assert "hint: git fsck --full" in done.stderr


def test_missing_pack_is_named_with_what_it_held(repo_dir, run):
    for pack in packs(repo_dir):
        pack.unlink()
        pack.with_suffix(".idx").unlink()
    (answer, held) = failures()
    assert answer.startswith("the record: commit ")
    assert held.startswith("its code: commit ")
    assert answer.endswith("is missing")
    done = xp("verify", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert {one["ref"] for one in told["failures"]} > {ref(run)}


def test_missing_objects_of_the_code_are_named(repo_dir, git, run):
    git("update-ref", "-d", f"refs/gitxp/live/{gitxp.get_run(run.id).code.commit}", cwd=repo_dir)
    blob = git("rev-parse", f"{ref(run)}^2:train.py", cwd=repo_dir).strip()
    unpack_without(git, repo_dir, blob)
    assert failures() == [f"'train.py' of its code: blob {blob} is missing"]


def unpack_without(git, repo_dir, lost):
    aside = [path.rename(repo_dir.parent / path.name) for path in packs(repo_dir)]
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()
    for path in aside:
        command = ["git", "unpack-objects", "-q"]
        subprocess.run(command, cwd=repo_dir, input=path.read_bytes(), check=True)
    (repo_dir / ".git/objects" / lost[:2] / lost[2:]).unlink()


def test_truncated_large_file_is_named(repo_dir, run):
    (stored,) = (path for path in (repo_dir / ".git/lfs/objects").rglob("*") if path.is_file())
    os.truncate(stored, 1000)
    (what,) = failures()
    assert "'artifacts/model.pt'" in what
    assert f"1000 bytes: expected {len(LARGE)}" in what


def test_flipped_byte_of_a_large_file_is_named(repo_dir, run):
    (stored,) = (path for path in (repo_dir / ".git/lfs/objects").rglob("*") if path.is_file())
    with stored.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0")
    (what,) = failures()
    assert "another SHA-256" in what


def test_absent_large_file_fails_only_at_home(repo_dir, run):
    lose_large_files(repo_dir)
    (what,) = failures()
    assert what.endswith("is not here")
    done = checked(home="0" * 32)
    assert done.failures == ()
    assert [flaw.what for flaw in done.notes] == [what]


def test_large_file_where_git_lfs_is_told_to_keep_it_counts(repo_dir, git, run):
    git("config", "lfs.storage", "elsewhere", cwd=repo_dir)
    (repo_dir / ".git/lfs").rename(repo_dir / ".git/elsewhere")
    assert failures() == []


def test_record_of_another_run_is_named(repo_dir, git, run):
    record = document(git, repo_dir, run, "run.toml")
    other = "f" * 32
    rewrite(git, repo_dir, run, {"run.toml": dumps({**record, "id": other})})
    assert failures() == [
        f"the message says Run-Id {str(run.id)!r}: expected {other!r}",
        f"it is the record of lr/{other}: the ref says another run",
    ]


def test_record_under_another_experiment_is_named(repo_dir, git, run):
    git("update-ref", f"refs/experiments/other/{run.id}", ref(run), cwd=repo_dir)
    assert failures() == [f"it is the record of lr/{run.id}: the ref says another run"]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("last", 0.5),
        ("last_step", 48),
        ("first", 2.0),
        ("min", 0.0),
        ("max", 7.0),
        ("mean", 0.09),
        ("count", 49),
        ("nonfinite", 1),
    ],
)
def test_summary_that_lies_is_named(repo_dir, git, run, part, value):
    told = document(git, repo_dir, run, "metrics.toml")
    told["loss"][part] = value
    rewrite(git, repo_dir, run, {"metrics.toml": dumps(told)})
    (what,) = failures()
    assert what.startswith(f"metric 'loss': metrics.toml says {part.removesuffix('_step')} ")


def test_metric_without_points_and_points_without_metric_are_named(repo_dir, git, run):
    told = document(git, repo_dir, run, "metrics.toml")
    told["invented"] = told.pop("loss")
    rewrite(git, repo_dir, run, {"metrics.toml": dumps(told)})
    assert failures() == [
        "metric 'invented' is in metrics.toml and not in the segments",
        "metric 'loss' is in the segments and not in metrics.toml",
    ]


def test_segment_cut_short_is_named(repo_dir, git, run):
    command = ["git", "show", f"{ref(run)}:metrics/0.parquet"]
    whole = subprocess.run(command, cwd=repo_dir, capture_output=True, check=True).stdout
    for length in (0, 3, 8, len(whole) // 2, len(whole) - 1):
        rewrite(git, repo_dir, run, {"metrics/0.parquet": whole[:length]})
        (what,) = failures()
        assert what.startswith("metrics/0.parquet: a segment of points cannot be read")


def test_segment_with_fewer_rows_or_another_order_is_named(repo_dir, git, run):
    import io

    import pyarrow.parquet as pq

    command = ["git", "show", f"{ref(run)}:metrics/0.parquet"]
    whole = subprocess.run(command, cwd=repo_dir, capture_output=True, check=True).stdout
    table = pq.read_table(io.BytesIO(whole))
    for changed, expected in (
        (table.slice(0, table.num_rows - 1), "wrote 150 points as run.toml says, and"),
        (table.take(list(range(table.num_rows))[::-1]), "rows are out of order"),
        (table.slice(0, 0), "a segment of points holds none"),
        (table.drop_columns(["step"]), "cannot be read"),
        (
            table.set_column(1, "step", table["step"].cast("int32")),
            "'step' as INT32: expected INT64",
        ),
    ):
        sink = io.BytesIO()
        pq.write_table(changed, sink)
        rewrite(git, repo_dir, run, {"metrics/0.parquet": sink.getvalue()})
        assert any(expected in what for what in failures()), expected


def test_segment_in_another_encoding_is_as_good(repo_dir, git, run):
    import io

    import pyarrow.parquet as pq

    command = ["git", "show", f"{ref(run)}:metrics/0.parquet"]
    whole = subprocess.run(command, cwd=repo_dir, capture_output=True, check=True).stdout
    table = pq.read_table(io.BytesIO(whole))
    for name in ("metric", "writer"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast("string"))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="snappy", row_group_size=7, store_schema=False)
    rewrite(git, repo_dir, run, {"metrics/0.parquet": sink.getvalue()})
    assert failures() == []


def test_segment_without_a_session_is_named(repo_dir, git, run):
    command = ["git", "show", f"{ref(run)}:metrics/0.parquet"]
    whole = subprocess.run(command, cwd=repo_dir, capture_output=True, check=True).stdout
    rewrite(git, repo_dir, run, {"metrics/7.parquet": whole})
    assert "metrics/7.parquet belongs to no session: there are 1" in failures()


def test_ref_to_an_ordinary_commit_is_named(repo_dir, git, run):
    name = f"refs/experiments/lr/{'0' * 32}"
    git("update-ref", name, "HEAD", cwd=repo_dir)
    head = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    done = checked()
    assert [(flaw.ref, flaw.what) for flaw in done.failures] == [
        (name, f"{head} is no record: it holds no run.toml")
    ]


def test_ref_to_a_file_is_named(repo_dir, git, run):
    blob = git("rev-parse", "HEAD:train.py", cwd=repo_dir).strip()
    git("update-ref", f"refs/experiments/lr/{'0' * 32}", blob, cwd=repo_dir)
    assert failures() == [f"the record: {blob} is a blob: expected a commit"]


def test_unknown_file_is_a_note(repo_dir, git, run):
    rewrite(git, repo_dir, run, {"later.toml": b"x = 1\n", "events/README": b"hello\n"})
    done = checked()
    assert done.failures == ()
    assert sorted(flaw.what for flaw in done.notes) == [
        "'events/README' is a file that this gitxp does not know",
        "'later.toml' is a file that this gitxp does not know",
    ]
    told = xp("verify")
    assert told.returncode == 0
    assert f"note: {ref(run)}: 'later.toml'" in told.stdout


def test_record_of_a_newer_gitxp_is_named_with_what_to_do(repo_dir, git, run):
    record = document(git, repo_dir, run, "run.toml")
    rewrite(git, repo_dir, run, {"run.toml": dumps({**record, "format": 2})})
    (flaw,) = checked().failures
    assert "the record has format 2" in flaw.what
    assert flaw.hint == "pip install --upgrade gitxp"


@pytest.mark.parametrize("path", ["run.toml", "params.toml", "environment.toml", "datasets.toml"])
def test_document_that_is_no_toml_is_named(repo_dir, git, run, path):
    rewrite(git, repo_dir, run, {path: b"= nonsense\n"})
    assert any(what.startswith(f"{path} is not TOML") for what in failures())


def test_mode_of_a_file_is_named(repo_dir, git, run):
    rewrite(git, repo_dir, run, {"artifacts/run.sh": b"#!/bin/sh\n"}, mode="100755")
    assert failures() == ["'artifacts/run.sh' has the mode 100755: expected 100644, a plain file"]


def test_code_that_is_not_what_the_record_says_is_named(repo_dir, git, run):
    parents = git("log", "-1", "--format=%P", ref(run), cwd=repo_dir).split()
    head = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    rewrite(git, repo_dir, run, {}, parents=[parents[0], head])
    assert any(f"the code {parents[1]} is not the second parent" in what for what in failures())

    record = document(git, repo_dir, run, "run.toml")
    tree = record["sessions"][0]["code"]["tree"]
    record["sessions"][0]["code"]["tree"] = "1" * 40
    rewrite(git, repo_dir, run, {"run.toml": dumps(record)}, parents=parents)
    assert failures() == [f"its code has the tree {tree}: run.toml says {'1' * 40}"]


def test_snapshot_that_others_would_not_make_is_named(repo_dir, git, run):
    record = document(git, repo_dir, run, "run.toml")
    code = record["sessions"][0]["code"]
    parents = git("log", "-1", "--format=%P", ref(run), cwd=repo_dir).split()
    other = git("commit-tree", code["tree"], "-p", code["base"], "-m", "mine", cwd=repo_dir).strip()
    code["commit"] = other
    rewrite(git, repo_dir, run, {"run.toml": dumps(record)}, parents=[parents[0], other])
    assert failures() == [f"its code {other} is not the snapshot commit of its tree and base"]


def test_difference_that_gives_other_code_is_found_by_a_deep_look(repo_dir, git, run):
    diff = git("show", f"{ref(run)}:code.diff", cwd=repo_dir)
    rewrite(git, repo_dir, run, {"code.diff": diff.replace("+edited", "+forged").encode()})
    assert failures() == []
    (what,) = failures(is_deep=True)
    assert what.startswith("code.diff applied to its base gives the tree ")
    rewrite(git, repo_dir, run, {"code.diff": diff.replace("-print", "-other").encode()})
    (what,) = failures(is_deep=True)
    assert what.startswith("code.diff does not apply to its base: ")


def test_difference_that_many_runs_share_is_applied_once(repo_dir, run, monkeypatch):
    log = log_git(monkeypatch, repo_dir.parent)
    first = log.of(lambda: checked(is_deep=True))
    assert any(" apply " in line for line in first)
    for _ in range(3):
        with gitxp.start_run("lr"):
            pass
    assert len(log.of(lambda: checked(is_deep=True))) == len(first)


def test_cut_difference_is_left_alone(repo_dir, git, run):
    cut = b"diff --git a/x b/x\n\n# gitxp: cut here, 19 of 99 bytes kept; the whole code is ...\n"
    rewrite(git, repo_dir, run, {"code.diff": cut})
    assert failures(is_deep=True) == []


@pytest.fixture
def masked(repo_dir, git, monkeypatch):
    """A run in whose difference a line of each kind is masked."""
    monkeypatch.chdir(repo_dir)
    lines = [f"password{number} = 'hunter{number}'\n" for number in range(6)]
    (repo_dir / "train.py").write_text("".join(lines[:4]))
    (repo_dir / 'od"d \xff.py').write_text(lines[0])
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=secrets", cwd=repo_dir)
    (repo_dir / "train.py").write_text("".join([lines[0], lines[4], "x = '<redacted>'\n"]))
    (repo_dir / 'od"d \xff.py').write_text(lines[1].rstrip())
    with pytest.warns(gitxp.GitxpWarning), gitxp.start_run("lr") as run:
        pass
    return run


def test_masked_difference_is_compared_with_the_code(repo_dir, git, masked):
    diff = git("show", f"{ref(masked)}:code.diff", cwd=repo_dir)
    assert "hunter" not in diff
    assert {line[0] for line in diff.splitlines() if "<redacted>" in line} == {" ", "+", "-"}
    assert failures(is_deep=True) == []
    for lie in ("+password4 = 'forged'", "+passw0rd4 = '<redacted>'", "+'<redacted>'"):
        forged = diff.replace("+password4 = '<redacted>'", lie)
        assert forged != diff
        rewrite(git, repo_dir, masked, {"code.diff": forged.encode()})
        (what,) = failures(is_deep=True)
        assert what.startswith("code.diff applied to its base gives the tree ")
    forged = diff.replace("-password1 = '<redacted>'", "-password7 = '<redacted>'")
    rewrite(git, repo_dir, masked, {"code.diff": forged.encode()})
    (what,) = failures(is_deep=True)
    assert what.startswith("code.diff does not apply to its base: ")


@pytest.mark.parametrize("path", ["gone.py", "train.py/x", "", "lib/x.py"])
def test_secret_listed_where_no_code_is_is_named(repo_dir, git, masked, path):
    record = document(git, repo_dir, masked, "run.toml")
    record["sessions"][0]["code"]["findings"][0]["path"] = path
    rewrite(git, repo_dir, masked, {"run.toml": dumps(record)})
    assert failures() == [f"it lists a secret in {path!r}, which its code does not hold"]


def test_record_that_shrank_is_named(repo_dir, git, run):
    tip = git("rev-parse", ref(run), cwd=repo_dir).strip()
    code = git("rev-parse", f"{ref(run)}^2", cwd=repo_dir).strip()
    rewrite(git, repo_dir, run, {"artifacts/hello.txt": None}, parents=[tip, code])
    assert failures() == [f"'artifacts/hello.txt' of the record before it, {tip[:12]}, vanished"]


def test_flaw_of_an_earlier_record_is_named_as_such(repo_dir, git, run):
    told = document(git, repo_dir, run, "metrics.toml")
    honest = dumps(told)
    told["loss"]["count"] = 1
    earlier = rewrite(git, repo_dir, run, {"metrics.toml": dumps(told)})
    code = git("rev-parse", f"{ref(run)}^2", cwd=repo_dir).strip()
    rewrite(git, repo_dir, run, {"metrics.toml": honest}, parents=[earlier, code])
    assert failures() == [
        f"earlier record {earlier[:12]}: metric 'loss': metrics.toml says count 1, "
        "and the points say 50"
    ]


def test_record_that_descends_from_something_else_is_named(repo_dir, git, run):
    code = git("rev-parse", f"{ref(run)}^2", cwd=repo_dir).strip()
    head = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    rewrite(git, repo_dir, run, {}, parents=[head, code])
    assert any(f"{head} is no record" in what for what in failures())


def test_ref_of_another_shape_is_a_note(repo_dir, git, run):
    git("update-ref", f"refs/experiments/lr/archive/{'0' * 32}", "HEAD", cwd=repo_dir)
    assert notes() == ["a ref that this gitxp does not know: not looked at"]


@pytest.mark.parametrize("content", ["", "no id\n", "ref: refs/heads/gone\n", "0123\n"])
def test_ref_that_names_nothing_is_told_though_git_passes_over_it(repo_dir, git, run, content):
    (repo_dir / ".git" / ref(run)).write_text(content)
    assert git("for-each-ref", "refs/experiments", cwd=repo_dir) == ""
    done = checked()
    assert [(flaw.ref, flaw.what) for flaw in done.failures] == [
        (ref(run), "the ref names no object, and stops Git")
    ]
    assert done.runs == 1
    told = xp("verify", run.id[:8])
    assert told.returncode == 1
    assert told.stdout.startswith(f"{ref(run)}: the ref names no object")


def test_lock_of_a_ref_is_no_ref(repo_dir, run):
    (repo_dir / ".git" / f"{ref(run)}.lock").write_text("")
    assert checked().flaws == ()


def test_ref_of_any_name_stops_nothing(repo_dir, git, run):
    for name in (os.fsdecode(b"\xff"), "line\u2028separator", "next\u0085line"):
        git("update-ref", f"refs/experiments/{name}/x", "HEAD", cwd=repo_dir)
    done = xp("verify")
    assert done.returncode == 0
    assert done.stdout.count("a ref that this gitxp does not know") == 3


@pytest.mark.parametrize("name", ["metrics", "artifacts", "events", "submodules"])
def test_file_where_a_folder_belongs_is_named(repo_dir, git, run, name):
    rewrite(git, repo_dir, run, {f"{name}/x": b"x"})
    inside = git("ls-tree", "-r", "--name-only", ref(run), name, cwd=repo_dir).splitlines()
    rewrite(git, repo_dir, run, {**dict.fromkeys(inside), name: b"x"})
    assert f"{name!r} is a file: expected a folder" in failures()


@pytest.mark.parametrize("name", ["params.toml", "metrics.toml", "code.diff", "output.log"])
def test_folder_where_a_file_belongs_is_named(repo_dir, git, run, name):
    rewrite(git, repo_dir, run, {name: b"x"})
    rewrite(git, repo_dir, run, {name: None, f"{name}/x": b"x"})
    assert f"{name!r} is a folder: expected a file" in failures()


def test_folder_in_place_of_run_toml_makes_it_no_record(repo_dir, git, run):
    tip = rewrite(git, repo_dir, run, {"run.toml": None, "run.toml/x": b"x"})
    assert failures() == [f"{tip} is no record: it holds no run.toml"]


def test_code_of_an_earlier_session_that_is_nowhere_is_named(repo_dir, git, run):
    with gitxp.start_run("lr", resume=run.id):
        pass
    record = document(git, repo_dir, run, "run.toml")
    gone = "1" * 40
    record["sessions"][0]["code"]["commit"] = gone
    rewrite(git, repo_dir, run, {"run.toml": dumps(record)})
    assert failures() == [f"its code: commit {gone} is missing"]


def test_large_file_of_code_is_proved_without_being_held(repo_dir, git, run):
    (repo_dir / "large.bin").write_bytes(bytes(70_000_000))
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=large", cwd=repo_dir)
    with gitxp.start_run("lr", "second", snapshot="each"):
        pass
    assert failures(is_deep=True) == []
    oid = git("rev-parse", "HEAD:large.bin", cwd=repo_dir).strip()
    path = repo_dir / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:50_000] + b"x" + content[50_001:])
    assert failures() == []
    (what,) = set(failures(is_deep=True))
    assert what.startswith(f"'large.bin' of its code: blob {oid} is damaged")


def test_git_gathering_packs_beside_it_makes_nothing_wrong(repo_dir, git, run):
    for number in range(20):
        with gitxp.start_run("lr", f"number {number}"):
            pass
    script = "while :; do git repack -a -d -q; git gc -q --prune=now; git pack-refs --all; done"
    upkeep = subprocess.Popen(["sh", "-c", script], cwd=repo_dir, start_new_session=True)
    try:
        for _ in range(10):
            done = checked(is_deep=True)
            assert done.flaws == ()
            assert done.runs == 21
    finally:
        os.killpg(upkeep.pid, signal.SIGKILL)
        upkeep.wait()


def test_only_the_runs_asked_for_are_verified(repo_dir, git, run):
    with gitxp.start_run("lr", "second"):
        pass
    record = document(git, repo_dir, run, "run.toml")
    rewrite(git, repo_dir, run, {"run.toml": dumps({**record, "format": 2})})
    assert xp("verify", "second").returncode == 0
    assert xp("verify", "@").returncode == 1  # which that may be that cannot be read
    assert xp("verify", run.id[:7]).returncode == 1
    assert xp("verify", ref(run)).returncode == 1
    assert xp("verify", "first").returncode == 128


def test_partial_clone_notes_what_was_left_behind(repo_dir, git, run, tmp_path, monkeypatch):
    git("config", "uploadpack.allowFilter", "true", cwd=repo_dir)
    clone = tmp_path / "clone"
    options = ("--quiet", "--filter=blob:none", "--no-checkout")
    git("clone", *options, f"file://{repo_dir}", str(clone), cwd=tmp_path)
    git("fetch", "--quiet", "origin", f"{ref(run)}:{ref(run)}", cwd=clone)
    monkeypatch.chdir(clone)
    done = checked()
    assert done.failures == ()
    assert all(flaw.weight is Weight.NOTE for flaw in done.flaws)
    assert any("was not brought along by this partial clone" in flaw.what for flaw in done.notes)


def test_shallow_clone_is_verified(repo_dir, git, run, tmp_path, monkeypatch):
    clone = tmp_path / "clone"
    git("clone", "--quiet", "--depth=1", f"file://{repo_dir}", str(clone), cwd=tmp_path)
    git("fetch", "--quiet", "--depth=1", "origin", f"{ref(run)}:{ref(run)}", cwd=clone)
    monkeypatch.chdir(clone)
    assert checked().failures == ()
