"""A server's process, which ends with the block, and with the test's own process at the latest."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

# Between choosing a free port and opening it somebody else may take it.
_TRIES = 5
_PATIENCE = 60
_STEP = 0.01
# The tester's own, whatever a test makes of it for its clients.
_PATH = os.environ.get("PATH", os.defpath)


def program(name: str, *, path: str | None = None) -> str:
    """Return where a program is; a test that needs one which is not here is skipped.

    Args:
        path: Folders to look in besides those of `PATH` and those for administrators.
    """
    places = (_PATH, "/usr/sbin", "/sbin", path)
    found = shutil.which(name, path=os.pathsep.join(filter(None, places)))
    if found is None:
        pytest.skip(f"there is no program {name!r}")
    return found


def git_program(name: str) -> str:
    """Return where one of the programs is that Git keeps to itself."""
    own = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True)
    return program(name, path=own.stdout.strip())


def server_environment(home: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return variables for a server: no more of the tester's than where programs are.

    Args:
        settings: Of Git, as the server's administrator may set them.
    """
    variables = {
        "PATH": _PATH,
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for number, (key, value) in enumerate((settings or {}).items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**variables, "GIT_CONFIG_COUNT": str(len(settings or {}))}


@contextmanager
def serving(
    command: Callable[[int], Sequence[str | Path]], home: Path, environment: Mapping[str, str]
) -> Iterator[int]:
    """Run a server that stays in the foreground, and yield its port once it listens.

    Args:
        command: Given the port.
        home: For what the server prints.
    """
    output = home / "server.log"
    for _ in range(_TRIES):
        port = _free_port()
        process = _start(command(port), output, environment)
        try:
            if _listens(process, port):
                yield port
                return
        finally:
            _end(process)
    raise AssertionError(f"{command(0)[0]} does not serve: {output.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _start(
    command: Sequence[str | Path], output: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    # Where the tests are killed, nobody is left to end a server: the kernel does it.
    dying = shutil.which("setpriv")
    words = [dying, "--pdeathsig", "KILL", *command] if dying else command
    with output.open("ab") as file:
        return subprocess.Popen(
            words,
            cwd=output.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait for a server, and return whether it is there."""
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_STEP)
        else:
            return process.poll() is None
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server with all the processes that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        assert process.poll() is not None
    process.wait()
