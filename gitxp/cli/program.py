"""The programs that a user has chosen for Git: a name, or a command for the shell."""

from __future__ import annotations

import re
from typing import Final

# As Git tells a command for the shell from the name of a program.
_FOR_THE_SHELL: Final = re.compile(r"[|&;<>()$`\\\"' \t\n*?\[#~=%]")


def program_words(chosen: str, *arguments: str) -> list[str]:
    """Return the words with which Git would start a program with arguments.

    Example:
        >>> program_words("vim", "note")
        ['vim', 'note']
        >>> program_words("code --wait", "note")
        ['sh', '-c', 'code --wait "$@"', 'code --wait', 'note']
    """
    if _FOR_THE_SHELL.search(chosen) is None:
        return [chosen, *arguments]
    with_arguments = f'{chosen} "$@"' if arguments else chosen
    return ["sh", "-c", with_arguments, chosen, *arguments]
