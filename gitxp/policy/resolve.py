"""What the team, the person and the process want of the settings; the later of them wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from gitxp.errors import InvalidName, InvalidSettings
from gitxp.model.names import check_metric_name
from gitxp.policy.kinds import Kind
from gitxp.policy.routes import check_pattern
from gitxp.policy.settings import KNOWN, OF_METRIC, ROUTE, Known, Settings
from gitxp.policy.sources import (
    FILE,
    Source,
    Written,
    read_team_file,
    written_by_person,
    written_by_process,
    written_by_team,
)
from gitxp.storage.configuration import read_configuration
from gitxp.storage.repository import Repository

METRICS: Final = "metrics"
ROUTES: Final = "routes"
# By the last word of their keys.
_OF_METRIC: Final = {known.key.rpartition(".")[2]: known for known in OF_METRIC}
PassOver = Callable[[InvalidSettings], None]


def load_settings(
    repository: Repository,
    process: Mapping[str, str],
    person: Mapping[str, str] | None = None,
    *,
    pass_over: PassOver | None = None,
) -> Settings:
    """Return the settings in force in a repository.

    Args:
        process: The environment.
        person: Git's configuration; asked of Git where None.
        pass_over: Told of each setting that is unknown or wrong and counts as not set.

    Raises:
        InvalidSettings: If a source holds something unknown or wrong, and nobody passes over it.
    """
    team = read_team(repository, pass_over or _refuse)
    if person is None:
        person = read_configuration(repository)
    return resolve_settings(team, person, process, pass_over=pass_over)


def read_team(repository: Repository, refuse: PassOver) -> dict[str, Any] | None:
    """Return the content of the team's file; None where there is none that can be read."""
    try:
        return read_team_file(repository.work_tree / FILE) if repository.work_tree else None
    except InvalidSettings as error:
        refuse(error)
    return None


def resolve_settings(
    team: Mapping[str, Any] | None,
    person: Mapping[str, str],
    process: Mapping[str, str],
    *,
    pass_over: PassOver | None = None,
) -> Settings:
    """Return the settings in force.

    Args:
        team: Content of `.gitxp.toml`; None where there is none.
        person: Git's configuration, of which `xp.*` counts.
        process: The environment, of which `GITXP_*` counts.
        pass_over: Told of each setting that is unknown or wrong and counts as not set.

    Raises:
        InvalidSettings: Naming the place and the key, and the nearest known key.

    Example:
        >>> resolve_settings({"experiment": "a"}, {}, {"GITXP_EXPERIMENT": "b"}).experiment
        'b'
        >>> resolve_settings({"snapshot": {"file_bytes": 5}}, {}, {})
        Traceback (most recent call last):
        ...
        gitxp.errors.InvalidSettings: .gitxp.toml: unknown setting 'snapshot.file_bytes': \
did you mean 'snapshot.file-bytes'?
        hint: edit .gitxp.toml at the top of the working tree
    """
    table = dict(team or {})
    refuse = pass_over or _refuse
    values: dict[str, Any] = {known.attribute: {} for known in OF_METRIC}
    for metric, known, value in given_of_metrics(table.pop(METRICS, {}), refuse):
        values[known.attribute][metric] = value
    values["routes"] = dict(given_routes(table.pop(ROUTES, {}), refuse))
    for one in given_settings(table, person, process, refuse):
        values[one.known.attribute] = one.value
    return Settings(**values)


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that a source gives.

    Attributes:
        value: As parsed.
    """

    known: Known
    value: Any
    written: Written


def given_settings(
    table: Mapping[str, Any],
    person: Mapping[str, str],
    process: Mapping[str, str],
    refuse: PassOver,
) -> Iterator[Given]:
    """Yield every setting that a source gives, of several of one key the one in force last.

    Args:
        table: Content of `.gitxp.toml` but for `metrics` and `routes`.
        refuse: Told of each that is unknown or wrong.
    """
    written = chain(written_by_team(table), written_by_person(person), written_by_process(process))
    for one in written:
        if _is_empty_table(one):
            continue
        try:
            known = _find(one)
            yield Given(known, _parse(known.kind, one), one)
        except InvalidSettings as error:
            refuse(error)


def _refuse(error: InvalidSettings) -> None:
    raise error


def _is_empty_table(written: Written) -> bool:
    return written.value == {} and any(
        known.key.startswith(f"{written.spelled}.") for known in KNOWN
    )


def _find(written: Written) -> Known:
    for known in KNOWN:
        if written.source in known.sources and written.source.spell(known.key) == written.spelled:
            return known
    raise _unknown(written)


def _parse(kind: Kind, written: Written) -> Any:
    is_toml = written.source is Source.TEAM
    try:
        return kind.parse(written.value if is_toml else kind.read_text(written.value))
    except ValueError as error:
        raise InvalidSettings(
            f"{written.source}: {written.spelled} is {written.value!r}: {error}",
            hint=written.source.where(written.spelled),
        ) from error


def given_of_metrics(metrics: Any, refuse: PassOver) -> Iterator[tuple[str, Known, str]]:
    """Yield what the team's file says of metrics: of which, by which setting, and what.

    Args:
        metrics: What stands there under `metrics`.
        refuse: Told of each entry that is unknown or wrong.
    """
    if not isinstance(metrics, Mapping):
        refuse(
            InvalidSettings(
                f'{FILE}: {METRICS} is {metrics!r}: expected tables such as [metrics."val/loss"]'
            )
        )
        return
    for name, table in metrics.items():
        place = f'{METRICS}."{name}"'
        try:
            _check_metric(name, place, table)
        except InvalidSettings as error:
            refuse(error)
            continue
        for key, value in table.items():
            written = Written(Source.TEAM, f"{place}.{key}", value)
            try:
                known = _find_of_metric(key, written)
                yield name, known, _parse(known.kind, written)
            except InvalidSettings as error:
                refuse(error)


def _check_metric(name: str, place: str, table: Any) -> None:
    try:
        check_metric_name(name)
    except InvalidName as error:
        raise InvalidSettings(f"{FILE}: {error}") from error
    if not isinstance(table, Mapping):
        raise InvalidSettings(
            f"{FILE}: {place} is {table!r}: expected a table with a goal or a unit"
        )


def _find_of_metric(key: str, written: Written) -> Known:
    if key not in _OF_METRIC:
        raise _unknown_of_metric(key, written)
    return _OF_METRIC[key]


def given_routes(routes: Any, refuse: PassOver) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every pattern of experiments in the team's file, and where their runs may go.

    Args:
        routes: What stands there under `routes`.
        refuse: Told of each entry that is wrong.
    """
    if not isinstance(routes, Mapping):
        refuse(InvalidSettings(f"{FILE}: {ROUTES} is {routes!r}: expected a table [{ROUTES}]"))
        return
    for pattern, remotes in routes.items():
        try:
            check_pattern(pattern)
            written = Written(Source.TEAM, f'{ROUTES}."{pattern}"', remotes)
            route = _parse(ROUTE.kind, written)
        except InvalidSettings as error:
            refuse(error)
        else:
            yield pattern, route


