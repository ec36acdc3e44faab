"""Cells as a notebook that Jupyter takes."""

from __future__ import annotations

import json

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from gitxp.model.notebook import Cell
from gitxp.storage.codecs.notebook import encode_notebook

CELLS = st.lists(st.builds(Cell, st.integers(1, 10**6), st.text(max_size=200)), max_size=8)


@given(CELLS, st.text(max_size=20))
def test_any_cells_are_a_valid_notebook_that_reads_back(cells, path):
    notebook = nbformat.reads(encode_notebook(cells, path).decode(), as_version=4)
    nbformat.validate(notebook)
    assert [(cell.execution_count, cell.source) for cell in notebook.cells] == [
        (cell.number, cell.text) for cell in cells
    ]


@given(CELLS, st.integers(1100, 3000))
def test_what_has_no_room_is_left_out_from_the_oldest_on(cells, most):
    content = encode_notebook(cells, "", most=most)
    assert len(content) <= most
    document = json.loads(content)
    left_out = document["metadata"]["gitxp"].get("left_out", 0)
    kept = [cell["execution_count"] for cell in document["cells"]]
    assert kept == [cell.number for cell in cells[left_out:]]
