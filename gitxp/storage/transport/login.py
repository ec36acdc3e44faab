"""Names and passwords, from the user's own credential helpers.

Source of how they are asked: `git-credential(1)`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from gitxp.errors import GitFailed, RemoteFailed
from gitxp.storage.repository import Repository
from gitxp.storage.transport.large_place import without_login


@dataclass(frozen=True, slots=True)
class Login:
    """Who somebody is for a server.

    Attributes:
        spelled: All that `git credential` said of it; empty where it stood in the address.
    """

    user: str
    password: str
    spelled: bytes = b""

    @property
    def header(self) -> str:
        """The value of the header `Authorization`."""
        pair = f"{self.user}:{self.password}".encode("utf-8", "surrogateescape")
        return f"Basic {base64.b64encode(pair).decode()}"


def login_in_url(url: str) -> Login | None:
    """Return the login that stands in an address; None where there is no password in it."""
    place = urlsplit(url)
    if place.username is None or place.password is None:
        return None
    return Login(unquote(place.username), unquote(place.password))


def ask_login(repository: Repository, url: str) -> Login:
    """Ask the credential helpers, or the user on a terminal, for a login.

    Args:
        url: Where it is wanted; with the name, if that is known.

    Raises:
        RemoteFailed: If there is none; with Git's own words.
    """
    try:
        answer = repository.git("credential", "fill", given=_question(url))
    except GitFailed as error:
        raise RemoteFailed(
            f"{without_login(url)} wants a password: {error}", hint="git help gitcredentials"
        ) from error
    fields = dict(line.partition(b"=")[::2] for line in answer.split(b"\n"))
    user, password = (
        fields.get(key, b"").decode("utf-8", "surrogateescape")
        for key in (b"username", b"password")
    )
    return Login(user, password, answer)


def tell_helpers(repository: Repository, login: Login, *, is_right: bool) -> None:
    """Have the credential helpers keep a login that was right, or forget one that was wrong.

    Raises:
        GitFailed: If one of them fails.
    """
    if login.spelled:
        repository.git("credential", "approve" if is_right else "reject", given=login.spelled)


def _question(url: str) -> bytes:
    if "\n" in url or "\0" in url:
        raise RemoteFailed(f"{url!r} is no address")
    return f"url={url}\n\n".encode("utf-8", "surrogateescape")
