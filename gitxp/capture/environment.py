"""The environment a run finds: interpreter, platform, machine, packages, chosen variables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gitxp.capture.hardware import accelerators, memory, platform, processor
from gitxp.capture.packages import installed_packages

# Only what is named here, or by the team's settings, is recorded: variables hold secrets. No
# `SLURM_*`, say: SLURM_JWT is a token. A `*` at the end stands for any further characters.
ALLOWED_VARIABLES = frozenset(
    {
        "CONDA_DEFAULT_ENV",
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_DEVICE_MAX_CONNECTIONS",
        "CUDA_DEVICE_ORDER",
        "CUDA_LAUNCH_BLOCKING",
        "CUDA_VISIBLE_DEVICES",
        "CUDNN_*",
        "HF_DATASETS_OFFLINE",
        "HF_HUB_OFFLINE",
        "HIP_VISIBLE_DEVICES",
        "JAX_DEFAULT_MATMUL_PRECISION",
        "JAX_ENABLE_X64",
        "JAX_PLATFORMS",
        "KMP_*",
        "LANG",
        "LC_ALL",
        "LOCAL_RANK",
        "LOCAL_WORLD_SIZE",
        "LSB_JOBID",
        "LSB_JOBINDEX",
        "MKL_*",
        "NCCL_*",
        "NUMEXPR_NUM_THREADS",
        "NVIDIA_TF32_OVERRIDE",
        "OMPI_COMM_WORLD_LOCAL_RANK",
        "OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_SIZE",
        "OMP_*",
        "OPENBLAS_*",
        "PBS_ARRAY_INDEX",
        "PBS_JOBID",
        "PYTHONHASHSEED",
        "PYTORCH_CUDA_ALLOC_CONF",
        "RANK",
        "ROCR_VISIBLE_DEVICES",
        "SLURM_ARRAY_JOB_ID",
        "SLURM_ARRAY_TASK_ID",
        "SLURM_CLUSTER_NAME",
        "SLURM_CPUS_PER_TASK",
        "SLURM_JOB_ID",
        "SLURM_JOB_NAME",
        "SLURM_JOB_NODELIST",
        "SLURM_JOB_PARTITION",
        "SLURM_LOCALID",
        "SLURM_NNODES",
        "SLURM_NODEID",
        "SLURM_NTASKS",
        "SLURM_PROCID",
        "SLURM_RESTART_COUNT",
        "TF_CUDNN_DETERMINISTIC",
        "TF_DETERMINISTIC_OPS",
        "TF_ENABLE_ONEDNN_OPTS",
        "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
        "TZ",
        "VIRTUAL_ENV",
        "WORLD_SIZE",
        "XLA_FLAGS",
        "XLA_PYTHON_CLIENT_MEM_FRACTION",
        "XLA_PYTHON_CLIENT_PREALLOCATE",
    }
)


def capture_environment(
    variables: Mapping[str, str], *, also: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the content of `environment.toml`; what cannot be told cheaply is left out.

    Nothing is started, and no accelerator is touched, to find it out.

    Args:
        variables: The process's environment, of which only allowed names are taken.
        also: Further names that the team allows; a `*` at the end stands for any characters.

    Example:
        >>> found = capture_environment({"RANK": "0", "API_KEY": "secret"})
        >>> found["variables"], "python" in found
        ({'RANK': '0'}, True)
    """
    found: dict[str, Any] = {
        "python": {
            "version": sys.version.partition(" ")[0],
            "implementation": sys.implementation.name,
            "executable": _readable(sys.executable or ""),
        },
        "platform": platform(),
        "cpu": processor(),
        "memory": memory(),
        "accelerators": accelerators(),
        "packages": installed_packages(sys.path),
        "variables": _allowed(variables, also),
    }
    return {name: content for name, content in found.items() if content}


def _allowed(variables: Mapping[str, str], also: Sequence[str]) -> dict[str, str]:
    allowed = ALLOWED_VARIABLES.union(also)
    prefixes = tuple(name.removesuffix("*") for name in allowed if name.endswith("*"))
    return {
        name: _readable(variables[name])
        for name in sorted(variables)
        if name in allowed or name.startswith(prefixes)
    }


def _readable(text: str) -> str:
    """Return `text` with bytes that are not UTF-8 spelled out, since a record is UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
