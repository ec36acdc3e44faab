"""Where a run may go is decided when it starts, and stays as it was decided."""

from __future__ import annotations

import pytest

import gitxp
from gitxp.policy.routes import NOWHERE


@pytest.fixture
def in_repo(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return repo_dir


def write_routes(folder, *lines):
    (folder / ".gitxp.toml").write_text("\n".join(["[routes]", *lines]) + "\n")


def recorded(*arguments, **words):
    with gitxp.start_run(*arguments, **words) as run:
        pass
    return gitxp.get_run(run.id)


def test_route_stands_in_the_record(in_repo, git):
    write_routes(in_repo, '"secret/*" = ["private", "lab"]', "scratch = []")
    assert recorded("Secret / LR").route == ("private", "lab")
    assert recorded("scratch").route == NOWHERE
    run = recorded("open")
    assert run.route == ()
    assert "route" not in git("show", f"refs/experiments/open/{run.id}:run.toml", cwd=in_repo)


def test_settings_that_change_or_go_leave_the_route_as_it_was(in_repo):
    write_routes(in_repo, 'secret = ["private"]')
    before = recorded("secret")
    (in_repo / ".gitxp.toml").unlink()
    with gitxp.start_run(resume=before.id):
        pass
    found = gitxp.get_run(before.id)
    assert len(found.sessions) == 2
    assert found.route == ("private",)


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("", ("private", "lab")),
        ('open = ["lab", "origin"]', ("lab",)),
        ('open = ["origin"]', NOWHERE),
    ],
)
def test_run_that_carries_on_another_may_go_no_further(
    in_repo, git, monkeypatch, tmp_path, line, route
):
    write_routes(in_repo, 'secret = ["private", "lab"]')
    before = recorded("secret", params={"lr": 0.1})
    git("clone", "--quiet", str(in_repo), str(tmp_path / "clone"), cwd=tmp_path)
    refs = "refs/experiments/*:refs/experiments/*"
    git("fetch", "--quiet", "origin", refs, cwd=tmp_path / "clone")
    monkeypatch.chdir(tmp_path / "clone")
    write_routes(tmp_path / "clone", line)
    assert recorded("open", resume=before.id).route == route


def test_wrong_route_is_told_before_the_run_starts(in_repo):
    write_routes(in_repo, '"Secret" = ["private"]')
    with pytest.raises(gitxp.errors.InvalidSettings, match="no experiment matches"):
        gitxp.start_run("secret")
