"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.policy.sizes import parse_size, show_size


@given(st.integers(min_value=0, max_value=2**62))
def test_shown_size_is_parsed_back(size):
    assert parse_size(show_size(size)) == size


@given(st.integers(min_value=0, max_value=10**12))
def test_number_text_and_bytes_are_the_same_size(size):
    assert parse_size(size) == parse_size(str(size)) == parse_size(f"{size} B") == size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("10 MiB", 10 * 1024**2),
        ("10MiB", 10 * 1024**2),
        ("10 mib", 10 * 1024**2),
        ("512k", 512 * 1024),
        ("3M", 3 * 1024**2),
        ("1 GB", 10**9),
        ("2 TiB", 2 * 1024**4),
        ("1.5 GiB", 3 * 1024**3 // 2),
        ("2.3 kB", 2300),
        (" 7 ", 7),
        ("0", 0),
    ],
)
def test_units_are_understood(written, size):
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "wrong",
    ["", "MiB", "-1", "1e6", "1,000", "10 MiBs", "1 2", "ten", "1.", ".5", -1, 1.5, True, None, []],
)
def test_what_is_no_size_is_refused(wrong):
    with pytest.raises(ValueError, match="expected a size, such as"):
        parse_size(wrong)
