"""The cells that IPython executes, in a notebook or at its prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from gitxp.model.notebook import Cell


def ipython() -> Any:
    """Return the shell of IPython that runs this process; None where none does."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def executed_cells(shell: Any) -> list[Cell]:
    """Return the cells that were executed so far, the one that is under way included."""
    history = shell.history_manager.input_hist_raw
    return [Cell(number, text) for number, text in enumerate(history) if number and text.strip()]


def watch_cells(shell: Any, tell: Callable[[Cell], None]) -> Callable[[], None]:
    """Have `tell` called with each cell before it is executed, until the answer is called."""

    def before_cell(info: Any) -> None:
        if info.store_history and info.raw_cell.strip():
            # Its place in the history, where it is put next: the count is ahead in some versions.
            tell(Cell(len(shell.history_manager.input_hist_raw), info.raw_cell))

    shell.events.register("pre_run_cell", before_cell)

    def leave() -> None:
        shell.events.unregister("pre_run_cell", before_cell)

    return leave


def notebook_path(shell: Any) -> str:
    """Return where the notebook's file lies, by Jupyter or VS Code; empty if they do not say."""
    told = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    return str(told)
