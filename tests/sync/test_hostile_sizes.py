"""Records made to exhaust memory or time: named, refused, and the others arrive at little cost."""

from __future__ import annotations

import gzip
import inspect
import io
import os
import re
import subprocess
from collections.abc import Iterable
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from by_hand import rewrite
from live_runs import send_checkpoint, training
from peak import peak_in

from gitxp.storage.layout import event_path

# `GITXP_TEST_SCALE=10` for ten times as much.
SCALE = int(os.environ.get("GITXP_TEST_SCALE", "1"))
# How much more memory any process may take than for a good run: what is proved at once, twice.
MOST_MORE = 200 << 20
ZEROS = 1 << 20


def peak_of(clone, *words: str) -> tuple[subprocess.CompletedProcess[str], int]:
    return peak_in(clone.top, *words)


def points(count: int, writer: str = "loss", *, in_one_page: bool = True) -> bytes:
    """Return a segment of one row that repeats itself, in one row group."""
    largest = {"data_page_size": 1 << 30, "write_batch_size": count} if in_one_page else {}
    if in_one_page and "max_rows_per_page" in inspect.signature(pq.write_table).parameters:
        largest["max_rows_per_page"] = count
    indices = pa.nulls(count, pa.int32()).fill_null(0)
    names = pa.DictionaryArray.from_arrays(indices, ["loss"])
    numbers = pa.nulls(count, pa.int64()).fill_null(0)
    table = pa.table(
        {
            "metric": names,
            "step": numbers,
            "time": numbers.cast(pa.timestamp("us", tz="UTC")),
            "value": pa.nulls(count, pa.float64()).fill_null(0.0),
            "writer": pa.DictionaryArray.from_arrays(indices, [writer]),
        }
    )
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        row_group_size=count,
        **largest,
        use_dictionary=["metric", "writer"],
    )
    return sink.getvalue()


def varint(number: int, length: int = 0) -> bytes:
    """Return a number as Parquet's footer has it, in so many bytes at least."""
    number <<= 1
    found = bytearray()
    while number or not found or len(found) < length:
        found.append(0x80 | (number & 0x7F))
        number >>= 7
    found[-1] &= 0x7F
    return bytes(found)


def lying(real: int, told: int, *, in_one_page: bool = True) -> bytes:
    """Return a segment whose footer tells another number of rows, and of bytes, than it has."""
    content = points(real, in_one_page=in_one_page)
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[start:]
    group = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    sizes = {group.column(at).total_uncompressed_size for at in range(group.num_columns)}
    for number in (real, group.total_byte_size, *(one for one in sizes if one > 1000)):
        spelled = varint(number)
        footer = footer.replace(spelled, varint(min(told, number), len(spelled)))
    return content[:start] + footer


@pytest.fixture
def shared(clones):
    """A colleague's good run and a bad one, and the memory that a pull of a good one takes."""
    ada, bob, eve = clones
    first = ada.start(lr=0.0)
    assert ada.push() == {}
    done, floor = peak_of(eve, "pull")
    assert done.returncode == 0, done.stderr
    assert bob.xp("pull").returncode == 0
    good, bad = ada.start(lr=0.1), ada.start(lr=0.2)
    assert ada.push() == {}
    return SimpleNamespace(
        bob=bob,
        server=bob.top.parent / "server.git",
        first=first,
        good=f"refs/experiments/lr/{good}",
        bad=f"refs/experiments/lr/{bad}",
        run=SimpleNamespace(id=bad),
        floor=floor,
    )


