"""Settings from three sources: the later wins, and what is unknown or wrong is told."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import fields

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import InvalidSettings
from gitxp.policy.resolve import load_settings, resolve_settings
from gitxp.policy.settings import FILE, KNOWN, OF_METRIC, ROUTE, Settings
from gitxp.policy.sources import INTERNAL_VARIABLES, Source
from gitxp.storage.repository import open_repository
from gitxp.tracking.outer import OUTER_VARIABLE

TEXTS = {
    "experiment": st.sampled_from(["lr", "Vision / LR Schedule", "a.b"]),
    "snapshot.mode": st.sampled_from(["auto", "each", "off"]),
    "snapshot.files": st.integers(0, 10**9).map(str),
    "live.every": st.floats(0.1, 1e9).map(repr) | st.just("0"),
    "live.wait": st.floats(0.1, 1e9).map(repr) | st.just("0"),
    "system.interval": st.floats(0.1, 1e9).map(repr) | st.just("0"),
    "durability.power": st.sampled_from(["true", "false", "YES", "off", "1"]),
    "summary.ranks": st.sampled_from(["lowest", "all"]),
    "push.history": st.sampled_from(["ask", "allow", "refuse"]),
    "output.quiet": st.sampled_from(["true", "false", "no"]),
    "environment.variables": st.lists(st.sampled_from("ABC"), unique=True, min_size=1).map(
        ",".join
    ),
}
OF_ALL_SOURCES = [known for known in KNOWN if known.sources == tuple(Source)]
SIZES = st.integers(0, 2**40).map(str) | st.sampled_from(["10 MiB", "1 GB", "512k"])


def texts_of(known):
    return TEXTS.get(known.key, SIZES)


def as_table(known, text):
    """Return the content of a team's file that says what `text` says elsewhere."""
    value = known.kind.read_text(text)
    for part in reversed(known.key.split(".")):
        value = {part: value}
    return value


def written(source, known, text):
    """Return the arguments for `resolve_settings` with one setting in one source."""
    if source is Source.TEAM:
        return as_table(known, text), {}, {}
    spelled = {source.spell(known.key): text}
    return (None, spelled, {}) if source is Source.PERSON else (None, {}, spelled)


@given(st.data())
def test_every_source_sets_every_setting_alike(data):
    known = data.draw(st.sampled_from(OF_ALL_SOURCES))
    text = data.draw(texts_of(known))
    found = [resolve_settings(*written(source, known, text)) for source in Source]
    assert found[0] == found[1] == found[2]
    others = [one for one in KNOWN if one is not known]
    assert all(
        getattr(found[0], one.attribute) == getattr(Settings(), one.attribute) for one in others
    )


@given(st.data())
def test_later_source_wins(data):
    known = data.draw(st.sampled_from(OF_ALL_SOURCES))
    texts = [data.draw(st.none() | texts_of(known)) for _ in Source]
    sources = [{}, {}, {}]
    for place, (source, text) in enumerate(zip(Source, texts, strict=True)):
        if text is not None:
            sources[place] = written(source, known, text)[place]
    given_texts = [text for text in texts if text is not None]
    expected = (
        known.kind.parse(known.kind.read_text(given_texts[-1]))
        if given_texts
        else getattr(Settings(), known.attribute)
    )
    assert getattr(resolve_settings(*sources), known.attribute) == expected


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans()))
def test_any_table_is_understood_or_refused(table):
    with suppress(InvalidSettings):
        assert isinstance(resolve_settings(table, {}, {}), Settings)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz.-_", min_size=1))
def test_no_unknown_key_is_passed_over(key):
    if key not in {known.key for known in KNOWN}:
        with pytest.raises(InvalidSettings, match="unknown setting"):
            resolve_settings(None, {f"xp.{key}": "1"}, {})


