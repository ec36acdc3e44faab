"""Running the `git` program, sealed from variables that point it elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gitxp.errors import GitFailed, GitMissing

# Hooks and `git -c` set these for one repository or one command; inherited by ours they would
# redirect it, or change what it answers. What is left (SSH, proxies, traces, identity,
# credentials) is the user's will.
REDIRECTING = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_ATTR_SOURCE",
        "GIT_COMMON_DIR",
        "GIT_DIFF_OPTS",
        "GIT_DIR",
        "GIT_EXTERNAL_DIFF",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_INDEX_VERSION",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
_PIECE = 1 << 20
_STANDARD_OUTPUT = frozenset({"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
# Never write the user's index for a mere look, never see replaced objects for real ones, never go
# to the network for what a partial clone lacks (Git 2.45 and newer).
_ALWAYS = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}


def git_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which gitxp runs Git."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in REDIRECTING and not _spoils_answers(name, value)
    }
    return {**kept, **_ALWAYS, **(extra or {})}


def _spoils_answers(name: str, value: str) -> bool:
    """Whether a variable makes Git write its traces among the answers."""
    return name.startswith("GIT_TRACE") and value in _STANDARD_OUTPUT


def start_git(
    arguments: Sequence[str | bytes | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    reads_input: bool = False,
) -> subprocess.Popen[bytes]:
    """Start Git and return at once, so that several can run side by side.

    Args:
        environment: Taken as it stands; `git_environment()` where None.

    Raises:
        GitMissing: If there is no `git` program.
        GitFailed: If the machine lets no program start.
    """
    try:
        return subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env=git_environment() if environment is None else environment,
            stdin=subprocess.PIPE if reads_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        if folder is not None and not folder.exists():
            raise GitFailed(f"folder {str(folder)!r} does not exist") from error
        raise GitMissing(
            "cannot find the 'git' program", hint="install Git 2.34 or newer"
        ) from error
    except OSError as error:  # no more processes, or files, or memory
        raise GitFailed(f"cannot start git: {error}") from error


def finish_git(
    process: subprocess.Popen[bytes], given: bytes = b"", *, patience: float | None = None
) -> bytes:
    """Wait for Git and return what it printed.

    Args:
        patience: Seconds to wait at most; without an end where None.

    Raises:
        GitFailed: If it exits with another status than 0, with Git's own words; or takes longer
            than there is patience, and then still runs.
    """
    try:
        output, complaint = process.communicate(given if process.stdin else None, patience)
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git does not answer within {patience} s") from error
    if process.returncode != 0:
        raise GitFailed(_git_words(complaint) or f"git exited with status {process.returncode}")
    return output


def feed_git(process: subprocess.Popen[bytes], given: bytes) -> None:
    """Give Git, which reads all before it answers, everything at once."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it ended early; its status tells why
        process.stdin.write(given)
    with suppress(BrokenPipeError):
        process.stdin.close()
    process.stdin = None


def read_git(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield what Git prints, piece by piece; it ends with whoever reads.

    Raises:
        GitFailed: Behind the last piece, as `finish_git` does.
    """
    try:
        assert process.stdout is not None
        while piece := process.stdout.read(_PIECE):
            yield piece
        finish_git(process)
    finally:
        abandon_git(process)


def abandon_git(process: subprocess.Popen[bytes]) -> None:
    """End a Git process whose answer nobody needs any more; one that has ended is let go."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):  # what was not sent yet
                pipe.close()


def run_git(
    *arguments: str | bytes | Path,
    folder: Path | None = None,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run Git to its end and return what it printed; see `start_git` and `finish_git`."""
    process = start_git(
        arguments, folder=folder, environment=environment, reads_input=given is not None
    )
    return finish_git(process, given or b"")


def _git_words(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    return "\n".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines)
