"""Data sets come back as they were described."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord
from gitxp.model.dataset import Dataset, Strength
from gitxp.storage.codecs.datasets import decode_datasets, encode_datasets
from gitxp.storage.codecs.text import join_pairs

text = st.text()
any_text = st.text(st.characters(exclude_categories=())).map(join_pairs)
size = st.none() | st.integers(0, 2**63 - 1)
parts = st.floats(allow_nan=False) | st.integers(0, 2**40)
dataset = st.builds(
    Dataset,
    name=text.filter(bool),
    kind=text.filter(bool),
    strength=st.sampled_from(Strength),
    role=text,
    version=text,
    digest=text,
    size=size,
    rows=size,
    split=st.none() | text.filter(bool) | st.dictionaries(any_text, parts, min_size=1, max_size=3),
    filters=any_text.filter(bool) | st.lists(any_text, max_size=3).map(tuple),
    source=any_text,
    schema=st.dictionaries(any_text, any_text, max_size=3),
)


@settings(max_examples=50)
@given(st.lists(dataset, max_size=3).map(tuple))
def test_any_data_sets_come_back(datasets):
    assert decode_datasets(encode_datasets(datasets)) == datasets


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("strength = 'certain'", "strength: 'certain' is not a valid Strength"),
        ("size = 'big'", "size is 'big': expected a TOML integer"),
        ("split = 3", "split is 3: expected a string, or a table of numbers"),
        ("split = {train = 'most'}", "split is .*: expected a string, or a table of numbers"),
        ("filters = 3", "filters is 3: expected a TOML string"),
        ("filters = [3]", r"filters is \[3\]: expected a TOML string"),
        ("schema = {a = 1}", "schema is .*: expected a table of strings"),
    ],
)
def test_value_of_the_wrong_type_is_named(line, message):
    usual = {"name": "'digits'", "kind": "'file'", "strength": "'content'"}
    usual.pop(line.partition(" ")[0], None)
    others = "\n".join(f"{key} = {value}" for key, value in usual.items())
    with pytest.raises(DamagedRecord, match=message):
        decode_datasets(f"[[datasets]]\n{others}\n{line}\n".encode())
