"""Stands in for NVIDIA's own module in a process that has this folder on its path.

It answers as NVML does for two GPUs. `NVML_STAND_IN` makes it fail as drivers do: `absent`,
`partitioned`, `hangs`, or `raises`, which no driver should.
"""

import os
import time
from types import SimpleNamespace

NVML_TEMPERATURE_GPU = 0
MODE = os.environ.get("NVML_STAND_IN", "")
NAMES = os.environ.get("NVML_STAND_IN_NAMES", "NVIDIA H100,NVIDIA H100").split(",")


class NVMLError(Exception):
    pass


def nvmlInit():
    if MODE == "absent":
        raise NVMLError("NVML Shared Library Not Found")
    if MODE == "hangs":
        time.sleep(3600)


def nvmlShutdown():
    pass


def nvmlSystemGetDriverVersion():
    return "550.54.14"


def nvmlSystemGetCudaDriverVersion():
    return 12040


def nvmlDeviceGetCount():
    return len(NAMES)


def nvmlDeviceGetHandleByIndex(index):
    return SimpleNamespace(index=index)


def nvmlDeviceGetName(handle):
    return NAMES[handle.index]


def nvmlDeviceGetUUID(handle):
    return f"GPU-{handle.index}a2b3c4d"


def nvmlDeviceGetMemoryInfo(handle):
    return SimpleNamespace(total=80 << 30, used=(handle.index + 1) << 30)


def nvmlDeviceGetUtilizationRates(handle):
    if MODE == "partitioned":
        raise NVMLError("Not Supported")
    if MODE == "raises":
        raise RuntimeError("the driver answered nonsense")
    return SimpleNamespace(gpu=40 + handle.index, memory=0)


def nvmlDeviceGetPowerUsage(handle):
    return 350_500 + handle.index


def nvmlDeviceGetTemperature(handle, sensor):
    assert sensor == NVML_TEMPERATURE_GPU
    return 61 + handle.index
