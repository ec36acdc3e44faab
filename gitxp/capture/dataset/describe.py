"""Describing a data set: what identifies it, and how strongly."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from typing import Any, SupportsIndex

from gitxp.capture.dataset.digest import digest_array, digest_file, digest_folder
from gitxp.capture.dataset.table_digest import digest_table
from gitxp.capture.libraries.table import is_instance, read_table
from gitxp.errors import InvalidValue
from gitxp.model.dataset import Dataset, Strength
from gitxp.model.names import check_name
from gitxp.text import with_article

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Identity:
    kind: str
    strength: Strength
    digest: str = ""
    size: int | None = None
    rows: int | None = None
    source: str = ""
    schema: Mapping[str, str] = field(default_factory=dict)


def describe_dataset(
    name: str,
    source: Any = None,
    *,
    version: str | float | None = None,
    role: str | None = None,
    split: Mapping[str, float] | str | None = None,
    filters: str | Sequence[str] | None = None,
    rows: int | None = None,
    root: Path | None = None,
) -> Dataset:
    """Return what identifies a data set, its content read where there is any to read.

    Args:
        source: A path, a URL, a NumPy array, a torch tensor, or a pandas, polars or Arrow table.
            A URL is kept as it is given.
        version: Taken as the identity where no content is read; a number is kept as text.
        rows: How many rows, where the source does not tell.
        root: The top of the working tree; paths inside it are told relative to it.

    Raises:
        InvalidName: If `name` breaks the rules for names.
        InvalidValue: If `source` is nothing of these, does not exist or cannot be read, or
            another argument is of the wrong type.

    Example:
        >>> describe_dataset("digits", version="1.2").strength
        <Strength.VERSION: 'version'>
    """
    check_name("dataset", name)
    told_version = "" if version is None else str(version)
    try:
        identity = _identify(source, told_version, root)
    except InvalidValue as error:
        raise InvalidValue(f"data set {name!r}: {error}", hint=error.hint) from error
    except OSError as error:
        raise InvalidValue(f"data set {name!r} cannot be read: {error}") from error
    return Dataset(
        name=name,
        kind=identity.kind,
        strength=identity.strength,
        role=role or "",
        version=told_version,
        digest=identity.digest and f"sha256:{identity.digest}",
        size=identity.size,
        rows=_checked_rows(name, rows, identity.rows),
        split=_checked_split(name, split),
        filters=filters if isinstance(filters, str) else tuple(map(str, filters or ())),
        source=identity.source,
        schema=identity.schema,
    )


def _identify(source: Any, version: str, root: Path | None) -> _Identity:
    named = ("version", Strength.VERSION) if version else ("name", Strength.NAME)
    if source is None:
        return _Identity(*named)
    if isinstance(source, str) and _URL.match(source):
        return _Identity(*named, source=source)
    if isinstance(source, str | os.PathLike):
        return _identify_path(Path(source), root)
    return _identify_object(source)


def _identify_path(path: Path, root: Path | None) -> _Identity:
    if path.is_dir():
        found = digest_folder(path)
        strength = Strength.METADATA if found.leads_outside else Strength.CONTENT
        shown = _shown_path(path, root)
        return _Identity("folder", strength, found.digest, found.size, source=shown)
    if path.is_file():
        digest, size = digest_file(path)
        return _Identity("file", Strength.CONTENT, digest, size, source=_shown_path(path, root))
    state = "is no file or folder" if path.exists() else "does not exist"
    raise InvalidValue(
        f"path {str(path)!r} {state}: expected a file, a folder or a URL",
        hint="give a path that exists, or version=… for data that lie elsewhere",
    )


def _identify_object(source: Any) -> _Identity:
    if is_instance(source, "torch", "Tensor"):
        source = _as_array(source)
    if is_instance(source, "numpy", "ndarray") and not hasattr(source, "mask"):
        rows = source.shape[0] if source.ndim else None
        return _Identity("array", Strength.CONTENT, digest_array(source), int(source.nbytes), rows)
    if table := read_table(source):
        digest = digest_table(table.columns, table.rows)
        return _Identity("frame", Strength.CONTENT, digest, rows=table.rows, schema=table.schema)
    kind = f"{type(source).__module__}.{type(source).__qualname__}"
    raise InvalidValue(
        f"its source is {with_article(kind)}: "
        "expected a path, a URL, an array, a tensor or a table",
        hint="give numpy.asarray(source), or version=… alone",
    )


def _as_array(tensor: Any) -> Any:
    try:
        return tensor.numpy(force=True)
    except TypeError as error:  # what NumPy has no dtype for, such as bfloat16
        raise InvalidValue(
            f"a tensor of dtype {str(tensor.dtype)!r} cannot become an array: {error}",
            hint="give tensor.float()",
        ) from error


def _shown_path(path: Path, root: Path | None) -> str:
    shown = Path(os.path.normpath(path.absolute()))
    if root is not None:
        for inside, top in ((shown, root), (path.resolve(), root.resolve())):
            if inside.is_relative_to(top):
                shown = inside.relative_to(top)
                break
    # A record is UTF-8; names of files need not be.
    return os.fsencode(shown.as_posix()).decode("utf-8", "backslashreplace")


def _checked_rows(name: str, told: object, counted: int | None) -> int | None:
    if told is None:
        return counted
    # NumPy's integers are none of Python's, but stand for one.
    if isinstance(told, bool) or not isinstance(told, SupportsIndex) or index(told) < 0:
        raise InvalidValue(f"data set {name!r} has rows={told!r}: expected a count")
    if counted not in (None, told):
        raise InvalidValue(f"data set {name!r} has {counted} rows: expected rows={told}")
    return index(told)


def _checked_split(name: str, split: object) -> Mapping[str, float] | str | None:
    if split is None or isinstance(split, str):
        return split
    if isinstance(split, Mapping) and all(
        isinstance(part, int | float) and not isinstance(part, bool) for part in split.values()
    ):
        return {str(key): part for key, part in split.items()}
    raise InvalidValue(
        f"data set {name!r} has split={split!r}: expected text, or numbers by name",
        hint='such as split={"train": 0.8, "test": 0.2}',
    )
