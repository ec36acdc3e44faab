"""What the doctor can find; each kind stands in one table, from which its page is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """What a finding means for whoever works here."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be found.

    Attributes:
        slug: Its stable name.
        meaning: What it leads to, for the documentation.
    """

    slug: str
    severity: Severity
    meaning: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found.

    Attributes:
        hint: What to do about it, best a command to type.
    """

    slug: str
    severity: Severity
    message: str
    hint: str


KINDS: Final = (
    Kind("git-missing", Severity.ERROR, "There is no `git` program: nothing works."),
    Kind(
        "git-old", Severity.ERROR, "Git is older than 2.34, the oldest that gitxp is tested with."
    ),
    Kind(
        "git-lfs-missing",
        Severity.WARNING,
        "Files are kept by Git LFS here, and its program is not installed: captured code holds "
        "such files as they lie on the disk. Large artifacts are pushed all the same.",
    ),
    Kind(
        "header-for-every-server",
        Severity.WARNING,
        "A token in `http.extraHeader` goes to a server of large files that only `.lfsconfig`, a "
        "file of the code, names: the installed git-lfs tells it to every server.",
    ),
    Kind("python-old", Severity.ERROR, "Python is older than gitxp admits."),
    Kind("library-old", Severity.ERROR, "A library is missing, or older than gitxp admits."),
    Kind("no-repository", Severity.ERROR, "There is no Git repository, or Git will not open it."),
    Kind(
        "unsupported-repository",
        Severity.ERROR,
        "The repository is of a kind that gitxp would harm or cannot read: SHA-256 ids, refs "
        "as reftable, extensions that Git does not know.",
    ),
    Kind("foreign-owner", Severity.ERROR, "The repository is another user's: Git refuses it."),
    Kind(
        "libgit2",
        Severity.ERROR,
        "libgit2 cannot open the repository: runs are recorded, and cannot be listed.",
    ),
    Kind("settings-wrong", Severity.ERROR, "A setting is unknown or wrong: every command refuses."),
    Kind("read-only", Severity.ERROR, "The repository cannot be written: no run can start."),
    Kind(
        "locks",
        Severity.WARNING,
        "The file system has no locks: whether a run's process lives is told by its number "
        "alone, and not at all from another host.",
    ),
    Kind(
        "large-files-not-held",
        Severity.WARNING,
        "A Git LFS folder, this clone's or a submodule's, has no hard links to `.git`, or "
        "objects in it are another user's, and the system refuses links to them: `git lfs "
        "prune` deletes the large files of runs some days after they were recorded.",
    ),
    Kind(
        "stray-large-files",
        Severity.NOTE,
        "Large files are held from `git lfs prune` for runs that are gone without a purge, as by "
        "`git update-ref -d`. The next purge of any run lets them go, too.",
    ),
    Kind("disk-full", Severity.WARNING, "Less than 1 GiB or 2 % of the disk is free."),
    Kind(
        "clock-off",
        Severity.WARNING,
        "The clocks of the machine and of the file system differ: times of runs that died are "
        "wrong.",
    ),
    Kind(
        "future-dates",
        Severity.WARNING,
        "Commits or runs are dated in the future: a clock is wrong, here or where they were made, "
        "and the newest run is not the one that started last.",
    ),
    Kind(
        "mirror-remote",
        Severity.ERROR,
        "A plain `git push` makes the remote a mirror of this clone: it deletes every run there "
        "that is not here.",
    ),
    Kind(
        "push-all-refs",
        Severity.WARNING,
        "A plain `git push` sends runs past gitxp: it overwrites what others said of them, and "
        "brings back what they removed.",
    ),
    Kind(
        "fetch-prunes-runs",
        Severity.ERROR,
        "A plain `git fetch` deletes every run that was never pushed.",
    ),
    Kind(
        "fetch-overwrites-runs",
        Severity.WARNING,
        "A plain `git fetch` replaces local records by the remote's, without merging them.",
    ),
    Kind(
        "decorated-runs",
        Severity.WARNING,
        "`git log` shows the refs of runs beside commits, and slows down with their number.",
    ),
    Kind("hidden-refs", Severity.WARNING, "Others cannot fetch or push runs here."),
    Kind(
        "shallow-clone",
        Severity.NOTE,
        "The history of code ends early: runs cannot be pushed to a remote that lacks their base.",
    ),
    Kind(
        "partial-clone",
        Severity.NOTE,
        "Files are fetched from the remote when they are first needed: reading a run may need the "
        "network.",
    ),
    Kind("no-identity", Severity.WARNING, "Git knows no name and address to put into records."),
    Kind(
        "many-objects",
        Severity.WARNING,
        "There are so many loose objects or packs that Git stops to gather them.",
    ),
    Kind("unrecorded-runs", Severity.WARNING, "Processes died before their runs were recorded."),
    Kind(
        "unknown-runs",
        Severity.WARNING,
        "Runs of other hosts wait to be recorded, and whether they still run is not known here.",
    ),
    Kind(
        "damaged-experiment",
        Severity.ERROR,
        "What was said of an experiment cannot be read: neither its description nor its baseline "
        "is known, and runs that start have none.",
    ),
    Kind(
        "kept-pack",
        Severity.WARNING,
        "The pack of a lately recorded run cannot be read, or the store lacks what it holds.",
    ),
    Kind("not-checked", Severity.WARNING, "Something could not be looked at."),
)
_BY_SLUG: Final = {kind.slug: kind for kind in KINDS}


def finding(slug: str, message: str, hint: str) -> Finding:
    """Return a finding of the kind `slug`."""
    return Finding(slug, _BY_SLUG[slug].severity, message, hint)
