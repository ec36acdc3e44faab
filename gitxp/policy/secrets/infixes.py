"""Tokens whose fixed text stands in their middle, or in what surrounds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from gitxp.policy.secrets.edges import LETTERS, may_begin
from gitxp.policy.secrets.findings import Span
from gitxp.policy.secrets.plain import is_stand_in


@dataclass(frozen=True, slots=True)
class Infix:
    """One kind of token.

    Attributes:
        fixed: Searched for before any expression is.
        before: How many bytes before the fixed text it may begin.
        expression: All of it; a group `secret` where only a part is one.
        after: How many bytes after the beginning of the fixed text it may end.
    """

    what: str
    fixed: bytes
    before: range
    expression: bytes
    after: int = 400


_INFIXES: Final = (
    # https://core.telegram.org/bots/api#authorizing-your-bot
    Infix("Telegram bot token", b":AA", range(8, 13), rb"\d+:AA[\w-]{32,34}(?![\w-])"),
    # As in gitleaks' `azure-ad-client-secret`.
    Infix("Azure secret", b"Q~", range(4, 5), rb"[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])"),
    Infix("Mailchimp key", b"-us", range(32, 33), rb"[0-9a-f]{32}-us\d{1,2}(?!\w)"),
    Infix("Terraform Cloud token", b".atlasv1.", range(14, 15), rb"\w{14}\.atlasv1\.[\w=-]{60,}"),
    Infix(
        "Kaggle key",
        b'"username"',
        range(1),
        rb'"username"\s{0,4}:\s{0,4}"[\w-]{1,64}"\s{0,4},\s{0,4}'
        rb'"key"\s{0,4}:\s{0,4}"(?P<secret>[0-9a-f]{32})"',
    ),
    # Nothing but the words around it tell a W&B key from a digest.
    Infix(
        "W&B key",
        b"wandb",
        range(1),
        rb"wandb[ .]login[ (] {0,4}(?:--relogin |key ?= ?)?[\"']?(?P<secret>[\w-]{40,}+)",
    ),
    # A line of .netrc.
    Infix(
        "password of a .netrc",
        b"login",
        range(1),
        rb"login[ \t]+[^\s]{1,80}[ \t]+password[ \t]+(?P<secret>[^\s<]\S*)",
    ),
    # RFC 6750, without the name of the header before it.
    Infix(
        "bearer token",
        b"earer ",
        range(1, 2),
        rb"[Bb]earer {1,4}(?P<secret>(?=[A-Za-z.~+/_-]*+\d)[\w.~+/-]{16,}+=*)",
        after=8192,
    ),
)
# User id in base64, time, HMAC: https://discord.com/developers/docs/reference#authentication
_DISCORD: Final = rb"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])"


def find_infixes(data: bytes, runs: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """Yield those tokens; `runs` are the long words of the data."""
    for infix in _INFIXES:
        if infix.fixed in data:
            yield from _find(data, infix)
    for _, end in runs:
        if data[end : end + 1] == b".":
            yield from _find_discord(data, end)


def _find_discord(data: bytes, dot: int) -> Iterator[Span]:
    for start in range(max(0, dot - 28), dot - 23):
        if data[start] in b"MNO" and may_begin(data, start, LETTERS + b"_-"):
            match = _compiled(_DISCORD).match(data, start)
            if match is not None:
                yield Span(start, match.end(), "Discord bot token")
                return


def _find(data: bytes, infix: Infix) -> Iterator[Span]:
    expression = _compiled(infix.expression)
    group = "secret" if "secret" in expression.groupindex else 0
    position = data.find(infix.fixed)
    while position >= 0:
        end = position + len(infix.fixed)
        for before in infix.before:
            match = expression.match(data, max(0, position - before), position + infix.after)
            if match is None or is_stand_in(match[group]):
                continue
            if may_begin(data, match.start()):
                yield Span(*match.span(group), infix.what)
                end = max(end, match.end())
                break
        position = data.find(infix.fixed, end)


@cache
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)
