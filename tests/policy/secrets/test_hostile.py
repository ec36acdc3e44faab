"""No text makes the search slow: eight times the text takes about eight times as long."""

from __future__ import annotations

import base64
import random
import re
import time

import pytest

from gitxp.policy.secrets.code import mask_diff
from gitxp.policy.secrets.stream import StreamRedactor
from gitxp.policy.secrets.text import redact_bytes

SIZE = 1 << 18
SEEDS = [
    *(b"a", b"=", b"-", b"_", b" ", b"\n", b"\\", b'"', b"'", b"://", b"@", b"://a:", b"://a:b@"),
    *(b"password=", b'password="', b"password='\"", b"password: str = ", b"--password ", b"token"),
    *(
        b"token=a1",
        b'token="a ',
        b'"token", ',
        b"token" + b"\\" * 3 + b'",',
        b"key",
        b"api key: ",
        b"?sig=",
    ),
    *(b"eyJ", b"eyJ.", b"-eyJ", b"eyJhbGciOi.eyJ", b"ghp_", b"sk-", b"hf_", b"SG.a.", b"xoxb-"),
    *(b"AKIA", b"pypi-AgE", b"1:AA", b"aaaaQ~", b".atlasv1.", b"0-us", b'"username"', b"login "),
    *(b"wandb login ", b"Bearer a", b"Bearer a1", b"Authorization: ", b"-----BEGIN ", b"MTIz."),
    *(b"-----BEGIN RSA PRIVATE" + b" KEY-----", b"-----BEGIN PRIVATE" + b" KEY-----\n", b"\x1b["),
    *(b"password\x1b[1m", b"password [", b"password,default", b"a.b-", b"<password>", b"{{", b"$("),
    *(b"%3Dghp_", b"\r", b"password=,a", b"&a", b"password=&a", b"a" * 15 + b" ", b"a" * 16 + b" "),
    base64.b64encode(random.Random(1).randbytes(SIZE)),
]
# Linear is 8 times, quadratic 64.
TIMES = 8
AT_MOST = 3 * TIMES


def seconds(act, data):
    begun = time.process_time()
    act(data)
    return time.process_time() - begun


def is_linear(act, seed, size=SIZE):
    long = (seed * (size // len(seed) + 1))[:size]
    short = long[: size // TIMES]
    # Below what it takes to look at each byte once, a measurement tells nothing.
    floor = seconds(lambda data: re.findall(rb"(?s).", data), short)
    once = max(floor, min(seconds(act, short) for _ in range(3)))
    # A busy machine may spoil a measurement; what is not linear is too slow each time.
    return any(seconds(act, long) < AT_MOST * once for _ in range(3))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: repr(seed[:24]))
def test_time_grows_with_the_length_alone(seed):
    assert is_linear(redact_bytes, seed)


@pytest.mark.parametrize(
    "seed", [b"a", b"-eyJ", b"password=", b'token="a ', b"sk-", b"\n", b"://a:"]
)
def test_time_for_output_grows_with_its_length_alone(seed):
    # Even an eighth of it is more than is held back of a line.
    assert is_linear(lambda data: StreamRedactor().feed(data), seed, 3 * SIZE)


@pytest.mark.parametrize("seed", [b"+a\n", b"@@ -1 +1 @@\n", b"--- a\n", b"+password=hunter2\n"])
def test_time_for_a_diff_grows_with_the_length_alone(seed):
    assert is_linear(mask_diff, seed)
