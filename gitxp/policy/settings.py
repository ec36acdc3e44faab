"""Settings: what the team, the person and the process want; the later of them wins."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gitxp.errors import InvalidName, InvalidSettings
from gitxp.model.identity import DEFAULT_EXPERIMENT, ExperimentName
from gitxp.policy.sizes import parse_size
from gitxp.storage.repository import Repository

FILE: Final = ".gitxp.toml"
# How gitxp tells its own child processes things; no settings of a person.
INTERNAL_VARIABLES: Final = ("GITXP_RUN",)
_PERSON_PREFIX: Final = "xp."
_PROCESS_PREFIX: Final = "GITXP_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with a value.

    Attributes:
        snapshot_mode: `auto` once a process, `each` at every run, `off` never.
        goals: `max` or `min` by metric name.
    """

    experiment: str = DEFAULT_EXPERIMENT
    snapshot_mode: str = "auto"
    snapshot_file_bytes: int = 10 * 1024**2
    snapshot_total_bytes: int = 100 * 1024**2
    snapshot_files: int = 1000
    artifacts_limit: int = 1024**2
    output_limit: int = 10 * 1024**2
    diff_limit: int = 5 * 1024**2
    durability_power: bool = False
    environment_variables: tuple[str, ...] = ()
    goals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """One setting that exists.

    Attributes:
        key: As in `.gitxp.toml`, tables joined by dots.
        attribute: Its name in `Settings`.
        parse: Takes what was written, or raises `ValueError` saying what was expected.
    """

    key: str
    attribute: str
    parse: Callable[[Any], Any]
    description: str


def _parse_experiment(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a string")
    try:
        ExperimentName.slug(value)
    except InvalidName as error:
        raise ValueError(str(error)) from error
    return value


def _parse_mode(value: Any) -> str:
    if value not in ("auto", "each", "off"):
        raise ValueError("expected 'auto', 'each' or 'off'")
    return str(value)


def _parse_count(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a whole number, 0 or more")
    return value


def _parse_truth(value: Any) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False, "": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise ValueError("expected true or false")
    return found


def _parse_names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("expected an array of strings")
    return tuple(value)


KNOWN: Final = (
    Known("experiment", "experiment", _parse_experiment, "Experiment of a run that names none."),
    Known(
        "snapshot.mode",
        "snapshot_mode",
        _parse_mode,
        "`auto` captures the code once a process, `each` at every run, `off` never.",
    ),
    Known(
        "snapshot.file-bytes",
        "snapshot_file_bytes",
        parse_size,
        "The largest untracked file that a snapshot holds.",
    ),
    Known(
        "snapshot.total-bytes",
        "snapshot_total_bytes",
        parse_size,
        "How much of untracked files a snapshot holds in all.",
    ),
    Known(
        "snapshot.files",
        "snapshot_files",
        _parse_count,
        "How many untracked files a snapshot holds; more are a forgotten .gitignore.",
    ),
    Known(
        "artifacts.limit",
        "artifacts_limit",
        parse_size,
        "Larger artifacts become Git LFS objects.",
    ),
    Known("output.limit", "output_limit", parse_size, "How much output a record holds."),
    Known("diff.limit", "diff_limit", parse_size, "How much of `code.diff` a record holds."),
    Known(
        "durability.power",
        "durability_power",
        _parse_truth,
        "Write through to the disk, so that runs outlast a loss of power.",
    ),
    Known(
        "environment.variables",
        "environment_variables",
        _parse_names,
        "Further environment variables to record.",
    ),
)
_BY_KEY: Final = {known.key: known for known in KNOWN}


def resolve_settings(
    team: Mapping[str, Any], person: Mapping[str, str], process: Mapping[str, str]
) -> Settings:
    """Return the settings in force.

    Args:
        team: Content of `.gitxp.toml`.
        person: Git's configuration, of which `xp.*` counts.
        process: The environment, of which `GITXP_*` counts.

    Raises:
        InvalidSettings: Naming where the mistake stands, and the nearest known key.

    Example:
        >>> resolve_settings({"experiment": "a"}, {}, {"GITXP_EXPERIMENT": "b"}).experiment
        'b'
    """
    settings = Settings(goals=dict(_goals(team)))
    sources = [
        (FILE, _flat({key: value for key, value in team.items() if key != "metrics"})),
        ("git config", _of_person(person)),
        ("the environment", _of_process(process)),
    ]
    for source, values in sources:
        for shown, key, value in values:
            settings = _with(settings, source, shown, key, value)
    return settings


def load_settings(
    repository: Repository, process: Mapping[str, str], person: Mapping[str, str]
) -> Settings:
    """Return the settings in force in a repository.

    Raises:
        InvalidSettings: If a source holds something unknown or wrong.
    """
    path = repository.work_tree / FILE if repository.work_tree else None
    team = _read(path) if path is not None and path.exists() else {}
    return resolve_settings(team, person, process)


def _read(path: Path) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(path.read_text())
    except (tomli.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InvalidSettings(f"{FILE}: {error}", hint=f"edit {path}") from error


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, prefix + key, value


def _of_person(configuration: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for key, value in configuration.items():
        if key.startswith(_PERSON_PREFIX):
            yield key, key.removeprefix(_PERSON_PREFIX), value


def _of_process(variables: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    spelled = {_variable(known): known.key for known in KNOWN}
    for name, value in variables.items():
        if name.startswith(_PROCESS_PREFIX) and name not in INTERNAL_VARIABLES:
            yield name, spelled.get(name, name), value


def _variable(known: Known) -> str:
    return _PROCESS_PREFIX + known.key.upper().replace(".", "_").replace("-", "_")


def _with(settings: Settings, source: str, shown: str, key: str, value: Any) -> Settings:
    known = _BY_KEY.get(key)
    if known is None:
        spellings = [_variable(one) if shown == key.upper() else one.key for one in KNOWN]
        nearest = difflib.get_close_matches(key.replace("_", "-"), spellings, 1, 0.5)
        nearest = nearest or difflib.get_close_matches(key, spellings, 1, 0.5)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are: {', '.join(_BY_KEY)}"
        raise InvalidSettings(f"{source}: unknown setting {shown!r}", hint=hint)
    try:
        parsed = known.parse(value)
    except ValueError as error:
        raise InvalidSettings(f"{source}: {shown} is {value!r}: {error}") from error
    return replace(settings, **{known.attribute: parsed})


def _goals(team: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    metrics = team.get("metrics", {})
    if not isinstance(metrics, Mapping):
        raise InvalidSettings(f'{FILE}: metrics is {metrics!r}: expected tables [metrics."name"]')
    for name, table in metrics.items():
        if not isinstance(table, Mapping) or set(table) - {"goal"}:
            raise InvalidSettings(
                f"{FILE}: metrics.{name!r} is {table!r}: expected a table with the key goal"
            )
        if table.get("goal") not in ("max", "min"):
            raise InvalidSettings(
                f"{FILE}: metrics.{name!r}.goal is {table.get('goal')!r}: expected 'max' or 'min'"
            )
        yield name, table["goal"]
