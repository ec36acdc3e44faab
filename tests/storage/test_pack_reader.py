"""A pack of unknown origin is read as Git reads it, or refused at once, whatever it says."""

from __future__ import annotations

import hashlib
import random
import subprocess
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord
from gitxp.storage import bounds
from gitxp.storage.odb.objects import object_id
from gitxp.storage.odb.pack_reader import PackReader
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.repository import open_repository

BLOB, DELTA_OF_PLACE, DELTA_OF_ID = 3, 6, 7
LARGEST = 1 << 30


@pytest.fixture
def history(repo_dir, git):
    """A repository of many files that change a little in every commit, so that deltas chain."""
    words = random.Random(7)
    (repo_dir / "deep/er").mkdir(parents=True)
    for number in range(25):
        for name in ("train.py", "deep/one.py", "deep/er/two.py"):
            lines = [f"{words.random()}\n" for _ in range(3)]
            with (repo_dir / name).open("a") as file:
                file.writelines(lines)
        (repo_dir / f"deep/new{number}.txt").write_text(f"{number}\n" * 300)
        git("add", "--all", cwd=repo_dir)
        git("commit", "--quiet", f"--message=number {number}", cwd=repo_dir)
    git("tag", "--annotate", "--message=tagged", "v1", cwd=repo_dir)
    return repo_dir


def packed(folder: Path, revisions: str, *options: str) -> bytes:
    words = ("pack-objects", "--revs", "--stdout", "--quiet", *options)
    done = subprocess.run(
        ["git", *words], cwd=folder, input=revisions.encode(), capture_output=True, check=True
    )
    return done.stdout


def kinds_by_git(folder: Path, pack: bytes) -> dict[str, str]:
    """Return the kind of each object by its id, as Git finds them in a pack."""
    made = folder / "made.pack"
    words = ("index-pack", "--stdin", "--fix-thin", "-o", "made.idx", "made.pack")
    subprocess.run(["git", *words], cwd=folder, input=pack, check=True, capture_output=True)
    answer = subprocess.run(
        ["git", "verify-pack", "-v", "made.pack"], cwd=folder, check=True, capture_output=True
    )
    made.unlink()
    lines = [line.split() for line in answer.stdout.decode().splitlines()]
    return {words[0]: words[1] for words in lines if len(words[0]) == 40}


@pytest.mark.parametrize("options", [(), ("--delta-base-offset",), ("--window=0",)])
def test_pack_holds_what_git_finds_in_it(history, options):
    pack = packed(history, "HEAD\nv1\n", *options)
    reader = PackReader(pack)
    assert reader.kinds == kinds_by_git(history, pack)
    assert set(reader.kinds.values()) == {"commit", "tree", "blob", "tag"}
    store = ProvedObjects(open_repository(history))
    for oid, kind in reader.kinds.items():
        assert reader.read(oid, kind, most=LARGEST) == store.read(oid, kind)


@pytest.mark.parametrize("options", [(), ("--window=0",)])
def test_short_files_are_told_from_long_ones(history, options):
    reader = PackReader(packed(history, "HEAD\n", *options))
    files = {
        oid: reader.read(oid, "blob", most=LARGEST)
        for oid, kind in reader.kinds.items()
        if kind == "blob"
    }
    assert {len(content) <= 1024 for content in files.values()} == {True, False}
    for oid, content in files.items():
        assert reader.short_file(oid) == (content if len(content) <= 1024 else None)


def test_thin_pack_is_read_as_far_as_what_it_builds_on_is_there(history):
    revisions = "HEAD\n^HEAD~3\n"
    thin = packed(history, revisions, "--thin", "--delta-base-offset")
    whole = PackReader(packed(history, revisions)).kinds
    alone = PackReader(thin).kinds
    assert alone.items() < whole.items()
    assert [kind for kind in alone.values() if kind == "commit"] == ["commit"] * 3
    store = ProvedObjects(open_repository(history))
    asked = []

    def outside(oid):
        asked.append(oid)
        return store.find(oid, most=LARGEST)

    assert PackReader(thin, outside).kinds == whole
    assert asked
    assert not whole.keys() & set(asked)
    assert len(asked) == len(set(asked))  # however many deltas are of one object


def test_every_flipped_byte_and_every_cut_is_found(history):
    pack = packed(history, "HEAD\n^HEAD~1\n")
    for place in range(len(pack)):
        with pytest.raises(DamagedRecord):
            PackReader(pack[:place] + bytes([pack[place] ^ 0x41]) + pack[place + 1 :])
        with pytest.raises(DamagedRecord):
            PackReader(pack[:place])
    with pytest.raises(DamagedRecord, match="cut or damaged"):
        PackReader(pack + b"noise")


@settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 1 << 16), st.integers(0, 255), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_forged_pack_with_a_true_digest_is_read_or_refused(history, changes):
    body = bytearray(packed(history, "HEAD\n^HEAD~2\n", "--thin", "--delta-base-offset")[:-20])
    for place, byte, is_inserted in changes:
        place %= len(body)
        body[place : place + (not is_inserted)] = bytes([byte])
    pack = summed(bytes(body))
    try:
        reader = PackReader(pack)
    except DamagedRecord:
        return
    for oid, kind in reader.kinds.items():
        assert object_id(kind, reader.read(oid, kind, most=LARGEST)) == oid


def summed(body: bytes) -> bytes:
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def made(*entries: bytes, count: int | None = None) -> bytes:
    number = len(entries) if count is None else count
    return summed(b"PACK" + (2).to_bytes(4) + number.to_bytes(4) + b"".join(entries))


