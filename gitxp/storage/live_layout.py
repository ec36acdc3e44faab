"""The names of the files about runs that go on and are shared; they stand nowhere else."""

from __future__ import annotations

from pathlib import Path

from gitxp.storage.layout import remote_file_name


def watched_path(private_dir: Path, remote: str) -> Path:
    """Return the file of which runs a remote had that went on in other clones."""
    return _watched_dir(private_dir) / remote_file_name(remote)


def watched_files(private_dir: Path) -> list[tuple[str, Path]]:
    """Return every remote that has such a file, with the file."""
    try:
        paths = sorted(_watched_dir(private_dir).iterdir())
    except FileNotFoundError:
        return []
    # One that begins with a dot is being written.
    return [(_remote(path.name), path) for path in paths if not path.name.startswith(".")]


def live_marks_dir(private_dir: Path, remote_digest: str) -> Path:
    """Return the folder with one file a run of which a remote was sent a checkpoint."""
    return private_dir / "sent-live" / remote_digest


def _remote(file_name: str) -> str:
    return file_name.replace("%2E", ".").replace("%2F", "/").replace("%25", "%")


def _watched_dir(private_dir: Path) -> Path:
    return private_dir / "watched"