def check_refused(shared, git) -> str:
    """The good run arrives, the bad one is named and waits; memory has a bound."""
    done, peak = peak_of(shared.bob, "pull")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "pulled from origin: 1 new" in done.stdout
    assert f"refused: {shared.run.id[:7]}" in done.stderr
    assert peak - shared.floor < MOST_MORE, (peak >> 20, shared.floor >> 20)
    refs = shared.bob.refs()
    assert shared.good in refs
    assert shared.bad not in refs
    assert shared.run.id in git("for-each-ref", "refs/gitxp/incoming", cwd=shared.bob.top)
    # To look at what waits is bounded, too.
    for words in (("list", "-r", "origin"), ("show", f"origin/{shared.run.id[:8]}")):
        shown, peak = peak_of(shared.bob, *words)
        assert "Traceback" not in shown.stderr
        assert peak - shared.floor < MOST_MORE, (words, peak >> 20, shared.floor >> 20)
    assert sorted(path.name for path in shared.bob.top.iterdir()) == [
        *(".git", "README.md", "train.py")
    ]
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: lying(1000, 10),
        lambda: lying(10, 100_000_000),
        lambda: lying(30_000_000, 10),
        lambda: lying(30_000_000, 20, in_one_page=False),
        lambda: gzip.compress(bytes(ZEROS * 100)),
        lambda: points(1000)[:200] + bytes(200) + points(1000)[400:],
    ],
    ids=["fewer rows", "more rows", "page that is a bomb", "many pages", "gzip", "overwritten"],
)
def test_points_that_lie_are_refused(shared, git, make):
    rewrite(git, shared.server, shared.run, {"metrics/0.parquet": make()})
    told = check_refused(shared, git)
    assert "segment" in told or "metrics/0.parquet" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("run.toml", b"format = 1\nx = " + b"[" * 200_000),
        ("run.toml", b"format = 1\n" + b"[a" + b".a" * 100_000 + b"]\n"),
        ("run.toml", b"format = 1\nx = '" + bytes([97]) * ZEROS * 300 + b"'\n"),
        ("run.toml", bytes([0xFF]) * 1000),
        ("run.toml", b'format = "1"\nid = 3\nexperiment = []\nsessions = 7\n'),
        ("params.toml", b"x = " + b"{y = " * 50_000),
        ("params.toml", b'"a"."' + b"b" * 500 + b'" = 1\n' + b"x = 1\nx = 2\n"),
        ("metrics.toml", b"loss = 3\n"),
        ("environment.toml", b"python = [" + b"[" * 100_000),
        ("datasets.toml", b"[[datasets]]\nname = 3\n"),
        (event_path(42, "c0ffee00" * 4), b"format = 1\nsays = " + b"[" * 100_000),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:30].decode("latin-1"),
)
def test_document_that_is_none_is_refused(shared, git, path, content):
    rewrite(git, shared.server, shared.run, {path: content})
    told = check_refused(shared, git)
    assert path.rpartition("/")[2] in told
    assert len(told) < 5000


