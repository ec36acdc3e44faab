"""Servers of large files that mean no good, or have a bad day."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.fixtures import LOGIN
from servers.spoken import Answer, Heard, SpokenServer, serve_spoken

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.artifacts.transfer.moving import bring_large_file
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.meter import Meter
from gitxp.sync.large_files.upload import Upload, upload_large_files

pytestmark = pytest.mark.usefixtures("without_git_lfs")

EXAMPLES = int(os.environ.get("GITXP_TEST_EXAMPLES", "25"))
CONTENT = os.urandom(300_000)
POINTER = Pointer(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
SECRET = "Basic " + base64.b64encode(f"{LOGIN.user}:{LOGIN.password}".encode()).decode()


@pytest.fixture
def server() -> Iterator[SpokenServer]:
    with serve_spoken() as served:
        yield served


@pytest.fixture
def other() -> Iterator[SpokenServer]:
    """Another host."""
    with serve_spoken("127.0.0.2") as served:
        yield served


@pytest.fixture
def project(repo_dir, git, server, monkeypatch):
    """A repository with one large file, whose helper knows a password for each of the servers."""
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    helper = f"!f() {{ echo username={LOGIN.user}; echo password={LOGIN.password}; }}; f"
    git("config", "credential.helper", helper, cwd=repo_dir)
    git("config", "lfs.transfer.maxretries", "3", cwd=repo_dir)
    git("remote", "add", "origin", f"{server.address}/team", cwd=repo_dir)
    path = object_path(repo_dir / ".git", POINTER.digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return repo_dir


def upload(project) -> Upload:
    return upload_large_files(open_repository(project), "origin", [POINTER])


def reason(project) -> str:
    (failed,) = upload(project).failed
    return failed.reason


def download(project) -> bytes:
    """Bring the file from the server, and return it."""
    path = object_path(project / ".git", POINTER.digest)
    path.unlink(missing_ok=True)
    bring_large_file(open_repository(project), "origin", POINTER, Meter(0))
    return path.read_bytes()


def offer(**actions: dict[str, object]) -> Answer:
    one = {"oid": POINTER.digest, "size": POINTER.size, "actions": actions}
    return Answer(body=json.dumps({"transfer": "basic", "objects": [one]}).encode())


def told(batch: Answer, file: Callable[[Heard], Answer], *, guarded: bool = False):
    """Return what a server answers, that may want a password before it makes an offer."""

    def answer(heard: Heard) -> Answer:
        if heard.path != "/team.git/info/lfs/objects/batch":
            return file(heard)
        wants = guarded and heard.headers.get("authorization") != SECRET
        return Answer(401, b"{}") if wants else batch

    return answer


def taken(heard: Heard) -> Answer:
    return Answer(200)


def test_batch_is_as_the_protocol_has_it(project, server):
    server.answer = told(offer(upload={"href": f"{server.address}/put"}), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))
    batch, put = server.heard
    assert (batch.method, batch.path) == ("POST", "/team.git/info/lfs/objects/batch")
    assert batch.headers["accept"] == "application/vnd.git-lfs+json"
    assert batch.headers["content-type"] == "application/vnd.git-lfs+json"
    assert json.loads(batch.body) == {
        "operation": "upload",
        "transfers": ["basic"],
        "objects": [{"oid": POINTER.digest, "size": POINTER.size}],
        "hash_algo": "sha256",
    }
    assert (put.method, put.headers["content-type"]) == ("PUT", "application/octet-stream")
    assert put.body == CONTENT


def test_file_may_lie_elsewhere_and_no_password_goes_there(project, server, other):
    href = f"{other.address}/bucket/1"
    batch = offer(upload={"href": href, "header": {"X-Signed": "by us", "Host": "evil"}})
    server.answer = told(batch, taken, guarded=True)
    other.answer = taken
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert [one.headers.get("authorization") for one in server.heard] == [None, SECRET]
    (put,) = other.heard
    assert put.body == CONTENT
    assert put.headers["x-signed"] == "by us"
    assert put.headers["host"] == other.address.removeprefix("http://")
    assert "authorization" not in put.headers


def test_other_host_that_wants_a_password_gets_none(project, server, other):
    server.answer = told(offer(upload={"href": f"{other.address}/put"}), taken)
    other.answer = lambda _: Answer(401, b'{"message": "tell me"}')
    assert "401: tell me" in reason(project)
    assert not any("authorization" in one.headers for one in (*server.heard, *other.heard))


def test_who_is_sent_on_tells_another_host_no_secret(project, server, other):
    href = f"{server.address}/put"
    header = {"Authorization": "Bearer token", "Private-Token": "mine"}
    sent_on = Answer(307, headers={"Location": f"{other.address}/there"})
    server.answer = told(offer(upload={"href": href, "header": header}), lambda _: sent_on)
    other.answer = taken
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert server.heard[-1].headers["authorization"] == "Bearer token"
    (put,) = other.heard
    assert (put.method, put.path, put.body) == ("PUT", "/there", CONTENT)
    assert not {"authorization", "private-token"} & put.headers.keys()


def test_password_stays_when_the_batch_is_sent_on(project, server, other):
    def answer(heard: Heard) -> Answer:
        if heard.headers.get("authorization") != SECRET:
            return Answer(401)
        return Answer(308, headers={"Location": f"{other.address}/batch"})

    server.answer = answer
    other.answer = lambda _: Answer(401)
    assert upload(project).failed
    assert other.heard
    assert not any("authorization" in one.headers for one in other.heard)


def test_password_that_another_host_does_not_take_is_not_forgotten(
    project, git, server, other, tmp_path
):
    heard = tmp_path / "heard"
    helper = f"!f() {{ echo $1 >> {heard}; echo username={LOGIN.user}; echo password=x; }}; f"
    git("config", "credential.helper", helper, cwd=project)
    sent_on = Answer(307, headers={"Location": f"{other.address}/batch"})
    server.answer = lambda one: sent_on if "authorization" in one.headers else Answer(401)
    other.answer = lambda _: Answer(401, b'{"message": "who are you?"}')
    assert "the server answers 401: who are you?" in reason(project)
    assert "erase" not in heard.read_text().split()
    server.answer = lambda _: sent_on
    heard.write_text("")
    assert "the server answers 401: who are you?" in reason(project)
    assert heard.read_text() == ""


def test_host_in_other_letters_is_the_host_that_dns_knows(project, git, server):
    address = server.address.replace("127.0.0.1", "\N{CIRCLED LATIN SMALL LETTER L}ocalhost")
    git("config", "lfs.url", f"{address}/team.git/info/lfs", cwd=project)
    server.answer = told(offer(), taken, guarded=True)
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert {one.headers["host"].partition(":")[0] for one in server.heard} == {"localhost"}


def test_login_in_an_address_is_told_nobody(project, server, other):
    href = f"{other.address}/put".replace("://", "://ada:secret@")
    server.answer = told(offer(upload={"href": href}), lambda _: Answer(404))
    other.answer = taken
    assert upload(project) == Upload(uploaded=(POINTER,))
    (put,) = other.heard
    assert put.headers["host"] == other.address.removeprefix("http://")
    assert not [value for value in put.headers.values() if "secret" in value]
    assert "authorization" not in put.headers


@pytest.mark.parametrize(
    "href",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "/etc/passwd", "", "http://", "http:///x",
     "http://127.0.0.1:port/", "http://127.0.0.1/\r\nEvil: yes", "ext::sh -c true", "http://[::1",
     "http://a..b/x", f"http://{'a' * 64}/x", f"http://127.0.0.1/{'a' * 200_000}"],
)  # fmt: skip
def test_address_that_is_none_of_http_is_refused(project, server, href):
    server.answer = told(offer(upload={"href": href}), taken)
    assert reason(project)
    assert len(server.heard) == 1
    server.answer = told(offer(download={"href": href}), taken)
    with pytest.raises(RemoteFailed):
        download(project)


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http://[::1"]
)
def test_who_is_sent_on_to_what_is_none_of_http_does_not_go(project, server, place):
    sent_on = Answer(307, headers={"Location": place})
    server.answer = told(offer(upload={"href": f"{server.address}/put"}), lambda _: sent_on)
    assert "is no address" in reason(project)
    assert [one.path for one in server.heard][1:] == ["/put"]


def test_who_is_sent_round_and_round_stops(project, server):
    sent_on = Answer(307, headers={"Location": "/put"})
    server.answer = told(offer(upload={"href": f"{server.address}/put"}), lambda _: sent_on)
    assert "sends us on more than 5 times" in reason(project)


@pytest.mark.parametrize(
    "header",
    [{"X": "a\r\nEvil: yes"}, {"X\r\nEvil": "yes"}, {"X": 1}, {"": "x"}, ["X"], {"X": "é"}],
)
def test_header_that_http_does_not_have_is_refused(project, server, header):
    server.answer = told(offer(upload={"href": f"{server.address}/put", "header": header}), taken)
    assert "headers that HTTP does not have" in reason(project)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'"x"', b"{}", b'{"objects": 1}', b'{"objects": [1, {}]}',
     b"[" * 100_000, b'{"objects": []}', b'{"transfer": "carrier pigeon", "objects": []}',
     b"\xff", b'{"objects": [{"oid": 1}]}'],
)  # fmt: skip
def test_answer_that_is_none_is_refused(project, server, body):
    server.answer = lambda _: Answer(200, body)
    assert reason(project)


def test_one_that_is_none_among_others_is_passed_over(project, server):
    mine = json.loads(offer(upload={"href": f"{server.address}/put"}).body)["objects"]
    others = [{"oid": oid, "size": 1} for oid in ([], {}, None, 1.5)]
    server.answer = told(Answer(body=json.dumps({"objects": [*others, *mine]}).encode()), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))


@pytest.mark.parametrize(
    "seconds", [10**400, -(10**400), float("nan"), float("inf"), "soon", []], ids=range(6)
)
def test_any_number_of_seconds_is_a_time(project, server, seconds):
    href = f"{server.address}/put"
    server.answer = told(offer(upload={"href": href, "expires_in": seconds}), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))


def test_address_with_other_letters_is_asked_as_http_has_it(project, server):
    server.answer = told(offer(upload={"href": f"{server.address}/pût?x=%20é"}), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert server.heard[-1].path == "/p%C3%BBt?x=%20%C3%A9"


@pytest.mark.parametrize("actions", [1, [], {"upload": 1}, {"upload": {"href": 1}}, {"upload": {}}])
def test_offer_that_is_none_is_refused_or_taken_for_nothing_to_do(project, server, actions):
    one = {"oid": POINTER.digest, "size": POINTER.size, "actions": actions}
    server.answer = told(Answer(body=json.dumps({"objects": [one]}).encode()), taken)
    upload(project)
    assert {heard.path for heard in server.heard} == {"/team.git/info/lfs/objects/batch"}


def test_answer_that_is_longer_than_what_was_asked_is_not_read(project, server):
    server.answer = lambda _: Answer(200, b" " * (1 << 20))
    assert "larger than" in reason(project)


ENDLESS = Answer(200, b" " * 100_000, is_endless=True)
# Of each such answer, what lies in buffers on its way.
AFOOT = 8 << 20


@pytest.mark.parametrize("status", [200, 307, 401, 404, 503])
def test_answer_without_end_is_not_read_to_its_end(project, git, server, status):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    headers = {"Location": "/elsewhere"}
    server.answer = lambda _: replace(ENDLESS, status=status, headers=headers)
    assert reason(project)
    assert server.spoken < AFOOT * len(server.heard)


@pytest.mark.parametrize("status", [200, 307, 401, 404, 503])
def test_answer_without_end_to_a_file_is_not_read_to_its_end(project, git, server, status):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    href = f"{server.address}/file"
    batch = offer(upload={"href": href}, download={"href": href})
    headers = {"Location": "/elsewhere"}
    server.answer = told(batch, lambda _: replace(ENDLESS, status=status, headers=headers))
    done = upload(project)
    assert done.uploaded == ((POINTER,) if status == 200 else ())
    with pytest.raises(RemoteFailed):
        download(project)
    assert server.spoken < AFOOT * len(server.heard)


def test_answer_that_breaks_off_is_asked_for_again(project, server):
    whole = offer(upload={"href": f"{server.address}/put"})
    answers = [whole, replace(whole, length=len(whole.body) + 9)]
    server.answer = lambda heard: Answer() if heard.path == "/put" else answers.pop()
    assert upload(project) == Upload(uploaded=(POINTER,))


def test_nothing_is_unpacked(project, server):
    packed = gzip.compress(b" " * (64 << 20))
    headers = {"Content-Encoding": "gzip"}
    server.answer = lambda _: Answer(200, packed, headers)
    assert "no JSON" in reason(project)
    assert server.heard[0].headers["accept-encoding"] == "identity"
    lies(server, lambda _: Answer(200, gzip.compress(CONTENT), headers))
    with pytest.raises(RemoteFailed):
        download(project)


def test_thousands_of_files_in_an_answer_are_too_many(project, server):
    others = [{"oid": f"{number:064x}", "size": 1} for number in range(10_000)]
    server.answer = lambda _: Answer(200, json.dumps({"objects": others}).encode())
    assert "larger than" in reason(project)


def test_what_was_not_asked_for_is_passed_over(project, server):
    others = [{"oid": "../" * 20, "size": 1, "actions": {"upload": {"href": server.address}}}]
    mine = json.loads(offer(upload={"href": f"{server.address}/put"}).body)["objects"]
    body = json.dumps({"objects": others + mine}).encode()
    server.answer = told(Answer(body=body), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert [one.path for one in server.heard[1:]] == ["/put"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_server_is_asked_again_when_it_says(project, server, status):
    left = [status, status]

    def file(heard: Heard) -> Answer:
        return Answer(left.pop(), headers={"Retry-After": "0"}) if left else Answer(200)

    server.answer = told(offer(upload={"href": f"{server.address}/put"}), file)
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert [one.method for one in server.heard].count("PUT") == 3


@pytest.mark.parametrize(
    "told", [f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", "Mon, 01 Jan 2024", "9" * 5000, "-1", "\xb2"]
)
def test_server_may_say_when_in_words_that_nobody_understands(project, git, server, told):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    server.answer = lambda _: Answer(503, headers={"Retry-After": told})
    assert "the server answers 503" in reason(project)


def test_server_that_is_busy_for_long_is_left_to_the_next_command(project, server):
    server.answer = lambda _: Answer(429, headers={"Retry-After": "3600"})
    assert "429" in reason(project)
    assert len(server.heard) == 1


WORDS = st.one_of(
    st.sampled_from(
        ["", "9" * 5000, "bytes 0-", "Mon, 01 Jan 0000 99:99:99 +9999", "chunked", "\xff"]
    ),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Location", "Content-Range", "Content-Type", "Content-Encoding", "Set-Cookie"]
    ),
    WORDS,
)
ANSWERS = st.builds(
    Answer,
    st.sampled_from([200, 206, 301, 307, 400, 404, 416, 600, 999]),
    st.one_of(st.binary(max_size=30), st.just(CONTENT)),
    HEADERS,
    st.one_of(st.none(), st.sampled_from([-1, 10**30, 10**5000])),
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batch=ANSWERS, file=ANSWERS, is_batch_sound=st.booleans())
def test_any_answer_is_taken_or_told(project, git, server, batch, file, is_batch_sound):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    href = f"{server.address}/file"
    sound = offer(upload={"href": href}, download={"href": href})
    server.answer = told(sound if is_batch_sound else batch, lambda _: file)
    done = upload(project)
    assert [*done.uploaded, *(one.pointer for one in done.failed)] == [POINTER]
    try:
        assert download(project) == CONTENT
    except RemoteFailed:
        object_path(project / ".git", POINTER.digest).write_bytes(CONTENT)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 501, 507])
def test_refusal_is_told_and_not_asked_again(project, server, status):
    server.answer = lambda _: Answer(status, b'{"message": "no \\u001b[31m"}')
    assert f"the server answers {status}: no" in reason(project)
    assert len(server.heard) == 1


def test_file_that_is_not_there_afterwards_has_failed(project, server):
    def file(heard: Heard) -> Answer:
        return Answer(200) if heard.method == "PUT" else Answer(404, b'{"message": "where?"}')

    actions = {name: {"href": f"{server.address}/{name}"} for name in ("upload", "verify")}
    server.answer = told(offer(**actions), file)
    assert "404: where?" in reason(project)
    assert json.loads(server.heard[-1].body) == {"oid": POINTER.digest, "size": POINTER.size}


def test_offer_that_is_over_is_asked_for_anew(project, server):
    href = f"{server.address}/put"
    offers = [offer(upload={"href": href}), offer(upload={"href": href, "expires_in": -60})]

    def answer(heard: Heard) -> Answer:
        return taken(heard) if heard.method == "PUT" else offers.pop()

    server.answer = answer
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert [one.method for one in server.heard] == ["POST", "POST", "PUT"]


def sends(body: bytes, length: int | None = None) -> Callable[[Heard], Answer]:
    return lambda _: Answer(200, body, length=length)


def lies(server, file: Callable[[Heard], Answer]) -> None:
    server.answer = told(offer(download={"href": f"{server.address}/get"}), file)


def test_file_comes(project, server):
    lies(server, sends(CONTENT))
    assert download(project) == CONTENT


@pytest.mark.parametrize(
    ("body", "words"),
    [(os.urandom(len(CONTENT)), "other bytes"), (CONTENT + b"x", "more than"),
     (CONTENT[:-1] + b"?", "other bytes")],
)  # fmt: skip
def test_other_bytes_are_not_taken(project, server, body, words):
    lies(server, sends(body))
    with pytest.raises(RemoteFailed, match=words):
        download(project)
    assert not object_path(project / ".git", POINTER.digest).exists()
    (left,) = (project / ".git/lfs/incomplete").iterdir()
    assert left.stat().st_size == 0


def parts(heard: Heard) -> tuple[int, int] | None:
    told = heard.headers.get("range")
    if told is None:
        return None
    first, last = told.removeprefix("bytes=").split("-")
    return int(first), int(last)


def breaks_off(heard: Heard) -> Answer:
    """Send a hundred thousand bytes of what was asked for, and break off."""
    first, last = parts(heard) or (0, len(CONTENT) - 1)
    headers = {"Content-Range": f"bytes {first}-{last}/{len(CONTENT)}"}
    status = 206 if "range" in heard.headers else 200
    piece = CONTENT[first : min(first + 100_000, last + 1)]
    return Answer(status, piece, headers, length=last + 1 - first)


def test_what_broke_off_goes_on_where_it_was(project, server):
    lies(server, breaks_off)
    assert download(project) == CONTENT
    asked = [one.headers.get("range") for one in server.heard if one.method == "GET"]
    assert asked == [None, "bytes=100000-299999", "bytes=200000-299999"]


def test_next_command_goes_on_too(project, git, server):
    git("config", "lfs.transfer.maxretries", "1", cwd=project)
    lies(server, breaks_off)
    for _ in range(2):
        with pytest.raises(RemoteFailed, match="breaks off"):
            download(project)
    assert download(project) == CONTENT
    assert server.heard[-1].headers["range"] == "bytes=200000-299999"


@pytest.mark.parametrize(
    "file",
    [sends(CONTENT),
     lambda heard: Answer(416 if "range" in heard.headers else 200, CONTENT),
     lambda heard: Answer(206, CONTENT[:9], {"Content-Range": "bytes 0-8/300000"})
     if "range" in heard.headers else Answer(200, CONTENT),
     lambda heard: Answer(206, CONTENT[:9], {"Content-Range": f"bytes {'1' * 5000}-"})
     if "range" in heard.headers else Answer(200, CONTENT)],
    ids=["sends all", "has less", "sends another part", "counts far"],
)  # fmt: skip
def test_server_may_know_nothing_of_parts(project, server, file):
    partial = project / ".git/lfs/incomplete" / f"{POINTER.digest}.gitxp"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT[:5])
    lies(server, file)
    assert download(project) == CONTENT


@pytest.mark.parametrize("left", [b"no part of it", b"x" * (len(CONTENT) + 1), CONTENT])
def test_what_was_left_may_be_anything(project, server, left):
    partial = project / ".git/lfs/incomplete" / f"{POINTER.digest}.gitxp"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(left)

    def file(heard: Heard) -> Answer:
        first, last = parts(heard) or (0, len(CONTENT) - 1)
        told = {"Content-Range": f"bytes {first}-{last}/{len(CONTENT)}"}
        return Answer(206 if "range" in heard.headers else 200, CONTENT[first : last + 1], told)

    lies(server, file)
    assert download(project) == CONTENT


def team_says(project: Path, url: str) -> None:
    (project / ".lfsconfig").write_text(f"[lfs]\n\turl = {url}\n")


def test_file_of_the_team_may_lead_to_another_host_but_no_password_goes_there(
    project, server, other
):
    team_says(project, f"{other.address}/elsewhere")
    other.answer = lambda _: Answer(401)
    assert "no setting of yours leads there" in reason(project)
    assert "hint: if it is yours: git config lfs.url" in reason(project)
    assert not server.heard
    assert not any("authorization" in one.headers for one in other.heard)
    one = {"oid": POINTER.digest, "size": POINTER.size}
    other.answer = lambda _: Answer(body=json.dumps({"objects": [one]}).encode())
    assert upload(project) == Upload(uploaded=(POINTER,))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_file_of_the_team_has_neither_header_nor_password_sent_to_another_port_or_host(
    project, git, server, host
):
    git("config", "http.extraHeader", "Authorization: Bearer token", cwd=project)
    with serve_spoken(host) as stranger:
        stranger.answer = lambda _: Answer(401)
        team_says(project, f"{stranger.address}/elsewhere")
        assert "no setting of yours leads there" in reason(project)
        assert stranger.heard
        assert not any("authorization" in one.headers for one in stranger.heard)
    assert not server.heard


def test_server_that_only_ssh_names_is_not_told_the_users_header(
    project, git, server, tmp_path, monkeypatch
):
    way = {"href": f"{server.address}/there", "header": {"X-Signed": "by us"}}
    answers = tmp_path / "ssh"
    answers.write_text(f"#!/bin/sh\necho '{json.dumps(way)}'\n")
    answers.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(answers))
    git("config", "http.extraHeader", "Authorization: Bearer token", cwd=project)
    git("remote", "set-url", "origin", "ssh://127.0.0.2/team", cwd=project)
    server.answer = lambda _: Answer(401)
    assert "no setting of yours leads there" in reason(project)
    (batch,) = server.heard
    assert batch.headers["x-signed"] == "by us"
    assert "authorization" not in batch.headers


def test_hint_says_what_makes_the_server_the_users_own(project, git, server, other):
    place = f"{other.address}/x;$(touch${{IFS}}evil)"
    (project / ".lfsconfig").write_text(f'[lfs]\n\tpushurl = "{place}"\n')
    other.answer = lambda heard: (
        Answer(401) if "authorization" not in heard.headers else Answer(404)
    )
    words = reason(project).rpartition("git config ")[2].removesuffix(")")
    key, spelled = shlex.split(words)
    assert (key, spelled) == ("lfs.pushurl", place)
    git("config", key, spelled, cwd=project)
    assert "the server answers 404" in reason(project)


def test_proxy_of_all_is_asked(project, git, server, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", server.address)
    git("config", "lfs.url", "http://elsewhere.invalid/team", cwd=project)
    server.answer = lambda _: Answer(404)
    assert "the server answers 404" in reason(project)
    assert server.heard[0].path == "http://elsewhere.invalid/team/objects/batch"


def test_proxy_of_another_kind_is_told(project, git, server):
    git("config", "http.proxy", "socks5h://127.0.0.1:1", cwd=project)
    assert "no proxy by socks5h is known" in reason(project)
    assert not server.heard


@pytest.mark.parametrize("port", ["99999", "http"])
def test_file_of_the_team_may_name_what_is_no_port(project, server, port):
    team_says(project, f"http://127.0.0.1:{port}/elsewhere")
    assert "is no address" in reason(project)
    assert not server.heard


def test_file_of_the_team_holds_for_the_remotes_own_host(project, git, server):
    team_says(project, f"{server.address}/elsewhere")
    git("add", ".lfsconfig", cwd=project)
    (project / ".lfsconfig").unlink()  # then that of the index counts
    one = {"oid": POINTER.digest, "size": POINTER.size}

    def answer(heard: Heard) -> Answer:
        if heard.headers.get("authorization") != SECRET:
            return Answer(401)
        return Answer(body=json.dumps({"objects": [one]}).encode())

    server.answer = answer
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert server.heard[0].path == "/elsewhere/objects/batch"


@pytest.mark.parametrize(
    "url", ["file://{}", "{}", "ssh://127.0.0.2/x", "127.0.0.2:x", "ext::sh -c x"]
)
def test_file_of_the_team_leads_into_no_folder_and_starts_no_program(
    project, tmp_path, server, url
):
    (tmp_path / "victim").mkdir()
    team_says(project, url.format(tmp_path / "victim"))
    assert reason(project)
    assert not any((tmp_path / "victim").iterdir())
    assert not server.heard


def test_users_own_setting_comes_before_that_of_the_team(project, git, server, other):
    team_says(project, f"{other.address}/elsewhere")
    git("config", "lfs.url", f"{server.address}/team.git/info/lfs", cwd=project)
    server.answer = told(offer(), taken)
    assert upload(project) == Upload(uploaded=(POINTER,))
    assert not other.heard


@pytest.mark.parametrize(
    "said",
    [{"actions": {"upload": {"href": "http://a..b/x"}}}, {"oid": []},
     {"actions": {"upload": {"href": "http://127.0.0.2:1/", "expires_in": 10**400}}}],
)  # fmt: skip
def test_no_answer_stops_the_records(project, bare, git, server, said):
    git("remote", "set-url", "origin", str(bare), cwd=project)
    git("fetch", "--quiet", "origin", cwd=project)
    git("config", "lfs.url", f"{server.address}/team", cwd=project)
    git("config", "lfs.transfer.maxretries", "1", cwd=project)

    def answer(heard: Heard) -> Answer:
        objects = [{**one, **said} for one in json.loads(heard.body)["objects"]]
        return Answer(body=json.dumps({"objects": objects}).encode())

    server.answer = answer
    model = project.parent / "model.pt"
    model.write_bytes(os.urandom(2 << 20))
    with gitxp.start_run("lr", repo=project, snapshot="each") as run:
        run.log_artifact(model)
    push = [sys.executable, "-m", "gitxp", "push"]
    done = subprocess.run(push, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "large file not uploaded" in done.stderr
    assert "Traceback" not in done.stderr
    assert str(run.id) in git("for-each-ref", "refs/experiments/", cwd=bare)


@pytest.mark.parametrize("variable", ["GIT_SSH", "GIT_SSH_COMMAND"])
def test_ssh_that_says_anything_without_end_is_not_heard_to_its_end(
    project, git, tmp_path, monkeypatch, variable
):
    endless = tmp_path / "ssh"
    endless.write_text('#!/bin/sh\nwhile :; do echo \'{"href": ""}\'; done\n')
    endless.chmod(0o755)
    monkeypatch.setenv(variable, str(endless))
    git("remote", "set-url", "origin", "ssh://127.0.0.2/team", cwd=project)
    assert "the remote's answer is larger than" in reason(project)


def test_ssh_that_cannot_be_started_is_told(project, git, monkeypatch):
    monkeypatch.setenv("GIT_SSH", "/nowhere/ssh")
    git("remote", "set-url", "origin", "ssh://127.0.0.2/team", cwd=project)
    assert "/nowhere/ssh cannot be started" in reason(project)
