"""Git over HTTP: `git http-backend` behind lighttpd, as an administrator would set it up.

Source of the settings: the examples of `git-http-backend(1)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.process import git_program, program, server_environment, serving
from servers.served import Served

_SETTINGS = """\
server.document-root = "{home}"
server.bind = "127.0.0.1"
server.port = {port}
server.upload-dirs = ("{home}")
server.stream-response-body = 1
server.modules = ("mod_alias", "mod_auth", "mod_authn_file", "mod_cgi", "mod_setenv")
alias.url = ("/git" => "{backend}")
cgi.assign = ("" => "")
setenv.add-environment = (
{variables}
)
"""
# Git asks for protocol 2 by a header.
_VERSION_0 = 'setenv.set-request-header = ("Git-Protocol" => "")\n'
_PASSWORD = """\
auth.backend = "plain"
auth.backend.plain.userfile = "{home}/passwords"
auth.require = (
  "/git" => ("method" => "basic", "realm" => "team", "require" => "valid-user")
)
"""


@dataclass(frozen=True, slots=True)
class Login:
    """Who may come in."""

    user: str
    password: str


@contextmanager
def serve_http(
    folder: Path, home: Path, *, login: Login | None = None, speaks_version_0: bool = False
) -> Iterator[Served]:
    """Serve the repositories in a folder over HTTP.

    Args:
        home: An empty folder for what is the server's own.
        login: Who may come in; where None, whoever comes.
        speaks_version_0: Whether it knows no newer protocol.
    """
    lighttpd, settings = program("lighttpd"), home / "lighttpd.conf"
    backend = git_program("git-http-backend")
    variables = server_environment(home, {"http.receivepack": "true"})
    variables |= {"GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": ""}
    spelled = ",\n".join(f'  "{key}" => "{value}"' for key, value in variables.items())
    if login is not None:
        (home / "passwords").write_text(f"{login.user}:{login.password}\n")
    wanted = (
        _SETTINGS,
        _VERSION_0 if speaks_version_0 else "",
        _PASSWORD if login is not None else "",
    )

    def command(port: int) -> list[str | Path]:
        settings.write_text(
            "".join(wanted).format(home=home, port=port, backend=backend, variables=spelled)
        )
        return [lighttpd, "-D", "-f", settings]

    with serving(command, home, variables) as port:
        yield Served(folder, f"http://127.0.0.1:{port}/git")
