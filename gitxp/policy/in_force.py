"""Every setting with the value that is in force, and where that comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitxp.errors import InvalidSettings
from gitxp.policy.resolve import (
    METRICS,
    ROUTES,
    given_of_metrics,
    given_routes,
    given_settings,
    read_team,
)
from gitxp.policy.settings import KNOWN, ROUTE
from gitxp.policy.sources import FILE, Source, Written
from gitxp.storage.configuration import read_configuration, setting_origins
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting.

    Attributes:
        value: As TOML; empty where there is none.
        origin: The file or variable that holds it; `default` where nobody has set it.
    """

    key: str
    value: str
    origin: str
    description: str


def settings_in_force(repository: Repository, process: Mapping[str, str]) -> list[InForce]:
    """Return every setting; one that is unknown or wrong counts as not set.

    Args:
        process: The environment.
    """
    table = dict(read_team(repository, _pass_over) or {})
    metrics, routes = table.pop(METRICS, {}), table.pop(ROUTES, {})
    person = read_configuration(repository)
    given = {one.known.key: one for one in given_settings(table, person, process, _pass_over)}
    origins = setting_origins(repository)
    found = []
    for known in KNOWN:
        one = given.get(known.key)
        value = known.kind.show(one.value) if one else known.default
        origin = _origin(one.written, origins) if one else "default"
        found.append(InForce(known.key, value, origin, known.description))
    return [*found, *_of_metrics(metrics), *_routes(routes)]


def _of_metrics(metrics: Any) -> Iterator[InForce]:
    for name, known, value in given_of_metrics(metrics, _pass_over):
        key = known.key.replace('"<name>"', json.dumps(name, ensure_ascii=False))
        yield InForce(key, known.kind.show(value), FILE, known.description)


def _routes(routes: Any) -> Iterator[InForce]:
    for pattern, route in given_routes(routes, _pass_over):
        key = f"{ROUTES}.{json.dumps(pattern)}"
        yield InForce(key, ROUTE.kind.show(route), FILE, ROUTE.description)


def _origin(written: Written, origins: Mapping[str, str]) -> str:
    match written.source:
        case Source.TEAM:
            return FILE
        case Source.PERSON:
            return origins.get(written.spelled, str(Source.PERSON))
    return written.spelled


def _pass_over(_: InvalidSettings) -> None:
    """Whoever opens the repository has told of it."""
