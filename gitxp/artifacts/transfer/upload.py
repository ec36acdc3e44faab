"""Large files go to a server: what it has already is not sent, and each is checked on its way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitxp.artifacts.transfer.answers import Offer, check_status
from gitxp.artifacts.transfer.client import Client
from gitxp.artifacts.transfer.several import Tries, move_several, told
from gitxp.artifacts.transfer.web import Request
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.plain_file import open_plain
from gitxp.storage.transport.meter import Meter

# Of a batch, as git-lfs asks.
_AT_ONCE = 100
# No more: on a slow line it takes a while to be sent, and the server's patience ends.
_PIECE = 128 << 10
_BYTES = "application/octet-stream"


@dataclass
class Uploading:
    """Sends large files to one server.

    Attributes:
        paths: Where each lies.
        offers: What the server said of each that has not been tried yet.
    """

    client: Client
    paths: Mapping[Pointer, Path]
    meter: Meter
    tries: Tries
    offers: dict[Pointer, Offer] = field(default_factory=dict)

    def send_all(self, at_once: int) -> dict[Pointer, str]:
        """Send the files, so many at a time, and return by file why it is not known to be there."""
        failed: dict[Pointer, str] = {}
        left = [*self.paths]
        try:
            while left:
                some, left = left[:_AT_ONCE], left[_AT_ONCE:]
                try:
                    self.offers |= self.tries.of(lambda some=some: self.client.offers(some))  # type: ignore[misc]
                except Exception as error:  # noqa: BLE001  # nor is it another for the others
                    return failed | dict.fromkeys([*some, *left], told(error))
                moved = move_several(some, self._send, at_once=at_once, tries=self.tries)
                failed |= {pointer: why for pointer, why in moved if why}
        finally:
            self.tries.stopping.set()
        return failed

    def _send(self, pointer: Pointer) -> None:
        self.tries.of(lambda: self._send_once(pointer))

    def _send_once(self, pointer: Pointer) -> None:
        offer = self._offer(pointer)
        action = offer.actions.get("upload")
        if action is not None:
            headers = {"content-type": _BYTES, **action.headers}
            headers["content-length"] = str(pointer.size)
            request = Request("PUT", action.url, headers, lambda: self._pieces(pointer))
            with self.client.send(request, is_open=offer.is_open) as response:
                check_status(response)
        verify = offer.actions.get("verify")
        if verify is not None:
            self.client.verify(pointer, offer, verify)
        self.meter.tell(pointer.digest, pointer.size)

    def _offer(self, pointer: Pointer) -> Offer:
        """Return what is to be done, asked for anew at each further try."""
        offer = self.offers.pop(pointer, None)
        if offer is None or any(action.is_over for action in offer.actions.values()):
            offer = self.client.offers([pointer])[pointer]
        if offer.refusal:
            raise RemoteFailed(offer.refusal)
        return offer

    def _pieces(self, pointer: Pointer) -> Iterator[bytes]:
        """Yield a file; the last piece only where it is what its name says."""
        digest, left = hashlib.sha256(), pointer.size
        try:
            with open_plain(self.paths[pointer]) as file:
                while left:
                    self.tries.check()
                    piece = file.read(min(_PIECE, left))
                    digest.update(piece)
                    left -= len(piece)
                    if not piece or (not left and digest.hexdigest() != pointer.digest):
                        raise RemoteFailed("its bytes are not those that its name says")
                    yield piece
                    self.meter.tell(pointer.digest, pointer.size - left)
        except OSError as error:  # of our disk: no other try helps
            raise RemoteFailed(str(error)) from error
