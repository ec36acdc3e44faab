"""The container around this process, told by the marks that engines leave in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path("/")
# Engines mount files of their own over `/etc/hostname` and the like; the path names the container.
_ID = re.compile(
    r"(?:containers|containerd|sandboxes|crio|docker|libpod|pod[0-9a-f_-]+)[/-]([0-9a-f]{64})\b"
)
# As Podman writes its file: `image="docker.io/library/python:3.11"`.
_QUOTED = re.compile(r'^(\w+)="(.*)"$', re.M)
# Hundreds of mounts fit.
_BEGINNING = 1 << 17


def container(variables: Mapping[str, str], root: Path = _ROOT) -> dict[str, str]:
    """Return the kind, id and image of the container, as far as each is told inside of it.

    Docker and Kubernetes do not tell the image to what runs in it; Podman does where it may,
    and Apptainer, which was Singularity, by a variable.

    Args:
        variables: The process's environment.
    """
    podman = dict(_QUOTED.findall(_text(root / "run/.containerenv")))
    image = _first(variables, "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")
    found = {
        "kind": _kind(variables, root, has_image_file=bool(image)),
        "id": podman.get("id", "") or _id(root),
        "image": image or podman.get("image", ""),
    }
    return {name: told for name, told in found.items() if told} if found["kind"] else {}


def _kind(variables: Mapping[str, str], root: Path, *, has_image_file: bool) -> str:
    if has_image_file or (root / ".singularity.d").exists():
        return "apptainer"
    if "KUBERNETES_SERVICE_HOST" in variables:
        return "kubernetes"
    if (root / "run/.containerenv").exists():
        return "podman"
    return "docker" if (root / ".dockerenv").exists() else ""


def _id(root: Path) -> str:
    for name in ("cgroup", "mountinfo"):
        if match := _ID.search(_text(root / "proc/self" / name)):
            return match[1]
    return ""


def _first(variables: Mapping[str, str], *names: str) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING).decode(errors="replace")
    except OSError:
        return ""
