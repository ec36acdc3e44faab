"""Params of a running run: what came before is known, so that a change is noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.model.params import merge_params, replaced_params
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.toml import dumps
from gitxp.tracking.checked import Refuse, kept_params
from gitxp.tracking.trouble import Trouble


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
        if not new:
            return
        text = dumps(encode_params(new)).decode()
        with self._lock:
            changed = [path for path, _ in replaced_params(self._params, new)]
            self._params = merge_params(self._params, new)
            self._say("params", text=text)
        if changed:
            keys = ", ".join(".".join(str(key) for key in path) for path in changed)
            again = InvalidValue(f"param {keys} was logged again with another value")
            self._trouble.warn("param-changed", again, after="both are kept; this is said once")

    def after_fork(self) -> None:
        """In a forked child: whoever held the lock is not there."""
        self._lock = threading.Lock()
