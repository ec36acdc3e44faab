"""What to type where a record that arrived is refused, and will be each time."""

from __future__ import annotations

import shlex

from gitxp.storage.refs import parse_run_ref

# As many digits of an id as tell one from all others that anybody has.
_DIGITS = 12


def take_back(remote: str, ref: str) -> str:
    """Return what takes a run's record though it seems not to be by its home.

    Example:
        >>> take_back("origin", "refs/experiments/lr/c0ffee00c0ffee00c0ffee00c0ffee00")
        'git xp pull --restored origin c0ffee0'
    """
    place = parse_run_ref(ref)
    assert place is not None
    return f"git xp pull --restored {shlex.quote(remote)} {place.run.short}"


def put_there(remote: str, ref: str, there: str) -> str:
    """Return what has the remote stand where this clone does, unless it moved on since.

    Example:
        >>> put_there("origin", "refs/experiments/lr/about", "c0ffee00" * 5)
        'git push --force-with-lease=refs/experiments/lr/about:c0ffee00c0ff origin refs/experiments/lr/about'
    """  # noqa: E501  # a line to type
    lease = f"--force-with-lease={ref}:{there[:_DIGITS]}"
    return f"git push {lease} {shlex.quote(remote)} {ref}"


def stand_there(ref: str, there: str) -> str:
    """Return what has this clone stand where the remote does.

    Example:
        >>> stand_there("refs/experiments/lr/about", "c0ffee00" * 5)
        'git update-ref refs/experiments/lr/about c0ffee00c0ff'
    """
    return f"git update-ref {ref} {there[:_DIGITS]}"
