"""No login of a URL gets into a record, however its password is spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.capture.url import is_url, without_secrets

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=1, max_size=12)
# What belongs to no host, path or parameter below can be looked for in the answer.
PASSWORDS = st.text("0123456789QXZ/@:%+=&!$~[]", min_size=1, max_size=20)
HOSTS = st.sampled_from(
    ["host", "data.example.org", "localhost:8080", "bucket", "127.0.0.1", "[::1]:443"]
)
SCHEMES = st.sampled_from(["https", "http", "s3", "git+https", "postgresql", "abfss", "HTTPS"])


@given(SCHEMES, st.one_of(st.just(""), WORDS), PASSWORDS, HOSTS)
def test_no_password_is_kept_whatever_it_holds(scheme, user, password, host):
    kept = without_secrets(f"{scheme}://{user}:{password}@{host}/folder/file.csv?version=v")
    assert kept == f"{scheme}://{host}/folder/file.csv?version=v"


@given(st.text("0123456789", min_size=1, max_size=6), st.text("0123456789/", max_size=6))
def test_password_of_digits_with_a_slash_is_no_port(first, second):
    url = f"https://user:{first}/{second}@data.example.org/x.csv"
    assert without_secrets(url) == "https://data.example.org/x.csv"


@given(SCHEMES, WORDS, HOSTS)
def test_token_before_the_host_goes(scheme, token, host):
    kept = without_secrets(f"{scheme}://{token}:@{host}/x")
    assert kept == f"{scheme}://{host}/x"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:pa?ss@host/x", "https://host/x"),
        ("https://user:pa#ss@host/x", "https://host/x"),
        ("https://ada:secret@host/x?mail=a@b.org", "https://host/x?mail=a@b.org"),
        ("http://localhost:8080/pkg@v1/x", "http://localhost:8080/pkg@v1/x"),
        ("http://127.0.0.1:8080/@scope/pkg", "http://127.0.0.1:8080/@scope/pkg"),
        ("https://host:8443/x?mail=a@b.org", "https://host:8443/x?mail=a@b.org"),
        ("https://host/@scope/pkg", "https://host/@scope/pkg"),
    ],
)
def test_what_is_no_login_stays(url, kept):
    assert without_secrets(url) == kept


def test_path_is_no_url():
    assert not is_url("data/train.csv")
    assert not is_url("C:\\data")
