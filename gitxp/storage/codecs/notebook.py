"""`notebooks/<session>.ipynb`: the cells that were executed, as Jupyter shows them.

Source of the format: https://nbformat.readthedocs.io, version 4.4 (later ones want ids of cells).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gitxp.model.notebook import Cell
from gitxp.storage.bounds import LARGEST_DOCUMENT


def encode_notebook(cells: Sequence[Cell], path: str, *, most: int = LARGEST_DOCUMENT) -> bytes:
    """Return the cells as a notebook without outputs, in the order in which they were executed.

    Args:
        path: Where the notebook's own file lies; empty where that is not known.
        most: How many bytes there may be; of more cells the latest are kept, and how many are
            left out is said.

    Example:
        >>> content = json.loads(encode_notebook([Cell(3, "lr = 0.1")], "train.ipynb"))
        >>> content["cells"][0]["execution_count"], content["cells"][0]["source"]
        (3, ['lr = 0.1'])
    """
    encoded = [_encode_cell(cell) for cell in cells]
    sizes = [len(json.dumps(cell, indent=1)) * 2 for cell in encoded]
    first, room = len(encoded), most - 1000
    while first and sizes[first - 1] <= room:
        first -= 1
        room -= sizes[first]
    told = {"path": path, "left_out": first}
    document = {
        "cells": encoded[first:],
        "metadata": {
            "gitxp": {key: value for key, value in told.items() if value},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _encode_cell(cell: Cell) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": cell.number,
        "metadata": {},
        "outputs": [],
        "source": cell.text.splitlines(keepends=True),
    }
