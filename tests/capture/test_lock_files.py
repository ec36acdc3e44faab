import hashlib
import os

import pytest

from gitxp.capture.lock_files import LARGEST_KEPT, find_lock_files

LOCKS = [
    "Pipfile.lock", "conda-linux-64.lock", "conda-lock.yml", "cuda.conda-lock.yml",
    "dev-requirements.txt", "environment-gpu.yaml", "environment.yml", "pdm.lock", "pixi.lock",
    "poetry.lock", "pylock.toml", "pylock.train.toml", "requirements-dev.txt", "requirements.txt",
    "requirements_train.txt", "uv.lock",
]  # fmt: skip
OTHERS = [
    "Cargo.lock", "requirements.in", "requirements.txt~", "environment.toml", "myrequirements.txt",
    "package-lock.json", "conda.yml", "train.py",
]  # fmt: skip


def test_lock_files_of_every_tool_are_found_and_nothing_else(tmp_path):
    for name in (*LOCKS, *OTHERS):
        (tmp_path / name).write_text(name)
    found = find_lock_files(tmp_path, "")
    assert [one.path for one in found] == LOCKS
    for one in found:
        assert one.digest == f"sha256:{hashlib.sha256(one.path.encode()).hexdigest()}"
        assert (one.content, one.size) == (one.path.encode(), len(one.path))


def test_those_from_the_top_to_the_working_folder_are_looked_at(tmp_path):
    for folder in ("", "apps", "apps/train", "apps/train/deeper", "libs"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "uv.lock").write_text("version = 1\n")
    found = find_lock_files(tmp_path, "apps/train/")
    assert [one.path for one in found] == ["apps/train/uv.lock", "apps/uv.lock", "uv.lock"]


@pytest.mark.parametrize("size", [LARGEST_KEPT, LARGEST_KEPT + 1])
def test_content_of_a_large_one_is_not_held(tmp_path, size):
    (tmp_path / "poetry.lock").write_bytes(b"\n" * size)
    (found,) = find_lock_files(tmp_path, "")
    assert found.size == size
    assert (found.content is None) == (size > LARGEST_KEPT)
    assert found.digest.startswith("sha256:")


def test_what_is_no_file_or_is_gone_is_passed_over(tmp_path):
    (tmp_path / "uv.lock").mkdir()
    os.mkfifo(tmp_path / "requirements.txt")
    (tmp_path / "poetry.lock").symlink_to("nowhere")
    (tmp_path / "Pipfile.lock").write_text("{}")
    assert [one.path for one in find_lock_files(tmp_path, "gone/since")] == ["Pipfile.lock"]
