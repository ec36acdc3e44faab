"""Which rank of which distributed job this process is, by what launchers tell their processes.

A job on one node is known by its launcher's process, which no other launch has. Only where it runs
on several nodes do the ids count that the launcher and the scheduler give it. A job of a single
process is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gitxp.errors import InvalidSettings
from gitxp.model.rank import Rank
from gitxp.storage.journal.process import ancestors, mark_of

# The word that stands for no job at all.
NO_JOB: Final = "off"
# A launcher inside a batch job: what the scheduler calls that on each of its nodes.
_BATCH_JOB: Final = ("SLURM_JOB_ID", "SLURM_RESTART_COUNT", "PBS_JOBID", "LSB_JOBID", "JOB_ID")


@dataclass(frozen=True, slots=True)
class _Launcher:
    """The variables in which a launcher tells its processes who they are.

    Attributes:
        sign: Set in processes of this launcher only.
        rank: Which one this process is.
        size: How many there are on all nodes.
        here: How many there are on this node; empty where the ids are as good as the launcher's
            process.
        job: Ids of the job that are the same on every node.
        nodes: How many nodes there are, where `here` is empty.
    """

    name: str
    sign: str
    rank: str
    size: str
    here: str
    job: tuple[str, ...]
    nodes: str = ""


_TORCHRUN: Final = _Launcher(
    "torchrun",
    sign="TORCHELASTIC_RUN_ID",
    rank="RANK",
    size="WORLD_SIZE",
    here="LOCAL_WORLD_SIZE",
    job=("TORCHELASTIC_RUN_ID", *_BATCH_JOB),
)
_OPEN_MPI: Final = _Launcher(
    "mpi",
    sign="OMPI_COMM_WORLD_RANK",
    rank="OMPI_COMM_WORLD_RANK",
    size="OMPI_COMM_WORLD_SIZE",
    here="OMPI_COMM_WORLD_LOCAL_SIZE",
    job=("PMIX_NAMESPACE", "OMPI_MCA_orte_hnp_uri", *_BATCH_JOB),
)
# MPICH, Intel MPI, MVAPICH.
_HYDRA: Final = _Launcher(
    "mpi",
    sign="PMI_RANK",
    rank="PMI_RANK",
    size="PMI_SIZE",
    here="MPI_LOCALNRANKS",
    job=("PMI_JOBID", *_BATCH_JOB),
)
# A batch script has SLURM_PROCID=0, too, but no step: only what `srun` starts is a rank.
_SLURM: Final = _Launcher(
    "slurm",
    sign="SLURM_STEP_ID",
    rank="SLURM_PROCID",
    size="SLURM_STEP_NUM_TASKS",
    here="",
    job=("SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_CLUSTER_NAME", "SLURM_RESTART_COUNT"),
    nodes="SLURM_STEP_NUM_NODES",
)
# The inner ones first: where several tell of a process, the last to start it knows it best.
_LAUNCHERS: Final = (_TORCHRUN, _OPEN_MPI, _HYDRA, _SLURM)
# torchrun before 2.4 calls every job so.
_NO_ID: Final = "none"


def find_rank(
    variables: Mapping[str, str], *, job: str = "", number: int | None = None
) -> Rank | None:
    """Return which rank of a distributed job this process is; None where it is of none.

    Args:
        variables: The process's environment.
        job: A job's id that counts in place of what a launcher tells; `off` for no job.
        number: A rank's number that counts in place of what a launcher tells.

    Raises:
        InvalidSettings: If the job is given and the number is not known, or the other way round.

    Example:
        >>> find_rank({"SLURM_PROCID": "0", "SLURM_JOB_ID": "7"}) is None  # a batch script
        True
        >>> find_rank({}, job="sweep", number=3).number
        3
    """
    if job == NO_JOB:
        return None
    launcher = _launcher(variables)
    if number is None and launcher is not None:
        number = _number(variables, launcher.rank)
    if number is None:
        if job:
            raise InvalidSettings(
                f"job {job!r} is set, and no launcher says which rank of it this process is",
                hint="set GITXP_RANK, too",
            )
        return None
    if job:
        return Rank(number, f"job {job}", job, is_spread=True)
    if launcher is None:
        raise InvalidSettings(
            f"rank {number} is set, and no launcher says of which job", hint="set GITXP_JOB, too"
        )
    return _told(variables, launcher, number)


def _launcher(variables: Mapping[str, str]) -> _Launcher | None:
    for launcher in _LAUNCHERS:
        if variables.get(launcher.sign) and _is_several(variables, launcher):
            # Under `srun --mpi=pmi2` both tell of the same, and the step has an id.
            is_step = launcher is _HYDRA and _place(variables, _SLURM) == _place(variables, _HYDRA)
            return _SLURM if is_step else launcher
    return None


def _is_several(variables: Mapping[str, str], launcher: _Launcher) -> bool:
    rank, size = _place(variables, launcher)
    return rank is not None and size is not None and size > 1


def _place(variables: Mapping[str, str], launcher: _Launcher) -> tuple[int | None, int | None]:
    return _number(variables, launcher.rank), _number(variables, launcher.size)


def _number(variables: Mapping[str, str], name: str) -> int | None:
    text = variables.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _told(variables: Mapping[str, str], launcher: _Launcher, number: int) -> Rank:
    told = [variables.get(name, "") for name in launcher.job]
    ids = [one for one in told if one and one != _NO_ID]
    is_spread = _is_spread(variables, launcher)
    if not ids or (launcher.here and not is_spread):
        ids = [_launching_process(launcher.rank)]
    if launcher is _TORCHRUN:
        ids.append(variables.get("TORCHELASTIC_RESTART_COUNT", ""))
    return Rank(
        number, " ".join((launcher.name, *ids)), f"{launcher.name} {ids[0]}", is_spread=is_spread
    )


def _is_spread(variables: Mapping[str, str], launcher: _Launcher) -> bool:
    if launcher.nodes:
        return variables.get(launcher.nodes) != "1"
    return _number(variables, launcher.here) != _number(variables, launcher.size)


def _launching_process(variable: str) -> str:
    """Return a mark of the nearest process above that is no rank itself, whatever is between."""
    import psutil

    for pid in ancestors():
        try:
            if variable in psutil.Process(pid).environ():
                continue
        except psutil.Error:  # somebody else's, as a daemon of the launcher is
            pass
        return repr(mark_of(pid))
    return repr(mark_of(1))
