"""The types of values that the language tells apart."""

from __future__ import annotations

from enum import IntEnum


class Type(IntEnum):
    """Of what type a value is; values of two types are never compared.

    Attributes:
        ABSENT: The run has nothing there; also what is not known.
        NONE: A param that is None.
        OTHER: What has no place in the language: lists, mappings, bytes, times of day.
        TRUTH: True or false.
        NUMBER: Whole or not.
        TIME: A moment, or the midnight at which a date begins.
        DURATION: A length of time.
    """

    ABSENT = 0
    NONE = 1
    OTHER = 2
    TRUTH = 3
    NUMBER = 4
    TIME = 5
    DURATION = 6
    TEXT = 7

    @property
    def noun(self) -> str:
        """How it is called in a sentence."""
        return _NOUNS[self]


_NOUNS = {
    Type.ABSENT: "nothing",
    Type.NONE: "None",
    Type.OTHER: "something else",
    Type.TRUTH: "true or false",
    Type.NUMBER: "a number",
    Type.TIME: "a time",
    Type.DURATION: "a duration",
    Type.TEXT: "text",
}
