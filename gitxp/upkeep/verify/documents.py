"""The files of a record, each decoded as its path asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitxp.errors import DamagedRecord, GitxpError
from gitxp.storage.bounds import LARGEST_DOCUMENT, LARGEST_EVENT, LARGEST_FILE, LARGEST_HELD
from gitxp.storage.codecs.datasets import decode_datasets
from gitxp.storage.codecs.event import decode_event
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.codecs.params import decode_params
from gitxp.storage.codecs.pointer import LONGEST_POINTER, decode_pointer
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.layout import (
    ARTIFACTS,
    DATASETS,
    ENVIRONMENT,
    METRICS,
    PARAMS,
    RUN,
    parse_event_path,
    parse_segment_path,
)
from gitxp.storage.odb.objects import Entry
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.upkeep.verify.flaw import Flaw, unreadable
from gitxp.upkeep.verify.points import sum_segment

_DECODERS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    RUN: decode_run,
    PARAMS: lambda content: decode_params(loads(content, PARAMS)),
    METRICS: decode_summaries,
    DATASETS: decode_datasets,
    ENVIRONMENT: lambda content: loads(content, ENVIRONMENT),
}
# Most are of one record alone; environments, params and data sets are those of many. Decoded they
# take some times the room.
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    Attributes:
        size: Bytes that were decoded.
        value: What they say; None where it is damaged, or says nothing to gitxp.
    """

    size: int
    value: Any = None
    flaws: tuple[Flaw, ...] = ()


class Documents:
    """Reads and decodes files, within the bounds of the format; what many share mostly once."""

    def __init__(self, objects: ProvedObjects) -> None:
        self._objects = objects
        self._known: dict[tuple[str, str], Document] = {}
        self._room = _MOST_BYTES

    def read(self, path: str, entry: Entry) -> Document:
        """Return what the file `path` of a record says."""
        key = (_kind(path), entry.oid)
        known = self._known.get(key)
        if known is None:
            known = self._read(path, entry.oid)
            self._room -= known.size if known.value is not None else 0
            if self._room < 0:
                self._known.clear()
                self._room = _MOST_BYTES
            self._known[key] = known
        return known

    def _read(self, path: str, oid: str) -> Document:
        try:
            if _says_nothing(path) and LARGEST_HELD < self._objects.size(oid) <= LARGEST_FILE:
                self._objects.prove_file(oid)
                return Document(0)
            content = self._objects.read(oid, "blob", most=_most_bytes(path))
        except DamagedRecord as error:
            return Document(0, None, (unreadable(self._objects, oid, error, of=repr(path)),))
        try:
            return Document(len(content), _decoded(path, content))
        except GitxpError as error:
            said = str(error)
            what = said if said.startswith(path) else f"{path}: {said}"
            return Document(0, None, (Flaw(what, error.hint),))
        except (RecursionError, MemoryError) as error:  # somebody shaped it for that
            return Document(0, None, (Flaw(f"{path} cannot be read: {type(error).__name__}"),))


def _kind(path: str) -> str:
    """Return what decides, beside its bytes, what a file says."""
    return ARTIFACTS if path.startswith(f"{ARTIFACTS}/") else path


def _says_nothing(path: str) -> bool:
    """Whether a file that is no pointer says nothing to gitxp: its bytes are all there is to it."""
    return not (path in _DECODERS or parse_event_path(path) or parse_segment_path(path) is not None)


def _most_bytes(path: str) -> int:
    if path in _DECODERS:
        return LARGEST_DOCUMENT
    return LARGEST_EVENT if parse_event_path(path) is not None else LARGEST_FILE


def _decoded(path: str, content: bytes) -> Any:
    if path in _DECODERS:
        return _DECODERS[path](content)
    if path.startswith(f"{ARTIFACTS}/"):
        return decode_pointer(content) if len(content) <= LONGEST_POINTER else None
    if parse_segment_path(path) is not None:
        return sum_segment(content)
    if parse_event_path(path) is not None:
        return decode_event(content, path)
    return None
