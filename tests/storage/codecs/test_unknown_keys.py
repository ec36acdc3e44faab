"""What a newer gitxp wrote outlives a rewrite by one that does not know it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

from gitxp.model.finding import Finding, Unsearched
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Code, LeftOut, Run, Session, Tag, Writer
from gitxp.storage.codecs.run import decode_run, encode_run
from gitxp.storage.codecs.toml import dumps

SESSION = Session(
    datetime(2026, 1, 2, tzinfo=UTC),
    code=Code(
        commit="a" * 40,
        left_out=(LeftOut("big.bin", "too large"),),
        findings=(Finding("JWT", 7, "train.py"),),
        unsearched=(Unsearched("lib", "gone"),),
    ),
    writers=(Writer("0" * 8, "host", 1),),
)
RUN = Run(
    RunId("0" * 32),
    ExperimentName("lr"),
    sessions=(SESSION,),
    name="first",
    tags={"kind": Tag("cosine", 5)},
    seeds={"seed": 7},
)


def newer():
    """The document of `RUN` with a key more wherever a table stands."""
    document = tomllib.loads(encode_run(RUN).decode())
    session = document["sessions"][0]
    places = [document, document["tags"]["kind"], session, session["code"]]
    places += [session["code"][key][0] for key in ("left_out", "findings", "unsearched")]
    for table in [*places, session["writers"][0]]:
        table["later"] = {"number": 1, "list": [{"x": 1}]}
    return document


def test_record_without_unknown_keys_has_no_extra():
    assert decode_run(encode_run(RUN)).extra == {}


def test_unknown_keys_are_written_again():
    document = newer()
    run = decode_run(dumps(document))
    assert replace(run, extra={}) == RUN
    assert tomllib.loads(encode_run(run).decode()) == document


def test_unknown_keys_survive_a_resume():
    run = decode_run(dumps(newer()))
    resumed = replace(run, name="second", sessions=(*run.sessions, Session(SESSION.started)))
    written = tomllib.loads(encode_run(resumed).decode())
    assert written["name"] == "second"
    assert written["sessions"][0] == newer()["sessions"][0]
    assert "later" not in written["sessions"][1]
