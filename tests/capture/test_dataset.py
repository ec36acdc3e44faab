import doctest
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pandas
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gitxp.capture.dataset.describe import describe_dataset
from gitxp.errors import InvalidName, InvalidValue
from gitxp.model.dataset import Strength

DOCUMENT = Path(__file__).parents[2] / "docs/reference/dataset-digests.md"

PARTS = st.text("abcé.- ", min_size=1, max_size=4).filter(lambda part: part not in (".", ".."))
FOLDERS = st.dictionaries(st.tuples(PARTS, PARTS), st.binary(max_size=8), max_size=5)
PLAIN_ARRAYS = arrays.arrays(
    st.sampled_from(["<f8", ">f4", "i2", "?", "<U3", "S2", "<M8[s]", "c8"]),
    arrays.array_shapes(min_dims=0, min_side=0, max_side=4),
)


def digest(source, **arguments):
    return describe_dataset("digits", source, **arguments).digest


def write_folder(top, files):
    for (folder, name), content in files:
        place = top / f"d{folder}" / f"f{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return top


def test_documented_vectors_hold():
    assert doctest.testfile(str(DOCUMENT), module_relative=False).failed == 0


def test_documented_folder_vector_holds(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.txt").write_text("a\n")
    (tmp_path / "b.txt").write_text("b\n")
    (tmp_path / "c").symlink_to("b.txt")
    assert f"    {digest(tmp_path)}\n" in DOCUMENT.read_text()


def test_file_has_the_digest_that_sha256sum_prints(tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes(b"x" * 3_000_000)
    found = describe_dataset("digits", path, root=tmp_path, role="train", version="v1", rows=3)
    assert found.digest == "sha256:" + hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert (found.kind, found.size, found.rows) == ("file", 3_000_000, 3)
    assert (found.source, found.role, found.version) == ("train.csv", "train", "v1")
    assert found.strength is Strength.CONTENT


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs the GNU programs")
def test_folder_has_the_digest_of_the_documented_shell_line(tmp_path):
    write_folder(tmp_path, {("a", "b c"): b"1", ("é", "\n"): b"2", ("a", "b"): b""}.items())
    lines = [line.removeprefix("$ ") for line in DOCUMENT.read_text().splitlines()]
    line = next(line for line in lines if line.startswith("find ."))
    printed = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=True)
    assert digest(tmp_path) == f"sha256:{printed.stdout.split()[0].decode()}"


@given(FOLDERS, st.data())
def test_order_in_which_files_were_made_is_irrelevant(tmp_path_factory, files, data):
    shuffled = data.draw(st.permutations(sorted(files.items())))
    one = write_folder(tmp_path_factory.mktemp("one"), files.items())
    other = write_folder(tmp_path_factory.mktemp("other"), shuffled)
    assert digest(one) == digest(other)


@given(FOLDERS, FOLDERS)
def test_folders_have_equal_digests_only_with_equal_content(tmp_path_factory, one, other):
    first = write_folder(tmp_path_factory.mktemp("one"), one.items())
    second = write_folder(tmp_path_factory.mktemp("other"), other.items())
    assert (digest(first) == digest(second)) == (one == other)


def test_modes_times_and_empty_folders_do_not_count(tmp_path):
    write_folder(tmp_path, {("a", "b"): b"1"}.items())
    before = digest(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "da/fb").chmod(0o755)
    os.utime(tmp_path / "da/fb", (0, 0))
    assert digest(tmp_path) == before


def test_links_count_by_target_and_are_not_followed(tmp_path):
    write_folder(tmp_path, {("a", "b"): b"1"}.items())
    before = digest(tmp_path)
    (tmp_path / "loop").symlink_to(".")
    looped = digest(tmp_path)
    (tmp_path / "loop").unlink()
    (tmp_path / "loop").symlink_to("da")
    found = describe_dataset("digits", tmp_path)
    assert len({before, looped, found.digest}) == 3
    assert found.strength is Strength.CONTENT


@pytest.mark.parametrize("target", ["/etc/hosts", "../elsewhere", "../../x"])
def test_folder_with_a_link_that_leads_outside_is_identified_less_strongly(tmp_path, target):
    (tmp_path / "link").symlink_to(target)
    assert describe_dataset("digits", tmp_path).strength is Strength.METADATA


def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidValue, match="is no file or folder"):
        describe_dataset("digits", tmp_path / "pipe")
    with pytest.raises(InvalidValue, match="is a pipe"):
        describe_dataset("digits", tmp_path)


def test_missing_path_is_refused_with_a_hint(tmp_path):
    with pytest.raises(InvalidValue, match=r"'digits'.*does not exist") as caught:
        describe_dataset("digits", tmp_path / "none")
    assert "version=" in caught.value.hint


def test_path_outside_of_the_working_tree_is_absolute(tmp_path):
    (tmp_path / "x").write_text("")
    found = describe_dataset("digits", tmp_path / "x", root=tmp_path / "project")
    assert found.source == (tmp_path / "x").as_posix()


def test_file_name_that_is_not_utf8_is_spelled_out(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    Path(os.fsdecode(path)).write_text("")
    found = describe_dataset("digits", Path(os.fsdecode(path)), root=tmp_path)
    assert found.source == "\\xff.csv"


@given(PLAIN_ARRAYS)
def test_layout_in_memory_is_irrelevant_to_an_array(array):
    swapped = array.astype(array.dtype.newbyteorder())
    assert digest(array) == digest(array.copy(order="F")) == digest(swapped)
    wider = numpy.repeat(array[..., None], 2, axis=-1)[..., 0]
    assert digest(wider) == digest(array)


@given(PLAIN_ARRAYS)
def test_array_digest_is_that_of_the_documented_bytes(array):
    little = array.astype(array.dtype.newbyteorder("<"))
    shape = ",".join(map(str, array.shape))
    content = f"gitxp array 1\n{little.dtype.str}\n{shape}\n".encode() + little.tobytes()
    assert digest(array) == "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "array",
    [
        numpy.array([None, "a"]),
        numpy.zeros(2, [("a", "i4")]),
        numpy.ma.array([1], mask=[True]),
        [1, 2],
        {"a": 1},
    ],
)
def test_what_has_no_canonical_bytes_is_refused(array):
    with pytest.raises(InvalidValue, match="'digits'") as caught:
        describe_dataset("digits", array)
    assert caught.value.hint


