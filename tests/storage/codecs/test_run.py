"""`run.toml` comes back as it went, and bytes from elsewhere raise errors of ours alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord, GitxpError, UnsupportedFormat
from gitxp.model.finding import Finding, Unsearched
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, LeftOut, ParamChange, Run, Session, Status, Submodule, Tag, Writer
from gitxp.storage.codecs.run import decode_run, encode_run
from gitxp.storage.codecs.text import join_pairs
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.storage.layout import bundle_path

any_text = st.text(st.characters(exclude_categories=()), max_size=20).map(join_pairs)
filled = any_text.filter(bool)
name = st.text(min_size=1, max_size=10)
whole = st.integers(0, 2**63 - 1)
oid = st.text("0123456789abcdef", min_size=40, max_size=40)
run_id = st.text("0123456789abcdef", min_size=32, max_size=32).map(RunId)
moment = st.datetimes(
    min_value=datetime.fromisoformat("1900-01-01"),
    max_value=datetime.fromisoformat("9000-01-01"),
    timezones=st.just(UTC),
)
left_out = st.builds(LeftOut, filled, any_text, st.none() | whole, st.none() | moment, any_text)
part = filled.filter(lambda text: not {"", ".", "..", ".git"} & set(text.lower().split("/")))
submodule = st.builds(
    Submodule,
    path=st.lists(part.filter(lambda text: "\0" not in text), min_size=1, max_size=3).map("/".join),
    commit=oid,
    head=st.none() | oid,
    base=st.none() | oid,
    url=any_text,
    bundles=st.lists(st.builds(bundle_path, oid, st.integers(1, 9999)), max_size=2).map(tuple),
)
code = st.builds(
    Code,
    commit=st.none() | oid,
    tree=st.none() | oid,
    base=st.none() | oid,
    branch=st.none() | filled,
    dirty=st.booleans(),
    left_out=st.lists(left_out, max_size=2).map(tuple),
    submodules=st.lists(submodule, max_size=2).map(tuple),
    findings=st.lists(st.builds(Finding, any_text, whole, filled), max_size=2).map(tuple),
    unsearched=st.lists(st.builds(Unsearched, filled, any_text), max_size=2).map(tuple),
    failure=any_text,
)
session = st.builds(
    Session,
    started=moment,
    finished=st.none() | moment,
    status=st.sampled_from(Status),
    argv=st.lists(any_text, max_size=3).map(tuple),
    folder=st.none() | filled,
    exit_code=st.none() | st.integers(-128, 255),
    error=any_text,
    code=code,
    writers=st.lists(
        st.builds(
            Writer,
            name,
            any_text,
            whole,
            whole,
            rank=st.none() | whole,
            status=st.none() | st.sampled_from(Status),
        ),
        max_size=2,
    ).map(tuple),
    pools_ranks=st.booleans(),
)
value = st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | any_text
key = any_text | st.integers() | st.tuples(any_text, st.none())
run = st.builds(
    Run,
    id=run_id,
    experiment=st.sampled_from(["lr", "vision/lr-schedule"]).map(ExperimentName),
    sessions=st.lists(session, min_size=1, max_size=2).map(tuple),
    name=any_text,
    title=any_text,
    home=st.text(max_size=5),
    tip=st.none(),
    group=st.none() | filled,
    parent=st.none() | run_id,
    continues=st.none() | run_id,
    baseline=st.none() | run_id,
    hypothesis=any_text,
    description=any_text,
    author=any_text,
    host=any_text,
    route=st.lists(any_text, max_size=2).map(tuple),
    failures=whole,
    tags=st.dictionaries(name, st.builds(Tag, value, whole), max_size=3),
    seeds=st.dictionaries(name, st.integers(-(2**70), 2**70), max_size=3),
    param_changes=st.lists(
        st.builds(ParamChange, st.lists(key, max_size=3).map(tuple), st.none() | value, whole),
        max_size=2,
    ).map(tuple),
    params=st.just({}),
    metrics=st.just({}),
    datasets=st.just(()),
    artifacts=st.just(()),
)


def small_run(**changes):
    started = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    fields = {"id": RunId("0" * 32), "experiment": ExperimentName("lr"), **changes}
    return Run(sessions=(Session(started),), **fields)


def with_submodule(**fields):
    return {"submodules": [{"path": "lib", "commit": "a" * 40, **fields}]}


def with_finding(**fields):
    return {"findings": [{"path": "a.py", "line": 1, "what": "JWT", **fields}]}


def changed(path, to):
    """Return a small run's document with the value at `path` replaced, or taken out."""
    document = loads(encode_run(small_run()), "run.toml")
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    if to is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = to
    return dumps(document)


@settings(max_examples=40)
@given(run)
def test_any_run_comes_back(given_run):
    assert decode_run(encode_run(given_run)) == given_run


def test_what_says_nothing_is_not_written():
    document = loads(encode_run(small_run()), "run.toml")
    assert set(document) == {"format", "id", "experiment", "status", "failures", "sessions"}
    assert set(document["sessions"][0]) == {"started", "status", "code"}


def test_session_at_the_top_of_the_working_tree_is_not_one_outside_of_it():
    started = datetime(2026, 1, 2, tzinfo=UTC)
    sessions = (Session(started, folder="."), Session(started, folder=None))
    made = Run(RunId("0" * 32), ExperimentName("lr"), sessions=sessions)
    assert [session.folder for session in decode_run(encode_run(made)).sessions] == [".", None]


