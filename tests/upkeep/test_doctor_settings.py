"""Settings that harm runs are found, are as harmful as the doctor says, and its hints mend them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import gitxp


def test_wrong_setting(repo_dir, doctor):
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\nfile-byte = 3\n")
    assert set(doctor()) == {"settings-wrong"}


def test_no_identity(repo_dir, doctor, follow):
    (Path(os.environ["HOME"]) / ".gitconfig").write_text("[user]\n\tname = Ada\n")
    found = doctor()
    assert set(found) == {"no-identity"}
    follow(found["no-identity"], repo_dir)
    assert doctor() == {}


@pytest.mark.parametrize(
    ("slug", "settings"),
    [
        ("mirror-remote", [("remote.up.mirror", "true")]),
        ("push-all-refs", [("remote.up.push", "+refs/*:refs/*")]),
        ("push-all-refs", [("remote.up.push", "refs/experiments/*")]),
        (
            "fetch-prunes-runs",
            [("fetch.prune", "true"), ("remote.up.fetch", "refs/experiments/*:refs/experiments/*")],
        ),
        (
            "fetch-prunes-runs",
            [("remote.up.prune", "true"), ("remote.up.fetch", "+refs/*:refs/*")],
        ),
        ("fetch-overwrites-runs", [("remote.up.fetch", "+refs/*:refs/*")]),
        ("hidden-refs", [("transfer.hideRefs", "refs/experiments")]),
        ("hidden-refs", [("uploadpack.hideRefs", "refs")]),
        ("hidden-refs", [("receive.hideRefs", "refs/experiments/")]),
        ("decorated-runs", [("log.initialDecorationSet", "all")]),
        ("decorated-runs", [("log.excludeDecoration", "refs/stash")]),
    ],
)
def test_setting_that_harms_runs_is_found_and_its_hint_mends_it(
    repo_dir, doctor, follow, git, slug, settings
):
    git("config", "remote.up.url", "https://example.org/x.git", cwd=repo_dir)
    for key, value in settings:
        git("config", "--add", key, value, cwd=repo_dir)
    found = doctor()
    assert set(found) == {slug}
    follow(found[slug], repo_dir)
    assert doctor() == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("remote.up.fetch", "+refs/heads/*:refs/remotes/up/*"),
        ("remote.up.fetch", "refs/experiments/*:refs/gitxp/incoming/up/*"),
        ("remote.up.push", "refs/heads/*:refs/heads/*"),
        ("transfer.hideRefs", "refs/pull"),
        ("transfer.hideRefs", "refs/exp"),
        ("remote.a.b.mirror", "false"),
    ],
)
def test_setting_that_leaves_runs_alone_is_not_found(repo_dir, doctor, git, key, value):
    git("config", "fetch.prune", "true", cwd=repo_dir)
    git("config", key, value, cwd=repo_dir)
    assert doctor() == {}


def test_git_log_shows_runs_exactly_where_the_doctor_says_so(
    repo_dir, doctor, follow, git, monkeypatch
):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off") as run:
        pass
    ref = f"refs/experiments/lr/{run.id}"

    def is_shown():
        return ref in git("log", "-1", "--decorate=full", ref, cwd=repo_dir)

    assert not is_shown()
    git("config", "log.excludeDecoration", "refs/stash", cwd=repo_dir)
    found = doctor()
    assert is_shown()
    follow(found["decorated-runs"], repo_dir)
    assert doctor() == {}
    assert not is_shown()


def test_git_push_deletes_runs_exactly_where_the_doctor_says_so(
    repo_dir, doctor, follow, git, monkeypatch, tmp_path
):
    monkeypatch.chdir(repo_dir)
    git("init", "--quiet", "--bare", "up.git", cwd=tmp_path)
    git("remote", "add", "--mirror=push", "up", str(tmp_path / "up.git"), cwd=repo_dir)

    def runs_after_a_push() -> str:
        git("fetch", "--quiet", str(repo_dir), "HEAD:refs/experiments/lr/theirs", cwd=server)
        git("push", "--quiet", "up", *branches, cwd=repo_dir)
        return git("for-each-ref", "refs/experiments", cwd=server)

    server, branches = tmp_path / "up.git", ()
    assert set(doctor()) == {"mirror-remote"}
    assert runs_after_a_push() == ""
    follow(doctor()["mirror-remote"], repo_dir)
    assert doctor() == {}
    branches = ("HEAD",)
    assert "theirs" in runs_after_a_push()


def test_git_fetch_deletes_runs_exactly_where_the_doctor_says_so(
    repo_dir, doctor, follow, git, monkeypatch, tmp_path
):
    monkeypatch.chdir(repo_dir)
    git("clone", "--quiet", "--bare", str(repo_dir), "up.git", cwd=tmp_path)
    git("remote", "add", "up", str(tmp_path / "up.git"), cwd=repo_dir)
    git(
        "config", "--add", "remote.up.fetch", "+refs/experiments/*:refs/experiments/*", cwd=repo_dir
    )
    git("config", "fetch.prune", "true", cwd=repo_dir)

    def is_kept_by_a_fetch() -> bool:
        with gitxp.start_run("lr", snapshot="off") as run:
            pass
        git("fetch", "--quiet", "up", cwd=repo_dir)
        return run.id in gitxp.runs().index

    assert set(doctor()) == {"fetch-prunes-runs"}
    assert not is_kept_by_a_fetch()
    follow(doctor()["fetch-prunes-runs"], repo_dir)
    assert doctor() == {}
    assert is_kept_by_a_fetch()


def test_token_that_git_lfs_tells_every_server_is_found(repo_dir, doctor, git):
    git("config", "remote.up.url", "https://example.org/x.git", cwd=repo_dir)
    git("config", "http.extraHeader", "Authorization: Basic c2VjcmV0", cwd=repo_dir)
    assert doctor() == {}
    config = repo_dir / ".lfsconfig"
    config.write_text("[lfs]\n\turl = https://example.org/large\n")
    assert doctor() == {}
    config.write_text("[lfs]\n\turl = https://elsewhere.example/large\n")
    found = doctor()
    assert set(found) == {"header-for-every-server"}
    assert "'https://elsewhere.example/large'" in found["header-for-every-server"]["message"]
    assert "c2VjcmV0" not in str(found)
    git("config", "http.https://example.org/.extraHeader", "Authorization: Basic eA", cwd=repo_dir)
    git("config", "--unset-all", "http.extraHeader", cwd=repo_dir)
    assert doctor() == {}
