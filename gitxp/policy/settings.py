"""Settings: what the team, the person and the process want; the later of them wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal

from gitxp.errors import InvalidName, InvalidSettings
from gitxp.model.identity import DEFAULT_EXPERIMENT
from gitxp.model.names import check_metric_name
from gitxp.policy.kinds import (
    COUNT,
    EXPERIMENT,
    SECONDS,
    SIZE,
    TRUTH,
    VARIABLES,
    WORDS,
    Kind,
    choice,
)
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

__all__ = ["FILE", "GOAL", "KNOWN", "Known", "Settings", "load_settings", "resolve_settings"]

_MEBIBYTE: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with the value that is in force.

    Attributes:
        goals: By metric name, which way it is better.
    """

    experiment: str = DEFAULT_EXPERIMENT
    snapshot_mode: Literal["auto", "each", "off"] = "auto"
    # Source files, configurations and most notebooks fit; a checkpoint does not.
    snapshot_file_bytes: int = 10 * _MEBIBYTE
    # Read, compressed and written in about a second, once a process.
    snapshot_total_bytes: int = 100 * _MEBIBYTE
    # More than anyone writes before committing, far less than a forgotten virtual environment.
    snapshot_files: int = 1000
    # Git keeps every version of a blob for good: what is larger goes where it can be pruned.
    artifacts_limit: int = _MEBIBYTE
    output_limit: int = 10 * _MEBIBYTE
    output_quiet: bool = False
    # The snapshot holds the code in any case; the diff is for reading.
    diff_limit: int = 5 * _MEBIBYTE
    durability_power: bool = False
    environment_variables: tuple[str, ...] = ()
    # Fine enough to see an epoch, coarse enough to cost nothing: 9,000 samples a day.
    system_interval: float = 10.0
    secrets_allowed: tuple[str, ...] = ()
    goals: Mapping[str, Literal["max", "min"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """One setting that exists.

    Attributes:
        key: As in `.gitxp.toml`, tables joined by dots, words by dashes: Git's configuration
            allows no underscore.
        attribute: Its name in `Settings`.
        description: One line for people.
        sources: Who may set it.
    """

    key: str
    attribute: str
    kind: Kind
    description: str
    sources: tuple[Source, ...] = tuple(Source)

    @property
    def default(self) -> str:
        """The value where nobody sets it, as TOML; empty where there is none."""
        value = getattr(Settings(), self.attribute)
        return "" if value == {} else self.kind.show(value)


KNOWN: Final = (
    Known("experiment", "experiment", EXPERIMENT, "Experiment of a run that names none."),
    Known(
        "snapshot.mode",
        "snapshot_mode",
        choice("auto", "each", "off"),
        "`auto` captures the code once a process, `each` at every run, `off` never.",
    ),
    Known(
        "snapshot.file-bytes",
        "snapshot_file_bytes",
        SIZE,
        "The largest untracked file that a snapshot holds.",
    ),
    Known(
        "snapshot.total-bytes",
        "snapshot_total_bytes",
        SIZE,
        "How much of untracked files a snapshot holds in all, and of commits that a submodule "
        "has not pushed.",
    ),
    Known(
        "snapshot.files",
        "snapshot_files",
        COUNT,
        "How many untracked files a snapshot holds.",
    ),
    Known("artifacts.limit", "artifacts_limit", SIZE, "Larger artifacts become Git LFS objects."),
    Known("output.limit", "output_limit", SIZE, "How much of a run's output its record holds."),
    Known(
        "output.quiet",
        "output_quiet",
        TRUTH,
        "Print no line on the terminal where a run starts and where it ends.",
    ),
    Known("diff.limit", "diff_limit", SIZE, "How much of `code.diff` a record holds."),
    Known(
        "durability.power",
        "durability_power",
        TRUTH,
        "Write through to the disk, so that runs outlast a loss of power.",
    ),
    Known(
        "environment.variables",
        "environment_variables",
        VARIABLES,
        "Environment variables to record besides those that always are; never a secret's.",
    ),
    Known(
        "system.interval",
        "system_interval",
        SECONDS,
        "How long from one sample of the machine to the next; 0 for none.",
    ),
    Known(
        "secrets.allowed",
        "secrets_allowed",
        WORDS,
        "Names of params and variables that mean no secret, and kinds of finding that are none.",
    ),
)
# The one setting with a name inside its key.
GOAL: Final = Known(
    'metrics."<name>".goal',
    "goals",
    choice("max", "min"),
    "Which way the metric is better.",
    (Source.TEAM,),
)
_METRICS: Final = "metrics"
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
    team = None
    try:
        team = read_team_file(repository.work_tree / FILE) if repository.work_tree else None
    except InvalidSettings as error:
        (pass_over or _refuse)(error)
    if person is None:
        person = read_configuration(repository)
    return resolve_settings(team, person, process, pass_over=pass_over)


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
    """
    table = dict(team or {})
    refuse = pass_over or _refuse
    values: dict[str, Any] = {"goals": dict(_goals(table.pop(_METRICS, {}), refuse))}
    written = chain(written_by_team(table), written_by_person(person), written_by_process(process))
    for one in written:
        if _is_empty_table(one):
            continue
        try:
            known = _find(one)
            values[known.attribute] = _parse(known.kind, one)
        except InvalidSettings as error:
            refuse(error)
    return Settings(**values)


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


def _goals(metrics: Any, refuse: PassOver) -> Iterator[tuple[str, str]]:
    if not isinstance(metrics, Mapping):
        refuse(
            InvalidSettings(
                f'{FILE}: {_METRICS} is {metrics!r}: expected tables such as [metrics."val/loss"]'
            )
        )
        return
    for name, table in metrics.items():
        try:
            goals = list(_goals_of(name, table))
        except InvalidSettings as error:
            refuse(error)
        else:
            yield from goals


def _goals_of(name: str, table: Any) -> Iterator[tuple[str, str]]:
    place = f'{_METRICS}."{name}"'
    try:
        check_metric_name(name)
    except InvalidName as error:
        raise InvalidSettings(f"{FILE}: {error}") from error
    if not isinstance(table, Mapping):
        raise InvalidSettings(f"{FILE}: {place} is {table!r}: expected a table with a goal")
    for key, value in table.items():
        written = Written(Source.TEAM, f"{place}.{key}", value)
        if key != "goal":
            raise _unknown_of_metric(written)
        yield name, _parse(GOAL.kind, written)


def _unknown(written: Written) -> InvalidSettings:
    """Return the error for an unknown key, with the nearest known one."""
    return InvalidSettings(
        f"{written.source}: unknown setting {written.spelled!r}: {_meant(written)}",
        hint=written.source.where(written.spelled),
    )


def _meant(written: Written) -> str:
    # Loaded here because it costs more than all else in this file, and few mistype.
    from difflib import get_close_matches

    if written.spelled.startswith(written.source.spell(f"{_METRICS}.")):
        return f"only {FILE} says which way a metric is better"
    spellings = [written.source.spell(known.key) for known in KNOWN]
    by_last_word = {spelling.rpartition(".")[2]: spelling for spelling in spellings}
    last_word = written.spelled.rpartition(".")[2]
    nearest = get_close_matches(written.spelled, spellings, n=1) or [
        by_last_word[word] for word in get_close_matches(last_word, by_last_word, n=1)
    ]
    return f"did you mean {nearest[0]!r}?" if nearest else f"expected one of {', '.join(spellings)}"


def _unknown_of_metric(written: Written) -> InvalidSettings:
    if isinstance(written.value, Mapping):
        said = 'a metric\'s name with a dot stands in quotes, such as [metrics."val.loss"]'
    else:
        said = f"did you mean {written.spelled.rpartition('.')[0] + '.goal'!r}?"
    return InvalidSettings(f"{FILE}: unknown setting {written.spelled!r}: {said}")
