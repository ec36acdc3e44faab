"""Output in pieces: the same however it is cut, shown late by no more than a line."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitxp.policy.secrets.findings import REDACTED_BYTES
from gitxp.policy.secrets.stream import StreamRedactor
from gitxp.policy.secrets.text import redact_bytes

TOKEN = b"gh" + b"p_" + b"a1B2" * 9
KEY = b"-----BEGIN PRIVATE" + b" KEY-----\r\n%s\r\n%s\r\n-----END PRIVATE KEY-----\r\n" % (
    b"aB1/" * 16,
    b"cD2+" * 16,
)
WORDS = [
    *(b"password=", b"hunter2x9", b"--token ", b'"api_key": "', b'"', b" ", b"\n", b"\r", b"\r\n"),
    *(TOKEN, KEY, KEY.replace(b"\r", b""), b"https://ada:", b"hunter2@host/", b"epoch 1 loss 0.1"),
    *(b"\x1b[1m", b"\xff\xfe", b"<redacted>", b"-----BEGIN RSA PRIVATE", b" KEY-----", b"=", b","),
    *(b"Authorization: Bearer ", b"aB1/" * 16, b"\xc3\xa4", b"&sig=", b"{", b"}", b"\\n"),
]
OUTPUT = st.lists(st.sampled_from(WORDS) | st.binary(max_size=5), max_size=30).map(b"".join)


def through(pieces):
    redactor = StreamRedactor()
    return b"".join([*map(redactor.feed, pieces), redactor.close()])


def cut(data, places):
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(OUTPUT, st.lists(st.integers(min_value=0, max_value=10**6), max_size=20))
@example(KEY, [1, 5, 30, 31, 33, 60, 99, 100, 101])
def test_any_pieces_give_what_the_whole_gives(output, places):
    whole = through([output])
    assert through(cut(output, places)) == whole
    assert redact_bytes(output).value == whole


@given(OUTPUT)
def test_byte_by_byte_gives_what_the_whole_gives(output):
    assert through([output[at : at + 1] for at in range(len(output))]) == through([output])


@given(OUTPUT)
def test_redacting_twice_is_redacting_once(output):
    once = redact_bytes(output).value
    assert redact_bytes(once).value is once


@given(st.binary())
def test_what_has_no_finding_comes_back_as_it_was(output):
    found = redact_bytes(output)
    assert (found.value is output) == (found.findings == ())


@pytest.mark.parametrize("place", range(1, len(TOKEN)))
def test_secret_split_over_two_pieces_does_not_get_through(place):
    kept = through([b"x " + TOKEN[:place], TOKEN[place:] + b" y\n"])
    assert kept == b"x <redacted> y\n"


def test_whole_lines_are_kept_at_once():
    redactor = StreamRedactor()
    assert redactor.feed(b"one\ntwo") == b"one\n"
    assert redactor.feed(b"\rthree") == b"two\r"
    assert redactor.close() == b"three"


def test_key_over_many_pieces_does_not_get_through():
    kept = through(
        [line for line in KEY.splitlines(keepends=True) for line in (line[:3], line[3:])]
    )
    assert b"aB1/" not in kept
    assert kept.count(REDACTED_BYTES) == 2


def test_output_goes_on_after_a_key_without_an_end():
    begun = KEY.partition(b"-----END")[0]
    assert through([begun, b"epoch 1 loss 0.5\n", b"aB1/" * 16]).endswith(
        b"epoch 1 loss 0.5\n" + b"aB1/" * 16
    )


def test_findings_say_the_line():
    redactor = StreamRedactor()
    redactor.feed(b"one\ntwo\n")
    redactor.feed(b"password=hunter2\n")
    redactor.close()
    assert [(one.what, one.line) for one in redactor.findings] == [("value of password", 3)]


def long_line(seed):
    rng = random.Random(seed)
    filler = [b"word ", b"x" * 50, b"[1, 2] ", b"0.25,"]
    secrets = [b" password=hunter2x9 ", b" " + TOKEN + b" ", b'"api_key": "hunter2x9", ']
    parts = []
    while sum(map(len, parts)) < 300_000:
        parts += rng.choices(filler, k=rng.randrange(400))
        parts.append(rng.choice(secrets))
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(8))
def test_line_without_an_end_is_cut_at_no_secret(seed):
    line = long_line(seed)
    whole = through([line])
    assert b"hunter2" not in whole
    assert TOKEN[:12] not in whole
    rng = random.Random(seed)
    assert through(cut(line, [rng.randrange(len(line)) for _ in range(50)])) == whole
    assert whole == redact_bytes(line).value


def test_secret_longer_than_any_buffer_does_not_get_through():
    kept = through([b"password=", b"a1" * 200_000, b"b2" * 200_000, b" after\n"])
    assert kept == b"password=<redacted> after\n"


def test_no_more_than_a_line_is_held_back():
    redactor = StreamRedactor()
    given_size = kept = 0
    for _ in range(1000):
        kept += len(redactor.feed(b"#" * 1000))
        given_size += 1000
        assert given_size - kept < 100_000
