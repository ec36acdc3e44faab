"""What a push asks of a remote, and what the remote answers, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

# What Git itself says of a ref that it does not send, since the remote has something else there.
_STALE = frozenset(
    {
        *("stale info", "fetch first", "non-fast-forward", "non-fast forward", "needs force"),
        *("already exists", "remote ref updated since checkout"),
    }
)


@dataclass(frozen=True, slots=True)
class RefToSend:
    """What a ref of the remote is to become.

    Attributes:
        seen: What it was there when it was last seen; None where it was not there.
        tip: What it is to be; None where it is to go.
    """

    ref: str
    seen: str | None
    tip: str | None

    @property
    def lease(self) -> str | None:
        """What the remote must have there still, as `<ref>:<tip>`.

        A ref that was not there needs none: Git sends it where it is not there now, or leads to
        the new tip.
        """
        return None if self.seen is None else f"{self.ref}:{self.seen}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one ref.

    Attributes:
        is_there: Whether the remote has now what it was to have.
        is_stale: Whether the remote had something else than was last seen.
        reason: Why it is not there, in Git's words or the remote's; empty where it is.
        said: What the remote said besides when it refused, of all that were sent at once: what a
            hook prints, say.
    """

    ref: str
    is_there: bool
    is_stale: bool = False
    reason: str = ""
    said: str = field(default="", repr=False)

    @classmethod
    def refused(cls, ref: str, reason: str) -> Sent:
        """Return what became of a ref that is not there."""
        return cls(ref, is_there=False, is_stale=reason in _STALE, reason=reason)
