"""`datasets.toml`: which data the run saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitxp.model.dataset import Dataset, Strength
from gitxp.storage.codecs.params import decode_value, encode_value
from gitxp.storage.codecs.text import decode_text, encode_text
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
            "filters": encode_value(dataset.filters) if dataset.filters else None,
            "source": encode_text(dataset.source),
            "schema": dict(dataset.schema),
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
        split=decode_value(table.raw("split")) if "split" in table else None,
        filters=decode_value(table.raw("filters")) if "filters" in table else (),
        source=decode_text(table.raw("source", ""), "source"),
        schema={key: table.table("schema").text(key) for key in table.table("schema").keys()},
    )
