"""The environment a run finds: interpreter, platform, machine, packages, chosen variables."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gitxp.capture.hardware import accelerators, memory, processor
from gitxp.capture.packages import installed_packages

# Only what is named here, or by the team's settings, is recorded: variables hold secrets.
ALLOWED_VARIABLES = frozenset(
    {
        "CONDA_DEFAULT_ENV",
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_DEVICE_ORDER",
        "CUDA_LAUNCH_BLOCKING",
        "CUDA_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
        "HF_HUB_OFFLINE",
        "LANG",
        "LOCAL_RANK",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PYTHONHASHSEED",
        "PYTORCH_CUDA_ALLOC_CONF",
        "RANK",
        "ROCR_VISIBLE_DEVICES",
        "SLURM_ARRAY_TASK_ID",
        "SLURM_JOB_ID",
        "SLURM_JOB_NODELIST",
        "SLURM_JOB_PARTITION",
        "SLURM_NTASKS",
        "SLURM_PROCID",
        "TF_CUDNN_DETERMINISTIC",
        "TF_DETERMINISTIC_OPS",
        "TZ",
        "WORLD_SIZE",
        "XLA_FLAGS",
    }
)


def capture_environment(
    variables: Mapping[str, str], *, also: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the content of `environment.toml`.

    Args:
        variables: The process's environment, of which only allowed names are taken.
        also: Further names that the team allows.

    Example:
        >>> found = capture_environment({"RANK": "0", "API_KEY": "secret"})
        >>> found["variables"], "python" in found
        ({'RANK': '0'}, True)
    """
    kernel = os.uname()
    allowed = ALLOWED_VARIABLES | set(also)
    return {
        "python": {
            "version": sys.version.partition(" ")[0],
            "implementation": sys.implementation.name,
            "executable": sys.executable,
        },
        "platform": {
            "system": kernel.sysname,
            "release": kernel.release,
            "machine": kernel.machine,
        },
        "cpu": processor(),
        "memory": memory(),
        "accelerators": accelerators(),
        "packages": installed_packages(sys.path),
        "variables": {name: variables[name] for name in sorted(allowed & set(variables))},
    }
