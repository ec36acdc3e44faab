"""Params, tags and arguments without their secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.policy.secrets.arguments import redact_arguments
from gitxp.policy.secrets.findings import REDACTED, Allowed
from gitxp.policy.secrets.values import redact_value

TOKEN = "gh" + "p_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"password": "hunter2"}, {"password": REDACTED}),
        (
            {"db": {"password": "hunter2", "port": 5432}},
            {"db": {"password": REDACTED, "port": 5432}},
        ),
        ({"db.password": "hunter2"}, {"db.password": REDACTED}),
        ({"wandb": {"key": "x1y2"}}, {"wandb": {"key": REDACTED}}),
        ({"api_keys": ["a1", "b2"]}, {"api_keys": [REDACTED, REDACTED]}),
        (
            {"credentials": {"user": "ada", "x": {"y": ("z",)}}},
            {"credentials": {"user": REDACTED, "x": {"y": (REDACTED,)}}},
        ),
        (
            {"env": [{"name": "HF_TOKEN", "value": "x1"}]},
            {"env": [{"name": "HF_TOKEN", "value": REDACTED}]},
        ),
        ({"argv": ["--password", "hunter2"]}, {"argv": ["--password", REDACTED]}),
        ({"secret": b"b1t3s"}, {"secret": REDACTED.encode()}),
        ({"raw": TOKEN.encode()}, {"raw": REDACTED.encode()}),
        ({"names": {TOKEN}}, {"names": {REDACTED}}),
        ({TOKEN: 1, f"{TOKEN}x": 2, "lr": 3}, {REDACTED: 1, f"{REDACTED} 2": 2, "lr": 3}),
        ({"password": 123456}, {"password": REDACTED}),
        ({"token": "hunter2"}, {"token": REDACTED}),
        ({"note": f"used {TOKEN} here"}, {"note": f"used {REDACTED} here"}),
    ],
)
def test_secret_in_params_is_redacted(given, kept):
    found = redact_value((), given)
    assert found.value == kept
    assert found.findings


@pytest.mark.parametrize(
    "params",
    [
        {"password": None, "api_key": "", "secret": True, "token": 50257, "auth_token": 0.5},
        {"password": "***", "api_key": REDACTED, "token": "${HF_TOKEN}", "secret": "env:SECRET"},
        {"model": {"attention_key": 64, "pad_token": "<pad>", "max_tokens": [1, 2]}, "lr": 1e-3},
        {"cookies": 12000, "passwords_seen": 10_000, "token_secret_count": 99_999},
        {"env": [{"name": "LR", "value": "0.1"}], "argv": ["--lr", "0.1"]},
        {1: {None: (b"\xff", frozenset({"a"}))}, "path": "\udcff"},
        {"PWD": "/home/ada/project"},
    ],
)
def test_params_without_a_secret_are_the_same_object(params):
    found = redact_value((), params)
    assert found.value is params
    assert found.findings == ()


def test_name_above_counts_for_a_value_given_alone():
    assert redact_value(("db", "password"), "hunter2").value == REDACTED
    assert redact_value(("lr",), "hunter2").value == "hunter2"


def test_finding_names_the_param_and_not_its_value():
    found = redact_value((), {"db": [{"password": "hunter2"}]}).findings
    assert [(one.path, one.what) for one in found] == [("db.0.password", "value of password")]


def test_what_is_given_is_never_changed():
    params = {"a": [{"password": "hunter2"}], "b": {"c"}}
    redact_value((), params)
    assert params == {"a": [{"password": "hunter2"}], "b": {"c"}}


def test_allowed_param_is_left_alone():
    params = {"secret": "santa", "session": {"key": "a1B2c3D4e5"}}
    assert redact_value((), params, Allowed.of(["secret"])).value is params


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(
            st.sampled_from(["password", "lr", "token", "api_key", "key", "a"]), inner
        )
    ),
)


@given(PLAIN)
def test_redacting_twice_is_redacting_once(value):
    once = redact_value((), value).value
    assert redact_value((), once).value is once


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--password", "hunter2"], ["--password", REDACTED]),
        (["--password=hunter2"], [f"--password={REDACTED}"]),
        (["-password", "hunter2"], ["-password", REDACTED]),
        (["PASSWORD=x", "cmd"], [f"PASSWORD={REDACTED}", "cmd"]),
        (["+db.password=hunter2"], [f"+db.password={REDACTED}"]),
        (["-Dssl.keyPassword=hunter2"], [f"-Dssl.keyPassword={REDACTED}"]),
        (["--token", "hunter2"], ["--token", REDACTED]),
        (["--password", "123456"], ["--password", REDACTED]),
        (["--data", "https://a:hunter2@h/x"], ["--data", f"https://{REDACTED}@h/x"]),
        (
            ["--header", "Authorization: Bearer hunter2"],
            ["--header", f"Authorization: Bearer {REDACTED}"],
        ),
        (["sh", "-c", "x --api-key hunter2 | y"], ["sh", "-c", f"x --api-key {REDACTED} | y"]),
        (["curl", "-u", "ada:hunter2", "h"], ["curl", "-u", REDACTED, "h"]),
        (["wandb", "login", "0a1b" * 10], ["wandb", "login", REDACTED]),
        (["x", f"--note=see {TOKEN}"], ["x", f"--note=see {REDACTED}"]),
    ],
)
def test_secret_in_arguments_is_redacted(words, kept):
    found = redact_arguments(words)
    assert found.value == kept
    assert redact_arguments(found.value).value is found.value


@pytest.mark.parametrize(
    "words",
    [
        ["python", "train.py", "--lr", "0.1", "--max-tokens=512", "--key-dim", "64"],
        ["--password", "--verbose"],
        ["--use-auth-token", "--api-key", "$KEY", "--token"],
        ["docker", "run", "-u", "1000:1000", "image:tag"],
        ["git", "clone", "git@github.com:ada/project.git", "0a1b" * 10],
        ["--file", "/data/\udcff.csv"],
        [],
    ],
)
def test_arguments_without_a_secret_are_the_same_object(words):
    assert redact_arguments(words).value is words
