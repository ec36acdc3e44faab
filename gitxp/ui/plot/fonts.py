"""Fonts that have the letters of a picture, where the one that matplotlib draws with lacks some."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

# Asked first, for they have what people name runs by, and are made to be read: Chinese, Japanese
# and Korean as Linux, macOS and Windows bring them. Any other font that is installed comes next.
_FIRST: Final = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR", "Source Han Sans",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "IPAexGothic", "Droid Sans Fallback",
    "Hiragino Sans", "PingFang SC", "Heiti TC", "Apple SD Gothic Neo", "Arial Unicode MS",
    "Yu Gothic", "Meiryo", "MS Gothic", "Microsoft YaHei", "SimHei", "Malgun Gothic",
)  # fmt: skip
# It draws a box for every letter that there is, so that none seems to be missing.
_BOXES: Final = "Last Resort"


@dataclass(frozen=True, slots=True)
class Lettering:
    """With which fonts text is drawn.

    Attributes:
        families: Names as matplotlib takes them, in the order in which they are asked for a letter.
        missing: The letters that no installed font has, each once.
    """

    families: tuple[str, ...]
    missing: str = ""


def lettering(text: str) -> Lettering:
    """Return the fonts that text needs: matplotlib's own, and others for what that lacks.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties, findfont

    families = tuple(rcParams["font.family"])
    known = _letters(findfont(FontProperties()))
    wanted = {one for one in text if ord(one) not in known and _is_drawn(one)}
    for family, path in _installed() if wanted else ():
        found = {one for one in wanted if ord(one) in _letters(path)}
        if found:
            families, wanted = (*families, family), wanted - found
        if not wanted:
            break
    return Lettering(families, "".join(sorted(wanted)))


def _is_drawn(letter: str) -> bool:
    """Return whether a letter is seen itself: what tells how others stand is in no font."""
    return not unicodedata.category(letter).startswith(("C", "Z"))


def _installed() -> Iterator[tuple[str, str]]:
    """Yield every font that is installed, by family and file, those that are asked first first."""
    from matplotlib.font_manager import fontManager

    upright = [one for one in fontManager.ttflist if one.style == "normal"]
    paths = {one.name: one.fname for one in sorted(upright, key=_is_regular)}
    ranks = {name: rank for rank, name in enumerate(_FIRST)}
    for name in sorted(paths, key=lambda name: (ranks.get(name, len(ranks)), name)):
        if not name.startswith(_BOXES):
            yield name, paths[name]


def _is_regular(font: object) -> bool:
    return getattr(font, "weight", None) in (400, "normal", "regular", "book")


@cache
def _letters(path: str) -> frozenset[int]:
    """Return what a font has; nothing where it cannot be drawn with at any size."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):  # gone, or no font that FreeType takes
        return frozenset()
    return frozenset(font.get_charmap()) if font.scalable else frozenset()
