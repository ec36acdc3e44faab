"""Command lines without their secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gitxp.model.finding import Finding
from gitxp.policy.secrets.findings import NOTHING, REDACTED, Allowed, Redacted
from gitxp.policy.secrets.named_words import is_secret_word
from gitxp.policy.secrets.text import redact_text

_OPTION: Final = re.compile(r"--?(?P<name>[A-Za-z][\w.-]*)")
# `--name=x`, `NAME=x`, Hydra's `+db.password=x`, `-Dname=x`.
_ASSIGNMENT: Final = re.compile(r"(?:--?|[+~]{1,2})?(?P<name>[A-Za-z_][\w./@-]*)=", re.DOTALL)
# `curl -u user:password`
_LOGIN_OPTIONS: Final = frozenset({"-u", "--user", "--proxy-user"})
_LOGIN: Final = re.compile(r"(?!\d+:\d+$)[^:\s/]+:[^\s]+")
_WANDB_KEY: Final = re.compile(r"[\w-]{40,}")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a command line, and what its place says of it.

    Attributes:
        option: The one right before it, without its dashes.
        is_login: Whether it says who one is.
        is_wandb_key: Whether it may be what `wandb login` takes.
    """

    text: str
    option: str
    is_login: bool
    is_wandb_key: bool


def redact_arguments(argv: Sequence[str], allowed: Allowed = NOTHING) -> Redacted[Sequence[str]]:
    """Return a command line with `<redacted>` in place of what looks secret.

    Example:
        >>> redact_arguments(["train.py", "--api-key", "hunter2", "--max-tokens", "512"]).value
        ['train.py', '--api-key', '<redacted>', '--max-tokens', '512']
    """
    words = [_redact(word, allowed) for word in _placed(argv)]
    findings = tuple(
        Finding(found.what, path=f"argv[{number}]")
        for number, word in enumerate(words)
        for found in word.findings
    )
    return Redacted([word.value for word in words] if findings else argv, findings)


def _placed(argv: Sequence[str]) -> list[_Word]:
    programs = [word.rpartition("/")[2] for word in argv]
    is_curl = "curl" in programs
    is_wandb = "wandb" in programs and "login" in programs
    words = []
    for number, text in enumerate(argv):
        before = argv[number - 1] if number else ""
        option = _OPTION.fullmatch(before)
        is_value = option is not None and _OPTION.fullmatch(text.partition("=")[0]) is None
        words.append(
            _Word(
                text,
                option=option["name"] if is_value and option else "",
                is_login=is_curl and before in _LOGIN_OPTIONS,
                is_wandb_key=is_wandb,
            )
        )
    return words


def _redact(word: _Word, allowed: Allowed) -> Redacted[str]:
    if _is_secret(word.option, word.text, allowed):
        return _whole("", word.option)
    if word.is_login and _LOGIN.fullmatch(word.text):
        return Redacted(REDACTED, (Finding("login"),))
    if word.is_wandb_key and _WANDB_KEY.fullmatch(word.text):
        return Redacted(REDACTED, (Finding("W&B key"),))
    assigned = _ASSIGNMENT.match(word.text)
    if assigned is not None:
        name = (
            assigned["name"].removeprefix("D") if word.text.startswith("-D") else assigned["name"]
        )
        if _is_secret(name, word.text[assigned.end() :], allowed):
            return _whole(assigned.group(), name)
    return redact_text(word.text, allowed)


def _is_secret(name: str, text: str, allowed: Allowed) -> bool:
    return bool(name) and not allowed.covers(name) and is_secret_word(name, text)


def _whole(before: str, name: str) -> Redacted[str]:
    return Redacted(before + REDACTED, (Finding(f"value of {name}"),))
