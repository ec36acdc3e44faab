"""GPUs by NVML, which a module of ours stands in for, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).parent / "nvml"
SCRIPT = """
import json, os
from gitxp.capture.machine.gpus import Gpus, load_nvml
gpus = Gpus(load_nvml(), os.environ)
print(json.dumps([gpus.facts(), gpus.gauges()]))
gpus.close()
"""


def told(**variables):
    variables = {"PYTHONPATH": f"{STAND_IN}:{os.environ.get('PYTHONPATH', '')}", **variables}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def numbers(gauges):
    return sorted({name.split("/")[1] for name in gauges})


def test_facts_and_gauges_of_each_gpu():
    facts, gauges = told()
    gpu = {"name": "NVIDIA H100", "driver": "550.54.14", "memory": 80 << 30}
    assert facts == {"accelerators": [gpu, gpu], "cuda": {"driver": "12.4"}}
    assert gauges == {
        "gpu/0/utilization": 40.0,
        "gpu/0/memory": float(1 << 30),
        "gpu/0/power": pytest.approx(350.5),
        "gpu/0/temperature": 61.0,
        "gpu/1/utilization": 41.0,
        "gpu/1/memory": float(2 << 30),
        "gpu/1/power": pytest.approx(350.501),
        "gpu/1/temperature": 62.0,
    }


def test_machine_without_a_driver_tells_nothing():
    assert told(NVML_STAND_IN="absent") == [{}, {}]


def test_what_a_gpu_does_not_tell_is_left_out():
    _, gauges = told(NVML_STAND_IN="partitioned")
    assert "gpu/0/utilization" not in gauges
    assert gauges["gpu/0/temperature"] == 61.0


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("0,1", ["0", "1"]),
        ("1", ["1"]),
        ("1,7,0", ["1"]),
        ("-1", []),
        ("", []),
        ("GPU-1a2b", ["1"]),
        ("GPU-", []),
        ("MIG-1a2b", ["0", "1"]),
    ],
)
def test_gpus_that_cuda_may_not_use_have_no_series(visible, expected):
    facts, gauges = told(CUDA_VISIBLE_DEVICES=visible)
    assert numbers(gauges) == expected
    assert len(facts["accelerators"]) == 2


@pytest.mark.parametrize(("order", "expected"), [("", ["0", "1"]), ("PCI_BUS_ID", ["1"])])
def test_numbers_of_unlike_gpus_count_only_where_they_follow_the_bus(order, expected):
    _, gauges = told(
        NVML_STAND_IN_NAMES="NVIDIA T4,NVIDIA H100",
        CUDA_VISIBLE_DEVICES="1",
        CUDA_DEVICE_ORDER=order,
    )
    assert numbers(gauges) == expected
