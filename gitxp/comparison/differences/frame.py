"""A comparison as a pandas frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitxp.comparison.differences.comparison import Comparison

if TYPE_CHECKING:
    import pandas as pd


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """Return a frame with a row a field and a column a run; see `Comparison.frame`."""
    import numpy as np
    import pandas as pd

    rows = [(section.title, row) for section in comparison.sections for row in section.rows]
    index = pd.MultiIndex.from_arrays(
        [[title for title, _ in rows], [row.field for _, row in rows]], names=["section", "field"]
    )
    columns = pd.Index([str(run.id) for run in comparison.runs], name="run")
    # Cell by cell: a list or a tuple is one value, of which NumPy would make an axis.
    cells = np.empty((len(rows), len(columns)), dtype=object)
    for place, (_, row) in enumerate(rows):
        for number, cell in enumerate(row.cells):
            cells[place, number] = pd.NA if cell is None else cell.value
    return pd.DataFrame(cells, index=index, columns=columns)
