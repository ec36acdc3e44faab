"""Git's configuration as Git itself resolves it."""

from gitxp.storage.configuration import parse_configuration, read_configuration
from gitxp.storage.repository import open_repository


def test_last_value_wins_and_sections_are_lower_case(repo_dir, git):
    git("config", "--global", "xp.experiment", "person", cwd=repo_dir)
    git("config", "XP.Experiment", "here", cwd=repo_dir)
    git("config", "xp.snapshot.file-bytes", "10 MiB", cwd=repo_dir)
    configuration = read_configuration(open_repository(repo_dir))
    assert configuration["xp.experiment"] == "here"
    assert configuration["xp.snapshot.file-bytes"] == "10 MiB"


def test_key_without_value_is_true(repo_dir):
    with (repo_dir / ".git" / "config").open("a") as file:
        file.write('[xp "durability"]\n\tpower\n')
    assert read_configuration(open_repository(repo_dir))["xp.durability.power"] == "true"


def test_values_keep_lines_and_bytes():
    found = parse_configuration(b"a.b\none\ntwo = 2\0c.d\n\xff\0e.f\n\0")
    assert found == {"a.b": "one\ntwo = 2", "c.d": "\udcff", "e.f": ""}
