"""What verification finds, as values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum

from gitxp.errors import GitxpError
from gitxp.storage.odb.proved import ProvedObjects

LOST_HINT = "git fsck --full, and look for the run in another clone"


class Weight(StrEnum):
    """Whether a flaw makes a record untrue, or only wants to be known."""

    FAILURE = "failure"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as the record format says.

    Attributes:
        hint: What to do about it, best a command to type; empty where nothing helps.
    """

    what: str
    hint: str = ""
    weight: Weight = Weight.FAILURE


@dataclass(frozen=True, slots=True)
class RefFlaw:
    """A flaw of what one ref leads to."""

    ref: str
    what: str
    hint: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, and what came of it.

    Attributes:
        runs: Runs' records, those in the trash among them.
        experiments: Experiments' own records.
        codes: Refs that keep the code of running runs.
        commits: Record commits, the earlier ones among them.
        points: Points compared with their summaries.
        files: Git LFS objects whose SHA-256 was compared.
        file_bytes: Bytes of them.
        bundles: Bundles of submodules that were opened.
        elsewhere: Commits of submodules that only their remotes are said to have: nobody asked.
    """

    runs: int
    experiments: int
    codes: int
    commits: int
    points: int
    files: int
    file_bytes: int
    bundles: int
    elsewhere: int
    flaws: tuple[RefFlaw, ...] = field(default=())

    def __add__(self, other: Verified) -> Verified:
        """Return what was found in two goes, which looked at different refs."""
        both = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return Verified(**both)

    @property
    def failures(self) -> tuple[RefFlaw, ...]:
        """The flaws that make a record untrue."""
        return tuple(flaw for flaw in self.flaws if flaw.weight is Weight.FAILURE)

    @property
    def notes(self) -> tuple[RefFlaw, ...]:
        """The other flaws."""
        return tuple(flaw for flaw in self.flaws if flaw.weight is Weight.NOTE)


@contextmanager
def collected(flaws: list[Flaw]) -> Iterator[None]:
    """Turn an error that the block raises into a flaw at the end of `flaws`."""
    try:
        yield
    except GitxpError as error:
        flaws.append(Flaw(str(error), error.hint))


def unreadable(objects: ProvedObjects, oid: str, error: GitxpError, *, of: str) -> Flaw:
    """Return the flaw that an object cannot be read; a note where a remote promised to give it.

    Args:
        of: What the object is, for people.
    """
    if objects.is_partial and not objects.has(oid):
        what = f"{of} was not brought along by this partial clone: {oid}"
        return Flaw(what, f"git cat-file -e {oid}", Weight.NOTE)
    return Flaw(f"{of}: {error}", error.hint or LOST_HINT)


def unreadable_parent(objects: ProvedObjects, oid: str, error: GitxpError, *, of: str) -> Flaw:
    """Return the flaw that a commit below a record cannot be read; a shallow clone may lack it."""
    if objects.shallow and not objects.has(oid):
        what = f"{of} was not brought along by this shallow clone: {oid}"
        return Flaw(what, "git fetch --unshallow", Weight.NOTE)
    return unreadable(objects, oid, error, of=of)