def _unknown(written: Written) -> InvalidSettings:
    """Return the error for an unknown key, with the nearest known one."""
    return InvalidSettings(
        f"{written.source}: unknown setting {written.spelled!r}: {_meant(written)}",
        hint=written.source.where(written.spelled),
    )


def _meant(written: Written) -> str:
    # Loaded here because it costs more than all else in this file, and few mistype.
    from difflib import get_close_matches

    if written.spelled.startswith(written.source.spell(f"{METRICS}.")):
        return f"only {FILE} says which way a metric is better, and its unit"
    if written.spelled.startswith(written.source.spell(f"{ROUTES}.")):
        return f"only {FILE} says where runs may be pushed"
    elsewhere = [known for known in KNOWN if written.source.spell(known.key) == written.spelled]
    if elsewhere:
        return f"it may be set by {' or '.join(map(str, elsewhere[0].sources))} alone"
    spellings = [
        written.source.spell(known.key) for known in KNOWN if written.source in known.sources
    ]
    by_last_word = {spelling.rpartition(".")[2]: spelling for spelling in spellings}
    last_word = written.spelled.rpartition(".")[2]
    nearest = get_close_matches(written.spelled, spellings, n=1) or [
        by_last_word[word] for word in get_close_matches(last_word, by_last_word, n=1)
    ]
    return f"did you mean {nearest[0]!r}?" if nearest else f"expected one of {', '.join(spellings)}"


def _unknown_of_metric(key: str, written: Written) -> InvalidSettings:
    from difflib import get_close_matches

    if isinstance(written.value, Mapping):
        said = 'a metric\'s name with a dot stands in quotes, such as [metrics."val.loss"]'
    elif nearest := get_close_matches(key, _OF_METRIC, n=1):
        said = f"did you mean {written.spelled.removesuffix(key) + nearest[0]!r}?"
    else:
        said = f"expected {' or '.join(_OF_METRIC)}"
    return InvalidSettings(f"{FILE}: unknown setting {written.spelled!r}: {said}")