def test_table_covers_every_setting():
    attributes = [known.attribute for known in (*KNOWN, *OF_METRIC, ROUTE)]
    assert attributes == [field.name for field in fields(Settings)]
    assert len({known.key for known in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize("known", OF_ALL_SOURCES, ids=lambda known: known.key)
def test_shown_default_is_what_holds_without_it(known):
    table = tomli.loads(f"{known.key} = {known.default}")
    assert resolve_settings(table, {}, {}) == Settings()


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.key)
def test_git_takes_every_key(known, git, repo_dir):
    git("config", f"xp.{known.key}", "1", cwd=repo_dir)
    assert f"xp.{known.key}=1" in git("config", "--list", cwd=repo_dir)


def test_goals_are_read():
    table = tomli.loads('[metrics."val/accuracy"]\ngoal = "max"\n[metrics.loss]\ngoal = "min"\n')
    assert resolve_settings(table, {}, {}).goals == {"val/accuracy": "max", "loss": "min"}


def test_units_are_read_beside_goals():
    table = tomli.loads("[metrics.acc]\ngoal = 'max'\nunit = '%'\n[metrics.size]\nunit = '\"'\n")
    settings = resolve_settings(table, {}, {})
    assert (settings.goals, settings.units) == ({"acc": "max"}, {"acc": "%", "size": '"'})


def test_wrong_unit_leaves_the_goal_in_force():
    table = tomli.loads("[metrics.acc]\nunit = ''\ngoal = 'max'\n")
    told: list[InvalidSettings] = []
    settings = resolve_settings(table, {}, {}, pass_over=told.append)
    assert (settings.goals, settings.units, len(told)) == ({"acc": "max"}, {}, 1)


def test_nothing_else_of_git_or_the_environment_counts():
    person = {"user.name": "Ada", "xpress.mode": "x", "alias.xp": "!git-xp"}
    process = {"PATH": "/bin", "GITX": "1", "gitxp_experiment": "no"}
    assert resolve_settings(None, person, process) == Settings()


def test_variables_for_children_and_empty_ones_are_no_settings():
    assert OUTER_VARIABLE in INTERNAL_VARIABLES
    process = dict.fromkeys(INTERNAL_VARIABLES, "whatever") | {"GITXP_EXPERIMENT": ""}
    assert resolve_settings(None, {}, process) == Settings()


WRONG_FILES = {
    "experimnt = 'a'": "unknown setting 'experimnt': did you mean 'experiment'?",
    "[snapshot]\nfile_bytes = 5": (
        "unknown setting 'snapshot.file_bytes': did you mean 'snapshot.file-bytes'?"
    ),
    "[snapshots]\nmode = 'off'": (
        "unknown setting 'snapshots.mode': did you mean 'snapshot.mode'?"
    ),
    "mode = 'each'": "unknown setting 'mode': did you mean 'snapshot.mode'?",
    "snapshot = 'each'": "unknown setting 'snapshot': did you mean 'snapshot.mode'?",
    "[experiment]\nname = 'a'": "unknown setting 'experiment.name': did you mean 'experiment'?",
    "job = 'a'": "unknown setting 'job': it may be set by the environment alone",
    "[snapshto]": "unknown setting 'snapshto': did you mean",
    "[experiment]": "experiment is {}: expected the name of an experiment",
    "zebra = 1": "unknown setting 'zebra': expected one of experiment, snapshot.mode",
    "experiment = 3": "experiment is 3: expected the name of an experiment",
    "experiment = '***'": "experiment is '***': invalid experiment name '***'",
    "experiment = 'live'": "experiment is 'live': invalid experiment name 'live'",
    "[snapshot]\nmode = 'never'": ("snapshot.mode is 'never': expected 'auto', 'each' or 'off'"),
    "[snapshot]\nmode = true": "snapshot.mode is True: expected 'auto', 'each' or 'off'",
    "[snapshot]\nfile-bytes = '10 apples'": (
        "snapshot.file-bytes is '10 apples': expected a size, such as"
    ),
    "[snapshot]\nfile-bytes = -1": "snapshot.file-bytes is -1: expected a size",
    "[snapshot]\ntotal-bytes = 1.5": "snapshot.total-bytes is 1.5: expected a size",
    "[snapshot]\nfiles = '1000'": "snapshot.files is '1000': expected a whole number",
    "[snapshot]\nfiles = true": "snapshot.files is True: expected a whole number",
    "[artifacts]\nlimit = 1979-05-27": "artifacts.limit is datetime.date(1979, 5, 27): expected a",
    "[durability]\npower = 'yes'": "durability.power is 'yes': expected true or false",
    "[durability]\npower = 1": "durability.power is 1: expected true or false",
    "[environment]\nvariables = 'A'": "environment.variables is 'A': expected names of environment",
    "[environment]\nvariables = [1]": "environment.variables is [1]: expected names",
    "[environment]\nvariables = ['A=b']": "environment.variables is ['A=b']: expected names",
    "metrics = 1": 'metrics is 1: expected tables such as [metrics."val/loss"]',
    "[metrics]\nloss = 'min'": "metrics.\"loss\" is 'min': expected a table with a goal",
    "[metrics.loss]\ngoal = 'down'": ("metrics.\"loss\".goal is 'down': expected 'max' or 'min'"),
    "[metrics.loss]\ngoals = 'min'": (
        "unknown setting 'metrics.\"loss\".goals': did you mean 'metrics.\"loss\".goal'?"
    ),
    "[metrics.loss]\nunits = '%'": "did you mean 'metrics.\"loss\".unit'?",
    "[metrics.loss]\nzebra = '%'": "'metrics.\"loss\".zebra': expected goal or unit",
    "[metrics.loss]\nunit = 3": 'metrics."loss".unit is 3: expected a unit of at most 16',
    "[metrics.loss]\nunit = ' '": "metrics.\"loss\".unit is ' ': expected a unit of at most 16",
    '[metrics.loss]\nunit = "a\\u001b"': "metrics.\"loss\".unit is 'a\\x1b': expected a unit of",
    "[metrics.loss]\nunit = '12345678901234567'": "is '12345678901234567': expected a unit of",
    "[metrics.val.loss]\ngoal = 'min'": 'with a dot stands in quotes, such as [metrics."val.loss"]',
    "[metrics.'loss:min']\ngoal = 'min'": "metric name 'loss:min' ends in ':min'",
    "[metrics.'']\ngoal = 'min'": "metric name '' is empty",
    "experiment 'a'": "(at line 1, column 12)",
    "experiment = 'a'\n\n[snapshot\n": "(at line 3, column 10)",
    "experiment = 'a'\nexperiment = 'b'": "is not TOML: Cannot overwrite a value",
}


@pytest.mark.parametrize(("content", "said"), WRONG_FILES.items(), ids=list(WRONG_FILES))
def test_wrong_file_is_told_with_place_value_and_expectation(content, said, repo_dir):
    (repo_dir / FILE).write_text(content)
    with pytest.raises(InvalidSettings, match=re.escape(said)) as raised:
        load_settings(open_repository(repo_dir), {}, {})
    assert str(raised.value).startswith(FILE)


WRONG_TEXTS = [
    ({"xp.experimnt": "a"}, {}, "git config: unknown setting 'xp.experimnt': did you mean 'xp."),
    ({"xp.Snapshot.mode": "off"}, {}, "did you mean 'xp.snapshot.mode'?"),
    (
        {"xp.snapshot.files": "many"},
        {},
        "git config: xp.snapshot.files is 'many': expected a whole",
    ),
    ({"xp.snapshot.files": "9" * 5000}, {}, "git config: xp.snapshot.files is '9999"),
    (
        {"xp.durability.power": "maybe"},
        {},
        "xp.durability.power is 'maybe': expected true or false",
    ),
    ({"xp.metrics.loss.goal": "min"}, {}, f"only {FILE} says which way a metric is better"),
    ({}, {"GITXP_EXPERIMENTS": "a"}, "did you mean 'GITXP_EXPERIMENT'?"),
    ({}, {"GITXP_SNAPSHOT_FILES_BYTES": "1"}, "did you mean 'GITXP_SNAPSHOT_FILE_BYTES'?"),
    ({}, {"GITXP_SNAPSHOT.MODE": "off"}, "did you mean 'GITXP_SNAPSHOT_MODE'?"),
    (
        {},
        {"GITXP_OUTPUT_LIMIT": "x"},
        "the environment: GITXP_OUTPUT_LIMIT is 'x': expected a size",
    ),
    ({}, {"GITXP_ENVIRONMENT_VARIABLES": "A=b"}, "GITXP_ENVIRONMENT_VARIABLES is 'A=b': expected"),
    ({}, {"GITXP_ROUTES_LR": "origin"}, f"only {FILE} says where runs may be pushed"),
    ({}, {"GITXP_METRICS_LOSS_GOAL": "min"}, f"only {FILE} says which way a metric is better"),
]


@pytest.mark.parametrize(("person", "process", "said"), WRONG_TEXTS)
def test_wrong_text_is_told_with_place_value_and_expectation(person, process, said):
    with pytest.raises(InvalidSettings, match=re.escape(said)) as raised:
        resolve_settings(None, person, process)
    assert next(iter(person or process)) in raised.value.hint


def test_file_at_the_top_holds_in_subfolders(repo_dir):
    (repo_dir / FILE).write_text("experiment = 'vision'\n[snapshot]\n")
    (repo_dir / "deep").mkdir()
    assert load_settings(open_repository(repo_dir / "deep"), {}, {}).experiment == "vision"


def test_file_with_byte_order_mark_and_windows_lines_is_read(repo_dir):
    (repo_dir / FILE).write_bytes("\ufeffexperiment = 'vision'\r\n".encode())
    assert load_settings(open_repository(repo_dir), {}, {}).experiment == "vision"


def test_git_is_asked_where_its_configuration_is_not_given(repo_dir, git):
    git("config", "xp.experiment", "vision", cwd=repo_dir)
    git("config", "--add", "xp.experiment", "language", cwd=repo_dir)
    assert load_settings(open_repository(repo_dir), {}).experiment == "language"


def test_repository_without_working_tree_has_no_team_file(tmp_path, git):
    git("init", "--quiet", "--bare", str(tmp_path), cwd=tmp_path)
    (tmp_path / FILE).write_text("experiment = 'vision'\n")
    assert load_settings(open_repository(tmp_path), {}, {}) == Settings()


@pytest.mark.parametrize(
    "content",
    [b"experiment = '\xff'", b"a = " + b"[" * 100_000, None],
    ids=["not UTF-8", "very deep", "a folder"],
)
def test_file_that_cannot_be_read_is_told(repo_dir, content):
    if content is None:
        (repo_dir / FILE).mkdir()
    else:
        (repo_dir / FILE).write_bytes(content)
    with pytest.raises(InvalidSettings, match=r"\.gitxp\.toml is (not TOML: |no plain file)"):
        load_settings(open_repository(repo_dir), {}, {})
