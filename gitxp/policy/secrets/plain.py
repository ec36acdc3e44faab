"""Values that stand in a secret's place and are none, and values that look random."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

# A value longer than this is never taken for a stand-in.
_LONGEST_STAND_IN: Final = 200


@cache
def _stand_in() -> re.Pattern[bytes]:
    return re.compile(
        rb"""(?ix)
        (?:[*.\#_\-?:]|\xe2\x80[\xa2\xa6])* | [*.x\#_\-?]{3,}             # ***, xxxx, bullets
        | <[^<>]*> | \[[^\[\]]*\]                                # <your key>, [MASK]
        | [$%]\{?[a-z_][\w.:-]*[}%]? | \$\(.*\) | [$#]?\{\{?.*\}\}?   # $NAME, ${NAME}, {{ name }}
        | \$\{\{?.*\}\}? | (?:%[srdi]:?)+ | %\(\w+\)s
        | (?:env|vault|file|ssm|secret|secrets|sops|keyring|op|gcp|aws)[:.](?://)?[a-z_/][\w./-]*
        | arn:aws:(?:secretsmanager|ssm|kms):.* | projects/[^/]+/secrets/.* | !vault.* | enc\[.*
        | -{1,2}[a-z][a-z-]*                                     # the next option
        | (?:os\.)?environ\b.* | (?:os\.)?getenv\b.* | (?:getpass|input|prompt)[.(].*
        | process\.env\b.* | (?:args?|opts?|options|self|cls|cfg|config|conf|settings|params|kwargs
          |request|response|ctx|st|secrets|parser|data|env)[.\[].*
        | none | null | nil | true | false | yes | no | on | off | undefined | unset | empty
        | optional\b.* | str | string | bytes | text | any | int | bool | secretstr | required
        | redacted | hidden | masked | removed | example | dummy | fake | placeholder | default
        | change[_-]?me | todo | password | passwd | secret | token | api[_-]?key | key | pass
        | your[ _-].* | insert[ _-].* | enter[ _-].* | .*[ _-]here
        """
    )


def is_stand_in(value: bytes) -> bool:
    """Return whether a value under a secret's name tells nothing.

    Example:
        >>> [is_stand_in(value) for value in (b"", b"***", b"${TOKEN}", b"<redacted>", b"hunter2")]
        [True, True, True, True, False]
    """
    value = value.strip(b" \t\r\n\"'")
    if len(value) > _LONGEST_STAND_IN:
        return False
    return not value or _stand_in().fullmatch(value) is not None or _is_number(value)


def _is_number(value: bytes) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


# Parts of names that people make up: `gpt2-large`, `step_1000`, `v1.2`.
_MADE_UP: Final = re.compile(rb"(?:[A-Za-z]*\d{0,4}|\d+)(?:[-_./:+@ ](?:[A-Za-z]*\d{0,4}|\d+))*")
_SHORTEST_RANDOM: Final = 8
_SHORTEST_WITHOUT_DIGITS: Final = 20
_CAMEL_CASE: Final = re.compile(rb"(?:[A-Z]?[a-z]{2,}|[A-Z]+)+")
_LETTER: Final = re.compile(rb"[A-Za-z]")
_DIGIT: Final = re.compile(rb"[0-9]")


def looks_random(value: bytes) -> bool:
    """Return whether a machine made it up: letters and digits, and no name, path or number.

    Example:
        >>> looks_random(b"9f8Ab2xQ71zK"), looks_random(b"gpt2-large"), looks_random(b"3.14159265")
        (True, False, False)
    """
    if len(value) < _SHORTEST_RANDOM or b"://" in value or any(byte <= 0x20 for byte in value):
        return False
    if value[:1] in b"/~." or value[:2] == b"./":
        return False
    if not _LETTER.search(value):
        return False
    if _DIGIT.search(value):
        return _MADE_UP.fullmatch(value) is None
    is_mixed = value != value.lower() and value != value.upper()
    is_long = len(value) >= _SHORTEST_WITHOUT_DIGITS and value.isalnum()
    return is_mixed and is_long and _CAMEL_CASE.fullmatch(value) is None
