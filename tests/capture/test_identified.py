"""A file that a snapshot lacks can be told from any other, and gives no secret away."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gitxp
from gitxp.capture.code.untracked import SnapshotLimits, choose_untracked
from gitxp.model.run import LeftOut
from gitxp.tracking.recording.redact import Redactor

KEY = (
    b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
    + base64.encodebytes(bytes(range(256)))
    + b"-----END OPENSSH PRIVATE KEY-----\n"
)
MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def left_out(top: Path, *names: str, file_bytes: int = 10, files: int = 1000) -> dict[str, LeftOut]:
    """Return what of these files is left out, as a run does."""
    limits = SnapshotLimits(file_bytes, 1 << 30, files, Redactor().objection)
    _, found = choose_untracked(top, names, limits)
    return {left.path: left for left in found}


def write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.utime(place, (MODIFIED.timestamp(), MODIFIED.timestamp()))


def test_small_file_has_its_time_and_the_digest_that_sha256sum_prints(tmp_path):
    write(tmp_path / "data.csv", b"a,b\n1,2\n" * 10)
    left = left_out(tmp_path, "data.csv")["data.csv"]
    printed = subprocess.run(["sha256sum", tmp_path / "data.csv"], capture_output=True, check=True)
    assert left.digest == f"sha256:{printed.stdout.split()[0].decode()}"
    assert (left.size, left.modified) == (80, MODIFIED)


def test_large_file_has_its_time_alone_and_is_not_read(tmp_path):
    write(tmp_path / "model.bin", b"")
    os.truncate(tmp_path / "model.bin", 4 << 30)
    os.utime(tmp_path / "model.bin", (MODIFIED.timestamp(), MODIFIED.timestamp()))
    (tmp_path / "model.bin").chmod(0)
    left = left_out(tmp_path, "model.bin")["model.bin"]
    assert (left.size, left.modified, left.digest) == (4 << 30, MODIFIED, "")


def test_only_so_much_is_read_of_many_files(tmp_path):
    names = [f"{number}/data.bin" for number in range(40)]
    for name in names:
        write(tmp_path / name, os.urandom(100_000))
    found = left_out(tmp_path, *names)
    assert all(left.modified == MODIFIED for left in found.values())
    assert sum(left.size for left in found.values() if left.digest) == 1_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", b"PASSWORD=hunter2\n"),
        ("deploy/.env", b"LEVEL=3\n" * 10),
        ("id_ed25519", b"no key at all\n"),
        ("notes.txt", KEY),
        ("config.yaml", b"db:\n  password: hunter2\n"),
    ],
)
@pytest.mark.parametrize("why", ["as a secret", "by its size", "by its number"])
def test_file_that_looks_secret_has_no_digest_whyever_it_is_left_out(tmp_path, name, content, why):
    write(tmp_path / name, content)
    write(tmp_path / "a.py", b"x")
    limits = {"by its size": {"file_bytes": 3}, "by its number": {"files": 1}}.get(why, {})
    found = left_out(tmp_path, "a.py", name, **{"file_bytes": 1000, **limits})
    assert (found[name].digest, found[name].modified) == ("", MODIFIED)


def test_links_and_what_cannot_be_read_have_no_digest(tmp_path):
    (tmp_path / "link").symlink_to("a" * 100)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    found = left_out(tmp_path, "link", "loop", "pipe", "gone", files=0)
    assert set(found) == {"link", "loop", "pipe", "gone"}
    assert {(left.digest, left.modified) for left in found.values()} == {("", None)}


def test_time_before_all_calendars_is_no_time(tmp_path):
    write(tmp_path / "old.bin", b"x" * 100)
    os.utime(tmp_path / "old.bin", (-(10**12), -(10**12)))
    kept = (tmp_path / "old.bin").stat().st_mtime
    left = left_out(tmp_path, "old.bin")["old.bin"]
    assert left.modified == (None if kept == -(10**12) else datetime.fromtimestamp(kept, UTC))


def test_folder_that_is_told_as_one_has_neither(tmp_path):
    names = [f"data/{number}.bin" for number in range(20)]
    for name in names:
        write(tmp_path / name, b"x" * 100)
    (left,) = left_out(tmp_path, *names).values()
    assert (left.path, left.size, left.digest, left.modified) == ("data/", 2000, "", None)


def test_record_tells_it(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[snapshot]\nfile-bytes = "1k"\n')
    write(repo_dir / "data.csv", b"a,b\n" * 1000)
    with gitxp.start_run("left") as run:
        pass
    (left,) = gitxp.get_run(run.id).code.left_out
    digest = hashlib.sha256((repo_dir / "data.csv").read_bytes()).hexdigest()
    assert (left.path, left.size, left.modified) == ("data.csv", 4000, MODIFIED)
    assert left.digest == f"sha256:{digest}"
    text = git("show", f"refs/experiments/left/{run.id}:run.toml", cwd=repo_dir)
    assert f'digest = "sha256:{digest}"' in text
    assert "modified = 2026-01-02 03:04:05+00:00" in text
