"""One server of Git LFS: what is asked there, and the way in.

A password, or a header of the user's, goes to the server to which the user's settings lead, and to
no other: not to where large files lie, if that is elsewhere, and not to where one sends us on.
"""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from typing import Self

from gitxp.artifacts.transfer.answers import (
    Action,
    Denied,
    Offer,
    check_status,
    parse_action,
    parse_document,
    parse_offers,
    read_answer,
)
from gitxp.artifacts.transfer.web import Request, Web, checked_origin
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import Repository
from gitxp.storage.transport.large_place import Direction, Server, without_login
from gitxp.storage.transport.login import Login, ask_login, login_in_url, tell_helpers
from gitxp.storage.transport.way_by_ssh import ask_by_ssh

_DOCUMENT = "application/vnd.git-lfs+json"
_WRITES = {"accept": _DOCUMENT, "content-type": _DOCUMENT}
_UNAUTHORIZED = 401
_AUTHORIZATION = "authorization"


@dataclass
class Client:
    """Asks one server for large files to go or to come; several threads may do so at once."""

    repository: Repository
    web: Web
    server: Server
    direction: Direction
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        self._origin = checked_origin(self.server.url)
        is_users, url = self.server.is_users, self.server.url
        self._users_headers = self.web.users_headers(url) if is_users else {}
        self._login = login_in_url(url) if is_users else None
        self._is_right = False
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls, repository: Repository, server: Server, direction: Direction, *, patience: float
    ) -> Self:
        """Return the client of a server, which is asked for the way in by SSH where that leads.

        Args:
            patience: Seconds to wait for an answer.

        Raises:
            RemoteFailed: If there is no way in.
        """
        web = Web(repository, patience=patience)
        if server.ssh is None:
            return cls(repository, web, server, direction, {})
        way = parse_action(parse_document(ask_by_ssh(repository, server.ssh, direction)))
        found = replace(server, url=way.url or server.url, ssh=None)
        if checked_origin(found.url) != checked_origin(server.url):
            # Another one has the headers that it answers, and no password of the user's.
            found = replace(found, is_users=False)
        return cls(repository, web, found, direction, way.headers)

    def offers(self, objects: Sequence[Pointer]) -> dict[Pointer, Offer]:
        """Ask what is to be done with each of some large files.

        Raises:
            RemoteFailed: If the server does not say.
        """
        asked = {
            "operation": str(self.direction),
            "transfers": ["basic"],
            "objects": [{"oid": one.digest, "size": one.size} for one in objects],
            "hash_algo": "sha256",
        }
        url = f"{without_login(self.server.url).rstrip('/')}/objects/batch"
        response = self._post(url, self.headers, asked)
        return parse_offers(read_answer(response, len(objects)), objects)

    def verify(self, pointer: Pointer, offer: Offer, action: Action) -> None:
        """Tell the server that a large file was sent.

        Raises:
            RemoteFailed: If the server does not have it, then.
        """
        told = {"oid": pointer.digest, "size": pointer.size}
        with self._post(action.url, action.headers, told, is_open=offer.is_open) as response:
            check_status(response)

    def send(self, request: Request, *, is_open: bool = False) -> HTTPResponse:
        """Send a request, with a login where this server wants one.

        Args:
            is_open: Whether the server has said that it does not.

        Raises:
            Unreached: If no answer comes.
            RemoteFailed: If there is no login that it takes, or it leads nowhere.
        """
        if checked_origin(request.url) != self._origin:
            return self.web.send(request)
        wanted = replace(request, headers={**self._users_headers, **request.headers})
        if is_open or _AUTHORIZATION in wanted.headers:
            return self.web.send(wanted)
        login = self._login
        while True:
            shown = {_AUTHORIZATION: login.header} if login is not None else {}
            response = self.web.send(wanted.with_headers(shown))
            if checked_origin(response.url) != self._origin:
                return response  # of another one, which says nothing of this login
            if response.status != _UNAUTHORIZED:
                self._keep(login)
                return response
            response.close()
            login = self._another(login)

    def _post(
        self, url: str, headers: Mapping[str, str], told: object, *, is_open: bool = False
    ) -> HTTPResponse:
        content = json.dumps(told).encode()
        spelled = {**_WRITES, **headers, "content-length": str(len(content))}
        return self.send(Request("POST", url, spelled, lambda: [content]), is_open=is_open)

    def _another(self, wrong: Login | None) -> Login:
        """Return a login in place of one that was wrong; another thread may have asked for it."""
        with self._lock:
            if self._login is not None and self._login != wrong:
                return self._login
            place = without_login(self.server.url)
            if wrong is not None:
                tell_helpers(self.repository, wrong, is_right=False)
                raise Denied(f"{place} takes no such name and password")
            if not self.server.is_users:
                raise RemoteFailed(
                    f"{place} wants a password, and no setting of yours leads there",
                    hint=f"if it is yours: git config {self.server.key} {shlex.quote(place)}",
                )
            self._login = ask_login(self.repository, self.server.url)
            return self._login

    def _keep(self, login: Login | None) -> None:
        if login is None or self._is_right:
            return
        with self._lock:
            if not self._is_right:
                self._is_right = True
                tell_helpers(self.repository, login, is_right=True)
