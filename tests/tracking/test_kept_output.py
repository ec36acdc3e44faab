"""Output is kept as head and tail, whole where it fits, and bounded while it comes."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.storage.odb.objects import FileBlob
from gitxp.tracking.command.kept_output import KeptOutput, read_kept_output
from gitxp.tracking.command.output_lines import LONGEST_LINE, OutputLines


def kept(folder: Path, limit: int) -> bytes | None:
    found = read_kept_output(folder, limit)
    return b"".join(found.pieces()) if isinstance(found, FileBlob) else found


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@given(st.integers(0, 300_000), st.lists(st.integers(0, 150_000), max_size=8))
def test_head_and_tail_are_those_of_the_whole_output(limit, sizes):
    whole = bytes(range(1, 256)) * (sum(sizes) // 255 + 1)
    whole = whole[: sum(sizes)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        output = KeptOutput(folder, limit)
        start = 0
        for size in sizes:
            output.write(whole[start : start + size])
            start += size
            assert on_disk(folder) <= limit + 2 * max(limit // 2, 1 << 16)
        output.close()
        found = kept(folder, limit)
    if not whole:
        assert found is None
    elif len(whole) <= limit:
        assert found == whole
    else:
        half = limit // 2
        cut = f"\n[gitxp: {len(whole) - 2 * half} of {len(whole)} bytes cut here]\n".encode()
        assert found == whole[:half] + cut + whole[len(whole) - half :]


def test_record_may_hold_less_or_more_than_was_kept_for(tmp_path):
    output = KeptOutput(tmp_path, 200_000)
    output.write(b"a" * 100_000 + b"b" * 800_000 + b"c" * 100_000)
    output.close()
    assert kept(tmp_path, 20) == (
        b"a" * 10 + b"\n[gitxp: 999980 of 1000000 bytes cut here]\n" + b"c" * 10
    )
    assert kept(tmp_path, 10**9) == kept(tmp_path, 200_000)


def test_output_that_could_not_be_kept_is_counted_in_its_place(tmp_path):
    output = KeptOutput(tmp_path / "later", 1000)
    for piece in (b"one", b"three"):
        with pytest.raises(FileNotFoundError) as raised:
            output.write(piece)
        assert raised.value.errno == errno.ENOENT
    (tmp_path / "later").mkdir()
    output.write(b"four")
    output.close()
    assert kept(tmp_path / "later", 1000) == b"\n[gitxp: 8 bytes could not be kept]\nfour"


@given(st.lists(st.binary(max_size=20)), st.sampled_from([b"\n", b"\r", b"\r\n"]))
def test_lines_are_the_same_however_the_pieces_fall(pieces, end):
    text = end.join(pieces)
    taken = OutputLines()
    lines = [line for at in range(len(text)) for line in taken.take(text[at : at + 1])]
    assert [*lines, *taken.end()] == [line for line in re.split(rb"[\r\n]", text) if line]


def test_line_that_is_too_long_is_passed_over_and_the_next_is_not():
    lines = OutputLines()
    assert list(lines.take(b"x" * LONGEST_LINE)) == []
    assert list(lines.take(b"x" * 10)) == []
    assert list(lines.take(b"x\nnext\n" + b"y" * LONGEST_LINE + b"\n")) == [
        b"next",
        b"y" * LONGEST_LINE,
    ]
