"""The names of the files about remotes and what is sent there; they stand nowhere else."""

from __future__ import annotations

from pathlib import Path


def remotes_dir(private_dir: Path) -> Path:
    """Return the folder that holds one file a remote: what it had when it was last asked."""
    return private_dir / "remotes"


def history_allowed_path(private_dir: Path, remote_digest: str) -> Path:
    """Return the file that is there once somebody let the code's history go to a remote."""
    return remotes_dir(private_dir) / f"{remote_digest}.history"


def not_uploaded_path(private_dir: Path, remote_digest: str) -> Path:
    """Return the file that lists the large files which a remote was not given."""
    return remotes_dir(private_dir) / f"{remote_digest}.large"


def not_sent_path(private_dir: Path, remote_digest: str) -> Path:
    """Return the file that lists the records which a remote could not send, and why."""
    return remotes_dir(private_dir) / f"{remote_digest}.lacks"


def perhaps_sent_path(private_dir: Path, remote_digest: str) -> Path:
    """Return the file of refs that pushes began to send, of which it is not known what became."""
    return remotes_dir(private_dir) / f"{remote_digest}.sending"


def carriers_dir(private_dir: Path) -> Path:
    """Return the folder that holds one folder a push or fetch that goes on."""
    return private_dir / "carriers"


def carrier_dir(private_dir: Path, token: str) -> Path:
    """Return the folder of the repository from which one push or fetch is made."""
    return carriers_dir(private_dir) / token
