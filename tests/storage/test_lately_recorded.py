"""A run that was recorded a while ago is read from its own pack or the store, never wrongly."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.storage.lately_recorded import LatelyRecorded
from gitxp.storage.layout import index_dir, recorded_dir
from gitxp.storage.odb.objects import TREE_MODE, Entry, GitObject, build_trees
from gitxp.storage.odb.pack import write_pack
from gitxp.storage.odb.packed_objects import PackedObjects
from gitxp.storage.odb.parsed_objects import Named
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

ALL = 1 << 30
PATHS = st.dictionaries(
    st.lists(st.text("abé", min_size=1, max_size=2), min_size=1, max_size=3).map("/".join),
    st.binary(max_size=300),
    max_size=6,
).filter(lambda files: not any(other.startswith(f"{path}/") for path in files for other in files))


@pytest.fixture
def project(repo_dir, monkeypatch):
    """Three runs, each with params, points and an artifact, that lie aside."""
    monkeypatch.chdir(repo_dir)
    for number in range(3):
        with gitxp.start_run("lr", f"run-{number}", params={"lr": number}) as run:
            run.log({"loss": number}, step=0)
            run.log_text(f"text {number}", "notes/a.txt")
    return open_repository()


def places(repository):
    refs = list_refs(repository, SHARED)
    return [(parse_run_ref(ref), tip) for ref, tip in refs.items() if parse_run_ref(ref)]


def own_packs(repository):
    return sorted(recorded_dir(repository.private_dir).glob("*/record.pack"))


def check(repository, reader=None):
    reader, store = reader or LatelyRecorded(repository), RecordReader(repository)
    for place, tip in places(repository):
        assert reader.run_at(place, tip) == store.run_at(place, tip)


def replace(path, content):
    """Put other bytes in place of a pack, as if the store had a second name of them."""
    path.unlink()
    path.write_bytes(content)
    path.with_name("second.name").unlink(missing_ok=True)
    path.with_name("second.name").hardlink_to(path)


def without_the_store(repository):
    """Leave nothing to read from but the packs that lie aside."""
    packs = repository.common_dir / "objects" / "pack"
    packs.rename(packs.with_name("pack-elsewhere"))


def test_run_is_read_from_its_own_pack(project):
    store = RecordReader(project)
    expected = [store.run_at(place, tip) for place, tip in places(project)]
    without_the_store(project)
    reader = LatelyRecorded(project)
    assert [reader.run_at(place, tip) for place, tip in places(project)] == expected


def test_run_that_the_store_has_lost_is_missed(project):
    """Else nobody would notice, and the user's own Git would stumble over its ref."""
    shutil.rmtree(project.common_dir / "objects" / "pack")
    place, tip = places(project)[0]
    with pytest.raises(DamagedRecord):
        LatelyRecorded(project).run_at(place, tip)


def test_new_runs_are_listed_without_libgit2(project, repo_dir):
    shutil.rmtree(index_dir(project.private_dir), ignore_errors=True)
    code = (
        "import sys, gitxp\n"
        "from gitxp.query.found import find_rows\n"
        "from gitxp.storage.repository import open_repository\n"
        "print(len(find_rows(open_repository()).rows), 'pygit2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo_dir, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3", "False"]


def test_what_was_said_since_is_read_from_the_store(project):
    subprocess.run([sys.executable, "-m", "gitxp", "tag", "best", "run-0"], check=True)
    with gitxp.start_run("lr", resume="run-1") as run:
        run.log({"loss": 7}, step=1)
    check(project)


def test_run_whose_pack_is_gone_is_read_from_the_store(project):
    reader = LatelyRecorded(project)
    (first, tip), *_ = places(project)
    reader.run_at(first, tip)
    shutil.rmtree(recorded_dir(project.private_dir))
    check(project, reader)
    check(project)


