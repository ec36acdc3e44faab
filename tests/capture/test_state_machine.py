"""Any working tree, however it came about: captured, and brought back by plain Git, it is the same.

`GITXP_TEST_EXAMPLES` sets how many trees are tried.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.code.code_commit import code_diff
from gitxp.storage.repository import open_repository

EXAMPLES = int(os.environ.get("GITXP_TEST_EXAMPLES", "20"))
LIMITS = SnapshotLimits(file_bytes=1 << 20, total_bytes=1 << 24, files=1000)
# Few, so that files, folders and links come to stand where others were.
PATHS = ["a", "a/x", "a/y/z", "b", "b/x", "B", "c.log", "a/c.log", "d/\n\"e'", "d/f\udcff"]
TARGETS = ["a", "b", "../outside", "nowhere", "/", ".", "\udcff\n"]
IGNORED = ["", "*.log\n", "a/\n", "b\n", "*\n!*.py\n", "/d/\n"]
paths = st.sampled_from(PATHS)
contents = st.one_of(
    st.sampled_from([b"", b"one\n", b"two\n", b"crlf\r\nlf\n", b"no end", b"\0\xff binary"]),
    st.binary(max_size=200),
)

Entry = tuple[str, bytes]


def entries(top: Path) -> dict[str, Entry]:
    """Return kind and bytes of every file and link, by path; no link is followed."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *links]:
            place = Path(folder) / name
            if name == ".git":
                continue
            mode = place.lstat().st_mode
            if stat.S_ISLNK(mode):
                found[str(place.relative_to(top))] = ("link", os.fsencode(place.readlink()))
            else:
                kind = "executable" if mode & stat.S_IXUSR else "file"
                found[str(place.relative_to(top))] = (kind, place.read_bytes())
    return found


