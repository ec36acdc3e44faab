import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitxp.errors import InvalidValue
from gitxp.model.artifact_path import checked_artifact_path

REFUSED = [
    "",
    "/etc/passwd",
    "C:/x",
    "a//b",
    "a/",
    "./a",
    "../a",
    "a/../b",
    "a\\b",
    "a\nb",
    "a\x7f",
    "\ud800",
    "n" * 256,
    ".git",
    "a/.GIT/config",
    ".git ",
    ".git.",
    ".git. .",
    "git~1",
    "GIT~1/x",
    ".git::$INDEX_ALLOCATION/x",
    ".g\u200cit",
    "\ufeff.git",
    7,
    None,
]
ACCEPTED = [
    "a",
    "plots/roc.png",
    "a b/ö.txt",
    ".gitignore",
    "git",
    "x.git",
    "...",
    "git~2",
    "at 12:30.png",
]
NASTY = st.text("git.~12 :/aé\u200c\u202e", min_size=1, max_size=9)


@pytest.mark.parametrize("path", REFUSED)
def test_path_that_git_or_a_file_system_refuses_is_refused(path):
    with pytest.raises(InvalidValue, match="artifact path"):
        checked_artifact_path(path)


@pytest.mark.parametrize("path", ACCEPTED)
def test_ordinary_path_is_accepted_as_it_stands(path):
    assert checked_artifact_path(path) == path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=30))
def test_git_takes_every_accepted_path(repo_dir, paths):
    entries = []
    for path in paths:
        try:
            checked_artifact_path(path)
        except InvalidValue:
            continue
        entries.append(b"100644 blob " + b"0" * 39 + b"1\t" + path.encode() + b"\0")
    command = ["git", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
    command += ["update-index", "--add", "--replace", "-z", "--index-info"]
    subprocess.run(command, cwd=repo_dir, input=b"".join(entries), check=True)
