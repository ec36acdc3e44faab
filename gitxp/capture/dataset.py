"""Describing a data set: what identifies it, and how strongly."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitxp.capture.digest import digest_array, digest_file, digest_folder, digest_table
from gitxp.errors import InvalidValue
from gitxp.model.dataset import Dataset, Strength
from gitxp.model.names import check_name

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


def describe_dataset(
    name: str,
    source: Any = None,
    *,
    version: str | None = None,
    role: str | None = None,
    split: Mapping[str, float] | str | None = None,
    filters: str | Sequence[str] | None = None,
    rows: int | None = None,
    root: Path | None = None,
) -> Dataset:
    """Return what identifies a data set, its content read where there is any to read.

    Args:
        source: A path, a URL, a NumPy array, a torch tensor, or a pandas, polars or Arrow table.
        root: The folder to which paths inside it are told relative.

    Raises:
        InvalidValue: If `source` is nothing of these, or a path that does not exist.

    Example:
        >>> describe_dataset("digits", version="1.2").strength
        <Strength.VERSION: 'version'>
    """
    check_name("dataset", name)
    found = _identify(name, source, root)
    if version is not None and found.strength is Strength.NAME:
        found = replace(found, kind=found.kind if source else "version", strength=Strength.VERSION)
    return replace(
        found,
        version=version or "",
        role=role or "",
        split=dict(split) if isinstance(split, Mapping) else split,
        filters=filters if isinstance(filters, str) else tuple(filters or ()),
        rows=rows if rows is not None else found.rows,
    )


def _identify(name: str, source: Any, root: Path | None) -> Dataset:
    if source is None:
        return Dataset(name, "name", Strength.NAME)
    if isinstance(source, str) and _URL.match(source):
        return Dataset(name, "url", Strength.NAME, source=_CREDENTIALS.sub("", source))
    if isinstance(source, str | os.PathLike):
        return _identify_path(name, Path(source), root)
    return _identify_object(name, source)


def _identify_path(name: str, path: Path, root: Path | None) -> Dataset:
    try:
        if path.is_dir():
            kind, (digest, size) = "folder", digest_folder(path)
        elif path.is_file():
            kind, (digest, size) = "file", digest_file(path)
        else:
            raise InvalidValue(
                f"data set {name!r}: {str(path)!r} is no file or folder",
                hint="give a path that exists, or version=… where the data lie elsewhere",
            )
    except OSError as error:
        raise InvalidValue(f"data set {name!r}: cannot read {str(path)!r}: {error}") from error
    shown = path.absolute()
    if root is not None and shown.is_relative_to(root):
        shown = shown.relative_to(root)
    return Dataset(
        name,
        kind,
        Strength.CONTENT,
        digest=f"sha256:{digest}",
        size=size,
        source=shown.as_posix(),
    )


def _identify_object(name: str, source: Any) -> Dataset:
    """Return the identity of data in memory, recognised without loading the libraries."""
    family = type(source).__module__.partition(".")[0]
    if family == "torch" and hasattr(source, "detach"):
        return _identify_object(name, source.detach().cpu().numpy())
    if family == "numpy" and hasattr(source, "dtype") and hasattr(source, "flat"):
        digest, size = digest_array(source)
        rows = source.shape[0] if source.ndim else None
        return Dataset(
            name, "array", Strength.CONTENT, digest=f"sha256:{digest}", size=size, rows=rows
        )
    table = _as_table(name, source, family)
    digest, size = digest_table(table)
    return Dataset(
        name,
        "frame",
        Strength.CONTENT,
        digest=f"sha256:{digest}",
        size=size,
        rows=table.num_rows,
        schema={field.name: str(field.type) for field in table.schema},
    )


def _as_table(name: str, source: Any, family: str) -> Any:
    import pyarrow as pa

    try:
        if family == "pandas":
            frame = source.to_frame() if hasattr(source, "to_frame") else source
            return pa.Table.from_pandas(frame)
        if family == "polars":
            return source.to_arrow()
    except (pa.ArrowException, TypeError) as error:
        raise InvalidValue(f"data set {name!r} cannot be read as a table: {error}") from error
    if isinstance(source, pa.Table):
        return source
    raise InvalidValue(
        f"data set {name!r} is a {type(source).__name__}: "
        "expected a path, a URL, an array, a tensor or a table"
    )
