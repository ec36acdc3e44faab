"""Git over SSH: `sshd` on a port of its own, with keys made for the test."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.process import program, server_environment, serving
from servers.served import Served

# As root it wants this folder, which the service makes where it is run as one.
_PRIVILEGE_SEPARATION = Path("/run/sshd")
_SETTINGS = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/user_key.pub
PidFile none
StrictModes no
UsePAM no
AuthenticationMethods publickey
PermitRootLogin yes
MaxStartups 200
SetEnv {variables}
"""
# Git asks for protocol 2 by a variable.
_VERSION_2 = "AcceptEnv GIT_PROTOCOL\n"


@dataclass(frozen=True, slots=True)
class ServedBySsh(Served):
    """Bare repositories behind `sshd`.

    Attributes:
        home: The folder of `user_key`, which opens the door, and of `known_hosts`.
    """

    home: Path

    def command(self, *, known_hosts: Path | None = None, key: Path | None = None) -> str:
        """Return what `GIT_SSH_COMMAND` is to be: it asks nothing, and heeds no other settings.

        Args:
            known_hosts: Instead of a file that knows this server.
            key: Instead of the key that opens the door.
        """
        words = {
            "UserKnownHostsFile": known_hosts or self.home / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "IdentityFile": key or self.home / "user_key",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "BatchMode": "yes",
        }
        return " ".join(["ssh -F /dev/null", *(f"-o {word}={words[word]}" for word in words)])


@contextmanager
def serve_ssh(folder: Path, home: Path, *, speaks_version_0: bool = False) -> Iterator[ServedBySsh]:
    """Serve the repositories in a folder to whoever has the key.

    Args:
        home: An empty folder for what is the server's own; no space in its path. Programs that a
            test puts into its `bin` are those of the server.
        speaks_version_0: Whether it knows no newer protocol.
    """
    sshd, settings = program("sshd"), home / "sshd_config"
    for name in ("host_key", "user_key"):
        make_key(home / name)
    if os.geteuid() == 0:
        _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    variables = server_environment(home)
    variables["PATH"] = f"{home / 'bin'}{os.pathsep}{variables['PATH']}"
    spelled = " ".join(f"{key}={value}" for key, value in variables.items())
    text = _SETTINGS if speaks_version_0 else _SETTINGS + _VERSION_2

    def command(port: int) -> list[str | Path]:
        settings.write_text(text.format(home=home, port=port, variables=spelled))
        return [sshd, "-D", "-e", "-f", settings]

    with serving(command, home, variables) as port:
        host_key = (home / "host_key.pub").read_text()
        (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
        user = pwd.getpwuid(os.geteuid()).pw_name
        yield ServedBySsh(folder, f"ssh://{user}@127.0.0.1:{port}{folder}", home)


def make_key(path: Path, *, passphrase: str = "") -> None:
    """Write a key, and its public half beside it."""
    words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run([program("ssh-keygen"), *words], check=True)
