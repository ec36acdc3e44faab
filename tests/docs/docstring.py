"""Docstrings in Google's style as Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_SECTION: Final = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Example):")
_ENTRY: Final = re.compile(r"(\w+): ?(.*)", re.DOTALL)
# An example is a doctest of its docstring, in a repository of its own; here it is only shown.
_SHOWN: Final = "<!-- not run: it is, as a doctest of its docstring -->"
_CALLED: Final = {"Args": "Arguments", "Attributes": "Attributes", "Raises": "Raises"}


def markdown(described: object) -> str:
    """Return the docstring of an object, which must have one."""
    said = inspect.getdoc(described)
    if not said:
        raise ValueError(f"{described!r} has no docstring")
    return "\n\n".join(_parts(said))


def _parts(said: str) -> Iterator[str]:
    lines = said.splitlines()
    starts = [at for at, line in enumerate(lines) if _SECTION.fullmatch(line)]
    ends = [*starts, len(lines)]
    if text := "\n".join(lines[: ends[0]]).strip():
        yield text
    for start, end in pairwise(ends):
        body = textwrap.dedent("\n".join(lines[start + 1 : end])).strip("\n")
        yield _section(lines[start].removesuffix(":"), body)


def _section(title: str, body: str) -> str:
    if title == "Example":
        return f"{_SHOWN}\n```python\n{body}\n```"
    if title not in _CALLED:
        return f"**{title}** {_flowing(body)}"
    return "\n".join([f"**{_CALLED[title]}**\n", *(_entry(one) for one in _entries(body))])


def _entries(body: str) -> Iterator[str]:
    """Yield each entry of a section; what goes on with it is indented."""
    entry: list[str] = []
    for line in body.splitlines():
        if entry and line and not line.startswith(" "):
            yield "\n".join(entry)
            entry = []
        entry.append(line)
    yield "\n".join(entry)


def _entry(text: str) -> str:
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise ValueError(f"no entry of a section: {text!r}")
    return f"- `{found[1]}`: {_flowing(found[2])}"


def _flowing(text: str) -> str:
    return " ".join(text.split())
