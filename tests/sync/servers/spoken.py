"""A web server that answers what a test has it say, as no well-meaning server would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """A request.

    Attributes:
        headers: By their names in lower case.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is said to it.

    Attributes:
        length: What the header says of the body, whatever it is.
        is_endless: Whether the body is said again and again, for as long as anybody listens.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    is_endless: bool = False


@dataclass
class SpokenServer:
    """The server, and all that it heard.

    Attributes:
        answer: What it says; may be replaced at any time.
        spoken: Bytes of endless bodies.
    """

    address: str
    answer: Callable[[Heard], Answer]
    heard: list[Heard] = field(default_factory=list)
    spoken: int = 0


@contextmanager
def serve_spoken(host: str = "127.0.0.1") -> Iterator[SpokenServer]:
    """Serve what a test says.

    Args:
        host: Each of 127.0.0.0/8 is another host for a client.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard = Heard(self.command, self.path, headers, body)
            served.heard.append(heard)
            told = served.answer(heard)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.close_connection = True
            if told.is_endless:
                self.speak_on(told.body)
                return
            length = len(told.body) if told.length is None else told.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(told.body)

        def speak_on(self, body: bytes) -> None:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with suppress(ConnectionError):
                while True:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))
                    served.spoken += len(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # the names are those of HTTP

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    served = SpokenServer(f"http://{host}:{server.server_port}", lambda _: Answer(404))
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    running.start()
    try:
        yield served
    finally:
        server.shutdown()
        running.join()
        server.server_close()
