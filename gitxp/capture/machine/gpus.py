"""NVIDIA's GPUs through NVML, which asks the driver and opens nothing on the GPUs themselves.

So it takes no memory there, and breaks no later fork, as setting CUDA up would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

_MILLI = 1e-3


@cache  # a search of the whole path that finds nothing, at each run, costs more than all else here
def load_nvml() -> ModuleType | None:
    """Return NVIDIA's module for NVML; None where it is not installed.

    It is for the thread that starts a run: another thread that imports while the training imports
    or forks could stop it for good.
    """
    try:
        import pynvml
    except ImportError:
        return None
    return pynvml  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class _Gpu:
    """One GPU.

    Attributes:
        number: NVML's, which follows the order on the bus.
        handle: What NVML's functions take.
    """

    number: int
    handle: Any
    name: str
    uuid: str


class Gpus:
    """The GPUs of this machine. `close` it in the end."""

    def __init__(self, nvml: ModuleType, variables: Mapping[str, str]) -> None:
        """Set NVML up, which may take a second where no process uses the driver yet.

        Args:
            variables: The process's environment, which may hide GPUs from CUDA.
        """
        self._nvml: Any = nvml
        self._all: list[_Gpu] = []
        self._is_open = self._told(lambda: self._nvml.nvmlInit() or True) is not None
        if self._is_open:
            self._all = self._found()
        numbers = _visible(self._all, variables)
        self._visible = [gpu for gpu in self._all if gpu.number in numbers]

    def close(self) -> None:
        """Take NVML down again, unless others in this process still use it."""
        if self._is_open:
            self._is_open = False
            self._told(self._nvml.nvmlShutdown)

    def facts(self) -> dict[str, Any]:
        """Return what `environment.toml` says of all GPUs, hidden ones too, and of the driver."""
        driver = self._told(self._nvml.nvmlSystemGetDriverVersion) if self._all else None
        accelerators = [self._facts_of(gpu, driver) for gpu in self._all]
        version = self._told(self._nvml.nvmlSystemGetCudaDriverVersion) if self._all else None
        found: dict[str, Any] = {"accelerators": accelerators} if accelerators else {}
        # 12040 is 12.4
        return found | ({"cuda": {"driver": _spelled(version)}} if version else {})

    def gauges(self) -> dict[str, float]:
        """Return how those GPUs stand that the process may use, by the number of each.

        What a GPU does not tell, such as the utilization of one that is partitioned, is left out.
        """
        return {
            f"gpu/{gpu.number}/{name}": told
            for gpu in self._visible
            for name, ask in self._questions().items()
            if (told := self._told(ask, gpu.handle)) is not None
        }

    def _questions(self) -> dict[str, Callable[[Any], float]]:
        nvml = self._nvml
        return {
            "utilization": lambda gpu: float(nvml.nvmlDeviceGetUtilizationRates(gpu).gpu),
            "memory": lambda gpu: float(nvml.nvmlDeviceGetMemoryInfo(gpu).used),
            "power": lambda gpu: nvml.nvmlDeviceGetPowerUsage(gpu) * _MILLI,
            "temperature": lambda gpu: float(
                nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU)
            ),
        }

    def _found(self) -> list[_Gpu]:
        found = []
        for number in range(self._told(self._nvml.nvmlDeviceGetCount) or 0):
            handle = self._told(self._nvml.nvmlDeviceGetHandleByIndex, number)
            if handle is not None:  # else it is another's, or lost
                name = self._told(self._nvml.nvmlDeviceGetName, handle) or "unknown"
                uuid = self._told(self._nvml.nvmlDeviceGetUUID, handle) or ""
                found.append(_Gpu(number, handle, name, uuid))
        return found

    def _facts_of(self, gpu: _Gpu, driver: str | None) -> dict[str, Any]:
        memory = self._told(self._nvml.nvmlDeviceGetMemoryInfo, gpu.handle)
        told = {"driver": driver, "memory": memory and int(memory.total)}
        return {"name": gpu.name, **{key: value for key, value in told.items() if value}}

    def _told(self, ask: Callable[..., Any], *about: Any) -> Any:
        """Return the answer; None where the driver has none, or there is no driver."""
        try:
            return ask(*about)
        except self._nvml.NVMLError:
            return None


def _spelled(version: int) -> str:
    return f"{version // 1000}.{version % 1000 // 10}"


def _visible(gpus: Sequence[_Gpu], variables: Mapping[str, str]) -> set[int]:
    """Return the numbers of the GPUs that CUDA may use, or of all where that is not certain.

    CUDA's numbers are NVML's only where it is told to follow the bus, or all GPUs are alike. It
    stops at the first name that it does not know.
    """
    everything = {gpu.number for gpu in gpus}
    if "CUDA_VISIBLE_DEVICES" not in variables:
        return everything
    is_by_bus = variables.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
    has_numbers = is_by_bus or len({gpu.name for gpu in gpus}) == 1
    found: set[int] = set()
    for word in variables["CUDA_VISIBLE_DEVICES"].split(","):
        word = word.strip()
        if word.startswith("MIG-") or (word.isdigit() and not has_numbers):
            return everything
        by_name = [gpu.number for gpu in gpus if word and gpu.uuid.startswith(word)]
        number = int(word) if word.isdigit() else by_name[0] if len(by_name) == 1 else -1
        if number not in everything:
            break
        found.add(number)
    return found
