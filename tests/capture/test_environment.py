import os
import re
import subprocess
import sys
from pathlib import Path

import tomli
import tomli_w

from gitxp.capture.environment import ALLOWED_VARIABLES, capture_environment

PAGE = Path(__file__).parents[2] / "docs/reference/environment.md"

HEAVY = "{'numpy', 'pandas', 'torch', 'psutil', 'platform', 'importlib.metadata', 'subprocess'}"


def test_only_allowed_variables_are_taken():
    found = capture_environment(
        {
            "RANK": "0",
            "NCCL_DEBUG": "INFO",
            "SLURM_JWT": "secret",
            "OPENAI_API_KEY": "secret",
            "TF_VAR_password": "secret",
            "TEAM_QUEUE": "a",
            "LAB_ONE": "1",
        },
        also=["TEAM_QUEUE", "LAB_*"],
    )
    assert found["variables"] == {
        "LAB_ONE": "1",
        "NCCL_DEBUG": "INFO",
        "RANK": "0",
        "TEAM_QUEUE": "a",
    }


def test_content_survives_toml():
    found = capture_environment({"CONDA_DEFAULT_ENV": os.fsdecode(b"caf\xe9")})
    assert found["variables"] == {"CONDA_DEFAULT_ENV": "caf\\xe9"}
    assert tomli.loads(tomli_w.dumps(found).encode().decode()) == found


def test_what_is_absent_has_no_key():
    assert "variables" not in capture_environment({})


def test_interpreter_and_machine_are_told():
    found = capture_environment({})
    assert sys.version.startswith(found["python"]["version"])
    assert found["python"]["executable"] == sys.executable
    assert found["platform"]["system"] == os.uname().sysname
    assert found["packages"]["pytest"]


def test_nothing_heavy_is_imported():
    script = (
        "import sys; from gitxp.capture.environment import capture_environment;"
        f"capture_environment({{}}); print({HEAVY} & set(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "set()"


def test_page_names_every_variable_and_no_other():
    table = PAGE.read_text().partition("## Variables")[2].partition("[`environment.variables`]")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert set(re.findall(r"`([A-Z0-9_*]{2,})`", "".join(rows))) == ALLOWED_VARIABLES


def test_container_is_told_in_valid_text():
    found = capture_environment({"APPTAINER_CONTAINER": os.fsdecode(b"/caf\xe9.sif")})
    assert found["container"]["image"] == "/caf\\xe9.sif"
