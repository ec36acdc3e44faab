"""Which names promise a secret, and which only look alike."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final

from gitxp.policy.secrets.words import word_set


class Promise(IntEnum):
    """What a name says of its value."""

    NOTHING = 0
    # `token` may be a secret or a piece of text: its value decides.
    PERHAPS = 1
    SECRET = 2


_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# They say which of several, or how it is spelled, not what it is.
_NEUTRAL: Final = word_set(
    "b64 base base64 current default dev hex live new old plain plaintext prod production raw"
    " staging str string text val value"
)
_PASSWORDS: Final = word_set(
    "cookie cred credential credentials creds jwt mnemonic passcode passphrase passwd"
    " passwort password passwords pswd psw pwd secret secrets authorization"
)
# Written without a mark between the words.
_ENDINGS: Final = (
    *("password", "passwd", "passphrase", "secret", "credentials", "apikey", "accesskey"),
    *("secretkey", "privatekey", "accountkey", "signingkey", "authtoken", "accesstoken"),
    *("apitoken", "refreshtoken", "bearertoken", "sessiontoken", "accesssignature"),
)
_PROVIDERS: Final = word_set(
    "anthropic aws azure claude cohere comet databricks datadog dd deepseek discord docker"
    " dockerhub elevenlabs gcp gemini gh ghcr github gitlab gl google groq hf hub huggingface jira"
    " kaggle langchain langsmith mailgun mistral neptune netlify ngc npm nvidia openai openrouter"
    " pinecone pypi replicate sendgrid sentry slack stripe telegram together twilio vault vercel"
    " wandb"
)
_SECRET_KEYS: Final = _PROVIDERS | word_set(
    "access account aes api auth decryption deploy encryption fernet hmac private secret"
    " signing subscription"
)
_PERHAPS_KEYS: Final = word_set(
    "admin app application client license master pgp gpg root rsa service session shared ssh"
    " storage user webhook write"
)
_SECRET_TOKENS: Final = _PROVIDERS | word_set(
    "access account admin api app auth bearer bot ci csrf deploy job jwt login oauth oauth2"
    " personal private push read refresh sas secret security service session upload user webhook"
    " write xsrf"
)
# What a tokenizer's configuration speaks of.
_TEXT_TOKENS: Final = word_set(
    "additional audio average avg begin bos chat class classification cls code control decoder"
    " encoder end eod eos extra fim first forced image initial input last mask max middle min next"
    " no num of output pad per prefix previous prompt query sep special start stop suffix target"
    " think tool total unk unknown video vision word"
)
_LOGINS: Final = word_set(
    "account admin cert database db email ftp http imap key keystore login mail mongo my mysql"
    " pg postgres proxy rabbitmq redis root smtp sql ssh sudo truststore user"
)
_SIGNATURES: Final = frozenset({"sig", "signature", "hmac"})


@lru_cache(maxsize=4096)
def promise_of(name: str, *, is_query: bool = False) -> Promise:
    """Return what a name of a param, variable, option or field says of its value.

    Args:
        is_query: Whether it names a parameter in a URL, where signatures let anybody in.

    Example:
        >>> promise_of("AWS_SECRET_ACCESS_KEY").name, promise_of("max_tokens").name
        ('SECRET', 'NOTHING')
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and (words[-1] in _NEUTRAL or words[-1].isdigit()):
        words.pop()
    if not words:
        return Promise.NOTHING
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if is_query:
        if last in _SIGNATURES or last in {"token", "auth"}:
            return Promise.SECRET
        if last == "key":
            return max(Promise.PERHAPS, _promise(words[:-1], last, before))
    return _promise(words[:-1], last, before)


def _promise(firsts: list[str], last: str, before: str) -> Promise:
    if last in _PASSWORDS or last.endswith(_ENDINGS) or (before, last) in _PAIRS:
        return Promise.SECRET
    if last in {"key", "keys"}:
        return _promise_of_key(firsts, before, is_one=last == "key")
    if last in {"token", "tokens"}:
        return _promise_of_token(firsts, before, is_one=last == "token")
    if last == "pat":
        return Promise.SECRET if before in _PROVIDERS else Promise.NOTHING
    if last == "pass":
        lone = Promise.NOTHING if before else Promise.PERHAPS
        return Promise.SECRET if before in _LOGINS else lone
    return Promise.PERHAPS if last == "auth" and not before else Promise.NOTHING


# Last words that mean nothing alone.
_PAIRS: Final = frozenset(
    {
        ("access", "signature"),
        ("basic", "auth"),
        ("http", "auth"),
        ("proxy", "auth"),
        ("password", "hash"),
        ("recovery", "phrase"),
        ("secret", "id"),
        ("seed", "phrase"),
    }
)


def _promise_of_key(firsts: list[str], before: str, *, is_one: bool) -> Promise:
    # `OpenAIKey` is cut into open, ai, key.
    if before in _SECRET_KEYS or "".join(firsts[-2:]) in _PROVIDERS:
        return Promise.SECRET
    return Promise.PERHAPS if is_one and before in _PERHAPS_KEYS else Promise.NOTHING


def _promise_of_token(firsts: list[str], before: str, *, is_one: bool) -> Promise:
    if not is_one:
        is_secret = before in {"access", "api", "auth", "refresh"}
        return Promise.SECRET if is_secret else Promise.NOTHING
    if before in _SECRET_TOKENS or "".join(firsts[-2:]) in _PROVIDERS:
        return Promise.SECRET
    return Promise.NOTHING if before in _TEXT_TOKENS else Promise.PERHAPS


# Under these a whole number is a secret as well.
_PINS: Final = ("password", "passwd", "passwort", "passphrase", "passcode", "pwd", "pswd", "pass")
_SHORTEST_PIN: Final = 4


def is_pin(name: str, digits: str) -> bool:
    """Return whether digits under this name are a password: not those under `cookies`.

    Example:
        >>> is_pin("db_password", "123456"), is_pin("max_password_length", "1024")
        (True, False)
    """
    is_long = len(digits) >= _SHORTEST_PIN and digits.isdecimal()
    return is_long and name.lower().endswith(_PINS)


def is_secret_name(name: str) -> bool:
    """Return whether any text under this name must be taken for a secret.

    Example:
        >>> [is_secret_name(name) for name in ("hf_token", "password_reset_rate", "num_keys")]
        [True, False, False]
    """
    return promise_of(name) is Promise.SECRET
