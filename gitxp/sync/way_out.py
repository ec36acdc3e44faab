"""What to type where a record that arrived is refused, and will be each time."""

from __future__ import annotations

import shlex

from gitxp.storage.refs import parse_run_ref


def take_back(remote: str, ref: str) -> str:
    """Return what takes a run's record though it seems not to be by its home.

    Example:
        >>> take_back("origin", "refs/experiments/lr/c0ffee00c0ffee00c0ffee00c0ffee00")
        'git xp pull --restored origin c0ffee0'
    """
    return _of_run("pull --restored", remote, ref)


def put_there(remote: str, ref: str) -> str:
    """Return what has the remote stand where this clone does, unless it moved on since.

    Example:
        >>> put_there("origin", "refs/experiments/lr/c0ffee00c0ffee00c0ffee00c0ffee00")
        'git xp push --replace origin c0ffee0'
    """
    return _of_run("push --replace", remote, ref)


def merge_first(remote: str) -> str:
    """Return what brings here what a push would overwrite.

    Example:
        >>> merge_first("origin")
        'git xp pull origin first'
    """
    return f"git xp pull {shlex.quote(remote)} first"


def stand_there(remote: str, ref: str) -> str:
    """Return what has this clone stand where the remote does.

    Example:
        >>> stand_there("origin", "refs/experiments/lr/c0ffee00c0ffee00c0ffee00c0ffee00")
        'git xp pull --replace origin c0ffee0'
    """
    return _of_run("pull --replace", remote, ref)


def keep_no_more(ref: str) -> str:
    """Return what lets a run be removed, or replaced.

    Example:
        >>> keep_no_more("refs/experiments/lr/c0ffee00c0ffee00c0ffee00c0ffee00")
        'git xp keep --off c0ffee0'
    """
    return f"git xp keep --off {_short(ref)}"


def _of_run(command: str, remote: str, ref: str) -> str:
    return f"git xp {command} {shlex.quote(remote)} {_short(ref)}"


def _short(ref: str) -> str:
    place = parse_run_ref(ref)
    assert place is not None
    return place.run.short
