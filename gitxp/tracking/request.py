"""What a user asks for when starting a run, and whether it can be had."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gitxp.errors import InvalidValue
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import check_name
from gitxp.model.run import Run
from gitxp.text import shown
from gitxp.tracking.values.checked import (
    Tags,
    check_text_length,
    checked_seeds,
    checked_tag,
    checked_text,
    tag_pairs,
)

SNAPSHOT_MODES = ("auto", "each", "off")


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a user asked for when starting a run; each field as in `gitxp.start_run`.

    `continues` is the run of another clone that this one carries on. A `baseline` of None is the
    one in force at the start, False none.

    `params` are plain (`checked_params`). Whatever is wrong raises here, before anything of the
    run exists: `InvalidName` for a name that breaks the rules, `InvalidValue` for anything else
    that cannot be recorded.
    """

    experiment: str | None = None
    name: str | None = None
    params: Mapping[Any, Any] = field(default_factory=dict)
    tags: Tags = ()
    hypothesis: str | None = None
    description: str | None = None
    group: str | None = None
    parent: RunId | None = None
    baseline: RunId | Literal[False] | None = None
    continues: Run | None = None
    seeds: int | Mapping[str, int] | None = None
    snapshot: str | None = None
    is_strict: bool = False
    argv: tuple[str, ...] = field(default_factory=lambda: tuple(sys.orig_argv))

    def __post_init__(self) -> None:
        _check(self)

    def with_parent(self, parent: RunId) -> StartRequest:
        """Return the request for a child of `parent`, if it names no other."""
        return replace(self, parent=self.parent or parent)

    def with_group(self, group: str) -> StartRequest:
        """Return the request for a run in `group`, if it names no other."""
        return replace(self, group=self.group or group)


def _check(request: StartRequest) -> None:
    if request.experiment is not None:
        ExperimentName.slug(checked_text("experiment name", request.experiment))
    for kind, text in (("run", request.name), ("group", request.group)):
        if text is not None:
            check_name(kind, text)
    for kind, text in (("hypothesis", request.hypothesis), ("description", request.description)):
        if text is not None:
            check_text_length(kind, checked_text(kind, text))
    if request.snapshot not in (None, *SNAPSHOT_MODES):
        raise InvalidValue(
            f"snapshot is {shown(request.snapshot)}: expected one of {SNAPSHOT_MODES}"
        )
    for key, value in tag_pairs(request.tags):
        checked_tag(key, value)
    if request.seeds is not None:
        checked_seeds(request.seeds)
