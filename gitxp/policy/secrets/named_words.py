"""Whether a whole word under a name, such as a param or an argument, is a secret."""

from __future__ import annotations

from typing import Final

from gitxp.policy.secrets.names import Promise, is_pin, promise_of
from gitxp.policy.secrets.plain import is_stand_in, looks_random

# As the whole name of a param or option they mean what they say; in a text they need not.
_BARE: Final = frozenset({"token", "auth", "pass"})
_SHORTEST_BARE: Final = 4


def is_secret_word(name: str, text: str) -> bool:
    """Return whether `text`, all of it, is a secret because of its name.

    Example:
        >>> is_secret_word("password", "hunter2"), is_secret_word("password", "***")
        (True, False)
        >>> is_secret_word("max_tokens", "9f8Ab2xQ71zK"), is_secret_word("token", "hunter2")
        (False, True)
    """
    promise = promise_of(name)
    if promise is Promise.NOTHING:
        return False
    spelled = text.encode("utf-8", "surrogatepass")
    if is_pin(name, text):
        return True
    if is_stand_in(spelled):
        return False
    if promise is Promise.SECRET:
        return not is_working_folder(name, text)
    is_bare = name.lower().strip("-") in _BARE and " " not in text
    return (is_bare and len(text) >= _SHORTEST_BARE) or looks_random(spelled)


def is_working_folder(name: str, text: str) -> bool:
    """Return whether it is what shells keep in `PWD`, which elsewhere is a password.

    Example:
        >>> is_working_folder("OLDPWD", "/home/ada"), is_working_folder("mysql_pwd", "hunter2")
        (True, False)
    """
    return name.lower().endswith("pwd") and text.startswith(("/", "~"))