def plumb(shared, *words: str, given: bytes = b"") -> str:
    """Run Git at the remote, with an index of its own, and return the id that it prints."""
    index = {**os.environ, "GIT_INDEX_FILE": str(shared.server.parent / "index")}
    done = subprocess.run(
        ["git", *words], cwd=shared.server, env=index, input=given, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def tree_of(shared, entry: str, names: Iterable[str]) -> str:
    lines = (f"{entry}\t{name}\n" for name in names)
    return plumb(shared, "mktree", given="".join(lines).encode())


def put_tree(shared, git, made: str) -> None:
    """Make a tree the bad run's record."""
    message = git("log", "-1", "--format=%B", shared.bad, cwd=shared.server).rstrip("\n") + "\n"
    parents = git("log", "-1", "--format=%P", shared.bad, cwd=shared.server).split()
    words = [word for one in parents for word in ("-p", one)]
    commit = plumb(shared, "commit-tree", made, *words, given=message.encode())
    git("update-ref", shared.bad, commit, cwd=shared.server)


def put_folder(shared, git, name: str, folder: str) -> None:
    listing = git("ls-tree", shared.bad, cwd=shared.server).splitlines()
    kept = [line for line in listing if not line.endswith(f"\t{name}")]
    entries = "\n".join([*kept, f"040000 tree {folder}\t{name}\n"])
    put_tree(shared, git, plumb(shared, "mktree", given=entries.encode()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["events", "artifacts", "metrics"])
def test_more_files_than_may_be_are_refused(shared, git, name):
    one = plumb(shared, "hash-object", "-w", "--stdin", given=b"x")
    names = (f"{number:032x}.toml" for number in range(120_000 * SCALE))
    put_folder(shared, git, name, tree_of(shared, f"100644 blob {one}", names))
    assert "more than" in check_refused(shared, git)


@pytest.mark.slow
def test_folders_that_repeat_themselves_are_refused(shared, git):
    one = plumb(shared, "hash-object", "-w", "--stdin", given=b"x")
    folder = tree_of(shared, f"100644 blob {one}", map(str, range(10)))
    for _ in range(12):
        folder = tree_of(shared, f"040000 tree {folder}", map(str, range(10)))
    put_folder(shared, git, "artifacts", folder)
    assert "more than" in check_refused(shared, git)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["artifacts/zeros.bin", "output.log", "code.diff", "unknown.bin"])
def test_file_of_zeros_is_never_held_in_memory(shared, git, path):
    """Small on its way, and large where it is unpacked; an artifact of any size is one's right."""
    zeros = shared.server.parent / "zeros"
    with zeros.open("wb") as file:
        file.truncate(ZEROS * 1024 * SCALE)
    streamed = ("-c", "core.bigFileThreshold=1m")
    oid = plumb(shared, *streamed, "hash-object", "-w", "--no-filters", str(zeros))
    plumb(shared, "read-tree", shared.bad)
    plumb(shared, "update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")
    put_tree(shared, git, plumb(shared, "write-tree"))
    done, peak = peak_of(shared.bob, "pull")
    assert "Traceback" not in done.stderr
    assert shared.good in shared.bob.refs()
    assert peak - shared.floor < MOST_MORE, (peak >> 20, shared.floor >> 20)
    for words in (("show", shared.run.id[:8]), ("list",), ("artifact", "list", shared.run.id[:8])):
        shown, peak = peak_of(shared.bob, *words)
        assert "Traceback" not in shown.stderr
        assert peak - shared.floor < MOST_MORE, (words, peak >> 20, shared.floor >> 20)


@pytest.fixture
def watched(clones, git):
    """A run of a colleague that goes on, and the memory that it takes to fetch its checkpoint."""
    ada, bob, eve = clones
    with training(ada) as run:
        send_checkpoint(ada)
        run.stop()
    done, floor = peak_of(eve, "pull")
    assert "1 going on" in done.stdout, done.stderr
    server = bob.top.parent / "server.git"
    ref = f"refs/experiments/lr/live/{run.run}"
    return SimpleNamespace(
        bob=bob,
        server=server,
        ref=ref,
        id=run.run,
        run=SimpleNamespace(id=f"live/{run.run}"),
        floor=floor,
        said=git("show", f"{ref}:run.toml", cwd=server),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("metrics/0.parquet", lambda: points(30_000_000)),
        ("metrics/0.parquet", lambda: lying(1000, 10)),
        ("metrics/0.parquet", lambda: lying(30_000_000, 10)),
        ("metrics/0.parquet", lambda: gzip.compress(bytes(ZEROS * 100))),
        ("metrics/7.parquet", lambda: points(30_000_000)),
        ("metrics.toml", lambda: b"loss = 3\n"),
        ("checkpoint.toml", lambda: b"every = " + b"[" * 200_000),
        ("checkpoint.toml", lambda: b"x = '" + bytes([97]) * ZEROS * 300 + b"'\n"),
        ("run.toml", lambda: b"format = 1\n" + b"[a" + b".a" * 100_000 + b"]\n"),
    ],
    ids=[
        *("more points", "fewer rows", "page that is a bomb", "gzip", "one segment more"),
        *("no summary", "nested", "large", "dotted"),
    ],
)
def test_checkpoint_that_lies_is_refused_at_little_cost(watched, git, path, make):
    rewrite(git, watched.server, watched.run, {path: make()})
    done, peak = peak_of(watched.bob, "pull")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"refused: {watched.ref}: " in done.stderr
    assert len(done.stderr) < 5000
    assert peak - watched.floor < MOST_MORE, (peak >> 20, watched.floor >> 20)
    assert "Traceback" not in done.stderr
    assert watched.id not in git("for-each-ref", "refs/gitxp/incoming", cwd=watched.bob.top)
    assert watched.bob.xp("metrics", watched.id).returncode == 128


@pytest.mark.slow
def test_points_of_a_true_checkpoint_are_never_all_held(watched, git):
    count = 10_000_000 * SCALE
    writer = re.findall(r'id = "([0-9a-f]{8})"', watched.said)[0]
    files = {
        "run.toml": re.sub(r"points = \d+", f"points = {count}", watched.said).encode(),
        "metrics.toml": (
            "[loss]\nfirst = 0.0\nfirst_step = 0\nlast = 0.0\nlast_step = 0\nmin = 0.0\n"
            "min_step = 0\nmax = 0.0\nmax_step = 0\nmean = 0.0\n"
            f"count = {count}\nnonfinite = 0\n"
        ).encode(),
        "metrics/0.parquet": points(count, writer, in_one_page=False),
    }
    rewrite(git, watched.server, watched.run, files)
    done, peak = peak_of(watched.bob, "pull")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 going on" in done.stdout
    # 33 bytes of each point's row would be more.
    assert peak - watched.floor < MOST_MORE < 33 * count, (peak >> 20, watched.floor >> 20)
