"""What the doctor finds of file systems, disks and clocks."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest


def without_locks():
    """Make the kernel answer `flock` as a file system without locks does, by seccomp(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 73, "aarch64": 32}[os.uname().machine]

    class Rule(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8),
                    ("k", ctypes.c_uint32)]  # fmt: skip

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("rules", ctypes.POINTER(Rule))]

    no_locks = 0x00050000 | 37  # SECCOMP_RET_ERRNO with ENOLCK
    rules = (Rule * 4)(
        Rule(0x20, 0, 0, 0),  # load the number of the system call
        Rule(0x15, 0, 1, number),  # is it flock?
        Rule(0x06, 0, 0, no_locks),
        Rule(0x06, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
    )
    program = Program(len(rules), rules)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if libc.prctl(22, 2, ctypes.byref(program)):  # PR_SET_SECCOMP, a filter
        raise OSError(ctypes.get_errno(), "no seccomp")


def can_filter_system_calls():
    try:
        done = subprocess.run(["true"], preexec_fn=without_locks)
    except (subprocess.SubprocessError, OSError, KeyError):
        return False
    return done.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_file_system_without_locks(doctor):
    if not can_filter_system_calls():
        pytest.skip("this kernel does not let a process filter its system calls")
    found = doctor(preexec_fn=without_locks)
    assert set(found) == {"locks"}
    assert "No locks available" in found["locks"]["message"]


def without_root_rights():
    """Make root heed the modes of files, as everybody does (CAP_DAC_OVERRIDE is 1)."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1)  # PR_CAPBSET_DROP


def test_repository_that_cannot_be_written(repo_dir, doctor):
    folders = [repo_dir / ".git", repo_dir / ".git/objects", repo_dir / ".git/refs"]
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in folders}
    for locked in (folders, folders[:1], folders[1:2]):
        for folder in locked:
            folder.chmod(0o555)
        try:
            found = doctor(preexec_fn=without_root_rights if sys.platform == "linux" else None)
        finally:
            for folder, mode in modes.items():
                folder.chmod(mode)
        assert set(found) == {"read-only"}


def test_disk_that_is_nearly_full(doctor, git, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(small)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        git("init", "--quiet", cwd=small)
        found = doctor(small)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert set(found) == {"disk-full"}
    assert found["disk-full"]["message"].startswith("0.02 GiB are free")


@pytest.mark.parametrize("moved", [3600, 366 * 86_400])
def test_clock_of_the_machine_that_is_off(repo_dir, doctor, clock, moved):
    assert doctor(env=clock) == {}
    Path(clock["CLOCK_MOVED"]).write_text(str(moved))
    found = doctor(env=clock)
    assert set(found) == {"clock-off"}
    assert f"-{moved} seconds" in found["clock-off"]["message"]


def test_commits_of_the_future(repo_dir, doctor, git, monkeypatch):
    ahead = f"@{int(time.time()) + 86400} +0000"
    monkeypatch.setenv("GIT_COMMITTER_DATE", ahead)
    git("commit", "--quiet", "--allow-empty", "--message=tomorrow", cwd=repo_dir)
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    found = doctor()
    assert set(found) == {"future-dates"}
    assert "HEAD is dated 24.0 hours in the future" in found["future-dates"]["message"]


def test_git_lfs_folder_that_has_no_hard_links_to_this_one(repo_dir, doctor, git, disk):
    (repo_dir / ".git/gitxp").mkdir()
    (repo_dir / ".git/lfs/objects").mkdir(parents=True)
    assert doctor() == {}
    (disk.path / "lfs/objects").mkdir(parents=True)
    git("config", "lfs.storage", str(disk.path / "lfs"), cwd=repo_dir)
    found = doctor()
    assert set(found) == {"large-files-not-held"}
    assert str(disk.path / "lfs") in found["large-files-not-held"]["message"]
    left = [*(repo_dir / ".git/gitxp").iterdir(), *(disk.path / "lfs").iterdir()]
    assert left == [disk.path / "lfs/objects"]
