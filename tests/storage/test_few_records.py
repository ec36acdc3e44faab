"""A few records are read through Git as many are through libgit2."""

from __future__ import annotations

import pytest

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.storage.few_records import reader_of
from gitxp.storage.odb.objects import FILE_MODE
from gitxp.storage.odb.parsed_objects import Named
from gitxp.storage.odb.streamed_objects import streamed_objects
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository

NOBODY = "0" * 39 + "1"


@pytest.fixture
def tips(repo_dir, monkeypatch):
    """Two records."""
    monkeypatch.chdir(repo_dir)
    found = []
    for number in range(2):
        with gitxp.start_run("lr", params={"n": number}) as run:
            run.log({"loss": number}, step=0)
            run.log_artifact(repo_dir / "train.py")
        found.append(gitxp.get_run(run.id).tip)
    return found


@pytest.fixture
def repository(tips):
    return open_repository()


@pytest.mark.parametrize("count", [2, 200])
def test_readers_agree(repository, tips, count):
    plain = RecordReader(repository)
    with reader_of(repository, count) as reader:
        for tip in tips:
            assert reader.outline(tip) == plain.outline(tip)
            assert reader.run(tip) == plain.run(tip)
            assert reader.entries(tip) == plain.entries(tip)
            for path in plain.entries(tip):
                assert reader.file(tip, path) == plain.file(tip, path)
            assert reader.points(tip).equals(plain.points(tip))


def test_libgit2_is_not_loaded_for_a_few(repository, tips):
    with reader_of(repository, 1) as few, reader_of(repository, 200) as many:
        assert type(few._objects) is not type(many._objects)


def test_what_is_missing_or_of_another_kind_is_told_and_the_next_is_read(repository, tips, git):
    tree = git("rev-parse", f"{tips[0]}^{{tree}}", cwd=repository.work_tree).strip()
    with reader_of(repository, 2) as reader:
        for wrong in (NOBODY, tree, "no id at all"):
            with pytest.raises(DamagedRecord):
                reader.outline(wrong)
        assert reader.outline(tips[1]).tip == tips[1]


def test_damage_is_told_and_what_is_sound_is_read_behind_it(repository, tips):
    """Git gives up at bytes that it cannot inflate; another one reads on."""
    [pack] = [
        path
        for path in (repository.common_dir / "objects" / "pack").glob("*.pack")
        if bytes.fromhex(tips[0]) in path.with_suffix(".idx").read_bytes()
    ]
    sound = pack.read_bytes()
    pack.chmod(0o644)
    damaged = 0
    for place in range(12, len(sound) - 20, max(len(sound) // 60, 1)):
        pack.write_bytes(sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :])
        with reader_of(repository, 2) as reader:
            try:
                assert reader.run(tips[0]).params == {"n": 0}
            except DamagedRecord:
                damaged += 1
            assert reader.run(tips[1]).params == {"n": 1}
    assert damaged


def test_file_beyond_its_bound_is_passed_over_and_the_next_is_read(repository, git, repo_dir):
    (repo_dir / "large").write_bytes(b"x" * 3_000_000)
    large = git("hash-object", "-w", "large", cwd=repo_dir).strip()
    small = git("hash-object", "-w", "train.py", cwd=repo_dir).strip()
    with streamed_objects(repository) as objects:
        found = [Named(b"file", oid, FILE_MODE) for oid in (large, small)]
        with pytest.raises(DamagedRecord):
            objects.content(found[0], "large", most=2_000_000)
        assert objects.content(found[1], "train.py", most=2_000_000)
        assert objects.size(found[0], "large") == 3_000_000
