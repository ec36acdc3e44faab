"""What the user's own `git push`, `git fetch` and servers would do to runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitxp.storage.refs import SHARED
from gitxp.upkeep.doctor.finding import Finding, finding

Settings = Sequence[tuple[str, str]]

_TRUE = frozenset({"true", "yes", "on", "1"})
# Any run's ref: what holds for it holds for all.
_RUN = f"{SHARED}lr/{'0' * 32}"


def check_remotes(settings: Settings) -> Iterator[Finding]:
    """Yield what a plain push or fetch would do to runs, remote by remote."""
    named = (key.removeprefix("remote.") for key, _ in settings if key.startswith("remote."))
    for remote in dict.fromkeys(name.rpartition(".")[0] for name in named if "." in name):
        yield from _check_push(settings, remote)
        yield from _check_fetch(settings, remote)


def _check_push(settings: Settings, remote: str) -> Iterator[Finding]:
    if is_true(settings, f"remote.{remote}.mirror"):
        yield finding(
            "mirror-remote",
            f"git push {remote} deletes every run there that this clone does not have",
            f"git config --unset-all remote.{remote}.mirror",
        )
    for refspec in values(settings, f"remote.{remote}.push"):
        source, _, target = refspec.lstrip("+").partition(":")
        if source and _covers_runs(target or source):
            yield finding(
                "push-all-refs",
                f"git push {remote} sends runs by the refspec {refspec!r}",
                f"git config --unset-all --fixed-value remote.{remote}.push '{refspec}'",
            )


def _check_fetch(settings: Settings, remote: str) -> Iterator[Finding]:
    refspecs = values(settings, f"remote.{remote}.fetch")
    if any(spec.startswith("^") and _covers_runs(spec[1:]) for spec in refspecs):
        return
    prunes = values(settings, f"remote.{remote}.prune") or values(settings, "fetch.prune")
    is_pruned = bool(prunes) and prunes[-1].lower() in _TRUE
    for refspec in refspecs:
        if not _covers_runs(refspec.lstrip("+").partition(":")[2]):
            continue
        hint = f"git config --unset-all --fixed-value remote.{remote}.fetch '{refspec}'"
        if is_pruned:
            message = f"git fetch {remote} deletes runs that were never pushed, by {refspec!r}"
            yield finding("fetch-prunes-runs", message, hint)
        elif refspec.startswith("+"):
            message = f"git fetch {remote} overwrites runs without merging them, by {refspec!r}"
            yield finding("fetch-overwrites-runs", message, hint)


def _covers_runs(pattern: str) -> bool:
    """Return whether one side of a refspec takes in refs of runs."""
    before, star, _ = pattern.partition("*")
    if not star:
        return pattern.startswith(SHARED)
    return SHARED.startswith(before) or before.startswith(SHARED)


def check_hidden(settings: Settings) -> Iterator[Finding]:
    """Yield what a server would not show of runs, or not take."""
    for program, verb in (("uploadpack", "fetch"), ("receive", "push")):
        keys = ("transfer.hiderefs", f"{program}.hiderefs")
        patterns = [(key, value) for key, value in settings if key in keys]
        matching = [(key, value) for key, value in patterns if _hides(value.lstrip("!^"))]
        if matching and not matching[-1][1].startswith("!"):
            key, value = matching[-1]
            section = key.replace("hiderefs", "hideRefs")
            yield finding(
                "hidden-refs",
                f"{section}={value} keeps others from a {verb} of runs here",
                f"git config --add {section} '!{SHARED.rstrip('/')}'",
            )


def _hides(pattern: str) -> bool:
    return pattern == _RUN or _RUN.startswith(f"{pattern.rstrip('/')}/")


def values(settings: Settings, key: str) -> list[str]:
    """Return every value of a setting, in order."""
    return [value for name, value in settings if name == key]


def is_true(settings: Settings, key: str) -> bool:
    """Return whether the last value of a setting is true."""
    found = values(settings, key)
    return bool(found) and found[-1].lower() in _TRUE
