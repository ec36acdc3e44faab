"""Which remote is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gitxp.errors import RemoteFailed, UnknownRemote
from gitxp.storage.configuration import read_configuration, read_every_setting, remotes_in
from gitxp.storage.repository import Repository
from gitxp.storage.transport.talk import hear_out
from gitxp.text import shown

_INSTEAD: Final = ".pushinsteadof"


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of the repository.

    Attributes:
        url: Where runs are fetched from, as the settings have it.
        push_url: Where runs are pushed to; mostly the same.
        patience: For how many seconds it may be silent when it is pushed to, before it counts as
            one that fails; for as long as it likes where None.
    """

    name: str
    url: str
    push_url: str
    patience: float | None = None

    @property
    def push_address(self) -> str:
        """What to call the place that runs are pushed to, when Git is to ask it something."""
        return self.push_url if self.push_url != self.url else self.name


def find_remote(repository: Repository, name: str | None, *, to_push: bool = False) -> Remote:
    """Return the remote of that name, or the one that Git would take for the current branch.

    Args:
        name: None for the one that is usual here.
        to_push: Whether runs are to go there; Git has settings of its own for that.

    Raises:
        UnknownRemote: If there is none of that name, or there is none at all.
        RemoteFailed: If runs are to go there, and it stands for several places.

    Source of the order: `branch.<name>.remote` and `remote.pushDefault` in `git-config(1)`.
    """
    every = read_every_setting(repository)
    settings = dict(every)
    known = remotes_in(settings)
    chosen = name or _usual(repository, settings, known, to_push=to_push)
    if chosen not in known:
        if name is None:
            raise UnknownRemote("there is no remote", hint="git remote add origin URL")
        raise unknown_remote(name, known)
    if to_push:
        _check_is_one_place(every, chosen)
    return _remote(settings, chosen)


def _check_is_one_place(settings: Iterable[tuple[str, str]], name: str) -> None:
    """Refuse a remote whose pushes go to several places: what one has, another may lack."""
    keys = [key for key, _ in settings]
    count = keys.count(f"remote.{name}.pushurl") or keys.count(f"remote.{name}.url")
    if count > 1:
        raise RemoteFailed(
            f"remote {name!r} has {count} addresses to push to, and runs go to one at a time",
            hint="make a remote of each: git remote add NAME URL",
        )


def all_remotes(repository: Repository) -> list[Remote]:
    """Return every remote, in Git's order."""
    settings = read_configuration(repository)
    return [_remote(settings, name) for name in remotes_in(settings)]


def unknown_remote(name: str, known: Sequence[str]) -> UnknownRemote:
    """Return the error that there is no remote of a name among those that are known."""
    hint = f"known are: {', '.join(known) or 'none'}"
    return UnknownRemote(f"there is no remote {shown(name)}", hint=hint)


def _remote(settings: Mapping[str, str], name: str) -> Remote:
    url = settings[f"remote.{name}.url"]
    return Remote(name, url, settings.get(f"remote.{name}.pushurl") or _pushed(settings, url))


def _pushed(settings: Mapping[str, str], url: str) -> str:
    """Return where pushes to an address go.

    Source: `url.<base>.pushInsteadOf` in `git-config(1)`; the longest beginning counts.
    """
    bases = {
        value: key[len("url.") : -len(_INSTEAD)]
        for key, value in settings.items()
        if key.startswith("url.") and key.endswith(_INSTEAD) and url.startswith(value)
    }
    longest = max(bases, key=len, default="")
    return f"{bases[longest]}{url.removeprefix(longest)}" if longest else url


def _usual(
    repository: Repository, settings: Mapping[str, str], known: list[str], *, to_push: bool
) -> str:
    branch = _branch(repository)
    keys = [f"branch.{branch}.pushremote", "remote.pushdefault"] if to_push else []
    for key in (*keys, f"branch.{branch}.remote"):
        if settings.get(key) in known:
            return settings[key]
    return known[0] if len(known) == 1 else "origin"


def _branch(repository: Repository) -> str:
    said = hear_out(repository.start_git("branch", "--show-current"))
    return said.output.decode(errors="replace").strip()
