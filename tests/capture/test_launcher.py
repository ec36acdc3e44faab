"""Which rank of which job a process is, by the variables that real launchers were seen to set."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from gitxp.capture.machine.launcher import find_rank
from gitxp.errors import InvalidSettings

# Of Slurm 22.05: what a batch script has, and what `srun` adds in it.
BATCH = {
    "SLURM_CLUSTER_NAME": "test",
    "SLURM_JOB_ID": "42",
    "SLURM_PROCID": "0",
    "SLURM_LOCALID": "0",
    "SLURM_NTASKS": "4",
    "SLURM_NNODES": "2",
}
STEP = {
    **BATCH,
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NUM_NODES": "2",
}
TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "132ebccf",
    "TORCHELASTIC_RESTART_COUNT": "0",
    "RANK": "1",
    "WORLD_SIZE": "4",
    "LOCAL_WORLD_SIZE": "2",
}
OPEN_MPI = {
    "OMPI_COMM_WORLD_RANK": "1",
    "OMPI_COMM_WORLD_SIZE": "4",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
    "PMIX_NAMESPACE": "711393281",
    "OMPI_MCA_orte_hnp_uri": "711393280.0;tcp://192.0.2.2:54097",
}
HYDRA = {"PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALNRANKS": "2", "PBS_JOBID": "7.server"}


@pytest.mark.parametrize(
    ("variables", "number", "label"),
    [
        (STEP, 0, "slurm 42"),
        ({**STEP, "SLURM_PROCID": "3"}, 3, "slurm 42"),
        (TORCHRUN, 1, "torchrun 132ebccf"),
        (OPEN_MPI, 1, "mpi 711393281"),
        (HYDRA, 1, "mpi 7.server"),
        # The launcher that was started last counts: it knows the processes it made.
        ({**STEP, **TORCHRUN}, 1, "torchrun 132ebccf"),
        ({**STEP, **OPEN_MPI}, 1, "mpi 711393281"),
        # Hydra starts a proxy on each node by `srun`: what that says is of the proxy.
        ({**STEP, **HYDRA, "SLURM_STEP_NUM_TASKS": "2"}, 1, "mpi 42"),
        # `srun --mpi=pmi2` says the same twice.
        ({**STEP, "PMI_RANK": "0", "PMI_SIZE": "4", "PMI_JOBID": "42.0"}, 0, "slurm 42"),
    ],
)
def test_rank_of_a_job_on_several_nodes(variables, number, label):
    rank = find_rank(variables)
    assert (rank.number, rank.label, rank.is_spread) == (number, label, True)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        BATCH,
        {name: value for name, value in BATCH.items() if name != "SLURM_PROCID"},  # `salloc`
        {**STEP, "SLURM_STEP_NUM_TASKS": "1"},
        {**TORCHRUN, "WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1"},
        {"RANK": "1", "WORLD_SIZE": "4"},
        {**TORCHRUN, "RANK": "one"},
        {**STEP, "SLURM_PROCID": ""},
    ],
)
def test_process_that_is_no_rank(variables):
    assert find_rank(variables) is None


@pytest.mark.parametrize("variables", [STEP, TORCHRUN, OPEN_MPI, HYDRA])
def test_ranks_have_one_job_whatever_differs_between_them(variables):
    own = {"SLURM_PROCID": "2", "RANK": "2", "OMPI_COMM_WORLD_RANK": "2", "PMI_RANK": "2"}
    other = {**variables, **{name: value for name, value in own.items() if name in variables}}
    one, two = find_rank({**variables, "LOCAL_RANK": "0"}), find_rank({**other, "LOCAL_RANK": "1"})
    assert one.job == two.job
    assert one.number != two.number


@pytest.mark.parametrize(
    ("variables", "changed"),
    [
        (STEP, {"SLURM_STEP_ID": "1"}),
        (STEP, {"SLURM_RESTART_COUNT": "1"}),
        (TORCHRUN, {"TORCHELASTIC_RUN_ID": "other"}),
        (TORCHRUN, {"TORCHELASTIC_RESTART_COUNT": "1"}),
        (OPEN_MPI, {"PMIX_NAMESPACE": "other"}),
        (HYDRA, {"PBS_JOBID": "8.server"}),
    ],
)
def test_other_launch_is_another_job(variables, changed):
    assert find_rank(variables).job != find_rank({**variables, **changed}).job


ASK = """
import json, os
from gitxp.capture.machine.launcher import find_rank
print(json.dumps(find_rank(dict(os.environ)).job))
"""


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("RANK", {**TORCHRUN, "WORLD_SIZE": "2"}),
        ("OMPI_COMM_WORLD_RANK", {**OPEN_MPI, "OMPI_COMM_WORLD_SIZE": "2"}),
        ("PMI_RANK", {**HYDRA, "PMI_SIZE": "2"}),
        # No id at all: the nodes of such a job cannot find each other.
        ("PMI_RANK", {name: value for name, value in HYDRA.items() if name != "PBS_JOBID"}),
    ],
)
def test_job_on_one_node_is_known_by_what_started_it(name, variables):
    """A shell stands between launcher and rank, as job scripts have it."""

    def launch() -> set[str]:
        ask = ["sh", "-c", f"{sys.executable} -c '{ASK}'; true"]
        found = set()
        for rank in ("0", "1"):
            told = {**os.environ, **variables, name: rank}
            found.add(json.loads(subprocess.check_output(ask, env=told)))
        return found

    # This process is the launcher of both; the same ids from elsewhere are another job.
    (here,) = launch()
    elsewhere = subprocess.check_output(
        ["sh", "-c", f"sh -c '{name}=0 {sys.executable} -c \"$0\"; true' '{ASK}'; true"],
        env={**os.environ, **{key: one for key, one in variables.items() if key != name}},
    )
    assert json.loads(elsewhere) != here


def test_what_is_said_by_hand_counts():
    assert find_rank(STEP, job="off") is None
    assert find_rank(TORCHRUN, job="mine").number == 1
    assert find_rank(TORCHRUN, job="mine").job == find_rank({}, job="mine", number=0).job
    assert find_rank(TORCHRUN, number=3).number == 3


@pytest.mark.parametrize("said", [{"job": "mine"}, {"number": 3}])
def test_half_of_what_is_to_be_said_by_hand_is_an_error(said):
    with pytest.raises(InvalidSettings, match="no launcher says") as raised:
        find_rank({}, **said)
    assert raised.value.hint.startswith("set GITXP_")
