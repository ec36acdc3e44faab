"""`gitxp.plot`: runs as a picture, shown in a notebook or saved as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitxp.errors import InvalidValue, MissingDependency
from gitxp.model.goal import Goal
from gitxp.query.export.place import placed_file
from gitxp.text import shown
from gitxp.ui.plot.picture import Picture
from gitxp.ui.plot.request import Kind, Request, draw
from gitxp.ui.screen import Screen

if TYPE_CHECKING:
    import plotly.graph_objects
    from matplotlib.figure import Figure

    from gitxp.api.choosing import Runs
    from gitxp.api.reading import Project
    from gitxp.comparison.curves.curves import Grid
    from gitxp.statistics.methods import BandKind, IntervalMethod

_IMAGES: Final = ("png", "svg", "pdf")
_PAGES: Final = ("html", "htm")


def plot(
    runs: Runs = None,
    metric: str | None = None,
    *,
    kind: Kind = "curves",
    x: str | None = None,
    by: Sequence[str] | str | None = None,
    fields: Sequence[str] | None = None,
    smooth: float = 0.0,
    best: bool = False,
    grid: Grid = None,
    goal: Goal | None = None,
    band: BandKind = "ci",
    interval: IntervalMethod = "t",
    confidence: float = 0.95,
    only_finished: bool = True,
    project: Project | None = None,
    remote: str | None = None,
) -> Plot:
    """Return runs as a picture, which shows itself in a notebook, and can be saved.

    Args:
        runs: As `gitxp.history` takes them; all where None.
        metric: What is drawn; one number a run may be another summary than the last value:
            `loss:min`. The metric that `git xp list` shows first where None.
        kind: `curves`, along `x`; `scatter`, a point a run; `parallel`, a line a run over its
            params, the metric last; `bars`, the mean of each group with its interval.
        x: Of curves `step`, `time` or another metric; of a scatter chart a metric, or a column of
            `gitxp.runs()`.
        by: Columns that make groups of runs: their curves become one with a band, their points
            have one colour, their bar is one. Where None, each run is a curve, and a bar stands
            for runs that differ in nothing but seeds.
        fields: The axes of parallel coordinates, as columns; the params that vary where None.
        smooth: Of curves: weight of a moving average, from 0, none, to less than 1.
        best: Of curves: the best value so far.
        grid: Of curves: so many places, or the places; see `gitxp.curves`.
        goal: Which way the metric is better, `max` or `min`, in place of what the settings or its
            name say.
        band: What is around the mean of curves; see `gitxp.curves`.
        interval: How the intervals of bars are found; see `gitxp.groups`.
        confidence: Of bands and intervals.
        only_finished: Of groups of curves and of bars: leave out runs that go on, failed, or were
            killed; see `gitxp.curves`.
        project: Of which repository; the one around the working folder where None.
        remote: Of the runs that were fetched from this remote instead, as they stood there.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has a column that was asked for.
        InvalidValue: If an argument is out of range, or what is asked for cannot be drawn.

    Example:
        >>> import gitxp
        >>> for lr in (0.1, 0.01):
        ...     with gitxp.start_run("sweep", params={"lr": lr}) as run:
        ...         for step in range(3):
        ...             run.log({"loss": lr / (step + 1)}, step=step)
        >>> print(gitxp.plot('experiment == "sweep"', "loss", kind="bars"))
        group    loss ↓                        mean  from  to  n
                 0                0.03333
        lr=0.01    ●                       0.003333            1
        lr=0.1                          ●   0.03333            1
        mean of each group with its 95% interval by Student's t
    """
    from gitxp.api.reading import open as open_project
    from gitxp.api.unread import Unread

    if project is not None and remote is not None:
        raise InvalidValue(
            f"remote={shown(remote)} does not go with project", hint="gitxp.open(path, remote=…)"
        )
    asked = open_project(remote=remote) if project is None else project
    request = Request(
        kind=kind,
        metric=metric,
        x=x,
        by=(by,) if isinstance(by, str) else by,
        fields=fields,
        smooth=smooth,
        best=best,
        grid=grid,
        goal=goal,
        band=band,
        interval=interval,
        confidence=confidence,
        only_finished=only_finished,
        goals=asked.settings.goals,
        units=asked.settings.units,
    )
    unread = Unread()
    rows = asked.choose(runs, unread)
    return Plot(draw(asked.repository, rows, request, unread.warn))


class Plot:
    """A picture of runs; `gitxp.plot` returns one.

    In a notebook it shows itself; as text it is drawn of characters.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", "first") as run:
        ...     for step in range(3):
        ...         run.log({"loss": 1 / (step + 1)}, step=step)
        >>> gitxp.plot("first", "loss")
        <Plot loss ↓>
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def save(self, path: str | Path) -> Path:
        """Write the picture as a file, of the kind that its name ends in, whole or not at all.

        One that is there gives way.

        Args:
            path: `.png`, `.svg` or `.pdf` by matplotlib; `.html` by plotly: one file that opens
                without a network.

        Raises:
            InvalidValue: If the name ends in nothing that is known.
            MissingDependency: If the library is not installed.
            CannotExport: If the file cannot be written.
        """
        place = Path(path)
        content = self.content(kind_of_file(place))
        with placed_file(place, force=True) as stream:
            stream.write(content)
        return place

    def content(self, kind: str) -> bytes:
        """Return the bytes of a file of a kind, such as `png`; see `save`."""
        if kind in _PAGES:
            return _page(self._picture)
        from gitxp.ui.plot.figure import saved

        with _needing("matplotlib"):
            return saved(self._picture, kind)

    def figure(self) -> Figure:
        """Return it as a figure of matplotlib, to be changed as one likes.

        Raises:
            MissingDependency: If matplotlib is not installed.
        """
        from gitxp.ui.plot.figure import figure

        with _needing("matplotlib"):
            return figure(self._picture)

    def interactive(self) -> plotly.graph_objects.Figure:
        """Return it as a figure of plotly, to be zoomed and asked.

        Raises:
            MissingDependency: If plotly is not installed.
        """
        from gitxp.ui.plot.interactive import interactive

        with _needing("plotly"):
            return interactive(self._picture)

    def text(self, screen: Screen) -> str:
        """Return it drawn of characters that fit a screen."""
        from gitxp.ui.plot.terminal import terminal

        return terminal(self._picture, screen)

    def fields(self) -> dict[str, Any]:
        """Return what is drawn as plain facts."""
        kind = type(self._picture).__name__
        return {"kind": kind, **asdict(self._picture, dict_factory=_plain)}

    def __str__(self) -> str:
        return self.text(Screen(width=None, has_colours=False, has_unicode=True))

    def __repr__(self) -> str:
        return f"<Plot {self._picture.title}>"

    def _repr_png_(self) -> bytes | None:
        try:
            return self.content("png")
        except MissingDependency:  # then the notebook shows it as text
            return None


