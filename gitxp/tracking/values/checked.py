"""What a script hands over to be recorded, checked and named where it cannot be."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.dataset import Dataset
from gitxp.model.names import check_name
from gitxp.model.run import Status
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.params import LONGEST_INTEGER_BITS
from gitxp.text import shown, type_of

TagValue = str | int | float | bool
Tags = Mapping[str, TagValue] | Sequence[str]
# A run does not end as running, and what no process can say of itself is for others to say.
_LARGEST_CODE_BITS = 63
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
LONGEST_TEXT = 100_000
_ENDS = (Status.FINISHED, Status.FAILED, Status.KILLED)


def tag_pairs(tags: Any) -> list[tuple[Any, Any]]:
    """Return tags given as a mapping, or as a list of tags that are true, as pairs.

    Raises:
        InvalidValue: If they are given as anything else.
    """
    if isinstance(tags, Mapping):
        return list(tags.items())
    if isinstance(tags, Sequence | Set) and not isinstance(tags, str | bytes):
        return [(key, True) for key in tags]
    raise InvalidValue(f"tags are {tags!r}: expected a mapping, or a list of names")


def checked_tag(key: Any, value: Any) -> TagValue:
    """Return the value of a tag as plain Python.

    Raises:
        InvalidName: If `key` breaks the rules for names.
        InvalidValue: If the value is no text, number or truth value.
    """
    check_name("tag", key)
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    if not isinstance(value, TagValue):
        raise InvalidValue(
            f"tag {key!r} is {type_of(value)}: expected text, a number or true or false"
        )
    if isinstance(value, str):
        check_text_length(f"tag {key!r}", value)
    if isinstance(value, int):
        _check_length(f"tag {key!r}", value)
    return value


def checked_seeds(seeds: Any) -> dict[str, int]:
    """Return seeds by name; a single one is called `seed`.

    Raises:
        InvalidName: If the name of one breaks the rules.
        InvalidValue: If one is no whole number.
    """
    pairs = seeds if isinstance(seeds, Mapping) else {"seed": seeds}
    return {check_name("seed", key): _checked_seed(key, seed) for key, seed in pairs.items()}


def _checked_seed(key: str, seed: Any) -> int:
    whole = whole_number(seed)
    if whole is None:
        raise InvalidValue(f"seed {key!r} is {seed!r}: expected a whole number")
    _check_length(f"seed {key!r}", whole)
    return whole


def whole_number(value: Any) -> int | None:
    """Return a whole number as a plain one; None for anything else, truth values among it.

    Example:
        >>> whole_number(7), whole_number(7.0), whole_number(True)
        (7, None, None)
    """
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def check_text_length(what: str, text: str) -> None:
    """Return if a text is one of those that `run.toml` has room for.

    Raises:
        InvalidValue: If it is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidValue(
            f"{what} has {len(text)} characters: expected at most {LONGEST_TEXT}",
            hint="keep what is long as a file: log_text",
        )


def _check_length(what: str, value: int) -> None:
    if value.bit_length() > LONGEST_INTEGER_BITS:
        raise InvalidValue(
            f"{what} is an integer of {value.bit_length()} bits: "
            f"expected at most {LONGEST_INTEGER_BITS}"
        )


def checked_text(what: str, text: Any) -> str:
    """Return `text` if it is text.

    Raises:
        InvalidValue: If it is something else.
    """
    if not isinstance(text, str):
        raise InvalidValue(f"{what} is {type_of(text)}: expected text")
    return text


def checked_status(status: Any) -> Status:
    """Return the status that a run may end with.

    Raises:
        InvalidValue: If it is none.
    """
    if status not in _ENDS:
        raise InvalidValue(f"status is {status!r}: expected one of {', '.join(_ENDS)}")
    return Status(status)


def checked_exit_code(code: Any) -> int | None:
    """Return an exit code.

    Raises:
        InvalidValue: If it is no integer of 64 bits.
    """
    if code is not None and (not isinstance(code, int) or code.bit_length() > _LARGEST_CODE_BITS):
        raise InvalidValue(f"exit code is {code!r}: expected a whole number of 64 bits")
    return code


def checked_source(path: Any) -> Path:
    """Return the path of a file or folder to keep.

    Raises:
        InvalidValue: If it is no path.
    """
    try:
        return Path(os.fsdecode(path))
    except TypeError as error:
        raise InvalidValue(f"artifact {path!r} is {type_of(path)}: expected a path") from error


def path_inside(folder: Any, name: Any) -> str:
    """Return where in a run's artifacts `name` lies, in a folder where one is given.

    Raises:
        InvalidValue: If one of them is no path.
    """
    parts = [checked_source(name).as_posix() if isinstance(name, os.PathLike) else name]
    if folder:
        parts.insert(
            0, os.fsdecode(checked_source(folder)) if isinstance(folder, os.PathLike) else folder
        )
    for part in parts:
        if not isinstance(part, str):
            raise InvalidValue(f"artifact path {part!r} is {type_of(part)}: expected text")
    return "/".join([*(part.rstrip("/") for part in parts[:-1]), parts[-1]])


def encoded_dataset(dataset: Dataset) -> str:
    """Return what is known of a data set as `datasets.toml`.

    Raises:
        InvalidValue: If it is longer than all of that may be.
    """
    content = encode_datasets([dataset])
    if len(content) > LARGEST_DOCUMENT:
        raise InvalidValue(
            f"what is told of data set {dataset.name!r} has {len(content)} bytes: "
            f"expected at most {LARGEST_DOCUMENT}"
        )
    return content.decode()


def checked_step(step: Any) -> int:
    """Return a step as a plain integer.

    Raises:
        InvalidValue: If it is no whole number of 64 bits.
    """
    try:
        is_whole = hasattr(step, "is_integer") and step.is_integer()
        placed = int(step) if is_whole else operator.index(step)
    except Exception:  # noqa: BLE001  # a step of the script's own kind may raise anything
        placed = INT64_MAX + 1
    if not INT64_MIN <= placed <= INT64_MAX:
        raise InvalidValue(f"step is {shown(step)}: expected a whole number of 64 bits")
    return placed
