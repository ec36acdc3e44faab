"""The options that say which runs a command is about, spelled and meant alike everywhere.

Here is nothing that reads runs, so that a command may begin something before that is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import click

from gitxp.cli import options

Command = Callable[..., Any]

_EXPERIMENT: Final = click.option(
    "-e", "--experiment", help="Only this experiment and those below it."
)
_SORT: Final = click.option(
    "--sort", metavar="COLUMN", help="By this column; -COLUMN: the largest first."
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Runs by what they are, rather than by their names.

    Attributes:
        experiment: Only its runs, and those of experiments below it.
        where: Only runs that a filter chooses.
        sort: The column that puts them in order; the newest come first where None.
        limit: The first of them, so many.
    """

    experiment: str | None = None
    where: str | None = None
    sort: str | None = None
    limit: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether any of it was asked for."""
        return self != Selection()

    def words(self) -> list[str]:
        """Return it as it is typed."""
        typed = {
            "--experiment": self.experiment,
            "--where": self.where,
            "--sort": self.sort,
            "--limit": self.limit,
        }
        given = {name: str(value) for name, value in typed.items() if value is not None}
        return [word for pair in given.items() for word in pair]


def takes_selection(
    *, short_limit: bool = True, by_experiment: bool = True
) -> Callable[[Command], Command]:
    """Give a command the options of a selection, which it gets as its argument `selection`.

    Args:
        short_limit: Whether `-n` is the limit; it is not where it stands for a dry run.
        by_experiment: Whether `--experiment` is one of them; it is not where it says something
            else than which runs are meant.
    """
    names = ("-n", "--limit") if short_limit else ("--limit",)
    limit = click.option(*names, type=click.IntRange(min=0), help="At most this many runs.")

    def with_options(command: Command) -> Command:
        @wraps(command)
        def with_selection(
            *arguments: Any,
            where: str | None,
            sort: str | None,
            limit: int | None,
            **named: Any,
        ) -> Any:
            experiment = named.pop("experiment", None) if by_experiment else None
            selection = Selection(experiment, where, sort, limit)
            return command(*arguments, selection=selection, **named)

        given = options.where(_SORT(limit(with_selection)))
        return _EXPERIMENT(given) if by_experiment else given

    return with_options
