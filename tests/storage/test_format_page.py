"""The vectors on the page of the record format are what the code makes, and what Git would."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session, Status
from gitxp.storage.code_commit import code_commit
from gitxp.storage.codecs.params import decode_params, encode_params
from gitxp.storage.codecs.toml import loads
from gitxp.storage.layout import event_path
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.objects import EMPTY_TREE, Entry, object_id
from gitxp.storage.record_commit import EMPTY_ROOT, record_commit

PAGE = Path(__file__).parents[2] / "docs/reference/record-format.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def snapshot():
    return code_commit(EMPTY_TREE, "1" * 40, 1_700_000_000)


def first_record():
    when = datetime.fromtimestamp(1_700_000_100, UTC)
    run = Run(
        RunId("0123456789abcdef" * 2),
        ExperimentName("vision/lr"),
        sessions=(Session(when, when, Status.FINISHED),),
        name="cosine",
        hypothesis="cosine beats step",
        author="Ada Lovelace <ada@example.org>",
    )
    return record_commit(run, EMPTY_TREE, before=None, code=snapshot().oid, when=when)


def merge():
    event = Entry(object_id("blob", b""))
    one, other = (
        Tip(letter * 40, seconds, "c" * 40, {event_path(clock, f"c{digit}ffee00" * 4): event})
        for letter, seconds, clock, digit in (("a", 200, 1, 0), ("b", 300, 2, 1))
    )
    merged = merge_records(one, other, [])
    assert isinstance(merged, Merged)
    return merged.commit


def test_commits_have_the_bytes_and_ids_on_the_page():
    made = [EMPTY_ROOT, snapshot(), first_record(), merge()]
    assert blocks("commit") == [commit.content.decode() for commit in made]
    for commit in made:
        assert f"`{commit.oid}`" in PAGE.read_text()


def test_params_are_encoded_as_on_the_page():
    params = ast.literal_eval(blocks("python")[0])
    document = loads(blocks("toml")[-1].encode(), "the page")
    assert encode_params(params) == document
    assert decode_params(document) == params
