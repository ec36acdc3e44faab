"""Each finding of the doctor, made for real; what is well is not complained of."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gitxp
from gitxp.upkeep.doctor.finding import KINDS, Severity
from gitxp.upkeep.doctor.machine import old_libraries, old_python

XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.fixture
def doctor(repo_dir):
    """Ask the doctor in a folder and return its findings by slug."""

    def ask(folder: Path = repo_dir, **options) -> dict[str, dict[str, str]]:
        done = subprocess.run(
            [XP, "doctor", "--json"], cwd=folder, capture_output=True, text=True, **options
        )
        assert done.stderr == ""
        told = json.loads(done.stdout)
        by_slug = {one["slug"]: one for one in told["findings"]}
        assert all(one["hint"] and one["message"] for one in by_slug.values())
        wrong = [one for one in told["findings"] if one["severity"] != "note"]
        assert (done.returncode, told["ok"]) == (int(bool(wrong)), not wrong)
        if folder.name != "small":  # how full the machine's own disk is decides nothing
            by_slug.pop("disk-full", None)
        return by_slug

    return ask


def everything_below(top: Path):
    return {
        path: (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in top.rglob("*")
        if path.is_file()
    }


def run_hint(found, folder):
    subprocess.run(found["hint"], shell=True, cwd=folder, check=True, capture_output=True)


def test_healthy_repository_has_no_findings_and_is_left_as_it_was(repo_dir, doctor, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        run.log({"x": 1.0}, step=0)
    with gitxp.start_run("lr", "running"):
        before = everything_below(repo_dir)
        assert doctor() == {}
        assert everything_below(repo_dir) == before
    done = subprocess.run([XP, "doctor"], cwd=repo_dir, capture_output=True, text=True)
    if done.returncode:
        assert "disk-full" in done.stdout
    else:
        assert done.stdout == "nothing is wrong\n"


def test_repository_that_never_saw_a_run_is_left_as_it_was(repo_dir, doctor):
    before = everything_below(repo_dir)
    assert doctor() == {}
    assert everything_below(repo_dir) == before
    assert not (repo_dir / ".git/gitxp").exists()


def test_finding_is_one_line_with_something_to_type(repo_dir, git):
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    git("config", "remote.origin.mirror", "true", cwd=repo_dir)
    done = subprocess.run([XP, "doctor"], cwd=repo_dir, capture_output=True, text=True)
    assert done.returncode == 1
    first, second = (line for line in done.stdout.splitlines() if "disk-full" not in line)
    assert first.startswith("error mirror-remote: git push origin deletes every run there")
    assert first.endswith("; try: git config --unset-all remote.origin.mirror")
    assert second.startswith("warning decorated-runs: ")


def test_every_kind_of_finding_is_made_here():
    text = Path(__file__).read_text()
    assert [kind.slug for kind in KINDS if f'"{kind.slug}"' not in text] == []


# The machine.


def test_missing_git(doctor, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert set(doctor(env={**os.environ, "PATH": str(empty)})) == {"git-missing"}


# What Git 2.30 does otherwise: it is that version, and repeats an option that it does not know.
OLD_GIT = """#!/bin/sh
if [ "$*" = --version ]; then echo git version 2.30.2; exit; fi
case "$*" in *--path-format=absolute*) echo --path-format=absolute;; esac
exec {git} "$@"
"""


def test_old_git(repo_dir, doctor, tmp_path):
    old = program(tmp_path, OLD_GIT.format(git=shutil.which("git")))
    env = {**os.environ, "PATH": f"{old}{os.pathsep}{os.environ['PATH']}"}
    found = doctor(env=env)
    assert set(found) == {"git-old"}
    assert "git version 2.30.2" in found["git-old"]["message"]
    done = subprocess.run([XP, "list"], cwd=repo_dir, env=env, capture_output=True, text=True)
    told = "error: this Git is older than 2.34\nhint: install Git 2.34 or newer\n"
    assert (done.returncode, done.stderr) == (128, told)


def program(tmp_path, text):
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "git").write_text(text)
    (folder / "git").chmod(0o755)
    return folder


def test_missing_git_lfs_where_attributes_ask_for_it(repo_dir, doctor, git, tmp_path):
    bare_path = tmp_path / "only-git"
    bare_path.mkdir()
    (bare_path / "git").symlink_to(shutil.which("git"))
    without = {**os.environ, "PATH": str(bare_path)}
    assert "git-lfs-missing" not in doctor(env=without)
    (repo_dir / "deep").mkdir()
    (repo_dir / "deep/.gitattributes").write_text("# filter=lfs\n*.bin filter=lfs diff=lfs\n")
    git("add", "deep/.gitattributes", cwd=repo_dir)
    assert set(doctor(env=without)) == {"git-lfs-missing"}


def test_missing_git_lfs_where_large_artifacts_lie(repo_dir, doctor, tmp_path, monkeypatch):
    bare_path = tmp_path / "only-git"
    bare_path.mkdir()
    (bare_path / "git").symlink_to(shutil.which("git"))
    monkeypatch.chdir(repo_dir)
    (tmp_path / "model.pt").write_bytes(b"x" * 2_000_000)
    with gitxp.start_run("lr") as run:
        run.log_artifact(tmp_path / "model.pt")
    found = doctor(env={**os.environ, "PATH": str(bare_path)})
    assert "large files of runs" in found["git-lfs-missing"]["message"]


def test_old_python_and_old_libraries():
    (found,) = old_python(">=99.1", sys.version_info[:3])
    assert found.slug == "python-old"
    assert list(old_python(">=3.11", (3, 11, 0))) == []
    (found,) = old_libraries(
        ["click>=999", "numpy>=1.0", "plotext<6,>=5.3.2", "x>=1; extra == 'y'"]
    )
    assert (found.slug, found.hint) == ("library-old", "pip install --upgrade 'click>=999'")
    (found,) = old_libraries(["no-such-library>=1"])
    assert "is not installed" in found.message


# The kind of repository.


def test_no_repository(doctor, tmp_path):
    found = doctor(tmp_path)
    assert set(found) == {"no-repository"}
    assert found["no-repository"]["hint"].startswith("git init")


def test_sha256_ids(doctor, git, tmp_path):
    git("init", "--quiet", "--object-format=sha256", "new", cwd=tmp_path)
    assert set(doctor(tmp_path / "new")) == {"unsupported-repository"}


def test_extension_that_git_does_not_know(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.refsFromTheFuture", "true", cwd=repo_dir)
    assert set(doctor()) == {"unsupported-repository"}


def test_extension_that_libgit2_does_not_know(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.noop-v1", "true", cwd=repo_dir)
    assert "libgit2" in doctor()


def test_extension_that_libgit2_can_be_told_of(repo_dir, doctor, git):
    git("config", "core.repositoryFormatVersion", "1", cwd=repo_dir)
    git("config", "extensions.partialClone", "origin", cwd=repo_dir)
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    assert set(doctor()) == {"partial-clone", "decorated-runs"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_repository_of_another_user(repo_dir, doctor):
    os.chown(repo_dir, 12345, 12345)
    os.chown(repo_dir / ".git", 12345, 12345)
    found = doctor()
    assert set(found) == {"foreign-owner"}
    run_hint(found["foreign-owner"], repo_dir)
    assert "foreign-owner" not in doctor()


def test_shallow_and_partial_clones_are_notes(repo_dir, doctor, git, tmp_path):
    (repo_dir / "train.py").write_text("second\n")
    git("commit", "--quiet", "--all", "--message=second", cwd=repo_dir)
    git("config", "uploadpack.allowFilter", "true", cwd=repo_dir)
    url = f"file://{repo_dir}"
    git("clone", "--quiet", "--depth=1", url, "shallow", cwd=tmp_path)
    git("clone", "--quiet", "--filter=blob:none", url, "partial", cwd=tmp_path)
    for name in ("shallow", "partial"):
        found = doctor(tmp_path / name)
        assert set(found) == {f"{name}-clone"}
        assert found[f"{name}-clone"]["severity"] == Severity.NOTE
    assert {"shallow-clone", "partial-clone"} <= {kind.slug for kind in KINDS}


# Settings.


def test_wrong_setting(repo_dir, doctor):
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\nfile-byte = 3\n")
    assert set(doctor()) == {"settings-wrong"}


def test_no_identity(repo_dir, doctor):
    (Path(os.environ["HOME"]) / ".gitconfig").write_text("[user]\n\tname = Ada\n")
    found = doctor()
    assert set(found) == {"no-identity"}
    run_hint(found["no-identity"], repo_dir)
    assert doctor() == {}


@pytest.mark.parametrize(
    ("slug", "settings"),
    [
        ("mirror-remote", [("remote.up.mirror", "true")]),
        ("push-all-refs", [("remote.up.push", "+refs/*:refs/*")]),
        ("push-all-refs", [("remote.up.push", "refs/experiments/*")]),
        (
            "fetch-prunes-runs",
            [("fetch.prune", "true"), ("remote.up.fetch", "refs/experiments/*:refs/experiments/*")],
        ),
        (
            "fetch-prunes-runs",
            [("remote.up.prune", "true"), ("remote.up.fetch", "+refs/*:refs/*")],
        ),
        ("fetch-overwrites-runs", [("remote.up.fetch", "+refs/*:refs/*")]),
        ("hidden-refs", [("transfer.hideRefs", "refs/experiments")]),
        ("hidden-refs", [("uploadpack.hideRefs", "refs")]),
        ("hidden-refs", [("receive.hideRefs", "refs/experiments/")]),
        ("decorated-runs", [("log.initialDecorationSet", "all")]),
        ("decorated-runs", [("log.excludeDecoration", "refs/stash")]),
    ],
)
def test_setting_that_harms_runs_is_found_and_its_hint_mends_it(
    repo_dir, doctor, git, slug, settings
):
    git("config", "remote.up.url", "https://example.org/x.git", cwd=repo_dir)
    for key, value in settings:
        git("config", "--add", key, value, cwd=repo_dir)
    found = doctor()
    assert set(found) == {slug}
    run_hint(found[slug], repo_dir)
    assert doctor() == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("remote.up.fetch", "+refs/heads/*:refs/remotes/up/*"),
        ("remote.up.fetch", "refs/experiments/*:refs/gitxp/incoming/up/*"),
        ("remote.up.push", "refs/heads/*:refs/heads/*"),
        ("transfer.hideRefs", "refs/pull"),
        ("transfer.hideRefs", "refs/exp"),
        ("remote.a.b.mirror", "false"),
    ],
)
def test_setting_that_leaves_runs_alone_is_not_found(repo_dir, doctor, git, key, value):
    git("config", "fetch.prune", "true", cwd=repo_dir)
    git("config", key, value, cwd=repo_dir)
    assert doctor() == {}


def test_git_log_shows_runs_exactly_where_the_doctor_says_so(repo_dir, doctor, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off") as run:
        pass
    ref = f"refs/experiments/lr/{run.id}"

    def is_shown():
        return ref in git("log", "-1", "--decorate=full", ref, cwd=repo_dir)

    assert not is_shown()
    git("config", "log.excludeDecoration", "refs/stash", cwd=repo_dir)
    found = doctor()
    assert is_shown()
    run_hint(found["decorated-runs"], repo_dir)
    assert doctor() == {}
    assert not is_shown()


def test_git_push_deletes_runs_exactly_where_the_doctor_says_so(
    repo_dir, doctor, git, monkeypatch, tmp_path
):
    monkeypatch.chdir(repo_dir)
    git("init", "--quiet", "--bare", "up.git", cwd=tmp_path)
    git("remote", "add", "--mirror=push", "up", str(tmp_path / "up.git"), cwd=repo_dir)

    def runs_after_a_push() -> str:
        git("fetch", "--quiet", str(repo_dir), "HEAD:refs/experiments/lr/theirs", cwd=server)
        git("push", "--quiet", "up", *branches, cwd=repo_dir)
        return git("for-each-ref", "refs/experiments", cwd=server)

    server, branches = tmp_path / "up.git", ()
    assert set(doctor()) == {"mirror-remote"}
    assert runs_after_a_push() == ""
    run_hint(doctor()["mirror-remote"], repo_dir)
    assert doctor() == {}
    branches = ("HEAD",)
    assert "theirs" in runs_after_a_push()


def test_git_fetch_deletes_runs_exactly_where_the_doctor_says_so(
    repo_dir, doctor, git, monkeypatch, tmp_path
):
    monkeypatch.chdir(repo_dir)
    git("clone", "--quiet", "--bare", str(repo_dir), "up.git", cwd=tmp_path)
    git("remote", "add", "up", str(tmp_path / "up.git"), cwd=repo_dir)
    git(
        "config", "--add", "remote.up.fetch", "+refs/experiments/*:refs/experiments/*", cwd=repo_dir
    )
    git("config", "fetch.prune", "true", cwd=repo_dir)

    def is_kept_by_a_fetch() -> bool:
        with gitxp.start_run("lr", snapshot="off") as run:
            pass
        git("fetch", "--quiet", "up", cwd=repo_dir)
        return run.id in gitxp.runs().index

    assert set(doctor()) == {"fetch-prunes-runs"}
    assert not is_kept_by_a_fetch()
    run_hint(doctor()["fetch-prunes-runs"], repo_dir)
    assert doctor() == {}
    assert is_kept_by_a_fetch()


# The file system.


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


# The store, and runs.


def test_many_loose_objects(repo_dir, doctor, git):
    git("config", "gc.auto", "20", cwd=repo_dir)
    for number in range(30):
        (repo_dir / "blob").write_text(str(number))
        git("hash-object", "-w", "blob", cwd=repo_dir)
    (repo_dir / "blob").unlink()
    found = doctor()
    assert set(found) == {"many-objects"}
    assert "loose objects" in found["many-objects"]["message"]


def test_many_packs(repo_dir, doctor, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(60):
        with gitxp.start_run("many") as run:
            run.log({"x": number}, step=0)
    found = doctor()
    assert set(found) == {"many-objects"}
    run_hint(found["many-objects"], repo_dir)
    assert doctor() == {}


def killed_run(repo_dir):
    script = "import gitxp, os; gitxp.start_run('lr').log({'x': 1.0}); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=repo_dir)
    assert done.returncode == -signal.SIGKILL
    (folder,) = (repo_dir / ".git/gitxp/live").iterdir()
    return folder


def test_run_of_a_process_that_died(repo_dir, doctor):
    folder = killed_run(repo_dir)
    found = doctor()
    assert set(found) == {"unrecorded-runs"}
    assert folder.exists()
    env = {**os.environ, "PATH": f"{Path(XP).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(found["unrecorded-runs"]["hint"], shell=True, cwd=repo_dir, env=env, check=True)
    assert doctor() == {}


def test_run_of_another_host(repo_dir, doctor):
    folder = killed_run(repo_dir)
    for path in folder.glob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if line["kind"] == "writer":
                line["process"]["host"] = "elsewhere"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert set(doctor()) == {"unknown-runs"}


def test_kept_pack_that_the_store_has_lost(repo_dir, doctor, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off"):
        pass
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()
    found = doctor()
    assert set(found) == {"kept-pack"}
    assert "the store lacks" in found["kept-pack"]["message"]


def test_kept_pack_that_is_damaged(repo_dir, doctor, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", snapshot="off"):
        pass
    (index,) = (repo_dir / ".git/gitxp/recorded").glob("*/*.idx")
    content = index.read_bytes()
    index.unlink()
    index.write_bytes(content[:1100])
    assert set(doctor()) == {"kept-pack"}


def test_what_cannot_be_looked_at_is_said_and_stops_nothing_else(repo_dir, doctor, git):
    (repo_dir / ".git/gitxp").mkdir()
    (repo_dir / ".git/gitxp/live").write_text("no folder\n")
    git("config", "log.initialDecorationSet", "all", cwd=repo_dir)
    found = doctor()
    assert set(found) == {"not-checked", "decorated-runs"}
    assert "runs not recorded" in found["not-checked"]["message"]