def test_runs_are_found_after_any_upkeep(project, git, repo_dir):
    reader = LatelyRecorded(project)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    check(project, reader)
    git("repack", "-a", "-d", "--quiet", cwd=repo_dir)
    check(project)
    for folder in recorded_dir(project.private_dir).iterdir():
        os.utime(folder, (0, 0))
    tidy(project)
    assert not own_packs(project)
    check(project, reader)
    check(project)


def test_pack_of_another_run_is_passed_over(project):
    packs = own_packs(project)
    contents = [pack.read_bytes() for pack in packs]
    for pack, content in zip(packs, contents[1:] + contents[:1], strict=True):
        replace(pack, content)
    check(project)


def test_record_of_another_run_is_refused(project):
    (one, _), (_, other), *_ = places(project)
    with pytest.raises(DamagedRecord, match="the record is that of lr/"):
        LatelyRecorded(project).run_at(one, other)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_pack_is_passed_over(project, seed):
    chance = random.Random(seed)
    for pack in own_packs(project):
        content = bytearray(pack.read_bytes())
        if chance.random() < 0.5:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        else:
            del content[chance.randrange(len(content)) :]
        replace(pack, bytes(content))
    check(project)


def test_file_in_place_of_the_folder_is_gone_without(project):
    shutil.rmtree(recorded_dir(project.private_dir))
    recorded_dir(project.private_dir).write_text("no folder")
    check(project)


@given(PATHS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packs_of_ours_hold_what_was_written(tmp_path, files):
    blobs = {path: GitObject("blob", content) for path, content in files.items()}
    tree, trees = build_trees({path: Entry(blob.oid) for path, blob in blobs.items()})
    who = "A <a@b> 0 +0000"
    commit = GitObject("commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx".encode())
    one = write_pack(tmp_path / "one.pack", blobs.values())
    other = write_pack(tmp_path / "other.pack", [*trees, commit])
    objects = PackedObjects([one.path, other.path])
    found = {}
    for name, entry in objects.top(commit.oid).items():
        below = objects.walk(entry, name) if entry.filemode == TREE_MODE else [(name, entry)]
        for path, file in below:
            found[path] = objects.content(file, path, most=ALL)
            assert objects.size(file, path) == len(found[path])
    assert found == files


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_pack_or_passed_over(tmp_path, noise, place):
    blob = GitObject("blob", b"x")
    path = write_pack(tmp_path / "record.pack", [blob]).path
    content = path.read_bytes()
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    assert (blob.oid in PackedObjects([path])) == (path.read_bytes() == content)


def test_object_of_another_kind_or_size_is_refused(tmp_path):
    blob = GitObject("blob", b"12345")
    objects = PackedObjects([write_pack(tmp_path / "record.pack", [blob]).path])
    with pytest.raises(DamagedRecord, match="is a blob: expected a commit"):
        objects.top(blob.oid)
    (tree,) = build_trees({"a": Entry(blob.oid)})[1]
    objects = PackedObjects([write_pack(tmp_path / "record.pack", [blob, tree]).path])
    (file,) = objects.inside(Named(b"top", tree.oid, TREE_MODE), "top")
    assert objects.content(file, "a", most=5) == b"12345"
    with pytest.raises(DamagedRecord, match="expected at most 4"):
        objects.content(file, "a", most=4)


def test_object_that_unpacks_to_very_much_takes_no_memory(tmp_path):
    bomb = GitObject("blob", bytes(128 << 20))
    oid, path = bomb.oid, write_pack(tmp_path / "record.pack", [bomb]).path
    assert path.stat().st_size < 1 << 20
    del bomb
    tracemalloc.start()
    try:
        assert oid not in PackedObjects([path])
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_large_pack_is_left_to_the_store(tmp_path):
    blob = GitObject("blob", random.Random(1).randbytes(2 << 20))
    assert blob.oid not in PackedObjects([write_pack(tmp_path / "record.pack", [blob]).path])
