"""Figures of matplotlib, plotly, PIL and NumPy as the bytes of a file; none of them is loaded."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from gitxp.capture.libraries.table import is_instance
from gitxp.errors import InvalidValue
from gitxp.text import type_of

# The last axis of an image is its channels: RGB, or RGB and how opaque each pixel is.
_CHANNELS = (3, 4)


def figure_content(figure: Any, name: str) -> bytes:
    """Return a figure as a file of the kind that the suffix of `name` says.

    The figure, and what pyplot takes for the current one, stay as they are.

    Raises:
        InvalidValue: If it is no figure, cannot be drawn, or not as such a file.
    """
    suffix = PurePosixPath(name).suffix.removeprefix(".").lower()
    draw = _drawing(figure)
    try:
        return draw(figure, suffix)
    except InvalidValue as error:
        raise InvalidValue(f"figure {name!r} {error}", hint=error.hint) from error
    except Exception as error:  # whatever a drawing library stumbles over
        raise InvalidValue(
            f"figure {name!r} cannot be drawn: {type(error).__name__}: {error}"
        ) from error


def interactive_path(figure: Any, path: str) -> str | None:
    """Return where the interactive form of a figure lies, beside the image at `path`.

    None where it has none, or `path` is one itself. A page of HTML would hold all of plotly.js,
    for each step again; from the JSON plotly makes the figure, and such a page, at any time.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in (".html", ".htm", ".json"):
        return None
    if not is_instance(figure, "plotly.basedatatypes", "BaseFigure"):
        return None
    return str(PurePosixPath(path).with_suffix(".plotly.json"))


def _drawing(figure: Any) -> Callable[[Any, str], bytes]:
    if is_instance(figure, "matplotlib.figure", "FigureBase"):
        return _draw_matplotlib
    if is_instance(figure, "plotly.basedatatypes", "BaseFigure"):
        return _draw_plotly
    if is_instance(figure, "PIL.Image", "Image"):
        return _draw_pil
    if is_instance(figure, "numpy", "ndarray"):
        return _draw_array
    raise InvalidValue(
        f"figure is {type_of(figure)}: "
        "expected a figure of matplotlib or plotly, an image of PIL, or an array of pixels"
    )


def _draw_matplotlib(figure: Any, suffix: str) -> bytes:
    target = BytesIO()
    figure.figure.savefig(target, format=suffix or "png")  # of a part, the whole
    return target.getvalue()


def _draw_plotly(figure: Any, suffix: str) -> bytes:
    if suffix in ("html", "htm"):
        return str(figure.to_html(include_plotlyjs=True)).encode()
    if suffix == "json":
        return str(figure.to_json()).encode()
    if suffix and importlib.util.find_spec("kaleido") is None:
        raise InvalidValue(
            f"of plotly needs kaleido to be drawn as {suffix!r}",
            hint="name it .html, or: pip install kaleido",
        )
    return bytes(figure.to_image(format=suffix or None))


def _draw_pil(image: Any, suffix: str) -> bytes:
    from PIL import Image

    known = Image.registered_extensions()
    if suffix and f".{suffix}" not in known:
        raise InvalidValue(f"is to be a {suffix!r}, which PIL cannot write", hint="name it .png")
    target = BytesIO()
    image.save(target, format=known[f".{suffix}"] if suffix else "PNG")
    return target.getvalue()


def _draw_array(pixels: Any, suffix: str) -> bytes:
    try:
        from PIL import Image
    except ImportError as error:
        raise InvalidValue(
            "is an array, which PIL would draw", hint="pip install pillow"
        ) from error
    return _draw_pil(Image.fromarray(_pixels(pixels)), suffix)


def _pixels(pixels: Any) -> Any:
    """Return pixels as bytes: truth as black and white, fractions of 1 as brightness."""
    import numpy as np

    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    is_image = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in _CHANNELS)
    if not is_image or not pixels.size:
        raise InvalidValue(
            f"has the shape {pixels.shape}: expected (height, width), with 3 or 4 channels behind"
        )
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype.kind == "f":
        if not ((pixels >= 0) & (pixels <= 1)).all():
            raise InvalidValue("holds fractions that are not between 0 and 1")
        return np.rint(pixels * 255).astype(np.uint8)
    if pixels.dtype.kind in "iu" and pixels.min() >= 0 and pixels.max() <= 255:
        return pixels.astype(np.uint8)
    raise InvalidValue(f"is of {pixels.dtype}: expected 0 to 255, fractions up to 1, or truth")
