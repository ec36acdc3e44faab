"""Which data a run saw, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Strength(StrEnum):
    """How strongly a data set is identified."""

    CONTENT = "content"
    VERSION = "version"
    METADATA = "metadata"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as a run used it.

    Attributes:
        name: What the user calls it.
        kind: What it was made of: `file`, `folder`, `array`, `frame`, `version` or `name`.
        role: Such as `train`, `validation` or `test`; empty where not told.
        version: A version that the user or a data tool gave; empty without one.
        digest: `sha256:<hex>` of the content; empty where it was not read.
        size: Bytes of content, where known.
        rows: Rows, where known.
        split: How the data was split, as the user described it.
        filters: What was filtered out or kept, as the user described it.
        source: Where it came from: a path or URL.
        strength: How strong the identity is.
        schema: Dtype by column of a frame, as the frame's library calls them.
    """

    name: str
    kind: str
    strength: Strength
    role: str = ""
    version: str = ""
    digest: str = ""
    size: int | None = None
    rows: int | None = None
    split: Mapping[str, float] | str | None = None
    filters: str | tuple[str, ...] = ()
    source: str = ""
    schema: Mapping[str, str] = field(default_factory=dict)


def with_dataset(known: Sequence[Dataset], new: Dataset) -> tuple[Dataset, ...]:
    """Return `known` with `new` at the end, in place of what was logged of the same data before.

    The same are data sets of one name, role, version, digest, split and filters.

    Example:
        >>> one, other = (Dataset("d", "file", Strength.CONTENT, role=role) for role in "ab")
        >>> [dataset.role for dataset in with_dataset([one, other], one)]
        ['b', 'a']
    """
    return (*(one for one in known if _identity(one) != _identity(new)), new)


def _identity(dataset: Dataset) -> tuple[object, ...]:
    one = dataset
    return (one.name, one.role, one.version, one.digest, one.split, one.filters)
