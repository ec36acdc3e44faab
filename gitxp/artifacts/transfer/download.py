"""One large file comes from a server; what broke off goes on where it was.

Nothing counts as come before all of it has the digest that its name says.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from gitxp.artifacts.transfer.answers import Unreached, check_status
from gitxp.artifacts.transfer.client import Client
from gitxp.artifacts.transfer.gathered import Gathered, gathered
from gitxp.artifacts.transfer.several import Tries
from gitxp.artifacts.transfer.web import Request
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.transport.meter import Meter

_PIECE = 256 << 10
_PART = 206
_BEYOND_THE_END = 416
_RANGE = re.compile(r"bytes ([0-9]{1,19})-")


class _BeganAnew(RemoteFailed):
    """What had come before does not go on, and was thrown away."""


@dataclass(frozen=True, slots=True)
class Downloading:
    """Brings one large file from one server.

    Attributes:
        path: Where it is gathered; what an earlier command left there is its beginning.
    """

    client: Client
    pointer: Pointer
    path: Path
    meter: Meter
    tries: Tries

    def bring(self, target: Path) -> None:
        """Bring the file to `target`, whole and sound.

        Raises:
            RemoteFailed: If the server does not have it, or something else by its name.
            OSError: If it cannot be written.
        """
        try:
            self.tries.of(lambda: self._bring_once(target))
        except _BeganAnew:  # which is no fault of the server's
            self.tries.of(lambda: self._bring_once(target))

    def _bring_once(self, target: Path) -> None:
        with gathered(self.path) as found:
            if target.exists():  # another process has brought it
                return
            begun = found.size
            if begun < self.pointer.size:
                self._receive(found)
            if found.size != self.pointer.size or found.digest != self.pointer.digest:
                found.begin_anew()
                if begun:
                    raise _BeganAnew("what had come before was no part of it")
                raise RemoteFailed("the server sends other bytes than its name says")
            self.path.replace(target)

    def _receive(self, found: Gathered) -> None:
        left = self.pointer.size - found.size
        if shutil.disk_usage(self.path.parent).free < left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        offer = self.client.offers([self.pointer])[self.pointer]
        action = offer.actions.get("download")
        if offer.refusal or action is None:
            raise RemoteFailed(offer.refusal or "the server does not have it")
        part = {"range": f"bytes={found.size}-{self.pointer.size - 1}"} if found.size else {}
        request = Request("GET", action.url, {**action.headers, **part})
        with self.client.send(request, is_open=offer.is_open) as response:
            if part and response.status == _BEYOND_THE_END:
                found.begin_anew()
                raise _BeganAnew("the server has less than had come before")
            check_status(response)
            if part and not _goes_on_at(response, found.size):
                found.begin_anew()
                if response.status == _PART:
                    raise _BeganAnew("the server sends another part than was asked for")
            self._gather(response, found)

    def _gather(self, response: HTTPResponse, found: Gathered) -> None:
        size = self.pointer.size
        while True:
            self.tries.check()
            try:
                piece = response.read(_PIECE)
            except (OSError, HTTPException) as error:
                raise Unreached(f"the server's answer breaks off: {error}") from error
            if not piece:
                break
            if found.size + len(piece) > size:
                found.begin_anew()
                raise RemoteFailed(f"the server sends more than the {size:,} bytes of the file")
            found.add(piece)
            self.meter.tell(self.pointer.digest, found.size)
        if found.size < size:
            raise Unreached(f"the server's answer breaks off after {found.size:,} bytes")


def _goes_on_at(response: HTTPResponse, start: int) -> bool:
    """Whether a server heeds what part was asked for; it may send all instead."""
    told = _RANGE.match(response.headers.get("Content-Range", ""))
    return response.status == _PART and told is not None and int(told[1]) == start
