"""Git over HTTP: `git http-backend` behind lighttpd, as an administrator would set it up.

Source of the settings: the examples of `git-http-backend(1)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.large_objects import ORGANIZATION, LargeObjectServer
from servers.process import git_program, program, server_environment, serving
from servers.served import Served

_SETTINGS = """\
server.document-root = "{home}"
server.bind = "127.0.0.1"
server.port = {port}
server.upload-dirs = ("{home}")
server.stream-response-body = 1
server.modules = (
  "mod_alias", "mod_auth", "mod_authn_file", "mod_cgi", "mod_proxy", "mod_setenv"
)
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
$HTTP["url"] !~ "/info/lfs/objects/storage/" {{
  auth.require = (
    "/git" => ("method" => "basic", "realm" => "team", "require" => "valid-user")
  )
}}
"""
# Where git-lfs looks by itself. What it sends there has a token, given to whoever had the password.
_LARGE_OBJECTS = """\
$HTTP["url"] =~ "\\.git/info/lfs/" {{
  proxy.server = ("" => (("host" => "127.0.0.1", "port" => {port})))
}}
"""


@dataclass(frozen=True, slots=True)
class Login:
    """Who may come in."""

    user: str
    password: str


@contextmanager
def serve_http(
    folder: Path,
    home: Path,
    *,
    login: Login | None = None,
    large_objects: LargeObjectServer | None = None,
    speaks_version_0: bool = False,
    lets_push: bool = True,
) -> Iterator[Served]:
    """Serve the repositories in a folder over HTTP.

    Args:
        home: An empty folder for what is the server's own.
        login: Who may come in; where None, whoever comes.
        large_objects: Serves Git LFS behind the same addresses, and the same login.
        speaks_version_0: Whether it knows no newer protocol.
        lets_push: Whether more is allowed than to read.
    """
    lighttpd, settings = program("lighttpd"), home / "lighttpd.conf"
    backend = git_program("git-http-backend")
    variables = server_environment(home, {"http.receivepack": str(lets_push).lower()})
    variables |= {"GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": ""}
    spelled = ",\n".join(f'  "{key}" => "{value}"' for key, value in variables.items())
    if login is not None:
        (home / "passwords").write_text(f"{login.user}:{login.password}\n")
    wanted = (
        _SETTINGS,
        _VERSION_0 if speaks_version_0 else "",
        _PASSWORD if login is not None else "",
    )
    proxy = _LARGE_OBJECTS.format(port=large_objects.port) if large_objects is not None else ""

    def command(port: int) -> list[str | Path]:
        text = "".join(wanted).format(home=home, port=port, backend=backend, variables=spelled)
        settings.write_text(text + proxy)
        return [lighttpd, "-D", "-f", settings]

    with serving(command, home, variables) as port:
        yield Served(folder, f"http://127.0.0.1:{port}/{ORGANIZATION}")