def entry(kind: int, content: bytes, *, base: bytes = b"", size: int | None = None) -> bytes:
    left = len(content) if size is None else size
    head, left = [kind << 4 | left & 15], left >> 4
    while left:
        head[-1] |= 0x80
        head, left = [*head, left & 0x7F], left >> 7
    return bytes(head) + base + zlib.compress(content)


def number(value: int) -> bytes:
    """Return a size as deltas spell it."""
    spelled = bytearray()
    while value > 127:
        spelled.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*spelled, value])


HELLO = entry(BLOB, b"hello")
COPY_ALL = number(5) + number(5) + b"\x90\x05"


def delta(instructions: bytes, *, back: int = len(HELLO)) -> bytes:
    """Return a delta of what stands so many bytes before it, at most 127."""
    return entry(DELTA_OF_PLACE, instructions, base=bytes([back]))


def delta_of(content: bytes, instructions: bytes) -> bytes:
    return entry(DELTA_OF_ID, instructions, base=bytes.fromhex(object_id("blob", content)))


def test_delta_is_followed_by_place_and_by_id():
    reader = PackReader(made(HELLO, delta(number(5) + number(6) + b"\x90\x05\x01!")))
    assert reader.read(object_id("blob", b"hello!"), "blob", most=6) == b"hello!"
    before = delta_of(b"hello", number(5) + number(7) + b"\x02a \x90\x05")
    reader, oid = PackReader(made(before, HELLO)), object_id("blob", b"a hello")
    assert reader.read(oid, "blob", most=7) == b"a hello"
    with pytest.raises(DamagedRecord, match="has 7 bytes: expected at most 6"):
        reader.read(oid, "blob", most=6)
    with pytest.raises(DamagedRecord, match="is a blob: expected a tree"):
        reader.read(oid, "tree", most=7)


@pytest.mark.parametrize(
    ("pack", "message"),
    [
        (made(HELLO, count=2), "ends amid"),
        (made(HELLO, HELLO, count=1), "goes on behind"),
        (made(count=0xFFFFFFFF), "4294967295 objects: expected at most 1000000"),
        (made(entry(BLOB, b"hello", size=4)), "another size"),
        (made(entry(BLOB, b"hello", size=6)), "another size"),
        (made(entry(5, b"hello")), "kind 5"),
        (made(entry(0, b"hello")), "kind 0"),
        (made(b"\x35not compressed"), "damaged"),
        (made(b"\xff" * 40), "size without end"),
        (made(delta(COPY_ALL, back=1)), "what is no object"),
        (made(entry(DELTA_OF_PLACE, COPY_ALL, base=b"\xff\xff\xff\x7f")), "before the pack"),
        (made(HELLO, delta(COPY_ALL + b"x")), "is not there"),
        (made(HELLO, delta(COPY_ALL[:2])), "makes 0 bytes"),
        (made(HELLO, delta(b"\x05\x05\x90\x06")), "is not there"),
        (made(HELLO, delta(b"\x05\x05\x00")), "is not there"),
        (made(HELLO, delta(b"\x05\x05\x91")), "amid an instruction"),
        (made(HELLO, delta(b"\x04\x05\x90\x05")), "base has 5"),
        (made(HELLO, delta(b"\xff" * 20)), "size without end"),
        (
            made(HELLO, delta(number(5) + number(LARGEST))),
            f"makes {LARGEST} bytes: expected at most {bounds.LARGEST_DELTIFIED}",
        ),
        (b"", "no pack"),
        (b"PACK", "no pack"),
        (b"PACK\0\0\0\3" + bytes(30), "no pack"),
    ],
)
def test_pack_that_lies_is_refused(pack, message):
    with pytest.raises(DamagedRecord, match=message):
        PackReader(pack)


def test_pack_of_nothing_is_one():
    assert PackReader(made()).kinds == {}


def test_deltas_of_each_other_are_no_objects():
    """Nobody can know an id before the bytes, so neither of the two is ever found."""
    one, other = b"\x01" * 20, b"\x02" * 20
    pack = made(*(entry(DELTA_OF_ID, COPY_ALL, base=base) for base in (one, other)))
    assert PackReader(pack).kinds == {}


ZEROS = bytes(1 << 16)
# A copy of the whole of them takes a byte.
COPIES = number(1 << 16) + number(1 << 20) + b"\x80" * 16


@pytest.mark.parametrize(
    "entries",
    [
        [entry(BLOB, bytes((1 << 22) + 1))],
        [HELLO] * 5000,
        [entry(BLOB, ZEROS), *[delta_of(ZEROS, COPIES)] * 5],
    ],
    ids=["one that is large", "many that are small", "many of one base"],
)
def test_work_is_bounded_whatever_it_is_spent_on(entries):
    most, pack = 1 << 22, made(*entries)
    assert len(pack) < most // 40
    tracemalloc.start()
    with pytest.raises(DamagedRecord, match=f"more than {most} bytes"):
        PackReader(pack, most=most)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * most


def test_long_chain_of_deltas_is_read():
    turn = number(5) + number(5) + b"\x91\x01\x04\x90\x01"
    step = len(delta(turn))
    reader = PackReader(made(HELLO, delta(turn), *[delta(turn, back=step)] * 5000))
    turned = {object_id("blob", (b"hello" * 2)[start : start + 5]) for start in range(5)}
    assert set(reader.kinds) == turned