def test_unknown_keys_are_kept_aside():
    content = b"future = 1\n" + encode_run(small_run(name="a")) + b"\n[from_later]\nkey = 2\n"
    extra = {"future": 1, "from_later": {"key": 2}}
    assert decode_run(content) == small_run(name="a", extra=extra)


def test_newer_format_says_how_to_read_it():
    with pytest.raises(UnsupportedFormat, match="format 2: this gitxp reads up to 1") as caught:
        decode_run(changed(["format"], 2))
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (["id"], "xyz", "run.toml: id: invalid run id 'xyz'"),
        (["id"], None, "run.toml: id is missing: expected a TOML string"),
        (["id"], 3, "run.toml: id is 3: expected a TOML string"),
        (["experiment"], "No Such", "experiment: part 'No Such' must match"),
        (["format"], True, "format is True: expected a TOML integer"),
        (["format"], 0, "format is 0: expected 1 or more"),
        (["format"], None, "format is missing"),
        (["sessions"], [], "sessions is .*: expected at least one"),
        (["sessions"], None, "sessions is missing: expected at least one"),
        (["sessions", 0, "started"], None, r"sessions\[0\]: started is missing"),
        (
            ["sessions", 0, "started"],
            datetime.fromisoformat("2026-01-02"),
            "expected a date-time with an offset",
        ),
        (["sessions", 0, "status"], "paused", "status: 'paused' is not a valid Status"),
        (["sessions", 0, "argv"], "python", "argv is 'python': expected a TOML array"),
        (["sessions", 0, "code"], 1, "code is 1: expected a TOML table"),
        (["sessions", 0, "code", "left_out"], [1], "left_out is .*: expected a TOML table"),
        (["sessions", 0, "code"], {"commit": "--all"}, "code: commit: '--all' is no object id"),
        (["sessions", 0, "code"], {"tree": "HEAD"}, "code: tree: 'HEAD' is no object id"),
        (["sessions", 0, "code"], {"base": "A" * 40}, "code: base: 'A+' is no object id"),
        (["sessions", 0, "code"], {"base": f"{'a' * 40}\n"}, "code: base: .* is no object id"),
        (["sessions", 0, "code"], {"base": 7}, "code: base is 7: expected a TOML string"),
        (["sessions", 0, "code"], with_submodule(path="../x"), "path: '../x' is no path inside"),
        (["sessions", 0, "code"], with_submodule(path="/x"), "path: '/x' is no path inside"),
        (["sessions", 0, "code"], with_submodule(path="x/.GIT/y"), "is no path inside"),
        (["sessions", 0, "code"], with_submodule(path=""), "path: '' is no path inside"),
        (["sessions", 0, "code"], with_submodule(commit="-x"), "commit: '-x' is no object id"),
        (["sessions", 0, "code"], with_submodule(head="HEAD"), "head: 'HEAD' is no object id"),
        (["sessions", 0, "code"], with_submodule(base="b"), "base: 'b' is no object id"),
        (["sessions", 0, "code"], with_submodule(dirty=1), "dirty is 1: expected a TOML boolean"),
        (["sessions", 0, "code"], with_submodule(bundles=["run.toml"]), "bundles is .*: expected"),
        (["sessions", 0, "code"], {"submodules": [{"path": "x"}]}, "commit is missing"),
        (["sessions", 0, "code"], {"findings": [{"line": 1}]}, "what is missing: expected"),
        (["sessions", 0, "code"], {"unsearched": [{}]}, "path is missing: expected"),
        (["sessions", 0, "code"], with_finding(line="1"), "line is '1': expected a TOML integer"),
        (["sessions", 0, "code"], with_finding(path=1), "path is 1: expected a TOML string"),
        (["tags"], {"a": {"value": [], "clock": 1}}, "value is .*: expected a string, number"),
        (["tags"], {"a": {"value": 1}}, "tags: a: clock is missing"),
        (["seeds"], {"numpy": "1"}, "seeds: numpy is '1': expected an integer"),
        (["param_changes"], [{"path": [[]], "clock": 1}], "used as a key"),
        (["param_changes"], [{"path": "lr", "clock": 1}], "path is 'lr': expected an array"),
    ],
)
def test_damage_is_told_by_key_and_expectation(path, to, message):
    with pytest.raises(DamagedRecord, match=message):
        decode_run(changed(path, to))


toml_value = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes() | moment,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(max_size=3) | st.just("$map"), inner, max_size=2)
    ),
    max_leaves=5,
)
run_keys = st.sampled_from(
    ["format", "id", "parent", "route", "tags", "seeds", "baseline", "param_changes", "sessions"]
)
session_keys = st.sampled_from(
    ["started", "finished", "status", "argv", "exit_code", "error", "code", "writers"]
)


@settings(max_examples=100)
@given(
    st.dictionaries(run_keys, toml_value, max_size=2),
    st.dictionaries(session_keys, toml_value, max_size=2),
)
def test_any_document_gives_a_run_or_an_error_of_ours(changes, session_changes):
    document = loads(encode_run(small_run()), "run.toml")
    document["sessions"][0] |= session_changes
    try:
        decode_run(dumps({**document, **changes}))
    except GitxpError:
        return


@pytest.mark.parametrize(
    "text", ["format = 0x" + "f" * 5000, "format = 1\nsessions." + ".".join("a" * 5000) + " = 1"]
)
def test_absurd_documents_are_damage(text):
    with pytest.raises(DamagedRecord):
        decode_run(text.encode())
