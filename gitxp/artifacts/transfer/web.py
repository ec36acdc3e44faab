"""HTTP as Git is set up for it: proxies, certificates, headers of the user's own.

Nothing is read but `http` and `https`; where a server sends us on to another one, that is told no
more than what is wanted.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from urllib.error import URLError
from urllib.parse import quote, urljoin, urlsplit

from gitxp.artifacts.transfer.answers import Unreached
from gitxp.errors import RemoteFailed
from gitxp.storage.configuration import settings_for_url
from gitxp.storage.repository import Repository
from gitxp.storage.transport.large_place import origin_of, without_login
from gitxp.text import cut

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
# What may be told to a server to which another one sends us.
_TOLD_ANYBODY = frozenset({"accept", "content-type", "content-length", "range"})
_SCHEMES = frozenset({"http", "https"})
_NO = frozenset({"false", "no", "off", "0"})
# Of an address: those that are signed for a bucket take two thousand characters.
_LONGEST = 32 << 10
_MOST_SHOWN = 200
_NO_ASCII = re.compile(r"[^\x00-\x7f]+")

_Settings = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What a server is asked.

    Attributes:
        headers: By their names in lower case.
        body: Called for the content each time that it is to be sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], Iterable[bytes]] | None = None

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """Return the same with more headers."""
        return replace(self, headers={**self.headers, **headers})


class Web:
    """Sends requests for one repository."""

    def __init__(self, repository: Repository, *, patience: float) -> None:
        self._repository = repository
        self._patience = patience
        self._settings: dict[tuple[str, str, int | None], _Settings] = {}
        self._openers: dict[_Settings, urllib.request.OpenerDirector] = {}

    def users_headers(self, url: str) -> dict[str, str]:
        """Return the header that the user's settings add to requests to an address."""
        header = settings_for_url(self._repository, "http", url).get("extraheader", "")
        name, colon, value = header.partition(":")
        return {name.strip().lower(): value.strip()} if colon else {}

    def send(self, request: Request) -> HTTPResponse:
        """Send a request, follow where the server sends us on to, and return the answer.

        Raises:
            Unreached: If no answer comes, which may be otherwise in a while.
            RemoteFailed: If it leads nowhere.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._send_once(request)
            if response.status not in _REDIRECTS:
                return response
            with response:
                request = _sent_on(request, response.headers.get("Location", ""), response.status)
        raise RemoteFailed(f"{_shown(request.url)} sends us on more than {_MOST_REDIRECTS} times")

    def _send_once(self, request: Request) -> HTTPResponse:
        opener = self._opener(request.url)
        try:
            wanted = urllib.request.Request(
                _as_sent(request.url),
                data=request.body() if request.body is not None else None,
                headers={name.title(): value for name, value in request.headers.items()},
                method=request.method,
            )
            response = opener.open(wanted, timeout=self._patience)
        except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
            raise _why_unreached(request.url, error) from error
        assert isinstance(response, HTTPResponse), "no address but those of HTTP has an opener"
        return response

    def _opener(self, url: str) -> urllib.request.OpenerDirector:
        origin = checked_origin(url)
        if origin not in self._settings:
            found = settings_for_url(self._repository, "http", without_login(url))
            self._settings[origin] = frozenset(found.items())
        settings = self._settings[origin]
        if settings not in self._openers:  # the certificates of each take a million bytes
            self._openers[settings] = _opener(dict(settings))
        return self._openers[settings]


def checked_origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address that a server told us, the host as DNS has it.

    Raises:
        RemoteFailed: If it is none of HTTP.
    """
    try:
        scheme, spelled, port = origin_of(url)
        host = spelled.encode("idna").decode()
    except ValueError as error:  # the labels of a host are bounded, too
        raise RemoteFailed(f"{_shown(url)!r} is no address: {error}") from error
    is_http = scheme in _SCHEMES and host and url.isprintable() and " " not in url
    if not is_http or len(url) > _LONGEST:
        raise RemoteFailed(f"{_shown(url)!r} is no address of HTTP")
    return scheme, host, port


def _as_sent(url: str) -> str:
    """Return an address as HTTP has it: without login, and what is no ASCII in it is escaped."""
    place = urlsplit(without_login(url))
    sent = place._replace(netloc=place.netloc.encode("idna").decode()).geturl()
    return _NO_ASCII.sub(lambda found: quote(found[0]), sent)


def _shown(url: str) -> str:
    return cut(without_login(url), _MOST_SHOWN)


def _opener(settings: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """Return what opens addresses; it knows HTTP alone, follows nothing and takes every status."""
    opener = urllib.request.OpenerDirector()
    opener.addheaders = [("User-Agent", "gitxp")]
    opener.add_handler(urllib.request.ProxyHandler(_proxies(settings)))
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler(context=_certificates(settings)))
    return opener


def _proxies(settings: Mapping[str, str]) -> dict[str, str]:
    """Return by scheme the proxy that Git's settings name, or else the variables."""
    variables = urllib.request.getproxies()
    told = {scheme: variables.get(scheme) or variables.get("all", "") for scheme in _SCHEMES}
    found = {scheme: settings.get("proxy", proxy) for scheme, proxy in told.items()}
    for proxy in found.values():
        scheme, is_spelled, _ = proxy.partition("://")
        if is_spelled and scheme.lower() not in _SCHEMES:
            raise RemoteFailed(
                f"no proxy by {_shown(scheme)} is known, only those of HTTP",
                hint="git config http.proxy http://HOST:PORT, or install git-lfs",
            )
    return {scheme: proxy for scheme, proxy in found.items() if proxy}


def _certificates(settings: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=os.environ.get("GIT_SSL_CAINFO") or settings.get("sslcainfo") or None,
            capath=os.environ.get("GIT_SSL_CAPATH") or settings.get("sslcapath") or None,
        )
        certificate = os.environ.get("GIT_SSL_CERT") or settings.get("sslcert")
        if certificate:
            key = os.environ.get("GIT_SSL_KEY") or settings.get("sslkey") or None
            context.load_cert_chain(certificate, key)
    except OSError as error:
        raise RemoteFailed(f"a certificate of Git's settings cannot be read: {error}") from error
    if "GIT_SSL_NO_VERIFY" in os.environ or settings.get("sslverify", "").lower() in _NO:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _sent_on(request: Request, location: str, status: int) -> Request:
    try:
        url = urljoin(request.url, location)
    except ValueError as error:
        raise RemoteFailed(f"{_shown(location)!r} is no address: {error}") from error
    before, origin = checked_origin(request.url), checked_origin(url)
    place = _shown(request.url)
    if before[0] == "https" != origin[0]:
        raise RemoteFailed(f"{place} sends us on to {_shown(url)}, where all can be read")
    if status == http.client.SEE_OTHER and request.method != "GET":
        raise RemoteFailed(f"{place} sends us on to {_shown(url)} to look, not to send")
    if origin == before:
        return replace(request, url=url)
    headers = {key: value for key, value in request.headers.items() if key in _TOLD_ANYBODY}
    return replace(request, url=without_login(url), headers=headers)


def _why_unreached(url: str, error: Exception) -> RemoteFailed:
    host = urlsplit(url).netloc.rpartition("@")[2]
    reason = error.reason if isinstance(error, URLError) else error
    words = cut(f"{host} cannot be reached: {reason}", _MOST_SHOWN)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return RemoteFailed(words, hint="git config http.sslCAInfo FILE")
    if isinstance(reason, OSError | http.client.HTTPException):
        return Unreached(words)
    return RemoteFailed(words)  # it never can: the address or a setting is wrong