class AnyTree(RuleBasedStateMachine):
    """A repository in which somebody works, at random."""

    def __init__(self):
        super().__init__()
        self.parent = Path(tempfile.mkdtemp())
        self.top = self.parent / "project"
        self.top.mkdir()
        self.captures = 0
        self.git("init", "--quiet")
        (self.top / "a").write_text("one\n")
        (self.top / "d").mkdir()
        (self.top / "d" / "f\udcff").write_text("two\n")
        self.commit()

    def teardown(self):
        try:
            self.captured_and_brought_back()
        finally:
            shutil.rmtree(self.parent)

    def git(self, *words: str | Path, folder: Path | None = None, check: bool = True) -> bytes:
        done = subprocess.run(
            ["git", *words], cwd=folder or self.top, capture_output=True, check=False
        )
        assert not check or done.returncode == 0, (words, done.stderr)
        return done.stdout

    def listed(self, *words: str) -> list[str]:
        answer = self.git("ls-files", "-z", *words)
        return [os.fsdecode(path) for path in answer.split(b"\0") if path]

    def clear(self, path: str) -> Path:
        """Take away what stands in the way of a path, and return its place."""
        place = self.top / path
        for parent in reversed(place.relative_to(self.top).parents):
            above = self.top / parent
            if above.is_symlink() or above.is_file():
                above.unlink()
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        return place

    @rule(path=paths, content=contents, is_executable=st.booleans())
    def write(self, path, content, is_executable):
        place = self.clear(path)
        place.write_bytes(content)
        place.chmod(0o755 if is_executable else 0o644)

    @rule(path=paths, leads_to=st.sampled_from(TARGETS))
    def link(self, path, leads_to):
        self.clear(path).symlink_to(leads_to)

    @rule(data=st.data())
    def delete(self, data):
        if found := sorted(entries(self.top)):
            (self.top / data.draw(st.sampled_from(found))).unlink()

    @rule(data=st.data())
    def change_mode(self, data):
        files = [path for path, (kind, _) in sorted(entries(self.top).items()) if kind != "link"]
        if files:
            place = self.top / data.draw(st.sampled_from(files))
            place.chmod(place.stat().st_mode ^ 0o111)

    @rule(data=st.data(), path=paths)
    def rename(self, data, path):
        found = sorted(entries(self.top))
        if found and (source := data.draw(st.sampled_from(found))) != path:
            kept = self.parent / "kept"
            (self.top / source).rename(kept)
            kept.rename(self.clear(path))

    @rule(patterns=st.sampled_from(IGNORED), path=st.sampled_from([".gitignore", "a/.gitignore"]))
    def ignore(self, patterns, path):
        self.clear(path).write_text(patterns)

    @rule(data=st.data(), is_forced=st.booleans())
    def stage(self, data, is_forced):
        if found := sorted(entries(self.top)):
            path = data.draw(st.sampled_from(found))
            options = ["--force"] if is_forced else []
            self.git("add", *options, "--", f":(literal){path}", check=False)

    @rule(data=st.data())
    def intend_to_add(self, data):
        if found := self.listed("--others", "--exclude-standard"):
            path = data.draw(st.sampled_from(sorted(found)))
            self.git("add", "--intent-to-add", "--", f":(literal){path}")

    @rule(data=st.data())
    def unstage(self, data):
        if found := self.listed("--cached"):
            path = data.draw(st.sampled_from(sorted(found)))
            self.git("update-index", "--force-remove", "--", path)

    @rule(data=st.data(), flag=st.sampled_from(["--assume-unchanged", "--skip-worktree"]))
    def overlook(self, data, flag):
        if found := self.listed("--cached"):
            path = data.draw(st.sampled_from(sorted(found)))
            self.git("update-index", flag, "--", path)

    @rule()
    def stage_all(self):
        self.git("add", "--all")

    @rule()
    def commit(self):
        self.git("add", "--all", check=False)
        self.git("commit", "--quiet", "--allow-empty", "--message=more", check=False)

    @rule()
    def stash(self):
        self.git("stash", "push", "--quiet", "--include-untracked", check=False)

    @rule()
    def split_index(self):
        self.git("update-index", "--split-index")

    @rule()
    def captured_and_brought_back(self):
        self.captures += 1
        expected, before = self.expected(), self.of_the_user()
        repository = open_repository(self.top)
        pack = repository.private_dir / f"{self.captures}" / "code.pack"
        code = capture_code(repository, limits=LIMITS, pack_path=pack)
        assert (code.failure, code.left_out) == ("", ())
        assert self.of_the_user() == before
        again = self.parent / f"again{self.captures}"
        self.git("worktree", "add", "--quiet", "--detach", again, str(code.commit))
        assert entries(again) == expected
        diff = self.parent / "code.diff"
        diff.write_bytes(code_diff(repository, code.base, str(code.commit)))
        base = self.parent / f"base{self.captures}"
        self.git("worktree", "add", "--quiet", "--detach", base, str(code.base))
        if diff.stat().st_size:
            self.git("apply", "--whitespace=nowarn", diff, folder=base)
        assert entries(base) == expected
        self.git("fsck", "--full", "--strict")

    def expected(self) -> dict[str, Entry]:
        """Return what a run is to keep: tracked or not ignored, as it is on disk."""
        on_disk = entries(self.top)
        known = self.listed("--cached", "--others", "--exclude-standard")
        found = {path: on_disk[path] for path in known if path in on_disk}
        for line in self.git("ls-files", "-v", "-z").split(b"\0"):
            path = os.fsdecode(line[2:])
            is_absent = line[:1] in (b"S", b"s") and not os.path.lexists(self.top / path)
            # What stands on disk comes first: no tree holds a file and what would be below it.
            parents = [str(parent) for parent in Path(path).parents]
            if is_absent and not on_disk.keys() & set(parents):
                found[path] = self.in_index(path)
        return found

    def in_index(self, path: str) -> Entry:
        (line,) = self.git("ls-files", "--stage", "-z", "--", f":(literal){path}").split(b"\0")[:-1]
        mode, oid = line.split()[:2]
        kind = {b"100644": "file", b"100755": "executable", b"120000": "link"}[mode]
        return kind, self.git("cat-file", "blob", oid.decode())

    def of_the_user(self) -> dict[str, object]:
        git_dir = self.top / ".git"
        return {
            "files": entries(self.top),
            "git": {path.name: path.read_bytes() for path in git_dir.iterdir() if path.is_file()},
            "refs": self.git("for-each-ref", "refs/heads", "refs/stash"),
            "logs": {path: path.read_bytes() for path in self.logs()},
        }

    def logs(self) -> list[Path]:
        """Return the reflogs of what is the user's: HEAD, the branches and the stash."""
        logs = self.top / ".git" / "logs"
        return [logs / "HEAD", *(path for path in (logs / "refs").rglob("*") if path.is_file())]


def test_any_tree_is_brought_back_as_it_was():
    run_state_machine_as_test(
        AnyTree,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
