"""Tokens that their issuers made recognizable.

The shapes are those that the issuers document, or that the rules of gitleaks
(https://github.com/gitleaks/gitleaks, `config/gitleaks.toml`), detect-secrets
(https://github.com/Yelp/detect-secrets) and GitHub's secret scanning
(https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns)
have found in the wild. Lengths are lower bounds where issuers have changed them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from gitxp.policy.secrets.edges import LETTERS, may_begin
from gitxp.policy.secrets.findings import Span
from gitxp.policy.secrets.infixes import find_infixes


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of token.

    Attributes:
        starts: Fixed texts one of which it begins with: searched for before any expression is.
        rest: Expression of what follows. Every repetition without a bound is possessive, which
            keeps the search linear.
        breaks: What must not stand before it.
        is_loose: Whether it may hold characters that `find_runs` takes for its end.
    """

    what: str
    starts: tuple[bytes, ...]
    rest: bytes
    breaks: bytes = LETTERS
    is_loose: bool = False


def _shape(
    what: str, starts: str, rest: str, *, breaks: bytes = LETTERS, is_loose: bool = False
) -> Shape:
    return Shape(what, tuple(map(str.encode, starts.split())), rest.encode(), breaks, is_loose)


SHAPES: Final = (
    # Code and packages
    _shape("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{36,}+"),
    _shape("GitHub token", "github_pat_", r"\w{36,}+"),
    _shape(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glft- glsoat- glcbt- glimt- glagent- gloas- GR1348941",
        r"[\w-]{20,}+(?:\.[\w.-]++)?",
    ),
    _shape("Bitbucket token", "ATBB", r"[A-Za-z0-9]{32}"),
    _shape("Atlassian token", "ATATT3 ATCTT3", r"[\w=-]{60,}+"),
    _shape("npm token", "npm_", r"[A-Za-z0-9]{36}"),
    _shape("PyPI token", "pypi-AgE", r"[\w-]{50,}+"),
    _shape("RubyGems key", "rubygems_", r"[0-9a-f]{48}"),
    _shape("crates.io token", "cio", r"[A-Za-z0-9]{32}"),
    _shape("Docker token", "dckr_pat_ dckr_oat_", r"[\w-]{24,}+"),
    _shape("Artifactory key", "AKCp", r"[A-Za-z0-9]{69}"),
    # Models and experiments
    _shape("Hugging Face token", "hf_ api_org_", r"[A-Za-z0-9]{34,}+(?!_)"),
    _shape("Anthropic key", "sk-ant-", r"[\w-]{20,}+"),
    _shape("OpenAI key", "sk-proj- sk-svcacct- sk-admin- sk-None-", r"[\w-]{20,}+"),
    _shape("OpenRouter key", "sk-or-v1-", r"[0-9a-f]{64}"),
    _shape("LangSmith key", "lsv2_pt_ lsv2_sk_", r"[0-9a-f]{32}_[0-9a-f]{10}"),
    _shape("Langfuse key", "sk-lf-", r"[0-9a-f-]{36}"),
    _shape("key that begins with sk-", "sk-", r"(?=[a-zA-Z]*+\d)[A-Za-z0-9]{20,}+(?![-_])"),
    _shape("Groq key", "gsk_", r"[A-Za-z0-9]{40,}+"),
    _shape("xAI key", "xai-", r"[A-Za-z0-9]{70,}+"),
    _shape("Replicate token", "r8_", r"[A-Za-z0-9]{37}"),
    _shape("Perplexity key", "pplx-", r"[A-Za-z0-9]{40,}+"),
    _shape("NVIDIA key", "nvapi-", r"[\w-]{60,}+"),
    _shape("Pinecone key", "pcsk_", r"\w{40,}+"),
    _shape("Kaggle token", "KGAT_", r"[0-9a-f]{32}"),
    _shape("W&B key", "wandb_v1_", r"\w{40,}+"),
    _shape("W&B key", "local-", r"[0-9a-f]{40}"),
    # Base64 of `{"api_address"`, with which Neptune's tokens begin.
    _shape("Neptune token", "eyJhcGlfYWRkcmVzcyI6", r"[A-Za-z0-9+/_-]{20,}+={0,2}"),
    _shape("Databricks token", "dapi", r"[0-9a-f]{32}(?:-\d)?"),
    # Clouds
    _shape(
        "AWS key",
        "AKIA ASIA ABIA ACCA",
        # A console's CSV holds the secret after the id.
        r"[A-Z0-9]{16}(?<!EXAMPLE)"
        r"""(?![A-Za-z0-9])(?:[ \t,:;"']{1,5}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))?""",
    ),
    _shape("AWS Bedrock key", "ABSK", r"[A-Za-z0-9+/]{100,}+={0,2}", is_loose=True),
    _shape("Google API key", "AIza", r"[\w-]{35}"),
    _shape("Google OAuth secret", "GOCSPX-", r"[\w-]{28}"),
    _shape("Google OAuth token", "ya29.", r"[\w-]{30,}+"),
    _shape("Alibaba key", "LTAI", r"[A-Za-z0-9]{16,20}"),
    _shape("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"[0-9a-f]{64}"),
    _shape("Heroku key", "HRKU-", r"[\w-]{36,}+"),
    _shape("Fly.io token", "fo1_ fm1_ fm2_ fm1a_ fm1r_", r"[\w+/-]{40,}+={0,3}", is_loose=True),
    _shape("Supabase token", "sbp_ sb_secret_", r"\w{31,}+"),
    _shape("PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w.=-]{32,}+"),
    _shape("Pulumi token", "pul-", r"[0-9a-f]{40}"),
    _shape("Vault token", "hvs. hvb. hvr.", r"[\w-]{24,}+"),
    _shape("Doppler token", "dp.pt. dp.st. dp.sa. dp.ct.", r"(?:[\w-]{1,40}\.)?[A-Za-z0-9]{40,}+"),
    _shape("1Password token", "ops_eyJ", r"[A-Za-z0-9+/_-]{100,}+={0,3}", is_loose=True),
    _shape("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    _shape("Tailscale key", "tskey-", r"[\w-]{20,}+"),
    # Messages, mail, payment, watching
    _shape(
        "Slack token",
        "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxc- xoxd- xoxe.",
        r"[\w.%+/-]{20,}+",
        is_loose=True,
    ),
    _shape("Slack token", "xapp-", r"\d-[\w-]{20,}+"),
    _shape(
        "Slack webhook",
        "hooks.slack.com/services/ hooks.slack.com/workflows/ hooks.slack.com/triggers/",
        r"[\w/+-]{20,}+",
        breaks=b"",
        is_loose=True,
    ),
    _shape(
        "Discord webhook",
        "discord.com/api/webhooks/ discordapp.com/api/webhooks/",
        r"\d{10,}+/[\w-]{20,}+",
        breaks=b"",
        is_loose=True,
    ),
    _shape(
        "Teams webhook",
        "webhook.office.com/",
        r"webhookb2/[\w@/.-]{40,}+",
        breaks=b"",
        is_loose=True,
    ),
    _shape("Stripe key", "sk_live_ rk_live_ sk_test_ rk_test_ whsec_", r"[A-Za-z0-9]{10,}+"),
    _shape("Square token", "sq0atp- sq0csp-", r"[\w-]{22,}+"),
    _shape("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"[0-9a-fA-F]{32}"),
    _shape("SendGrid key", "SG.", r"[\w-]{16,32}\.[\w-]{30,}+"),
    _shape("Mailgun key", "key-", r"[0-9a-f]{32}"),
    _shape("Brevo key", "xkeysib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    _shape("Twilio key", "SK", r"[0-9a-f]{32}"),
    _shape("Sentry token", "sntrys_ sntryu_", r"[\w+/=-]{40,}+", is_loose=True),
    _shape("Grafana token", "glc_ glsa_", r"[A-Za-z0-9_+/]{32,}+={0,3}", is_loose=True),
    _shape("New Relic key", "NRAK- NRJS- NRII-", r"[A-Za-z0-9-]{19,}+"),
    _shape("Dynatrace token", "dt0c01. dt0s01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    # Offices
    _shape("Notion token", "ntn_", r"[A-Za-z0-9]{40,}+"),
    _shape("Linear key", "lin_api_ lin_oauth_", r"[A-Za-z0-9]{40,}+"),
    _shape("Airtable token", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    _shape("Figma token", "figd_ figdr_", r"[\w-]{36,}+"),
    _shape("Postman key", "PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"),
    _shape("Dropbox token", "sl.", r"[\w-]{130,}+"),
    # RFC 7519: base64 of `{"` begins with `eyJ`; an encrypted one has five parts.
    _shape("JWT", "eyJ", r"[\w-]{13,}+\.[\w-]{10,}+(?:\.[\w-]*+){1,3}", breaks=LETTERS + b"_-"),
)


# A token has this many characters of one kind somewhere; few words of ordinary text do.
_LONG: Final = 16
_RUN: Final = b"a" * _LONG
_TABLE: Final = bytes(ord("a") if code in LETTERS + b"_-" else ord(" ") for code in range(256))


def find_shapes(data: bytes) -> Iterator[Span]:
    """Yield every token that its shape gives away."""
    runs = _runs(data)
    yield from find_infixes(data, runs)
    if not runs:
        return
    words = b" ".join(data[start:end] for start, end in runs)
    for start, is_loose, shape in _starts():
        if start in (data if is_loose else words):
            yield from _find(data, shape, start)


@cache
def _starts() -> list[tuple[bytes, bool, Shape]]:
    """Return every fixed text, and whether it may stand outside a long word."""
    return [
        (start, shape.is_loose or b" " in start.translate(_TABLE), shape)
        for shape in SHAPES
        for start in shape.starts
    ]


def _runs(data: bytes) -> list[tuple[int, int]]:
    """Return where long words stand: much faster than an expression could tell."""
    marked = data.translate(_TABLE)
    runs = []
    start = marked.find(_RUN)
    while start >= 0:
        end = marked.find(b" ", start)
        if end < 0:
            end = len(data)
        runs.append((start, end))
        start = marked.find(_RUN, end)
    return runs


def _find(data: bytes, shape: Shape, fixed: bytes) -> Iterator[Span]:
    expression = _compiled(shape.rest + rb"(?![A-Za-z0-9])")
    position = data.find(fixed)
    while position >= 0:
        end = position + len(fixed)
        if may_begin(data, position, shape.breaks):
            match = expression.match(data, end)
            if match is not None:
                yield Span(position, match.end(), shape.what)
                end = match.end()
        position = data.find(fixed, end)


@cache
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)
