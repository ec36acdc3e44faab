"""No login of a URL gets into a record, however its password is spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.policy.secrets.text import redact_text, redact_url

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=1, max_size=12)
# What belongs to no host, path or parameter below can be looked for in the answer.
PASSWORDS = st.text("0123456789QXZ/@:%+=&!$~[]", min_size=1, max_size=20)
HOSTS = st.sampled_from(
    ["host", "data.example.org", "localhost:8080", "bucket", "127.0.0.1", "[::1]:443"]
)
SCHEMES = st.sampled_from(["https", "http", "s3", "git+https", "postgresql", "abfss", "HTTPS"])


@given(SCHEMES, st.one_of(st.just(""), WORDS), PASSWORDS, HOSTS)
def test_no_password_is_kept_whatever_it_holds(scheme, user, password, host):
    kept = redact_url(f"{scheme}://{user}:{password}@{host}/folder/file.csv?version=v").value
    assert kept == f"{scheme}://<redacted>@{host}/folder/file.csv?version=v"


@given(st.text("0123456789", min_size=1, max_size=6), st.text("0123456789/", max_size=6))
def test_password_of_digits_with_a_slash_is_no_port(first, second):
    url = f"https://user:{first}/{second}@data.example.org/x.csv"
    assert redact_url(url).value == "https://<redacted>@data.example.org/x.csv"


@given(SCHEMES, WORDS, HOSTS)
def test_token_before_the_host_goes(scheme, token, host):
    kept = redact_url(f"{scheme}://{token}:@{host}/x").value
    assert kept == f"{scheme}://<redacted>@{host}/x"


@given(SCHEMES, WORDS, PASSWORDS, HOSTS)
def test_redacted_url_is_left_as_it_is(scheme, user, password, host):
    kept = redact_url(f"{scheme}://{user}:{password}@{host}/x").value
    assert redact_url(kept).value is kept


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:pa?ss@host/x", "https://<redacted>@host/x"),
        ("https://user:pa#ss@host/x", "https://<redacted>@host/x"),
        ("https://ada:secret@host/x?mail=a@b.org", "https://<redacted>@host/x?mail=a@b.org"),
        ("https://token@host/x", "https://<redacted>@host/x"),
        ("git+https://token@host/x", "git+https://<redacted>@host/x"),
        ("s3://key:hunter2@bucket/x?part=1", "s3://<redacted>@bucket/x?part=1"),
        ("s3://key:hun/ter2@bucket/x", "s3://<redacted>@bucket/x"),
        ("hf://token@datasets/x", "hf://<redacted>@datasets/x"),
        ("https://host/x?token=hunter2&v=2", "https://host/x?token=<redacted>&v=2"),
        ("https://h/x?X-Amz-Signature=hunter2&v=2", "https://h/x?X-Amz-Signature=<redacted>&v=2"),
        ("https://host/x#access_token=hunter2", "https://host/x#access_token=<redacted>"),
        ("https://h/x?from=https://a:hunter2@b/", "https://h/x?from=https://<redacted>@b/"),
    ],
)
def test_what_may_let_others_in_is_redacted(url, kept):
    assert redact_url(url).value == kept


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/pkg@v1/x",
        "http://127.0.0.1:8080/@scope/pkg",
        "http://[::1]:80/x@3",
        "hdfs://host:9000/x@3",
        "https://host:8443/x?mail=a@b.org",
        "https://host/@scope/pkg",
        "https://host/x?v=2#part",
        "abfss://container@account/x",
        "ssh://git@example.org/team/lib.git",
        "git@example.org:team/lib.git",
        "data/train@v2.csv",
        "C:\\data",
    ],
)
def test_what_is_no_login_stays(url):
    assert redact_url(url).value == url


def test_password_of_digits_is_one_in_a_text_too():
    assert redact_text("from https://ada:123456@h/x").value == "from https://<redacted>@h/x"
