"""Which files look like keys or credentials, by their names and first bytes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from gitxp.policy.secrets.code import find_in_bytes, holds_plain_values
from gitxp.policy.secrets.findings import NOTHING, Allowed
from gitxp.policy.secrets.private_keys import PRIVATE_KEY
from gitxp.policy.secrets.text import redact_path
from gitxp.policy.secrets.words import word_set

# As much of a file as a caller should read for `looks_secret_file`.
HEAD_BYTES: Final = 1 << 16

_KEY_STORES: Final = word_set(
    ".bcfks .bks .jceks .jks .kdb .kdbx .keychain .keystore .keytab .p12 .pfx .pkcs12 .ppk"
)
_CREDENTIALS: Final = word_set(
    "_netrc .boto .databrickscfg .dockercfg .git-credentials .htpasswd .netrc .pgpass .s3cfg"
    " .vault-token application_default_credentials.json credentials.tfrc.json kaggle.json"
    " service-account.json service_account.json"
)
# They count as credentials only in this folder.
_IN_FOLDERS: Final = frozenset(
    {
        (".aws", "credentials"),
        (".docker", "config.json"),
        (".huggingface", "token"),
        (".kube", "config"),
        (".snowflake", "connections.toml"),
        ("huggingface", "token"),
        ("huggingface", "stored_tokens"),
    }
)
_SECRET_FOLDERS: Final = frozenset({".gnupg", ".ssh", ".password-store"})
_HARMLESS_IN_SSH: Final = re.compile(r"known_hosts.*|config|authorized_keys|.*\.pub")
_SSH_KEYS: Final = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)(?:[._-]?\w+)?")
_ENVIRONMENT: Final = re.compile(r"\.env(?:rc)?(?:\..+)?|.+\.env")
# A model of a file for others to fill in.
_MODEL: Final = re.compile(r".*[._-](?:example|sample|template|tmpl|tpl|dist|defaults?|schema)\b.*")
# Hold secrets if anything at all: `secrets.yaml`, `credentials.json`, `terraform.tfstate`.
_SECRET_TABLES: Final = re.compile(
    r"\.?(?:.*[._-])?(?:secrets?|credentials?|creds|passwords?)"
    r"(?:[._-](?:prod|production|dev|staging|test|local))?(?:\.(?:ya?ml|json|toml|ini|cfg|conf|txt|csv))?"
    r"|client_secrets?.*\.json|.*\.tfstate(?:\.backup)?|.*\.tfvars(?:\.json)?"
)
# A value of any length behind a key; encrypted ones, as SOPS writes them, are none.
_HAS_VALUES: Final = re.compile(rb"""[=:][ \t]*["']?(?!ENC\[)[^\s"'#{\[|>]""")
_ENCRYPTED: Final = (b"sops:", b'"sops"', b"$ANSIBLE_VAULT", b"kind: SealedSecret")
# Files of tools that hold a token only on some machines.
_TOKENS: Final = (
    (re.compile(r"\.npmrc|\.yarnrc(?:\.yml)?"), re.compile(rb"(?i)_auth|_password|npmAuth")),
    (
        re.compile(r"\.pypirc|pip\.conf|\.my\.cnf"),
        re.compile(rb"(?im)^\s*password\s*[=:]\s*\S|://[^/\s]+@"),
    ),
    (
        re.compile(r"kube_?config.*|.*\.kubeconfig|config"),
        re.compile(rb"client-key-data:|(?s:kind:\s*Config\b.*\btoken:)"),
    ),
    (re.compile(r".*\.json"), re.compile(rb'"type"\s*:\s*"service_account"')),
)
# What a program's text, or a table of results, is not kept out for: a name before a value.
_BY_NAME: Final = "value of "


def looks_secret_file(path: str, head: bytes, allowed: Allowed = NOTHING) -> str | None:
    """Return why a file must stay out of a snapshot; None where it may come in.

    Args:
        path: In the repository, parts joined by `/`.
        head: Its first bytes, `HEAD_BYTES` of them if it has as many.

    Example:
        >>> looks_secret_file(".env", b"LR=0.1")
        'an environment file'
        >>> looks_secret_file(".env.example", b"API_KEY=") is None
        True
    """
    return looks_secret_by_name(path, head, allowed) or _by_content(path, head, allowed)


def looks_secret_by_name(path: str, head: bytes, allowed: Allowed = NOTHING) -> str | None:
    """Return why a file of this name is one of secrets, whatever else it holds; None if it is not.

    Args:
        head: As for `looks_secret_file`: empty tables and keys for the public are none.
    """
    return _by_name(path, head) or _in_name(path, allowed)


def _by_name(path: str, head: bytes) -> str | None:
    place = PurePosixPath(path)
    name, folder = place.name, place.parent.name
    lower = name.lower()
    if place.suffix.lower() in _KEY_STORES:
        return "a key store"
    if _SSH_KEYS.fullmatch(lower) and not lower.endswith(".pub") and b"PUBLIC KEY" not in head:
        return "a private key"
    if _SECRET_FOLDERS.intersection(place.parts[:-1]) and not _HARMLESS_IN_SSH.fullmatch(lower):
        return "inside a folder of keys"
    if lower in _CREDENTIALS or (folder.lower(), lower) in _IN_FOLDERS:
        return "a file of credentials"
    if _MODEL.fullmatch(lower):
        return None
    if _ENVIRONMENT.fullmatch(lower) and not lower.endswith(".py"):
        return "an environment file"
    return _by_table(lower, head)


def _in_name(path: str, allowed: Allowed) -> str | None:
    """Return what of a known shape stands in a path; words after `password=` may be anything."""
    for finding in redact_path(path, allowed).findings:
        if not finding.what.startswith(_BY_NAME):
            return f"has a name that holds what looks like a {finding.what}"
    return None


def _by_table(name: str, head: bytes) -> str | None:
    if _SECRET_TABLES.fullmatch(name):
        is_encrypted = any(mark in head for mark in _ENCRYPTED)
        return None if is_encrypted or not _HAS_VALUES.search(head) else "a file of secrets"
    for names, content in _TOKENS:
        if names.fullmatch(name) and content.search(head):
            return "a file of credentials"
    return None


def _by_content(path: str, head: bytes, allowed: Allowed) -> str | None:
    is_plain = holds_plain_values(path)
    for finding in find_in_bytes(head, path, allowed):
        if finding.what == PRIVATE_KEY:
            return "holds a private key"
        if is_plain or not finding.what.startswith(_BY_NAME):
            return f"holds what looks like a {finding.what}"
    return None
