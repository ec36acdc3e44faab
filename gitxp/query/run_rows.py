"""Rows of runs, in an order: what lists, frames and questions are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gitxp.model.identity import SHORT_ID, ExperimentName
from gitxp.model.run import Run
from gitxp.query.column_order import ordered_columns
from gitxp.query.index.block import Block, Piece, block_of
from gitxp.query.index.kinds import Kind
from gitxp.query.rows import (
    OWN_COLUMNS,
    UNSEEN_COLUMNS,
    WATCHED_COLUMNS,
    run_row,
)
from gitxp.query.run_column import Part, RunColumn, joined, taken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RunKey(NamedTuple):
    """What finds a run among others.

    Attributes:
        place: Its number among the rows.
        tip: Its record; None while the run is only a journal.
    """

    place: int
    id: str
    name: str
    home: str
    experiment: str
    tip: str | None

    @property
    def label(self) -> str:
        """The name, or the short id where the run has none."""
        return self.name or self.id[:SHORT_ID]


def indexed_row(run: Run) -> dict[str, Any]:
    """Return the row of a run as a block keeps it."""
    unseen: dict[str, Any] = {
        "home": run.home,
        "tip": run.tip,
        "title": run.title,
        "name_generated": run.name_generated,
    }
    # No remote's name holds a line's end. Most runs have no route, and so no cell.
    route = {"route": "\n".join(run.route)} if run.route else {}
    return {**run_row(run), **unseen, **route}


def rows_of(runs: Sequence[Run]) -> RunRows:
    """Return the rows of runs, in their order."""
    return RunRows([block_of([indexed_row(run) for run in runs])])


class RunRows:
    """Rows out of blocks, some of them or all, in some order."""

    def __init__(
        self,
        blocks: Sequence[Block],
        chosen: NDArray[np.int64] | None = None,
        *,
        every: RunRows | None = None,
    ) -> None:
        """Take rows out of blocks.

        Args:
            chosen: The numbers of the rows, counted through all blocks, in the order wanted; all
                as they lie where None.
            every: The rows that these were chosen out of; these themselves where None.
        """
        self._blocks = blocks
        self._starts = [0, *accumulate(block.size for block in blocks)]
        self._chosen = chosen
        self._every = every
        self._columns: dict[str, RunColumn] = {}

    def __len__(self) -> int:
        return self._starts[-1] if self._chosen is None else len(self._chosen)

    @property
    def every(self) -> RunRows:
        """All rows that there were to choose from: what one of them has is known of all."""
        return self if self._every is None else self._every

    def as_every(self) -> RunRows:
        """Return the same rows, as those out of which others will be chosen."""
        return RunRows(self._blocks, self._chosen)

    @cached_property
    def names(self) -> list[str]:
        """The columns that a run has, `run` first, and those that every run has of its own."""
        first = ["run", *OWN_COLUMNS, *(name for name in WATCHED_COLUMNS if self.has(name))]
        others = {name for block in self._blocks for name in block.columns}
        newest = {name: self._newest(name) for name in others - _UNKEYED}
        return [*first, *ordered_columns({name: at for name, at in newest.items() if at > _NEVER})]

    def has(self, name: str) -> bool:
        """Return whether any run has the column, be it None."""
        return any(
            self._chosen is None or bool((self._places[self._numbers(*found)] >= 0).any())
            for found in self._pieces(name)
        )

    def column(self, name: str) -> RunColumn:
        """Return a column; one that no run has is empty."""
        if name not in self._columns:
            self._columns[name] = self._gathered(name)
        return self._columns[name]

    def values(self, name: str, absent: Any = None) -> list[Any]:
        """Return a column as a list; see `RunColumn.to_list`."""
        return self.column(name).to_list(absent)

    def find(self, ids: Collection[str]) -> dict[str, int]:
        """Return where runs are, by their ids; those that are not here are left out."""
        if not ids:
            return {}
        return {run: place for place, run in enumerate(self.values("run")) if run in ids}

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> RunRows:
        """Return the rows at these places, in this order."""
        import numpy as np

        return self._picked(self._all_chosen()[np.asarray(places, np.int64)])

    def without(self, places: Sequence[int]) -> RunRows:
        """Return the rows but for those at these places, in their order."""
        import numpy as np

        if not len(places):
            return self
        return self._picked(np.delete(self._all_chosen(), places))

    def head(self, limit: int | None) -> RunRows:
        """Return the first rows; all where None."""
        return self if limit is None or limit >= len(self) else self.take(range(limit))

    def by_block(self) -> list[RunRows]:
        """Return all rows of each block as they lie, of which nothing need be gathered."""
        return [RunRows([block]) for block in self._blocks]

    def where(self, answers: NDArray[np.bool_]) -> RunRows:
        """Return the rows that are answered by yes.

        Args:
            answers: One for each row of all blocks, as `by_block` returns them.
        """
        chosen = self._all_chosen()
        return self._picked(chosen[answers[chosen]])

    def of_experiment(self, experiment: ExperimentName) -> RunRows:
        """Return the rows of an experiment and of those below it."""
        above = f"{experiment}/"
        found = self.values("experiment")
        return self.take([at for at, name in enumerate(found) if f"{name}/".startswith(above)])

    def newest_first(self) -> RunRows:
        """Return the rows by the time at which the runs started; among equals by id."""
        import numpy as np

        started = self._started()
        if (started[:-1] > started[1:]).all():
            return self
        order = np.argsort(-started, kind="stable")  # fast where much is in order already
        in_order = started[order]
        is_as_before = np.concatenate([[False], in_order[1:] == in_order[:-1]])
        is_equal = is_as_before | np.concatenate([is_as_before[1:], [False]])
        equals = order[is_equal]  # to make the ids of all would take longer than all else
        ids = np.array([name.encode() for name in self.take(equals).values("run")])
        order[is_equal] = equals[np.lexsort((ids, started[equals]))[::-1]]
        return self.take(order)

    def latest_start(self) -> int:
        """Return when the newest run started, in microseconds; there must be one."""
        return int(self._started().max())

    def followed_by(self, others: RunRows) -> RunRows:
        """Return these rows, and then others."""
        import numpy as np

        blocks = [*self._blocks, *others._blocks]
        if self._chosen is None and others._chosen is None:
            return RunRows(blocks)
        return RunRows(
            blocks, np.concatenate([self._all_chosen(), others._all_chosen() + self._starts[-1]])
        )

    def _newest(self, name: str) -> int:
        """Return when the newest run started that has the column."""
        starts, newest = self._starts_by_number, _NEVER
        for piece, start, size in self._pieces(name):
            if not (size if piece.rows is None else len(piece.rows)):
                continue
            if not self._is_newest_first:
                first = starts[self._numbers(piece, start, size)].max()
            else:  # and so is each piece
                first = starts[start if piece.rows is None else start + piece.rows[0]]
            newest = max(newest, int(first))
        return newest

    @cached_property
    def _is_newest_first(self) -> bool:
        starts = self._starts_by_number
        return bool((starts[:-1] >= starts[1:]).all())

    @cached_property
    def _starts_by_number(self) -> NDArray[np.int64]:
        """By the number of a row through all blocks when its run started, if it is here."""
        import numpy as np

        if self._chosen is None:
            return self._started()
        starts = np.full(self._starts[-1], _NEVER, np.int64)
        starts[self._chosen] = self._started()
        return starts

    def _picked(self, chosen: NDArray[np.int64]) -> RunRows:
        return RunRows(self._blocks, chosen, every=self.every)

    def _all_chosen(self) -> NDArray[np.int64]:
        import numpy as np

        if self._chosen is not None:
            return self._chosen
        whole: NDArray[np.int64] = np.arange(len(self), dtype=np.int64)
        return whole

    def _started(self) -> NDArray[np.int64]:
        import numpy as np

        found = self.column("started").parts.get(Kind.TIME)
        if found is not None and found.places is None:
            whole: NDArray[np.int64] = found.values
            return whole
        started = np.full(len(self), _UNKNOWN, np.int64)
        if found is not None:
            started[found.places] = found.values
        return started

    @cached_property
    def keys(self) -> list[RunKey]:
        """What finds each run."""
        columns = [self.values(name) for name in ("run", "name", "home", "experiment", "tip")]
        return list(map(RunKey._make, zip(range(len(self)), *columns, strict=True)))

    @cached_property
    def routes(self) -> dict[str, tuple[str, ...]]:
        """By id to which remotes alone runs may be pushed, of those that may not go anywhere."""
        routes = zip(self.values("run"), self.values("route"), strict=True)
        return {run: tuple(route.split("\n")) for run, route in routes if route is not None}

    def dicts(self, names: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield each row by the names of its columns, as `run_row` returns it.

        Args:
            names: Only these columns; all where None.
        """
        asked = self.names if names is None else names
        columns = {name: self.values(name, _ABSENT) for name in asked}
        own = {"run", *OWN_COLUMNS}
        for place in range(len(self)):
            row = {}
            for name, values in columns.items():
                value = values[place]
                if value is not _ABSENT:
                    row[name] = value
                elif name in own:
                    row[name] = None
            yield row

    def block(self) -> Block:
        """Return these rows as a block of their own."""
        import numpy as np

        columns = {}
        for name in dict.fromkeys([*self.names, *UNSEEN_COLUMNS]):
            column = self.column(name)
            pieces = [
                Piece(
                    kind,
                    None if part.places is None else part.places.astype(np.int32),
                    part.values,
                )
                for kind, part in column.parts.items()
            ]
            if pieces:
                columns[name] = tuple(pieces)
        return Block(len(self), columns)

    def _pieces(self, name: str) -> Iterator[tuple[Piece, int, int]]:
        """Yield the pieces of a column, each with where its block begins and how long that is."""
        for block, start in zip(self._blocks, self._starts, strict=False):
            for piece in block.columns.get(name, ()):
                yield piece, start, block.size

    def _numbers(self, piece: Piece, start: int, size: int) -> Any:
        """Return which rows a piece is of, counted through all blocks."""
        return slice(start, start + size) if piece.rows is None else piece.rows + start

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        """By the number of a row through all blocks its place here; -1 where it has none."""
        import numpy as np

        if self._chosen is None:
            return np.arange(self._starts[-1], dtype=np.int64)
        places = np.full(self._starts[-1], -1, np.int64)
        places[self._chosen] = np.arange(len(self._chosen))
        return places

    def _gathered(self, name: str) -> RunColumn:
        if self._chosen is None and len(self._blocks) == 1:
            pieces = self._blocks[0].columns.get(name, ())
            return RunColumn(len(self), {one.kind: Part(one.rows, one.values) for one in pieces})
        found: dict[Kind, list[tuple[Any, Any]]] = {}
        for piece, start, size in self._pieces(name):
            places = self._places[self._numbers(piece, start, size)]
            values: Any = piece.values
            if self._chosen is not None and (places < 0).any():
                is_here = places >= 0
                values = None if values is None else taken(values, is_here.nonzero()[0])
                places = places[is_here]
            if len(places):
                found.setdefault(piece.kind, []).append((places, values))
        parts = {kind: joined(pairs, len(self)) for kind, pairs in found.items()}
        return RunColumn(len(self), parts)


_ABSENT = object()
# Before any moment: of no run that is here; and of one of which it is not told.
_NEVER: Final = -(2**63)
_UNKNOWN: Final = _NEVER + 1
_UNKEYED: Final = {"run", *OWN_COLUMNS, *WATCHED_COLUMNS, *UNSEEN_COLUMNS}
