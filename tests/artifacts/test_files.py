import io
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from gitxp.artifacts.files import copy_content, stage
from gitxp.errors import InvalidValue


@pytest.fixture
def target(tmp_path):
    return tmp_path / "artifacts" / "models" / "best.pt"


@pytest.mark.parametrize("size", [0, 1, 3_000_001])
def test_staged_file_has_the_same_bytes(tmp_path, target, size):
    source = tmp_path / "model.pt"
    source.write_bytes(os.urandom(size))
    assert stage(source, target) == size
    assert target.read_bytes() == source.read_bytes()
    assert list(target.parent.iterdir()) == [target]


def test_staged_file_is_a_copy_of_its_own(tmp_path, target):
    source = tmp_path / "model.pt"
    source.write_text("before")
    stage(source, target)
    source.write_text("after")
    assert target.read_text() == "before"


class Growing(io.FileIO):
    """A copy whose source gets longer by whatever is written, up to ten times."""

    def __init__(self, target, source):
        super().__init__(target, "wb")
        self.source = source

    def write(self, chunk):
        if self.source.stat().st_size < 30_000_000:
            with self.source.open("ab") as writer:
                writer.write(chunk)
        return super().write(chunk)


def test_copy_of_a_file_that_grows_as_fast_comes_to_an_end(tmp_path):
    source = tmp_path / "train.log"
    source.write_bytes(os.urandom(3_000_001))
    before = source.read_bytes()
    with source.open("rb") as reader, Growing(tmp_path / "copy", source) as writer:
        copy_content(reader, writer)
    assert (tmp_path / "copy").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_file_without_a_size_is_staged_with_its_content(target):
    assert stage(Path("/proc/self/status"), target) > 0
    assert target.read_text().startswith("Name:")


def test_file_staged_again_replaces_the_first(tmp_path, target):
    source = tmp_path / "model.pt"
    for content in ("one", "three"):
        source.write_text(content)
        assert stage(source, target) == len(content)
    assert target.read_text() == "three"


def test_link_is_staged_as_what_it_leads_to(tmp_path, target):
    (tmp_path / "model.pt").write_text("weights")
    (tmp_path / "latest").symlink_to("model.pt")
    stage(tmp_path / "latest", target)
    assert not target.is_symlink()
    assert target.read_text() == "weights"


def test_longest_name_can_be_staged(tmp_path):
    (tmp_path / "a").write_text("x")
    assert stage(tmp_path / "a", tmp_path / "artifacts" / ("n" * 255)) == 1


def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path, target):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidValue, match="is a pipe: expected a plain file"):
        stage(tmp_path / "pipe", target)


def test_socket_is_refused(tmp_path, target, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(InvalidValue, match="is a socket"):
            stage(tmp_path / "s", target)


def test_folder_is_refused_with_the_line_to_type(tmp_path, target):
    with pytest.raises(InvalidValue, match="is a folder") as caught:
        stage(tmp_path, target)
    assert "log_artifacts(" in caught.value.hint


def test_missing_file_and_broken_link_are_told_apart(tmp_path, target):
    (tmp_path / "latest").symlink_to("none")
    with pytest.raises(InvalidValue, match="is a link that leads nowhere"):
        stage(tmp_path / "latest", target)
    with pytest.raises(InvalidValue, match="does not exist"):
        stage(tmp_path / "none", target)
    with pytest.raises(InvalidValue, match="null"):
        stage(tmp_path / "a\0b", target)
    assert not target.parent.exists()


def test_file_and_folder_of_one_name_are_refused(tmp_path, target):
    source = tmp_path / "model.pt"
    source.write_text("weights")
    stage(source, target)
    with pytest.raises(InvalidValue, match="there already"):
        stage(source, target / "inside")
    with pytest.raises(InvalidValue, match="folder of artifacts"):
        stage(source, target.parent)
    assert stat.S_ISREG(target.stat().st_mode)
