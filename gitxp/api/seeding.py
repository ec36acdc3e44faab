"""`seed_everything`: random numbers that come the same way again, and the seed in the record."""

from __future__ import annotations

import os
import random
import secrets
import sys
from typing import Any

from gitxp.api.current import OPEN_RUNS
from gitxp.errors import InvalidValue
from gitxp.text import shown
from gitxp.tracking.values.checked import whole_number

# What NumPy's legacy generator takes; the others take more.
_SEED_BITS = 32
# Without it cuBLAS gives other results each time. NVIDIA names two values: this one costs some
# memory and no speed.
_CUBLAS, _CUBLAS_CONFIG = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"


def seed_everything(seed: int | None = None, *, deterministic: bool = False) -> int:
    """Seed Python's `random`, NumPy's `numpy.random` and torch, and record the seed with the run.

    It is recorded as `seed` in the current run; where none is open, in the next that is started
    in this process. Torch, with all its devices, is seeded where it is imported already: call
    this below the imports. A process hashes text at random unless `PYTHONHASHSEED` was set before
    it began; the environment's record tells whether it was.

    Args:
        seed: From 0 to 2**32 - 1; drawn at random where None.
        deterministic: Have torch use algorithms that give the same result each time, and raise
            where it has none for an operation. Some are slower.

    Returns:
        The seed.

    Raises:
        InvalidValue: If the seed is none, or torch is not imported and was to be deterministic.
        NoActiveRun: If several runs are open, and none of them in this thread.

    Example:
        >>> import gitxp, random
        >>> gitxp.seed_everything(7)
        7
        >>> with gitxp.start_run("seeds") as run:
        ...     drawn = random.random()
        >>> gitxp.get_run(run.id).seeds
        {'seed': 7}
        >>> gitxp.seed_everything(7) and random.random() == drawn
        True
    """
    chosen = secrets.randbits(_SEED_BITS) if seed is None else _checked(seed)
    torch = sys.modules.get("torch")
    if deterministic and torch is None:
        raise InvalidValue(
            "deterministic is True, but torch is not imported",
            hint="import torch above seed_everything",
        )
    OPEN_RUNS.record_seed(chosen)
    random.seed(chosen)
    _seed_numpy(chosen)
    if torch is not None:
        torch.manual_seed(chosen)
    if torch is not None and deterministic:
        _make_deterministic(torch)
    return chosen


def _checked(seed: Any) -> int:
    whole = whole_number(seed)
    if whole is None or not 0 <= whole < 2**_SEED_BITS:
        raise InvalidValue(f"seed is {shown(seed)}: expected a whole number from 0 to 2**32 - 1")
    return whole


def _seed_numpy(seed: int) -> None:
    # Loaded where it is not yet: its first import would draw a state of its own.
    import numpy as np

    np.random.seed(seed)


def _make_deterministic(torch: Any) -> None:
    os.environ.setdefault(_CUBLAS, _CUBLAS_CONFIG)
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(mode=True)
