"""Ids and names of runs, events and experiments: parsed at the door and trusted inside."""

from __future__ import annotations

import re
import secrets
import unicodedata

from gitxp.errors import InvalidName
from gitxp.text import shown

DEFAULT_EXPERIMENT = "default"
RESERVED_PARTS = frozenset({"about", "live", "archive"})
LONGEST_PART = 64
# As many digits of an id as people are shown.
SHORT_ID = 7

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_SEPARATORS = re.compile(r"[^a-z0-9._-]+")
_REPEATED = re.compile(r"[._-]*([._-])[._-]*")


class RunId(str):
    """The random name of one run: 32 lower-case hexadecimal digits.

    Example:
        >>> RunId("0123456789abcdef0123456789abcdef").short
        '0123456'
    """

    __slots__ = ()

    def __new__(cls, text: str) -> RunId:
        """Parse `text`, or raise `InvalidName`."""
        if not _RUN_ID.fullmatch(text):
            raise InvalidName(
                f"invalid run id {shown(text)}: expected 32 lower-case hexadecimal digits"
            )
        return super().__new__(cls, text)

    @classmethod
    def random(cls) -> RunId:
        """Return an id that nobody has used."""
        return cls(secrets.token_hex(16))

    @property
    def short(self) -> str:
        """The first digits, enough to name a run among many."""
        return self[:SHORT_ID]


class EventId(str):
    """The random name of one event: 32 lower-case hexadecimal digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> EventId:
        """Parse `text`, or raise `InvalidName`."""
        if not _EVENT_ID.fullmatch(text):
            raise InvalidName(
                f"invalid event id {shown(text)}: expected 32 lower-case hexadecimal digits"
            )
        return super().__new__(cls, text)

    @classmethod
    def random(cls) -> EventId:
        """Return an id that nobody has used."""
        return cls(secrets.token_hex(16))


class ExperimentName(str):
    """A named line of work: parts of `[a-z0-9]+([._-][a-z0-9]+)*` joined by `/`.

    Every accepted name is also a valid part of a ref's name.

    Example:
        >>> ExperimentName("vision/lr-schedule")
        'vision/lr-schedule'
        >>> ExperimentName.slug("Vision / LR Schedule")
        'vision/lr-schedule'
    """

    __slots__ = ()

    def __new__(cls, text: str) -> ExperimentName:
        """Parse `text`, or raise `InvalidName`."""
        for part in text.split("/"):
            _check_part(part, text)
        return super().__new__(cls, text)

    @classmethod
    def slug(cls, typed: str) -> ExperimentName:
        """Return the name that `typed` stands for: lower case, runs of odd characters as `-`.

        Raises:
            InvalidName: If nothing usable is left of it.
        """
        ascii_text = unicodedata.normalize("NFKD", typed).encode("ascii", "ignore").decode().lower()
        parts = [_slug_part(part) for part in ascii_text.split("/")]
        try:
            return cls("/".join(parts))
        except InvalidName as error:
            raise InvalidName(
                f"invalid experiment name {shown(typed)}: {error}",
                hint="use letters and digits, such as 'lr-schedule' or 'vision/lr-schedule'",
            ) from error


def _slug_part(part: str) -> str:
    joined = _SEPARATORS.sub("-", part)
    return _REPEATED.sub(r"\1", joined).strip("._-")


def _check_part(part: str, whole: str) -> None:
    if not part:
        raise InvalidName(f"experiment {shown(whole)} has an empty part")
    if len(part) > LONGEST_PART:
        raise InvalidName(f"part {shown(part)} is longer than {LONGEST_PART} characters")
    if not _PART.fullmatch(part):
        raise InvalidName(f"part {shown(part)} must match [a-z0-9]+([._-][a-z0-9]+)*")
    if part.endswith(".lock"):
        raise InvalidName(f"part {shown(part)} ends in '.lock', which Git reserves")
    if part in RESERVED_PARTS or _RUN_ID.fullmatch(part):
        raise InvalidName(f"part {shown(part)} is reserved by gitxp")
