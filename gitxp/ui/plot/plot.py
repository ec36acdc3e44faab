"""`gitxp.plot`: runs as a picture, shown in a notebook or saved as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitxp.errors import InvalidValue, MissingDependency
from gitxp.ui.plot.picture import Picture
from gitxp.ui.screen import Screen

if TYPE_CHECKING:
    import plotly.graph_objects
    from matplotlib.figure import Figure

_IMAGES: Final = ("png", "svg", "pdf")
_PAGES: Final = ("html", "htm")
# Dots an inch: what two columns of a paper are printed with, and sharp on a screen.
_DENSITY: Final = 150


class Plot:
    """A picture of runs; `gitxp.plot` returns one.

    In a notebook it shows itself; as text it is drawn of characters.

    Example:
        >>> import gitxp
        >>> with gitxp.start_run("lr", "first") as run:
        ...     for step in range(3):
        ...         run.log({"loss": 1 / (step + 1)}, step=step)
        >>> gitxp.plot("first", "loss")
        <Plot loss ↓?>
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def save(self, path: str | Path) -> Path:
        """Write the picture as a file, of the kind that its name ends in.

        Args:
            path: `.png`, `.svg` or `.pdf` by matplotlib; `.html` by plotly: one file that opens
                without a network.

        Raises:
            InvalidValue: If the name ends in nothing that is known.
            MissingDependency: If the library is not installed.
            OSError: If the file cannot be written.
        """
        place = Path(path)
        place.write_bytes(self.content(kind_of_file(place)))
        return place

    def content(self, kind: str) -> bytes:
        """Return the bytes of a file of a kind, such as `png`; see `save`."""
        if kind in _PAGES:
            return _page(self._picture)
        target = BytesIO()
        # No time of day in it: the same picture is the same file.
        dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        self.figure().savefig(target, format=kind, dpi=_DENSITY, metadata=dated)
        return target.getvalue()

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
        return {"kind": type(self._picture).__name__, **asdict(self._picture, dict_factory=_plain)}

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


def _page(picture: Picture) -> bytes:
    from gitxp.ui.plot.page import page

    try:
        return page(picture).encode()
    except ModuleNotFoundError as error:
        raise _missing("plotly") from error


def _missing(package: str) -> MissingDependency:
    return MissingPackage(f"{package} is not installed, which draws this", hint="pip install 'gitxp[plot]'")
