"""Our own client of servers for large files speaks HTTPS as Git's settings have it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.spoken import Answer, SpokenServer, serve_spoken

from gitxp.artifacts.transfer.web import Request, Web
from gitxp.errors import RemoteFailed
from gitxp.storage.repository import open_repository

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl, to make a certificate")


@pytest.fixture
def certificate(tmp_path) -> Path:
    """A certificate that nobody but itself answers for, and its key."""
    paths = [tmp_path / "key.pem", tmp_path / "certificate.pem", tmp_path / "both.pem"]
    command = [
        *(OPENSSL, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", paths[0], "-out", paths[1]),
    ]
    subprocess.run(command, check=True, capture_output=True)
    paths[2].write_text(paths[0].read_text() + paths[1].read_text())
    return paths[2]


@pytest.fixture
def server(certificate) -> Iterator[SpokenServer]:
    with serve_spoken(certificate=certificate) as served:
        served.answer = lambda _: Answer(200, b"{}")
        yield served


def ask(repository: Path, url: str) -> bytes:
    web = Web(open_repository(repository), patience=10)
    with web.send(Request("GET", url, {"authorization": "Bearer token"})) as response:
        return response.read()


def test_certificate_that_nobody_answers_for_is_refused(repo_dir, server):
    with pytest.raises(RemoteFailed, match="certificate") as refused:
        ask(repo_dir, server.address)
    assert refused.value.hint == "git config http.sslCAInfo FILE"
    assert not server.heard


@pytest.mark.parametrize("scope", ["http", "http.{}"])
def test_certificates_of_the_settings_count(repo_dir, git, server, certificate, scope):
    git("config", f"{scope.format(server.address)}.sslCAInfo", str(certificate), cwd=repo_dir)
    assert ask(repo_dir, server.address) == b"{}"
    with pytest.raises(RemoteFailed, match="certificate"):  # which is for another host
        ask(repo_dir, server.address.replace("127.0.0.1", "localhost"))


def test_settings_may_have_no_certificate_looked_at(repo_dir, git, server):
    git("config", f"http.{server.address}.sslVerify", "false", cwd=repo_dir)
    assert ask(repo_dir, server.address) == b"{}"


def test_certificates_that_cannot_be_read_are_told(repo_dir, git, server):
    git("config", "http.sslCAInfo", "/nowhere/certificates", cwd=repo_dir)
    with pytest.raises(RemoteFailed, match="cannot be read"):
        ask(repo_dir, server.address)


def test_nobody_is_sent_on_to_where_all_can_be_read(repo_dir, git, server, certificate):
    git("config", "http.sslCAInfo", str(certificate), cwd=repo_dir)
    with serve_spoken("127.0.0.2") as open_to_all:
        headers = {"Location": f"{open_to_all.address}/x"}
        server.answer = lambda _: Answer(307, headers=headers)
        with pytest.raises(RemoteFailed, match="where all can be read"):
            ask(repo_dir, server.address)
        assert not open_to_all.heard