def net(text):
    return b"%d:%s," % (len(text.encode()), text.encode())


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=6))
def test_table_digest_is_that_of_the_documented_bytes(values):
    kept = [value.encode() for value in values if value is not None]
    streams = [
        bytes(value is not None for value in values),
        b"".join(len(value).to_bytes(8, "little") for value in kept),
        b"".join(kept),
    ]
    content = (
        net("gitxp table 1") + net(str(len(values))) + net("column") + net("t") + net("string")
    )
    content += b"".join(net(hashlib.sha256(stream).hexdigest()) for stream in streams)
    table = pyarrow.table({"t": pyarrow.array(values, pyarrow.string())})
    assert digest(table) == "sha256:" + hashlib.sha256(content).hexdigest()


def frame():
    return pandas.DataFrame(
        {
            "a": [1, 2, 3],
            "text": ["x", None, "zz"],
            "gap": [1.5, numpy.nan, 2],
            "kind": pandas.Categorical(["p", "q", "p"]),
            "vector": [[1.0], [2.0, 3.0], None],
            "ok": pandas.array([True, None, False], "boolean"),
        }
    )


def test_frame_and_arrow_table_of_the_same_values_are_equal():
    table = pyarrow.Table.from_pandas(frame(), preserve_index=False)
    chunked = pyarrow.concat_tables([table.slice(0, 1), table.slice(1)])
    assert digest(frame()) == digest(table) == digest(chunked)
    assert digest(frame()[1:]) == digest(table.slice(1))


def test_frame_tells_rows_and_schema():
    found = describe_dataset("digits", frame())
    assert (found.kind, found.rows, found.strength) == ("frame", 3, Strength.CONTENT)
    assert found.schema["a"] == "int64"
    assert found.schema["kind"] == "category"


def test_series_is_a_frame_of_one_column():
    assert digest(frame()["a"]) == digest(frame()[["a"]])


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.rename(columns={"a": "b"}),
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame[::-1],
        lambda frame: frame.set_index("a"),
        lambda frame: frame.astype({"a": "int32"}),
        lambda frame: frame.assign(a=[1, 2, 4]),
        lambda frame: frame.assign(text=["x", "", "zz"]),
        lambda frame: frame.assign(text=["xz", None, "z"]),
        lambda frame: frame.iloc[:2],
    ],
)
def test_any_change_of_a_frame_changes_its_digest(change):
    assert digest(change(frame())) != digest(frame())


@pytest.mark.parametrize("values", [[1, "x"], [{1, 2}], [object()], [1j]])
def test_column_without_canonical_bytes_is_named(values):
    bad = pandas.DataFrame({"odd": pandas.Series(values, dtype=object)})
    with pytest.raises(InvalidValue, match="column 'odd'") as caught:
        describe_dataset("digits", bad)
    assert "frame['odd'].astype(str)" in caught.value.hint


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_digest_is_the_same_in_another_process(hash_seed):
    script = (
        "import pandas; from gitxp.capture.dataset.describe import describe_dataset as d;"
        "print(d('x', pandas.DataFrame({'a': ['p', 'q'], 'b': [{'u': 1, 'v': 2}] * 2})).digest)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    same = pandas.DataFrame({"a": ["p", "q"], "b": [{"u": 1, "v": 2}] * 2})
    assert printed.stdout.strip() == digest(same)


def test_tensor_has_the_digest_of_its_array():
    torch = pytest.importorskip("torch")
    values = numpy.arange(6, dtype="f4").reshape(2, 3)
    assert digest(torch.tensor(values, requires_grad=True)) == digest(values)


def test_polars_frame_has_the_digest_of_the_same_pandas_frame():
    polars = pytest.importorskip("polars")
    columns = {"a": [1, 2], "b": ["x", None]}
    assert digest(polars.DataFrame(columns)) == digest(pandas.DataFrame(columns))


@pytest.mark.parametrize("url", ["https://host/x?v=2#part", "S3://bucket/x", "abfss://box@host/x"])
def test_url_is_no_path_and_is_not_opened(url):
    found = describe_dataset("digits", url)
    assert (found.source, found.strength) == (url, Strength.NAME)
    assert describe_dataset("digits", url, version=2).strength is Strength.VERSION


def test_version_alone_identifies():
    found = describe_dataset("digits", version="v3", split={"train": 0.8}, filters=["a > 1"])
    assert (found.kind, found.strength) == ("version", Strength.VERSION)
    assert (found.split, found.filters) == ({"train": 0.8}, ("a > 1",))


@pytest.mark.parametrize(
    "arguments", [{"rows": -1}, {"rows": "3"}, {"rows": True}, {"split": {"a": "b"}}, {"split": 3}]
)
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(InvalidValue, match="'digits'"):
        describe_dataset("digits", **arguments)


def test_rows_that_contradict_the_data_are_refused():
    with pytest.raises(InvalidValue, match="has 3 rows: expected rows=4"):
        describe_dataset("digits", frame(), rows=4)


def test_wrong_name_is_refused():
    with pytest.raises(InvalidName):
        describe_dataset("")
