"""What samples the machine of a run, made where the run starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from gitxp.model.names import is_system_metric
from gitxp.model.run import Code
from gitxp.tracking.workspace import Workspace

if TYPE_CHECKING:
    from gitxp.tracking.sampler import Sampler


def make_sampler(
    workspace: Workspace, code: Code, next_steps: Mapping[str, int], *, learns: bool = True
) -> Sampler | None:
    """Return what samples the machine, and learns what takes long; None if neither is wanted.

    All that it needs is loaded here, in the thread that starts the run.

    Args:
        next_steps: By metric the step with which the run goes on.
        learns: Whether what it learns is for the record; of the ranks of a job one's is.
    """
    from gitxp.capture.machine.gpus import load_nvml
    from gitxp.tracking.sampler import Sampler

    interval, environment = workspace.settings.system_interval, workspace.environment
    learns = learns and not environment.has_learned
    nvml = load_nvml()
    make_gauges = None
    if interval:
        from gitxp.capture.machine.gauges import Gauges

        make_gauges = partial(Gauges, workspace.repository.common_dir)
    elif nvml is None or not learns:
        return None

    def learn(facts: Mapping[str, Any]) -> str:
        environment.learn(facts)
        return environment.text(code)

    steps = (step for name, step in next_steps.items() if is_system_metric(name))
    return Sampler(
        make_gauges,
        nvml,
        workspace.variables,
        interval=interval,
        first_step=max(steps, default=0),
        learn=learn if learns else None,
    )
