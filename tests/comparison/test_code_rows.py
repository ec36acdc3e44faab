"""Code is compared by tree, and the lines that changed are those that Git counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import gitxp
from gitxp.comparison.differences.compare import compare_runs
from gitxp.errors import GitFailed
from gitxp.model.identity import RunId
from gitxp.policy.settings import Settings
from gitxp.storage.code.changed_files import ChangedFile, changed_files
from gitxp.storage.repository import open_repository


@pytest.fixture
def project(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    monkeypatch.setenv("GITXP_SNAPSHOT_MODE", "each")
    return repo_dir


def ran(name):
    with gitxp.start_run("code", name) as run:
        pass
    return run.id


def code_of(*names, **named):
    section = next((s for s in gitxp.compare(*names, **named).sections if s.title == "code"), None)
    return {
        row.field: [None if one is None else one.value for one in row.cells]
        for row in (section.rows if section else ())
    }


def test_equal_trees_are_equal_code_be_they_committed_or_not(project, git):
    (project / "train.py").write_text("edited\n")
    ran("dirty")
    git("commit", "--quiet", "--all", "--message=second", cwd=project)
    ran("clean")
    found = code_of("dirty", "clean")
    assert set(found) == {"base", "uncommitted changes"}
    assert found["uncommitted changes"] == [True, False]
    assert len(set(code_of("dirty", "clean", all=True)["tree"])) == 1


def test_lines_of_each_file_are_those_that_git_counts(project, git):
    (project / "gone.txt").write_text("1\n2\n")
    (project / "run.sh").write_text("x\n")
    (project / "größe\t'x'.py").write_text("a\n")
    (project / "image.bin").write_bytes(b"\0\1")
    git("add", "--all", cwd=project)
    git("commit", "--quiet", "--message=more", cwd=project)
    ran("before")
    (project / "gone.txt").unlink()
    (project / "run.sh").chmod(0o755)
    (project / "größe\t'x'.py").write_text("a\nb\n")
    (project / "image.bin").write_bytes(b"\0\2")
    (project / "train.py").write_text("one\ntwo\n")
    (project / "new.py").write_text("1\n2\n3\n")
    ran("after")
    found = code_of("before", "after")
    told = {path: str(cells[1]) for path, cells in found.items() if cells[0] is None}
    assert told == {
        "gone.txt": "removed -2",
        "größe\t'x'.py": "+1 -0",
        "image.bin": "not as text",
        "new.py": "added +3",
        "run.sh": "mode",
        "train.py": "+2 -1",
    }
    before, after = (gitxp.get_run(name).code.tree for name in ("before", "after"))
    counted = git("diff", "--no-renames", "--numstat", before, after, cwd=project).split("\n")[:-1]
    pairs = [line.split("\t")[:2] for line in counted]
    lines = [sum(int(one[at]) for one in pairs if one[at] != "-") for at in (0, 1)]
    total = found["lines changed"][1]
    assert [str(one) for one in found["lines changed"]] == ["none", "6 files, +6 -3"]
    assert (total.files, [total.insertions, total.deletions]) == (len(pairs), lines)


def test_many_runs_are_measured_against_the_first(project):
    for number in range(5):
        (project / "train.py").write_text("line\n" * (number // 2 + 1))
        ran(f"run-{number}")
    found = code_of(*(f"run-{number}" for number in range(5)))
    assert [str(one) for one in found["lines changed"]] == [
        "none", "none", "1 file, +1 -0", "1 file, +1 -0", "1 file, +2 -0",
    ]  # fmt: skip
    assert [one and str(one) for one in found["train.py"]] == [
        None,
        None,
        "+1 -0",
        "+1 -0",
        "+2 -0",
    ]


def test_code_that_was_not_captured_is_told_and_compared_with_nothing(project):
    with gitxp.start_run("code", "none", snapshot="off"):
        pass
    ran("first")
    (project / "train.py").write_text("edited\n")
    ran("second")
    found = code_of("none", "first", "second")
    assert found["not captured"][0]
    assert found["tree"][0] is None
    assert [one and str(one) for one in found["lines changed"]] == [None, "none", "1 file, +1 -1"]


def test_submodules_are_told_once_by_what_they_stood_at(project, tmp_path, git):
    inner = tmp_path / "inner"
    git("init", "--quiet", str(inner), cwd=tmp_path)
    (inner / "a.py").write_text("a\n")
    git("add", "--all", cwd=inner)
    git("commit", "--quiet", "--message=inner", cwd=inner)
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(*add, cwd=project)
    git("commit", "--quiet", "--message=sub", cwd=project)
    ran("clean")
    (project / "sub" / "a.py").write_text("edited\n")
    ran("edited")
    found = code_of("clean", "edited")
    before, after = found["submodule sub"]
    assert after.endswith("and uncommitted changes")
    assert not before.endswith("changes")
    assert "sub" not in found


def test_missing_tree_and_missing_file_are_told(project, git):
    before = git("rev-parse", "HEAD^{tree}", cwd=project).strip()
    (project / "train.py").write_text("edited, and loose\n")
    git("commit", "--quiet", "--all", "--message=second", cwd=project)
    after, blob = (
        git("rev-parse", f"HEAD{what}", cwd=project).strip() for what in ("^{tree}", ":train.py")
    )
    (project / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (project / "train.py").write_text("edited again, lest Git takes it from here\n")
    found = changed_files(open_repository(project), before, [after, "0" * 39 + "1"])
    assert found[after] == {"train.py": ChangedFile("changed")}
    assert isinstance(found["0" * 39 + "1"], GitFailed)


def test_run_whose_code_is_not_here_is_compared_all_the_same(project):
    """As of a record that was fetched without its code."""
    ran("here")
    here = gitxp.get_run("here").record
    away = replace(here.with_code(replace(here.code, tree="1" * 40)), id=RunId("1" * 32))
    found = compare_runs(open_repository(), [here, away], Settings())
    (row,) = [one for one in found.sections[0].rows if one.field == "lines changed"]
    assert found.sections[0].title == "code"
    assert str(row.cells[0].value) == "none"
    assert row.cells[1].value.startswith("cannot be compared: ")
