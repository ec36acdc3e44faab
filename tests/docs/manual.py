"""The page of the manual that `git xp --help` shows, in roff's man macros."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from described import Described, Option, described_commands, general_options

from gitxp import __version__

_DESCRIPTION: Final = (
    "gitxp is an experiment tracker that needs nothing but the Git repository that its users "
    "already have. Each run becomes a commit under the hidden refs/experiments/* that holds its "
    "params, metrics, environment, data versions, artifacts and uncommitted changes; the exact "
    "code that ran is one of its parents.",
    "A RUN is named by a prefix of its id, by its name, or as @, the newest that was started in "
    "this clone; @~2 is the third newest.",
)
_STATUSES: Final = (
    ("0", "The answer is yes."),
    ("1", "The answer is no."),
    ("2", "The command was used wrongly."),
    ("128", "gitxp failed; it says why, and what to do about it."),
    ("130", "The command was interrupted."),
)
_VARIABLES: Final = (
    ("GIT_PAGER, PAGER, LESS", "The pager for long output on a terminal, as for Git itself."),
    ("GIT_EDITOR, VISUAL, EDITOR", "The editor for what is not said with -m, as for Git itself."),
    ("NO_COLOR", "Show no colours, where it is not empty."),
    ("GITXP_*", "Settings of one process: git xp init writes a file that names them all."),
)


def manual_page() -> str:
    """Return the page, `git-xp(1)`."""
    commands = described_commands()
    lines = [
        ".\\\" Made of the commands' own help: python tests/docs/generate.py",
        f'.TH "GIT\\-XP" "1" "" "gitxp {_escaped(__version__)}" "Git Manual"',
        ".SH NAME",
        "git\\-xp \\- track experiments in the Git repository you already have",
        ".SH SYNOPSIS",
        "\\fBgit xp\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIargument\\fR...]",
        ".SH DESCRIPTION",
        *_paragraphs("\n\n".join(_DESCRIPTION)),
        ".SH OPTIONS",
        *_options(general_options()),
        ".SH COMMANDS",
    ]
    for purpose, of_purpose in groupby(commands, key=lambda one: one.purpose):
        lines.append(f".SS {purpose.capitalize()}")
        for command in of_purpose:
            lines += _command(command)
    lines += [".SH EXIT STATUS", *_terms(_STATUSES)]
    lines += [".PP", *_text("git xp run ends with the status of the command that it ran.")]
    lines += [".SH ENVIRONMENT", *_terms(_VARIABLES)]
    lines += [".SH SEE ALSO", "\\fBgit\\fR(1), \\fBgit\\-worktree\\fR(1), \\fBgit\\-show\\fR(1)"]
    return "\n".join(lines) + "\n"


def _command(command: Described) -> Iterator[str]:
    yield ".TP"
    yield f"\\fB{_escaped(command.usage)}\\fR"
    first, *others = command.said.split("\n\n")
    yield from _text(first)
    yield ".RS"
    for paragraph in others:
        yield ".PP"
        yield from _text(paragraph)
    yield from _options(command.options)
    yield ".RE"


def _options(options: list[Option] | tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in option.names)
        yield ".TP"
        yield f"{names} \\fI{_escaped(option.takes)}\\fR" if option.takes else names
        yield from _text(option.help)


def _terms(terms: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for term, meaning in terms:
        yield ".TP"
        yield f"\\fB{_escaped(term)}\\fR"
        yield from _text(meaning)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        yield from _text(paragraph)


def _text(paragraph: str) -> Iterator[str]:
    """Yield lines of text, none of which roff takes for a request."""
    for line in paragraph.splitlines():
        escaped = _escaped(line.strip())
        yield f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")