def kind_of_file(path: Path) -> str:
    """Return the kind of picture that the name of a file ends in.

    Raises:
        InvalidValue: If it is none that can be drawn.

    Example:
        >>> kind_of_file(Path("curves.PNG"))
        'png'
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in (*_IMAGES, *_PAGES):
        expected = ", ".join(f".{one}" for one in (*_IMAGES, _PAGES[0]))
        raise InvalidValue(
            f"a picture cannot be saved as {path.name!r}: expected a name that ends in {expected}",
            hint="name it picture.png",
        )
    return kind


def is_page(path: Path) -> bool:
    """Return whether a picture of that name is a page, and no image.

    Example:
        >>> is_page(Path("curves.html")), is_page(Path("curves.png"))
        (True, False)
    """
    return kind_of_file(path) in _PAGES


def _page(picture: Picture) -> bytes:
    from gitxp.ui.plot.page import page

    with _needing("plotly"):
        return page(picture).encode()


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: one.tolist() if hasattr(one, "tolist") else one for name, one in pairs}


@contextmanager
def _needing(package: str) -> Iterator[None]:
    """Say what to install where a package is not there.

    Raises:
        MissingDependency: If it is not.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise MissingDependency(
            f"{package} draws this, and is not installed", hint="pip install 'gitxp[plot]'"
        ) from error
