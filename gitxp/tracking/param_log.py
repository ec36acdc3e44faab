"""Params of a running run: what came before is known, so that a change is noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.params import merge_params, replaced_params
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.toml import dumps
from gitxp.tracking.trouble import Trouble
from gitxp.tracking.values.checked_params import Refuse, kept_params

_SHOWN = 3


class ParamLog:
    """Takes params from any number of threads."""

    def __init__(
        self, params: Mapping[Any, Any], say: Callable[..., None], trouble: Trouble
    ) -> None:
        """Begin with what an earlier session of the run has logged.

        Args:
            say: Writes a line of the journal.
        """
        self._params = dict(params)
        self._say = say
        self._trouble = trouble
        self._size = len(dumps(encode_params(params))) if params else 0
        self._lock = threading.Lock()

    @property
    def values(self) -> Mapping[Any, Any]:
        """All of them as they stand."""
        return self._params

    def add(self, values: Any, refuse: Refuse) -> None:
        """Log params over those before; warn once where one takes another value.

        Args:
            refuse: Told of each item that cannot be recorded.
        """
        new = kept_params(values, refuse)
        if new:
            self.add_checked(new)

    def add_checked(self, new: Mapping[Any, Any]) -> None:
        """Log params that `checked_params` has returned."""
        content = dumps(encode_params(new))
        with self._lock:
            changed = [path for path, _ in replaced_params(self._params, new)]
            merged = merge_params(self._params, new)
            self._size = self._checked_size(merged, new, self._size + len(content))
            self._params = merged
            self._say("params", text=content.decode())
        if changed:
            keys = ", ".join(".".join(str(key) for key in path) for path in changed)
            again = InvalidValue(f"param {keys} was logged again with another value")
            self._trouble.warn("param-changed", again, after="both are kept; this is said once")

    def _checked_size(self, merged: Mapping[Any, Any], new: Mapping[Any, Any], most: int) -> int:
        """Return a size that `merged` does not have more bytes than; `most` is one, too.

        Raises:
            InvalidValue: If it would be too large.
        """
        if most <= LARGEST_DOCUMENT:
            return most
        size = len(dumps(encode_params(merged)))
        if size > LARGEST_DOCUMENT:
            names = ", ".join(map(repr, list(new)[:_SHOWN]))
            raise InvalidValue(
                f"with param {names:.200} all params have {size} bytes: "
                f"expected at most {LARGEST_DOCUMENT}",
                hint="keep what is large as a file: log_artifact, log_dict",
            )
        return size

    def after_fork(self) -> None:
        """In a forked child: whoever held the lock is not there."""
        self._lock = threading.Lock()
