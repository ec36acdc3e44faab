"""What a run found around it, as far as that can be behind what it measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from gitxp.comparison.differences import facts
from gitxp.model.run import Run

# Where Python and the machine stand, and what it is called, are not what they are: the next job of
# a cluster runs elsewhere. Nor is a kernel's release, which an upgrade at night changes.
_PYTHON: Final = ("version", "implementation")
_PLATFORM: Final = ("system", "machine", "libc")
_NO_HARDWARE: Final = "host"
# The same of variables: which job of which queue it was, where a folder lies, and which of several
# processes wrote this; how many there were counts. The packages of an environment are recorded.
# Ranks are those of launchers: that of an adapter, such as LORA_RANK, is a setting.
_PLACES: Final = re.compile(
    r"SLURM(?!_NTASKS$).*|(?:PBS|LSB)_.*|TORCHELASTIC_.*|CONDA_DEFAULT_ENV|VIRTUAL_ENV"
    r"|(?:LOCAL_|GLOBAL_|GROUP_|NODE_|ROLE_|OMPI_COMM_WORLD_(?:LOCAL_|NODE_)?|PMI_|PMIX_|GITXP_)?"
    r"RANK"
)
_IS_SEED: Final = "PYTHONHASHSEED"
# One GPU or its neighbour of the same kind; all of them stand in the hardware.
_DEVICES: Final = re.compile(r"(?:\d+|(?:GPU|MIG)-[\w/-]+)(?:,(?:\d+|(?:GPU|MIG)-[\w/-]+))*")
# Docker's name of a container is made anew for each; most engines do not tell the image.
_CONTAINER: Final = ("kind", "image")

Surroundings = Mapping[str, Mapping[str, Any]]


def surroundings(run: Run) -> Surroundings:
    """Return what was recorded of packages, Python, platform and the like, by section and field."""
    hardware = {name: one for name, one in facts.hardware(run).items() if name != _NO_HARDWARE}
    return {
        "packages": facts.packages(run),
        "python": _chosen(_table(run, "python"), _PYTHON),
        "platform": _chosen(_table(run, "platform"), _PLATFORM),
        "hardware": hardware,
        "variables": _variables(_table(run, "variables")),
        "container": _chosen(_table(run, "container"), _CONTAINER),
        "lock_files": _lock_files(run.environment.get("lock_files")),
        "cuda": _table(run, "cuda"),
    }


def _table(run: Run, name: str) -> Mapping[str, Any]:
    # Whatever a fetched record holds there: it is no reason to fail.
    found = run.environment.get(name)
    return found if isinstance(found, Mapping) else {}


def _chosen(table: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: table[name] for name in names if name in table}


def _variables(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: _device_count(value) if name.endswith("_VISIBLE_DEVICES") else value
        for name, value in table.items()
        if name != _IS_SEED and not _PLACES.fullmatch(name)
    }


def _device_count(value: Any) -> Any:
    is_listed = isinstance(value, str) and _DEVICES.fullmatch(value)
    return value.count(",") + 1 if is_listed else value


def _lock_files(listed: Any) -> Mapping[str, Any]:
    known = listed if isinstance(listed, list) else []
    return {str(one.get("path")): one.get("digest") for one in known if isinstance(one, Mapping)}
