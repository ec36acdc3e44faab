"""What a user writes: given with `-m`, or in the editor that Git would open for a commit."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from gitxp.cli.program import program_words
from gitxp.errors import EditorFailed, GitFailed
from gitxp.storage.git import git_environment
from gitxp.storage.layout import scratch_dir
from gitxp.storage.message import ENCODING, cleaned, commented
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import OWNER_ONLY, make_folder

_FILE: Final = "NOTE_EDITMSG"
_HINT: Final = "say it with -m"
# To Git this is no program: whoever sets it wants none.
_NO_EDITOR: Final = ":"


def message(repository: Repository, given: Sequence[str], *, about: str, start: str = "") -> str:
    """Return what the user has to say, tidied as Git tidies a commit's message.

    Args:
        given: Paragraphs; where there are none the editor is opened.
        about: What the user is told there in comments.
        start: What stands there to begin with.

    Raises:
        EditorFailed: If the editor cannot be started, or does not end well.
    """
    if given:
        return cleaned(repository, "\n\n".join(given))
    explained = commented(repository, f"{about}\nLines like these are left out.")
    return cleaned(repository, _edited(repository, f"{start}\n\n{explained}"), is_commented=True)


def _edited(repository: Repository, text: str) -> str:
    """Return what a text has become in the user's editor."""
    editor = _editor(repository)
    folder = scratch_dir(repository.private_dir) / f"message-{secrets.token_hex(8)}"
    make_folder(folder, OWNER_ONLY)
    path = folder / _FILE
    try:
        path.write_bytes(text.encode(*ENCODING))
        if editor != _NO_EDITOR:
            _run(program_words(editor, str(path)), editor)
        return path.read_bytes().decode(*ENCODING)
    except FileNotFoundError as error:
        raise EditorFailed(f"the editor {editor!r} has taken the file away", hint=_HINT) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _editor(repository: Repository) -> str:
    """Return GIT_EDITOR, `core.editor`, VISUAL, EDITOR or vi."""
    try:
        return os.fsdecode(repository.git("var", "GIT_EDITOR")).strip()
    except GitFailed as error:
        raise EditorFailed(f"there is no editor: {error}", hint=_HINT) from error


def _run(words: Sequence[str], editor: str) -> None:
    try:
        with _interrupts_left_alone():
            status = subprocess.run(words, env=git_environment(), check=False).returncode
    except OSError as error:
        raise EditorFailed(
            f"the editor {editor!r} cannot be started: {error.strerror}",
            hint=f"git config core.editor, or {_HINT}",
        ) from error
    if status:
        raise EditorFailed(f"the editor {editor!r} failed with status {status}", hint=_HINT)


@contextmanager
def _interrupts_left_alone() -> Iterator[None]:
    """Let Ctrl-C be for the editor while it is open.

    A handler, since a child would inherit that a signal is ignored.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
