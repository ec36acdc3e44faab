"""What is said to people, and facts as strict JSON: the same everywhere."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click

from gitxp.ui.format import safe, with_hidden_shown
from gitxp.ui.screen import is_unicode


def say(text: str) -> None:
    """Say something to people, beside what is printed; that nobody listens stops nothing."""
    try:
        click.echo(text, err=True)
    except BrokenPipeError:
        silence(sys.stderr)


@contextmanager
def warnings_in_plain_words() -> Iterator[None]:
    """Show warnings as commands do, not with a line of source that is none of the user's."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"warning: {safe(str(message)).removeprefix('gitxp: ')}")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


def silence(stream: TextIO) -> None:
    """Let what is still written to a stream go nowhere: Python would complain while it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_json(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Print an object, or an array of them, as JSON that every reader takes; see `strict_object`.

    Characters that a terminal obeys, or does not show, are escaped, as JSON allows.
    """
    made = _strict([value])[0] if isinstance(value, Mapping) else _strict(value)
    click.echo(_as_json(made))


def print_json_array(blocks: Iterable[Sequence[Mapping[str, Any]]]) -> None:
    """Print an array whose objects come in blocks as `print_json` does, one block at a time."""
    has_some = False
    for block in blocks:
        if block:
            text = _as_json(_strict(block))
            click.echo(("," if has_some else "[") + text[1:].removesuffix("\n]"), nl=False)
            has_some = True
    click.echo("\n]" if has_some else "[]")


def _strict(objects: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    from gitxp.query.strict_json import strict_object  # for nothing where nobody wants JSON

    return [strict_object(one) for one in objects]


def _as_json(value: Any) -> str:
    ascii_only = not is_unicode(sys.stdout)
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2, allow_nan=False)
    return with_hidden_shown(text)
