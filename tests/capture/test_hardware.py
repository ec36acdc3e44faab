import os

import psutil
import pytest

from gitxp.capture.machine.hardware import accelerators, memory, processor

GPU = "Model: \t\t NVIDIA H100 PCIe\nIRQ:   \t\t 34\nGPU UUID: \t GPU-????????\n"
CLOSED = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"
)
OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build\n"


@pytest.mark.parametrize(("version", "driver"), [(CLOSED, "535.104.05"), (OPEN, "550.54.14")])
def test_accelerators_are_read_from_the_driver_files(tmp_path, version, driver):
    for place in ("0000:17:00.0", "0000:65:00.0"):
        folder = tmp_path / "driver/nvidia/gpus" / place
        folder.mkdir(parents=True)
        (folder / "information").write_text(GPU)
    (tmp_path / "driver/nvidia/version").write_text(version + "GCC version:  gcc 12.2.0\n")
    assert accelerators(tmp_path) == [{"name": "NVIDIA H100 PCIe", "driver": driver}] * 2


def test_machine_without_driver_has_no_accelerators(tmp_path):
    assert accelerators(tmp_path) == []


def test_processor_is_told_as_the_kernel_tells_it(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\n")
    assert processor(tmp_path)["model"] == "AMD EPYC"


def test_unknown_processor_still_has_a_count(tmp_path):
    found = processor(tmp_path)
    assert "model" not in found
    assert 1 <= found["count"] <= os.cpu_count()


def test_memory_is_the_same_with_and_without_proc(tmp_path):
    assert memory() == memory(tmp_path) == {"total": psutil.virtual_memory().total}
