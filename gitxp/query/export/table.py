"""What is exported: a table of runs or of points, which comes in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    import pyarrow as pa


class Batch(Protocol):
    """Some rows, as each format wants them."""

    def __len__(self) -> int:
        """How many rows there are."""

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column; None where there is none."""

    def objects(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows by the names of their columns."""

    def arrow(self) -> pa.Table:
        """Return the rows in the types of the table's schema."""


class Table(Protocol):
    """Columns, of which every batch has all."""

    @property
    def names(self) -> Sequence[str]:
        """The columns."""

    @property
    def schema(self) -> pa.Schema:
        """Their types in Parquet."""

    def batches(self, rows: RunRows, advance: Callable[[int], None]) -> Iterator[Batch]:
        """Yield what there is of some runs, in their order; never much of it at once.

        Args:
            advance: Called now and then: how many more runs are done.
        """
