"""The export itself: a table becomes one file, a stream, or a folder of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitxp.query.export.formats import Format, write_rows
from gitxp.query.export.partition import partitions
from gitxp.query.export.place import is_stream, placed_file, placed_folder
from gitxp.query.export.table import Batch, Table
from gitxp.query.run_rows import RunRows


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        rows: How many rows of the table there are.
        files: Each file, and how many bytes it has; none for a stream.
    """

    rows: int
    files: tuple[tuple[Path, int], ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(size for _, size in self.files)


class Export:
    """A table of runs on its way out."""

    def __init__(
        self, table: Table, rows: RunRows, form: Format, advance: Callable[[int], None]
    ) -> None:
        """Take what is to be written.

        Args:
            rows: The runs, in the order wanted.
            advance: Called now and then: how many more runs are done.
        """
        self._table = table
        self._rows = rows
        self._form = form
        self._advance = advance
        self._written = 0

    def to_stream(self, stream: BinaryIO) -> Exported:
        """Write one file into something that is open."""
        self._write(self._rows, stream)
        return Exported(self._written)

    def to_file(self, path: Path, *, force: bool = False) -> Exported:
        """Write one file, whole or not at all; a pipe or a device is written into.

        Args:
            force: Replace a file that is there.

        Raises:
            CannotExport: If there is one, or the file cannot be written.
        """
        if is_stream(path):
            with path.open("wb") as stream:
                return self.to_stream(stream)
        instead = "--partition-by experiment writes into folders"
        with placed_file(path, force=force, instead=instead) as stream:
            self._write(self._rows, stream)
        return Exported(self._written, ((path, path.stat().st_size),))

    def to_folder(self, path: Path, columns: Sequence[str], *, force: bool = False) -> Exported:
        """Write a folder with a file for the runs that have the same in some columns.

        Args:
            columns: Of runs; the files need not have them, for the folders tell.
            force: Replace an export that is there.

        Raises:
            CannotExport: If there is something, or the folder cannot be written.
        """
        with placed_folder(path, force=force) as folder:
            files = [
                self._write_part(folder, place, rows)
                for place, rows in partitions(self._rows, columns)
            ]
        return Exported(self._written, tuple((path / place, size) for place, size in files))

    def _write_part(self, folder: Path, place: Path, rows: RunRows) -> tuple[Path, int]:
        file = place / f"part-0.{self._form}"
        (folder / place).mkdir(parents=True)
        with (folder / file).open("xb") as stream:
            self._write(rows, stream)
        return file, (folder / file).stat().st_size

    def _write(self, rows: RunRows, stream: BinaryIO) -> None:
        write_rows(self._table, self._counted(rows), self._form, stream)

    def _counted(self, rows: RunRows) -> Iterator[Batch]:
        for batch in self._table.batches(rows, self._advance):
            yield batch
            self._written += len(batch)
