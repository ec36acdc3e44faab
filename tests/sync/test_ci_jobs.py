"""The jobs of CI that a page shows do what it says: each of their lines is run as it stands."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from servers.fixtures import LOGIN

PAGE = Path(__file__).parents[2] / "docs/howto/ci-pushes-runs.md"
FILE = re.compile(
    r'^```\w+ title="(?P<title>[^"]+)"\n(?P<content>.*?)^```', re.DOTALL | re.MULTILINE
)
FILES = {one["title"]: one["content"] for one in FILE.finditer(PAGE.read_text())}
# What the machines of a service have, or fetch from where tests do not go.
INSTALLS = "pip install gitxp"


def job(title: str) -> dict:
    """Return a job; keys and values are texts, for in YAML 1.1 `on` is a truth value."""
    return yaml.load(FILES[title], yaml.BaseLoader)


@pytest.fixture
def service(bare, password_server, tmp_path, git):
    """Where the project of the page lies, for whoever has the password."""
    git("clone", "--quiet", str(bare), "team", cwd=tmp_path)
    for title in ("train.py", ".gitxp.toml"):
        (tmp_path / "team" / title).write_text(FILES[title])
    git("add", "--all", cwd=tmp_path / "team")
    git("commit", "--quiet", "--message=train", cwd=tmp_path / "team")
    git("push", "--quiet", cwd=tmp_path / "team")
    return password_server


def run(lines: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines of a job as CI does: with no terminal, and to the first that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", lines],
        cwd=folder,
        env={**os.environ, "PATH": path, "CI": "true", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )


def with_login(url: str) -> str:
    return url.replace("://", f"://{LOGIN.user}:{LOGIN.password}@")


def choose_baseline(clone) -> None:
    """Do what a colleague does who has pulled the run of a job."""
    chosen = run("git xp pull && git xp baseline set lr=0.3 && git xp push", clone)
    assert chosen.returncode == 0, chosen.stderr


def test_workflow_of_github_pushes_its_run(service, tmp_path, git):
    workflow = job(".github/workflows/train.yml")
    assert workflow["permissions"] == {"contents": "write"}
    checkout, *steps = workflow["jobs"]["train"]["steps"]
    assert checkout["with"] == {"fetch-depth": "0"}
    lines = [one["run"] for one in steps if one.get("run", INSTALLS) != INSTALLS]
    said = []
    for number in range(2):
        folder, summary = tmp_path / f"job{number}", tmp_path / f"summary{number}"
        # As actions/checkout leaves its token.
        token = base64.b64encode(f"{LOGIN.user}:{LOGIN.password}".encode()).decode()
        place = urlsplit(service.address).netloc
        header = f"http.http://{place}/.extraheader=AUTHORIZATION: basic {token}"
        git(
            "clone", "--quiet", f"--config={header}", service.url("bare"), str(folder), cwd=tmp_path
        )
        for line in lines:
            said.append(
                run(
                    line,
                    folder,
                    GITHUB_ACTOR="ada",
                    GITHUB_RUN_ID=f"{number}",
                    GITHUB_STEP_SUMMARY=str(summary),
                )
            )
            if "git xp gate" not in line:
                assert said[-1].returncode == 0, said[-1].stderr
        if number == 0:  # nobody has chosen a baseline
            assert said[-1].returncode == 128
            choose_baseline(tmp_path / "team")
    assert said[-1].returncode == 0, said[-1].stderr
    assert "### Gate: passed" in summary.read_text()
    assert not any(token in one.stdout + one.stderr for one in said)
    listed = run("git xp pull && git xp list --where 'tags.ci == 1'", tmp_path / "team")
    assert "finished" in listed.stdout


def test_job_of_gitlab_pushes_its_run(service, tmp_path, git):
    train = job(".gitlab-ci.yml")["train"]
    assert train["variables"] == {"GIT_DEPTH": "0"}
    lines = [one for one in train["before_script"] + train["script"] if one != INSTALLS]
    git("clone", "--quiet", with_login(service.url("bare")), "job", cwd=tmp_path)
    variables = {
        "CI_REPOSITORY_URL": with_login(service.url("bare")),
        "CI_JOB_ID": "4711",
        "GITLAB_USER_NAME": "Ada",
        "GITLAB_USER_EMAIL": "ada@example.org",
    }
    *rest, gate = lines
    done = run("\n".join(rest), tmp_path / "job", **variables)
    assert done.returncode == 0, done.stderr
    assert "pushed to origin: 1 run" in done.stdout
    choose_baseline(tmp_path / "team")
    done = run(f"git xp pull\npython train.py --lr 0.3\n{gate}", tmp_path / "job", **variables)
    assert done.returncode == 0, done.stderr
    assert LOGIN.password not in done.stdout + done.stderr


@pytest.mark.parametrize("depth", [1, 2])
def test_shallow_clone_of_a_branch_can_push_its_run(service, tmp_path, git, depth):
    url = with_login(service.url("bare"))
    git("clone", "--quiet", f"--depth={depth}", url, "job", cwd=tmp_path)
    done = run("python train.py && git xp push", tmp_path / "job")
    assert done.returncode == 0, done.stderr
    assert "1 new" in run("git xp pull", tmp_path / "team").stdout


def test_merge_that_the_service_made_goes_where_the_job_lets_it(service, tmp_path, git):
    url = with_login(service.url("bare"))
    git("clone", "--quiet", url, "job", cwd=tmp_path)
    folder = tmp_path / "job"
    git("commit", "--quiet", "--allow-empty", "--message=merge of a pull request", cwd=folder)
    git("push", "--quiet", "origin", "HEAD:refs/pull/1/merge", cwd=folder)
    git("checkout", "--quiet", "--detach", cwd=folder)
    git("branch", "--quiet", "--force", "main", "origin/main", cwd=folder)
    assert run("python train.py", folder).returncode == 0
    stays = run("git xp push", folder)
    assert stays.returncode == 1
    assert "1 run whose code builds on commits that origin does not have" in stays.stderr
    goes = run("GITXP_PUSH_HISTORY=allow git xp push", folder)
    assert (goes.returncode, goes.stdout) == (0, "pushed to origin: 1 run\n"), goes.stderr
