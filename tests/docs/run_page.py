"""Do, in the working folder, what a page tells its reader: `python tests/docs/run_page.py PAGE`.

Blocks are taken in order and share one folder and one Python namespace:

- `python` blocks are executed; one that begins with `>>>` is a doctest.
- `console` blocks are typed into bash line by line, a line at each `$ ` (and `> ` where it goes
  on). What is shown below a line is compared with what it prints; `...` stands for any text, and
  alone on a line for any lines. Nothing shown, nothing compared, but the line must succeed.
- A block with `title="name"` is written to that file instead.

A comment before a block says that it is different: `<!-- not run: reason -->`, or
`<!-- exit 128 -->` where its last line must end with that status.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from examples import FLAGS, whole_errors
from markdown_it import MarkdownIt

# Shown and never run; shells are written as console, which can be.
_INERT: Final = frozenset({"text", "toml", "json", "diff", ""})
_NOT_RUN: Final = re.compile(r"<!-- not run: .*\w.* -->", re.DOTALL)
_EXIT: Final = re.compile(r"<!-- exit (\d+) -->")
_TITLE: Final = re.compile(r'title="([^"]+)"')
# Printed after each line of a block, with its status; the last one with the folder it ended in.
_MARK: Final = "\x1e"


class PageWrong(Exception):
    """A page says something that is not so."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        line: Of its first line of content, counted from 1.
    """

    language: str
    content: str
    line: int
    title: str | None = None
    exit_status: int = 0
    is_run: bool = True


@dataclass(frozen=True, slots=True)
class Typed:
    """A line typed into the shell, with the output shown below it."""

    command: str
    shown: str


def parse_page(text: str) -> Iterator[Block]:
    """Yield a page's blocks with what the comments before them say."""
    said = ""
    for token in MarkdownIt().parse(text):
        if token.type == "fence":
            assert token.map is not None
            language, _, rest = token.info.strip().partition(" ")
            title, status = _TITLE.search(rest), _EXIT.search(said)
            yield Block(
                language=language,
                content=token.content,
                line=token.map[0] + 2,
                title=title[1] if title else None,
                exit_status=int(status[1]) if status else 0,
                is_run=not _NOT_RUN.search(said),
            )
        said = token.content if token.type == "html_block" else ""


def parse_console(content: str) -> list[Typed]:
    """Return the lines that a console block types, each with what it shows."""
    typed: list[Typed] = []
    for line in content.splitlines():
        if line.startswith("$ "):
            typed.append(Typed(line[2:], ""))
        elif not typed:
            raise PageWrong(f"a console block must begin with '$ ', not {line!r}")
        elif line.startswith("> ") and not typed[-1].shown:
            typed[-1] = Typed(f"{typed[-1].command}\n{line[2:]}", "")
        else:
            typed[-1] = Typed(typed[-1].command, f"{typed[-1].shown}{line}\n")
    return typed


def is_as_shown(printed: str, shown: str) -> bool:
    """Return whether `printed` is what a page shows, blanks at the ends of lines aside."""
    pattern = ""
    for line in _trimmed(shown):
        if line == "...":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += "[^\n]*".join(map(re.escape, line.split("..."))) + "\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _trimmed(printed))) is not None


def _trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def run_page(path: Path, *, skip: int = 0) -> None:
    """Do what the page says, in the working folder.

    Args:
        skip: How many blocks at the top are passed over.

    Raises:
        PageWrong: Where something does not come out as the page says.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in list(parse_page(path.read_text()))[skip:]:
        place = f"{path}:{block.line}"
        if block.title is not None:
            target = Path(block.title)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.content)
        elif not block.is_run or block.language in _INERT:
            continue
        elif block.language == "python":
            _run_python(block, place, namespace)
        elif block.language == "console":
            _run_console(block, place)
        else:
            raise PageWrong(f"{place}: no blocks of {block.language!r}: write python or console")


def _run_python(block: Block, place: str, namespace: dict[str, Any]) -> None:
    path = place.rpartition(":")[0]
    if block.content.startswith(">>> "):
        test = doctest.DocTestParser().get_doctest(
            block.content, namespace, place, path, block.line - 1
        )
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        with whole_errors():
            failed = runner.run(test, clear_globs=False).failed
        if failed:
            raise PageWrong(f"{place}: an example does not come out as shown")
        namespace.update(test.globs)
    else:
        # Empty lines above make the lines of a traceback those of the page.
        exec(compile("\n" * (block.line - 1) + block.content, path, "exec"), namespace)


def _run_console(block: Block, place: str) -> None:
    typed = parse_console(block.content)
    script = "".join(f"{one.command}\nprintf '{_MARK}%s{_MARK}' $?\n" for one in typed)
    done = subprocess.run(
        ["bash", "-c", f"{script}pwd"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    *answers, folder = done.stdout.split(_MARK)
    for number, one in enumerate(typed):
        printed, status = [*answers[2 * number :], "", "none"][:2]
        expected = block.exit_status if number == len(typed) - 1 else 0
        if status != str(expected):
            raise PageWrong(
                f"{place}: exit status {status} in place of {expected}\n$ {one.command}\n{printed}"
            )
        if one.shown and not is_as_shown(printed, one.shown):
            raise PageWrong(
                f"{place}: $ {one.command}\n--- shown\n{textwrap.indent(one.shown, '  ')}"
                f"--- printed\n{textwrap.indent(printed, '  ')}"
            )
    os.chdir(folder.strip("\n"))


if __name__ == "__main__":
    # Like a reader's, the shell finds the programs of this environment.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        run_page(Path(sys.argv[1]), skip=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    except PageWrong as wrong:
        sys.exit(str(wrong))
