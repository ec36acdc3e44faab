"""`datasets.toml`: which data the run saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from gitxp.model.dataset import Dataset, Strength
from gitxp.storage.codecs.params import decode_value, encode_value
from gitxp.storage.codecs.toml import Table, dumps, loads, without_empty
from gitxp.storage.layout import DATASETS


def encode_datasets(datasets: Sequence[Dataset]) -> bytes:
    """Return `datasets.toml`, in the order of logging."""
    return dumps({"datasets": [_encode(dataset) for dataset in datasets]})


def decode_datasets(content: bytes) -> tuple[Dataset, ...]:
    """Return the data sets.

    Raises:
        DamagedRecord: If the bytes break the format.
    """
    document = Table(loads(content, DATASETS), DATASETS)
    return tuple(_decode(table) for table in document.tables("datasets"))


def _encode(dataset: Dataset) -> dict[str, Any]:
    return without_empty(
        {
            "name": dataset.name,
            "kind": dataset.kind,
            "strength": str(dataset.strength),
            "role": dataset.role,
            "version": dataset.version,
            "digest": dataset.digest,
            "size": dataset.size,
            "rows": dataset.rows,
            "split": encode_value(dataset.split) if dataset.split else None,
            "filters": _encode_filters(dataset.filters),
            "source": dataset.source,
            "schema": encode_value(dataset.schema),
        }
    )


def _decode(table: Table) -> Dataset:
    return Dataset(
        name=table.text("name"),
        kind=table.text("kind"),
        strength=table.parsed("strength", Strength),
        role=table.text("role", ""),
        version=table.text("version", ""),
        digest=table.text("digest", ""),
        size=table.optional_integer("size"),
        rows=table.optional_integer("rows"),
        split=_decode_split(table) if "split" in table else None,
        filters=_decode_filters(table),
        source=table.text("source", ""),
        schema=_decode_schema(table),
    )


def _encode_filters(filters: str | tuple[str, ...]) -> str | list[str]:
    return filters if isinstance(filters, str) else list(filters)


def _decode_filters(table: Table) -> str | tuple[str, ...]:
    return (
        table.texts("filters")
        if isinstance(table.raw("filters", []), list)
        else table.text("filters")
    )


def _decode_split(table: Table) -> Mapping[str, float] | str:
    split = decode_value(table.raw("split"))
    is_mapping = isinstance(split, dict) and all(
        isinstance(name, str) and isinstance(part, int | float) for name, part in split.items()
    )
    if not is_mapping and not isinstance(split, str):
        raise table.wrong("split", "a string, or a table of numbers")
    return cast("Mapping[str, float] | str", split)


def _decode_schema(table: Table) -> dict[str, str]:
    schema = decode_value(table.raw("schema", {}))
    if not isinstance(schema, dict) or not all(
        isinstance(text, str) for pair in schema.items() for text in pair
    ):
        raise table.wrong("schema", "a table of strings")
    return schema
