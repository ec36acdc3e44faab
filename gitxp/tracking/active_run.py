"""The live handle of a run: takes what a script logs, and records it at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from gitxp.capture.dataset.describe import describe_dataset
from gitxp.capture.libraries.figure import figure_content, interactive_path
from gitxp.capture.libraries.table_file import table_content
from gitxp.model.names import check_name
from gitxp.model.notebook import Cell
from gitxp.storage.codecs.params import encode_value
from gitxp.tracking.artifact_log import at_step, files_below
from gitxp.tracking.card import active_card
from gitxp.tracking.run_life import RunLife
from gitxp.tracking.values.checked import (
    Tags,
    TagValue,
    checked_seeds,
    checked_tag,
    checked_text,
    encoded_dataset,
    tag_pairs,
)
from gitxp.tracking.values.checked_params import named
from gitxp.tracking.values.json_content import json_content

# What `start_run`, a fork and the end of the process call of a run, and no script.
NOT_FOR_SCRIPTS: Final = frozenset(
    """after_fork before_end capture_output end_as has_ended is_ending_here keep_cells log_first
    sample_machine tell_error_of_thread was_told_to_end writer""".split()  # noqa: SIM905
)


class ActiveRun(RunLife):
    """A run that is open: everything logged to it is kept, whatever happens to the process.

    A context manager: an exception that leaves the block ends the run as `failed` and goes on.
    Safe to use from several threads. Names and values that cannot be recorded are warned of
    once a kind and counted, the rest of the call is kept; with `strict=True` they raise.
    """

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a value for each of several metrics.

        Args:
            step: Any whole number, in any order and repeated as you like; without one, each
                metric gets the step after its highest so far.
        """
        if self._is_finished:
            self._refuse("log")
            return
        self._points.log(values, step)
        if self._is_durable:
            self._attempt("log", self._own.latest.sync)

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a value for each of several metrics; see `log`."""
        self.log(values, step)

    def log_metric(self, key: str, value: Any, step: int | None = None) -> None:
        """Log a value of one metric; see `log`."""
        try:
            values = {key: value}
        except TypeError:  # it cannot even be the key of a mapping
            self._attempt("log_metric", partial(check_name, "metric", key))
            return
        self.log(values, step)

    def log_param(self, key: str, value: Any) -> None:
        """Log one hyperparameter, of any nesting of plain values."""
        self._attempt("log_params", lambda: self._add_params(named(key, value)))

    def log_params(self, values: object) -> None:
        """Log hyperparameters; nested mappings are merged into what was logged before.

        `values` are a mapping or a config object (`docs/reference/params.md`).

        A param logged again with another value takes it, and the change is kept in the record.
        """
        self._attempt("log_params", lambda: self._add_params(values))

    def set_tag(self, key: str, value: TagValue = True) -> None:  # noqa: FBT002
        """Set one tag; the tag `hypothesis` says what the run is to show."""
        self._attempt("set_tag", lambda: self._set_tag(key, value))

    def set_tags(self, values: Tags) -> None:
        """Set tags, from a mapping, or from a list of tags that are true."""

        def set_all() -> None:
            for key, value in tag_pairs(values):
                self._attempt("set_tag", partial(self._set_tag, key, value))

        self._attempt("set_tags", set_all)

    def log_seeds(self, seeds: int | Mapping[str, int]) -> None:
        """Record the seeds that the run uses; a single one is called `seed`."""
        pairs = seeds if isinstance(seeds, Mapping) else {"seed": seeds}
        for key, seed in pairs.items():
            self._attempt("log_seeds", partial(self._log_seeds, {key: seed}))

    def log_first(self, params: Mapping[Any, Any], tags: Tags, seeds: Any) -> None:
        """Log what the run was started with; unlike later, what fails raises.

        Args:
            params: As `checked_params` returns them.
        """
        if params:
            self._params.add_checked(params)
        for key, value in tag_pairs(tags):
            self._set_tag(key, value)
        if seeds is not None:
            self._log_seeds(seeds)

    def log_dataset(
        self,
        name: str,
        source: Any = None,
        *,
        version: str | None = None,
        role: str | None = None,
        split: Mapping[str, float] | str | None = None,
        filters: str | Sequence[str] | None = None,
        rows: int | None = None,
    ) -> None:
        """Record which data the run sees; files, folders, arrays and tables by their content."""

        def describe() -> None:
            told = describe_dataset(
                name,
                source,
                version=version,
                role=role,
                split=split,
                filters=filters,
                rows=rows,
                root=self._root,
            )
            self._say("dataset", text=encoded_dataset(told))

        self._attempt("log_dataset", describe)

    def log_artifact(
        self,
        path: str | os.PathLike[str],
        artifact_path: str | None = None,
        *,
        step: int | None = None,
    ) -> None:
        """Keep a file as it is now.

        Args:
            path: The file.
            artifact_path: A folder inside the run's artifacts.
            step: Makes it one of a series: `model.pt` at step 12 is `model/000000012.pt`.
        """
        self._attempt("log_artifact", lambda: self._artifacts.add(path, artifact_path, step))

    def log_artifacts(
        self,
        folder: str | os.PathLike[str],
        artifact_path: str | None = None,
        *,
        step: int | None = None,
    ) -> None:
        """Keep every file below a folder as it is now; links to folders are left out.

        Args:
            folder: The folder.
            artifact_path: A folder inside the run's artifacts.
            step: As for `log_artifact`, for each of the files.
        """

        def log_all() -> None:
            for name, path in files_below(folder):
                inside = at_step(name, step)
                log_one = partial(self._artifacts.add_as, inside, path, artifact_path)
                self._attempt("log_artifacts", log_one)

        self._attempt("log_artifacts", log_all)

    def log_text(self, text: str, artifact_file: str, *, step: int | None = None) -> None:
        """Keep text as the file `artifact_file` of the run, in UTF-8.

        A lone surrogate, which UTF-8 has no place for, is written as `surrogatepass` does.

        Args:
            step: As for `log_artifact`.
        """

        def encoded(_: str) -> bytes:
            checked = checked_text("the text of an artifact", text)
            return checked.encode(errors="surrogatepass")

        self._keep("log_text", encoded, artifact_file, step)

    def log_dict(self, content: Any, artifact_file: str, *, step: int | None = None) -> None:
        """Keep a mapping or list as the JSON file `artifact_file` of the run.

        Args:
            content: May hold what params may: config objects, arrays, dates.
            artifact_file: Ends in `.json`, or has no ending.
            step: As for `log_artifact`.

        Example:
            >>> import gitxp, numpy as np
            >>> with gitxp.start_run("dicts") as run:
            ...     run.log_dict({"confusion": np.eye(2, dtype=int)}, "confusion.json")
        """
        self._keep("log_dict", partial(json_content, content), artifact_file, step)

    def log_figure(self, figure: Any, artifact_file: str, *, step: int | None = None) -> None:
        """Keep a figure as the file `artifact_file` of the run, drawn as its suffix says.

        Args:
            figure: Of matplotlib; of plotly, as `.html`, `.json` or, where kaleido is
                installed, an image, with the interactive form beside it as `.plotly.json`;
                an image of PIL; or an array of pixels, (height, width) with 3 or 4 channels
                behind: whole numbers up to 255, fractions up to 1, or truth values.
            step: As for `log_artifact`.

        Example:
            >>> import gitxp, numpy as np
            >>> with gitxp.start_run("figures") as run:
            ...     for step in range(2):
            ...         run.log_figure(np.eye(8), "figures/confusion.png", step=step)
            >>> for artifact in gitxp.get_run(run.id).artifacts:
            ...     print(artifact.path)
            figures/confusion/000000000.png
            figures/confusion/000000001.png
        """
        self._attempt("log_figure", lambda: self._keep_figure(figure, artifact_file, step))

    def log_table(self, table: Any, artifact_file: str, *, step: int | None = None) -> None:
        """Keep a table as the Parquet file `artifact_file` of the run.

        Args:
            table: A frame of pandas or polars, a table of Arrow, a list of mappings, or a
                mapping of columns.
            step: As for `log_artifact`.

        Example:
            >>> import gitxp
            >>> with gitxp.start_run("tables") as run:
            ...     run.log_table([{"label": "cat", "score": 0.9}], "predictions.parquet")
            >>> gitxp.get_run(run.id).artifacts[0].path
            'predictions.parquet'
        """
        self._keep("log_table", partial(table_content, table), artifact_file, step)

    def keep_cells(self, cells: Sequence[Cell], notebook: str = "") -> None:
        """Keep cells that IPython executes, in order; `start_run` sees to it.

        Args:
            notebook: Where the notebook's own file lies, where that is told.
        """

        def say_all() -> None:
            if notebook:
                self._say("notebook", path=notebook)
            for cell in cells:
                self._say("cell", number=cell.number, text=cell.text)

        self._attempt("keep_cells", say_all)

    def __dir__(self) -> list[str]:
        """Return what completion offers: what is for scripts."""
        return [name for name in super().__dir__() if _is_for_scripts(name)]

    def _repr_html_(self) -> str:
        return active_card(self)

    def _keep(self, verb: str, make: Callable[[str], bytes], name: Any, step: Any) -> None:
        self._attempt(verb, lambda: self._artifacts.add_content(make, name, step))

    def _keep_figure(self, figure: Any, name: Any, step: Any) -> None:
        path = self._artifacts.place(name, step)
        draw = partial(figure_content, figure)
        beside = interactive_path(figure, path)
        if beside is not None:  # first: an image may lack what draws it
            self._artifacts.add_content(draw, beside)
        self._artifacts.add_content(draw, path)

    def _add_params(self, values: Any) -> None:
        self._params.add(values, partial(self._refuse_item, "log_params"))

    def _set_tag(self, key: str, value: Any) -> None:
        checked = checked_tag(key, value)
        if key == "hypothesis":
            self._say("field", name="hypothesis", value=str(checked))
        else:
            self._say("tag", key=key, value=checked)

    def _log_seeds(self, seeds: Any) -> None:
        for key, seed in checked_seeds(seeds).items():
            self._say("seed", key=key, value=encode_value(seed))
            self._seeds[key] = seed


def _is_for_scripts(name: str) -> bool:
    is_private = name.startswith("_") and not name.startswith("__")
    return not is_private and name not in NOT_FOR_SCRIPTS
