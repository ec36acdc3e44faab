"""The environment a run finds: interpreter, platform, machine, packages, chosen variables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gitxp.capture.machine.container import container
from gitxp.capture.machine.hardware import accelerators, cuda, memory, platform, processor
from gitxp.capture.packages import installed_packages

# Only what is named here, or by the team's settings, is recorded: variables hold secrets. No
# `SLURM_*`, say: SLURM_JWT is a token. A `*` at the end stands for any further characters.
ALLOWED_VARIABLES = frozenset(
    {
        "APPTAINER_NAME",
        "CONDA_DEFAULT_ENV",
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_DEVICE_MAX_CONNECTIONS",
        "CUDA_DEVICE_ORDER",
        "CUDA_LAUNCH_BLOCKING",
        "CUDA_VERSION",
        "CUDA_VISIBLE_DEVICES",
        "CUDNN_*",
        "GROUP_RANK",
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
        "NVIDIA_BUILD_ID",
        "NVIDIA_PRODUCT_NAME",
        "NVIDIA_PYTORCH_VERSION",
        "NVIDIA_TENSORFLOW_VERSION",
        "NVIDIA_TF32_OVERRIDE",
        "NVIDIA_VISIBLE_DEVICES",
        "OMPI_COMM_WORLD_LOCAL_RANK",
        "OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_SIZE",
        "OMP_*",
        "OPENBLAS_*",
        "PBS_ARRAY_INDEX",
        "PBS_JOBID",
        "PMI_RANK",
        "PMI_SIZE",
        "PYTHONHASHSEED",
        "PYTORCH_ALLOC_CONF",
        "PYTORCH_CUDA_ALLOC_CONF",
        "PYTORCH_VERSION",
        "RANK",
        "ROCR_VISIBLE_DEVICES",
        "SINGULARITY_NAME",
        "SLURMD_NODENAME",
        "SLURM_ARRAY_JOB_ID",
        "SLURM_ARRAY_TASK_COUNT",
        "SLURM_ARRAY_TASK_ID",
        "SLURM_ARRAY_TASK_MAX",
        "SLURM_ARRAY_TASK_MIN",
        "SLURM_ARRAY_TASK_STEP",
        "SLURM_CLUSTER_NAME",
        "SLURM_CPUS_ON_NODE",
        "SLURM_CPUS_PER_TASK",
        "SLURM_GPUS",
        "SLURM_GPUS_ON_NODE",
        "SLURM_GPUS_PER_NODE",
        "SLURM_GPUS_PER_TASK",
        "SLURM_JOB_CPUS_PER_NODE",
        "SLURM_JOB_END_TIME",
        "SLURM_JOB_GPUS",
        "SLURM_JOB_ID",
        "SLURM_JOB_NAME",
        "SLURM_JOB_NODELIST",
        "SLURM_JOB_NUM_NODES",
        "SLURM_JOB_PARTITION",
        "SLURM_JOB_QOS",
        "SLURM_JOB_START_TIME",
        "SLURM_LOCALID",
        "SLURM_MEM_PER_CPU",
        "SLURM_MEM_PER_GPU",
        "SLURM_MEM_PER_NODE",
        "SLURM_NNODES",
        "SLURM_NODEID",
        "SLURM_NTASKS",
        "SLURM_NTASKS_PER_NODE",
        "SLURM_PROCID",
        "SLURM_RESTART_COUNT",
        "SLURM_STEP_ID",
        "SLURM_STEP_NODELIST",
        "SLURM_TASKS_PER_NODE",
        "TF_CUDNN_DETERMINISTIC",
        "TF_DETERMINISTIC_OPS",
        "TF_ENABLE_ONEDNN_OPTS",
        "TORCHELASTIC_RESTART_COUNT",
        "TORCHELASTIC_RUN_ID",
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

    Nothing is started, and no accelerator is touched, to find it out. `Gpus` asks the driver for
    more, which may take long.

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
            "executable": readable(sys.executable or ""),
        },
        "platform": platform(),
        "cpu": processor(),
        "memory": memory(),
        "accelerators": accelerators(),
        "cuda": cuda(),
        "container": {name: readable(told) for name, told in container(variables).items()},
        "packages": installed_packages(sys.path),
        "variables": _allowed(variables, also),
    }
    return {name: content for name, content in found.items() if content}


def _allowed(variables: Mapping[str, str], also: Sequence[str]) -> dict[str, str]:
    allowed = ALLOWED_VARIABLES.union(also)
    prefixes = tuple(name.removesuffix("*") for name in allowed if name.endswith("*"))
    return {
        name: readable(variables[name])
        for name in sorted(variables)
        if name in allowed or name.startswith(prefixes)
    }


def readable(text: str) -> str:
    """Return `text` with bytes that are not UTF-8 spelled out, since a record is UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
