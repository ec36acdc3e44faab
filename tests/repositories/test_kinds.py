"""Each row of the table of repositories is true: the run, its code, and that nothing is harmed.

A row without a scenario, and a scenario without a row, both fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import GitxpError
from gitxp.model.run import Status
from gitxp.storage.repository import open_repository
from gitxp.tracking.recover import recover_runs
from gitxp.tracking.workspace import Workspace

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "repositories.md"
SLUG = re.compile(r"refused: \[([a-z-]+)\]\(errors\.md#\1\)")
RECORDED, KEPT = "recorded", "kept, recorded later"
EXACT, CONVERTED, NOTHING, NO_CODE = "byte for byte", "as Git adds it", "none", "\N{EN DASH}"
ALL_BUT = "all but "
# 100000 for a size that takes minutes on a slow disk.
FILES = int(os.environ.get("GITXP_TEST_FILES", "20000"))
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SCRIPT = """
import gitxp

with gitxp.start_run("kinds") as run:
    run.log({"x": 1.0}, step=0)
print(run.id)
"""


def git(*arguments: str | bytes | Path, cwd: Path, check: bool = True, **variables: str) -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **variables},
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Made:
    """A repository of one kind.

    Attributes:
        folder: Where the run is started.
        left_out: Paths that the snapshot may not hold.
        differs: Content of paths that a checkout gives otherwise than the working tree has them.
        has_diff: Whether there can be a `code.diff`.
        before_reading: What happens between the run and the check.
        start: How the run is made; in this process where None.
    """

    folder: Path
    left_out: tuple[str, ...] = ()
    differs: dict[str, bytes] = field(default_factory=dict)
    has_diff: bool = True
    before_reading: Callable[[], object] = bool
    start: Callable[[], str] | None = None


Make = Callable[[Path, pytest.FixtureRequest], Made]
SCENARIOS: dict[str, Make] = {}


def scenario(make: Make) -> Make:
    SCENARIOS[make.__name__.replace("_", "-")] = make
    return make


def edit(top: Path) -> None:
    (top / "train.py").write_text("edited\n")
    (top / "new.py").write_text("untracked\n")


def commit(top: Path, message: str = "more") -> None:
    git("add", "--all", cwd=top)
    git("commit", "--quiet", f"--message={message}", cwd=top)


def written(top: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content)


def with_folders(top: Path) -> None:
    written(top, {"a/in.py": "a\n", "b/in.py": "b\n", "c/d/in.py": "d\n"})
    commit(top)


# Where HEAD and the working tree are.


@scenario
def ordinary(top, request):
    edit(top)
    return Made(top)


@scenario
def clean(top, request):
    return Made(top)


@scenario
def unborn(top, request):
    fresh = top.parent / "fresh"
    git("init", "--quiet", str(fresh), cwd=top)
    edit(fresh)
    return Made(fresh)


@scenario
def detached(top, request):
    git("checkout", "--quiet", "--detach", cwd=top)
    edit(top)
    return Made(top)


@scenario
def linked_worktree(top, request):
    linked = top.parent / "linked"
    git("worktree", "add", "--quiet", "-b", "side", linked, cwd=top)
    edit(linked)
    return Made(linked)


@scenario
def worktree_of_bare(top, request):
    bare_dir = top.parent / "bare.git"
    git("clone", "--quiet", "--bare", top, bare_dir, cwd=top)
    linked = top.parent / "linked"
    git("worktree", "add", "--quiet", linked, "main", cwd=bare_dir)
    edit(linked)
    return Made(linked)


@scenario
def separate_git_dir(top, request):
    git("init", "--quiet", f"--separate-git-dir={top.parent / 'elsewhere'}", cwd=top)
    edit(top)
    return Made(top)


@scenario
def worktree_config(top, request):
    git("config", "extensions.worktreeConfig", "true", cwd=top)
    git("config", "--worktree", "core.autocrlf", "false", cwd=top)
    edit(top)
    return Made(top)


@scenario
def subfolder(top, request):
    with_folders(top)
    edit(top)
    return Made(top / "c" / "d")


@scenario
def bare(top, request):
    bare_dir = top.parent / "bare.git"
    git("clone", "--quiet", "--bare", top, bare_dir, cwd=top)
    return Made(bare_dir)


# Indexes of all forms.


def sparse(top: Path, *options: str, patterns: tuple[str, ...]) -> Made:
    with_folders(top)
    git("sparse-checkout", "set", *options, *patterns, cwd=top)
    edit(top)
    written(top, {"a/in.py": "edited\n", "a/new.py": "new\n"})
    assert not (top / "b").exists()
    return Made(top, differs={"b/in.py": b"b\n", "c/d/in.py": b"d\n"})


@scenario
def sparse_cone(top, request):
    return sparse(top, "--cone", patterns=("a",))


@scenario
def sparse_non_cone(top, request):
    return sparse(top, "--no-cone", patterns=("/*", "!/b/", "!/c/"))


@scenario
def sparse_index(top, request):
    return sparse(top, "--cone", "--sparse-index", patterns=("a",))


@scenario
def split_index(top, request):
    git("update-index", "--split-index", cwd=top)
    edit(top)
    git("add", "new.py", cwd=top)
    return Made(top)


@scenario
def skip_worktree(top, request):
    git("update-index", "--skip-worktree", "train.py", cwd=top)
    edit(top)
    return Made(top)


@scenario
def assume_unchanged(top, request):
    git("update-index", "--assume-unchanged", "train.py", cwd=top)
    edit(top)
    return Made(top)


@scenario
def intent_to_add(top, request):
    edit(top)
    git("add", "--intent-to-add", "new.py", cwd=top)
    return Made(top)


@scenario
def staged(top, request):
    edit(top)
    git("add", "--all", cwd=top)
    (top / "train.py").write_text("edited once more\n")
    git("rm", "--quiet", "--cached", "README.md", cwd=top)
    return Made(top)


# Amid something.


def in_conflict(top: Path, *command: str) -> Made:
    git("checkout", "--quiet", "-b", "side", cwd=top)
    (top / "train.py").write_text("side\n")
    commit(top, "side")
    git("checkout", "--quiet", "main", cwd=top)
    (top / "train.py").write_text("main\n")
    commit(top, "main")
    git(*command, cwd=top, check=False)
    assert "<<<<<<<" in (top / "train.py").read_text()
    (top / "new.py").write_text("untracked\n")
    return Made(top)


@scenario
def merge(top, request):
    return in_conflict(top, "merge", "side")


@scenario
def rebase(top, request):
    return in_conflict(top, "rebase", "side")


@scenario
def cherry_pick(top, request):
    return in_conflict(top, "cherry-pick", "side")


@scenario
def bisect(top, request):
    for number in range(4):
        (top / "train.py").write_text(f"version {number}\n")
        commit(top)
    git("bisect", "start", "HEAD", "HEAD~4", cwd=top)
    edit(top)
    return Made(top)


# Bytes and names.


@scenario
def crlf(top, request):
    (top / "train.py").write_bytes(b"a\r\nb\r\nc\n")
    return Made(top)


@scenario
def autocrlf_true(top, request):
    git("config", "core.autocrlf", "true", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"README.md": b"# project\r\n"})


@scenario
def autocrlf_input(top, request):
    git("config", "core.autocrlf", "input", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"train.py": b"a\nb\n"})


@scenario
def utf_16(top, request):
    (top / ".gitattributes").write_text("*.txt text working-tree-encoding=UTF-16LE eol=lf\n")
    (top / "a.txt").write_bytes("grün\n".encode("utf-16-le"))
    commit(top)
    (top / "a.txt").write_bytes("grüner\n".encode("utf-16-le"))
    return Made(top)


@scenario
def case_rename(top, request):
    git("mv", "README.md", "readme.md", cwd=top)
    edit(top)
    return Made(top)


@scenario
def names_not_utf8(top, request):
    for name in (b"caf\xe9.py", b"\xff\xfe.txt"):
        (top / os.fsdecode(name)).write_text("tracked\n")
    commit(top)
    (top / os.fsdecode(b"caf\xe9.py")).write_text("edited\n")
    (top / os.fsdecode(b"new\xe9.py")).write_text("new\n")
    return Made(top)


@scenario
def names_with_newlines(top, request):
    for name in ("a\nb.py", 'quoted".py', "back\\slash.py", " lead.py", "-dash.py", "tab\t.py"):
        (top / name).write_text("tracked\n")
    commit(top)
    (top / "a\nb.py").write_text("edited\n")
    (top / "new\nline.py").write_text("new\n")
    return Made(top)


# What lies inside the working tree.


@scenario
def nested_with_commit(top, request):
    shutil.copytree(top, top / "inner")
    edit(top)
    return Made(top, left_out=("inner/",))


@scenario
def nested_without_commit(top, request):
    git("init", "--quiet", top / "inner", cwd=top)
    (top / "inner" / "a.py").write_text("inside\n")
    edit(top)
    return Made(top, left_out=("inner/",))


@scenario
def link_outside(top, request):
    (top.parent / "outside.txt").write_text("outside\n")
    (top / "outside").symlink_to("../outside.txt")
    (top / "root").symlink_to("/")
    (top / "dangling").symlink_to("nowhere")
    return Made(top)


@scenario
def link_loop(top, request):
    (top / "a").symlink_to("b")
    (top / "b").symlink_to("a")
    (top / "folder").mkdir()
    (top / "folder" / "up").symlink_to("..")
    return Made(top)


@scenario
def fifo(top, request):
    os.mkfifo(top / "pipe")
    edit(top)
    return Made(top)


@scenario
def unix_socket(top, request):
    bound = socket.socket(socket.AF_UNIX)
    request.addfinalizer(bound.close)
    here = Path.cwd()
    os.chdir(top)  # the name of a socket may not be long
    bound.bind("socket")
    os.chdir(here)
    edit(top)
    return Made(top)


@scenario
def unreadable(top, request):
    (top / "secret.py").write_text("secret\n")
    edit(top)
    (top / "secret.py").chmod(0)
    start = as_nobody(top, request)

    def take_back():
        for path in (top, *top.rglob("*")):
            os.chown(path, 0, 0)

    return Made(top, left_out=("secret.py",), start=start, before_reading=take_back)


@scenario
def huge_file(top, request):
    edit(top)
    with (top / "model.bin").open("wb") as file:
        file.truncate(4 << 30)
    before = bytes_read()

    def is_bounded():
        assert bytes_read() - before < 1 << 29

    return Made(top, left_out=("model.bin",), before_reading=is_bounded)


@scenario
def environment(top, request):
    edit(top)
    written(top, {"env/pyvenv.cfg": "home = /usr\n"})
    for number in range(FILES):
        folder = top / "env" / "lib" / f"package{number // 200}"
        if number % 200 == 0:
            folder.mkdir(parents=True)
        (folder / f"module{number}.py").touch()
    return Made(top, left_out=("env/",))


# Clones that lack something, or borrow it.


def with_history(top: Path) -> None:
    for number in range(3):
        written(top, {"train.py": f"version {number}\n", "old/data.txt": f"data {number}\n"})
        commit(top)


@scenario
def shallow(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--depth=1", f"file://{top}", clone, cwd=top)
    edit(clone)
    return Made(clone)


def partial_clone(top: Path) -> Path:
    with_history(top)
    git("config", "uploadpack.allowFilter", "true", cwd=top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--filter=blob:none", f"file://{top}", clone, cwd=top)
    edit(clone)
    return clone


@scenario
def partial(top, request):
    return Made(partial_clone(top))


@scenario
def partial_without_promisor(top, request):
    clone = partial_clone(top)
    top.rename(top.parent / "gone")
    return Made(clone)


@scenario
def partial_lacking_the_base(top, request):
    with_history(top)
    git("config", "uploadpack.allowFilter", "true", cwd=top)
    clone = top.parent / "clone"
    words = ("--no-checkout", "--filter=blob:none", f"file://{top}")
    git("clone", "--quiet", *words, clone, cwd=top)
    git("reset", "--quiet", cwd=clone)
    top.rename(top.parent / "gone")
    written(clone, {"train.py": "edited\n", "new.py": "new\n"})
    return Made(clone, has_diff=False)


@scenario
def partial_extension(top, request):
    clone = partial_clone(top)
    git("config", "core.repositoryFormatVersion", "1", cwd=clone)
    git("config", "extensions.partialClone", "origin", cwd=clone)
    return Made(clone)


@scenario
def precious_objects(top, request):
    git("config", "core.repositoryFormatVersion", "1", cwd=top)
    git("config", "extensions.preciousObjects", "true", cwd=top)
    edit(top)
    return Made(top)


@scenario
def alternates(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--shared", top, clone, cwd=top)
    edit(clone)
    return Made(clone)


@scenario
def reference(top, request):
    with_history(top)
    clone = top.parent / "clone"
    git("clone", "--quiet", "--reference", top, f"file://{top}", clone, cwd=top)
    edit(clone)
    return Made(clone)


@scenario
def replace_refs(top, request):
    with_history(top)
    git("replace", "HEAD", "HEAD~2", cwd=top)
    blob = git("hash-object", "-w", "--stdin", cwd=top).decode().strip()
    old = git("rev-parse", "HEAD:README.md", cwd=top).decode().strip()
    git("replace", old, blob, cwd=top)
    edit(top)
    return Made(top)


@scenario
def grafts(top, request):
    with_history(top)
    head = git("rev-parse", "HEAD", cwd=top).decode()
    (top / ".git" / "info").mkdir(exist_ok=True)
    (top / ".git" / "info" / "grafts").write_text(head)
    edit(top)
    return Made(top)


# What is refused.


def as_nobody(top: Path, request: pytest.FixtureRequest, *, is_trusted: bool = True):
    """Give all to another user, and return how a run is made as that user."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("being another user needs root")
    home = top.parent / "nobody"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Nobody\n\temail = nobody@example.org\n")
    for path in (home, *home.rglob("*"), *((top, *top.rglob("*")) if is_trusted else ())):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    for folder in top.parents:
        if str(folder).count("/") > 1:
            folder.chmod(folder.stat().st_mode | 0o055)
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(f"[safe]\n\tdirectory = {top}\n")

    def start() -> str:
        done = subprocess.run(
            [*NOBODY, sys.executable, "-c", SCRIPT],
            cwd=top,
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            # Git says what to type, `git config --global --add safe.directory`, and where.
            assert is_trusted or "safe.directory" in done.stderr, done.stderr
            raise gitxp.errors.NoRepository(done.stderr.strip().splitlines()[-1])
        return done.stdout.split()[-1]

    return start


@scenario
def safe_directory(top, request):
    edit(top)
    start = as_nobody(top, request, is_trusted=False)

    return Made(top, start=start)


@scenario
def sha256(top, request):
    fresh = top.parent / "fresh"
    git("init", "--quiet", "--object-format=sha256", fresh, cwd=top)
    edit(fresh)
    return Made(fresh)


def with_extension(top: Path, name: str, value: str) -> Made:
    git("config", "core.repositoryFormatVersion", "1", cwd=top)
    with (top / ".git" / "config").open("a") as file:
        file.write(f"[extensions]\n\t{name} = {value}\n")
    return Made(top)


@scenario
def reftable(top, request):
    fresh = top.parent / "fresh"
    words = ("init", "--quiet", "--ref-format=reftable", fresh)
    if subprocess.run(["git", *words], check=False, capture_output=True).returncode == 0:
        edit(fresh)
        return Made(fresh)
    (top / ".git" / "reftable").mkdir()
    return with_extension(top, "refStorage", "reftable")


@scenario
def unknown_extension(top, request):
    return with_extension(top, "ofTheFuture", "true")


# Variables, hooks and settings.


def in_subprocess(folder: Path, **variables: str) -> Callable[[], str]:
    def start() -> str:
        command = [sys.executable, "-W", "error", "-c", SCRIPT]
        environment = {**os.environ, **variables}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    return start


@scenario
def git_dir_variables(top, request):
    edit(top)
    elsewhere = top.parent / "elsewhere"
    elsewhere.mkdir()
    variables = {"GIT_DIR": str(top / ".git"), "GIT_WORK_TREE": str(top)}
    return Made(top, start=in_subprocess(elsewhere, **variables))


@scenario
def git_dir_apart(top, request):
    apart = top.parent / "apart.git"
    (top / ".git").rename(apart)
    git("config", "core.bare", "false", cwd=apart)
    edit(top)
    variables = {"GIT_DIR": str(apart), "GIT_WORK_TREE": str(top)}
    for name, value in variables.items():
        request.getfixturevalue("monkeypatch").setenv(name, value)
    return Made(top)


def by_hook(top: Path, hook: str, *command: str) -> Made:
    edit(top)
    script = top / ".git" / "script.py"
    script.write_text(SCRIPT)
    told = top / ".git" / "told"
    path = top / ".git" / "hooks" / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n'{sys.executable}' -W error '{script}' >'{told}'\n")
    path.chmod(0o755)
    git(*command, cwd=top)
    path.unlink()
    return Made(top, start=lambda: told.read_text().strip())


@scenario
def post_commit_hook(top, request):
    return by_hook(top, "post-commit", "commit", "--quiet", "--all", "--message=hooked")


@scenario
def pre_commit_hook(top, request):
    return by_hook(top, "pre-commit", "commit", "--quiet", "--message=hooked", "--", "train.py")


@scenario
def hostile_settings(top, request):
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(HOSTILE.replace("SETTINGS", str(top.parent / "settings")))
    (top.parent / "settings").write_text("[core]\n\tabbrev = 4\n[log]\n\tdate = relative\n")
    edit(top)
    (top / "grün.py").write_text("new\n")
    return Made(top)


HOSTILE = """
[diff]
	external = /bin/false
	noprefix = true
	mnemonicPrefix = true
	algorithm = patience
	renames = copies
	context = 0
	interHunkContext = 5
	wordRegex = .
	ignoreSubmodules = all
	orderFile = /nonexistent
[color]
	ui = always
	diff = always
	status = always
[commit]
	gpgSign = true
	template = /nonexistent
[tag]
	gpgSign = true
[gpg]
	program = /bin/false
[user]
	signingKey = nobody
	useConfigOnly = true
[core]
	hooksPath = /nonexistent
	fsmonitor = true
	quotePath = true
	pager = /bin/false
	editor = /bin/false
	abbrev = 5
	attributesFile = /nonexistent
	compression = 0
	logAllRefUpdates = always
	untrackedCache = true
[pager]
	log = true
	diff = true
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = ISO-8859-1
[log]
	showSignature = true
	decorate = full
	date = relative
	mailmap = true
	showRoot = false
	excludeDecoration = refs/*
[format]
	pretty = oneline
	signature = none
[status]
	short = true
	branch = false
	showUntrackedFiles = no
	relativePaths = true
	renames = copies
	submoduleSummary = true
[alias]
	status = !false
	ls-files = !false
	rev-parse = !false
	for-each-ref = !false
	hash-object = !false
	cat-file = !false
	config = !false
[index]
	version = 4
	threads = 1
[feature]
	manyFiles = true
[fetch]
	prune = true
[transfer]
	fsckObjects = true
[includeIf "gitdir:/**"]
	path = SETTINGS
"""


# Where it lies.


def moved(top: Path, name: str | bytes) -> Made:
    place = top.parent / os.fsdecode(name)
    top.rename(place)
    edit(place)
    git("add", "new.py", cwd=place)  # so that a copy of the index is needed too
    return Made(place)


for _id, _name in {
    "path-with-spaces": " a  b ",
    "path-with-colon": "a:b",
    "path-with-quotes": "a'b\"c`$d",
    "path-with-newline": "a\nb\n",
    "path-not-utf8": b"caf\xe9\xff",
    "path-with-glob": "[a]*?\\",
}.items():
    SCENARIOS[_id] = lambda top, _, name=_name: moved(top, name)


@scenario
def read_only(top, request):
    disk = request.getfixturevalue("disk")
    place = disk.take(top)
    edit(place)
    disk.set_read_only(True)
    request.addfinalizer(lambda: os.chdir("/"))

    def recover():
        disk.set_read_only(False)
        recover_runs(open_repository(place), Workspace.open(place, {}).limits)

    return Made(place, before_reading=recover)


# The checks.


@dataclass(frozen=True)
class Row:
    kind: str
    tracking: str
    code: str
    note: str


def rows() -> dict[str, Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert all(len(row) == 5 for row in cells)
    return {row[0].strip(" `"): Row(*row[1:]) for row in cells}


def bytes_read() -> int:
    """Return how much this process and its ended children have read."""
    if not Path("/proc/self/io").exists():
        return 0
    return int(re.findall(r"rchar: (\d+)", Path("/proc/self/io").read_text())[0])


def digest_of_folder(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def tree_below(top: Path) -> dict[str, tuple[str, bytes]]:
    """Return mode and bytes of all that Git can keep below a folder."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *links]:
            path = Path(folder) / name
            mode = path.lstat().st_mode
            key = str(path.relative_to(top))
            if name == ".git":
                continue
            if stat.S_ISLNK(mode):
                found[key] = ("link", os.fsencode(path.readlink()))
            elif stat.S_ISREG(mode):
                is_small = path.stat().st_size < 1 << 30
                kind = "executable" if mode & 0o100 else "file"
                found[key] = (kind, path.read_bytes() if is_small else b"")
    return found


def state(folder: Path) -> dict[str, object]:
    """Return all that a run must leave as it was."""
    repository = open_repository()
    common, git_dir = repository.common_dir, repository.git_dir
    index = git_dir / "index"
    refs = git("for-each-ref", "--format=%(refname) %(objectname)", cwd=folder).decode()
    return {
        "HEAD": (git_dir / "HEAD").read_bytes(),
        "index": index.read_bytes() if index.exists() else None,
        "config": (common / "config").read_bytes(),
        "hooks": digest_of_folder(common / "hooks"),
        "info": digest_of_folder(common / "info"),
        "stash": git("stash", "list", cwd=folder, check=False),
        "status": git("status", "--porcelain=v2", "--branch", cwd=folder, check=False),
        "refs": [one for one in refs.splitlines() if not one.startswith(OURS)],
        "entries": {path.name for path in git_dir.iterdir()} - {"gitxp", "packed-refs"},
        "files": tree_below(repository.work_tree) if repository.work_tree else None,
    }


OURS = ("refs/experiments/", "refs/gitxp/")


def start(made: Made) -> str:
    if made.start is not None:
        return made.start()
    with gitxp.start_run("kinds", snapshot="each") as run:
        run.log({"x": 1.0}, step=0)
    return run.id


def checked_out(folder: Path, commit: str, to: Path) -> dict[str, tuple[str, bytes]]:
    """Check a commit out elsewhere, by plain Git."""
    to.mkdir()
    variables = {
        "GIT_INDEX_FILE": str(to.parent / "index of the checkout"),
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    plain = ("-c", "core.sparseCheckout=false")
    git(*plain, "read-tree", commit, cwd=folder, **variables)
    git(*plain, "checkout-index", "--all", f"--prefix={to}/", cwd=folder, **variables)
    return tree_below(to)


def tree_of_diff(top: Path, run: gitxp.Run) -> str:
    """Return the tree that plain Git makes of the base and `code.diff`."""
    index = str(top.parent / "index of the diff")
    diff = top.parent / "code.diff"
    diff.write_bytes(git("show", f"{run.tip}:code.diff", cwd=top))
    variables = {"GIT_INDEX_FILE": index, "GIT_NO_REPLACE_OBJECTS": "1"}
    git("read-tree", str(run.code.base), cwd=top, **variables)
    git("apply", "--cached", diff, cwd=top, **variables)
    return git("write-tree", "--missing-ok", cwd=top, **variables).decode().strip()


def check_code(made: Made, row: Row, run: gitxp.Run, to: Path) -> None:
    if row.code == NOTHING:
        assert (run.code.commit, bool(run.code.failure)) == (None, True)
        return
    assert run.code.failure == ""
    top = open_repository().work_tree
    assert run.code.commit is not None
    assert top is not None
    assert bool(made.left_out) == row.code.startswith(ALL_BUT), row.code
    assert bool(made.differs) == (row.code == CONVERTED), row.code
    # What was kept as raw bytes is told there too.
    assert {left.path for left in run.code.left_out} == set(made.left_out)
    wanted = {
        path: content
        for path, content in tree_below(top).items()
        if not any(path.startswith(left) for left in made.left_out)
    }
    wanted |= {path: ("file", content) for path, content in made.differs.items()}
    assert checked_out(top, f"{run.tip}^2", to) == wanted
    if run.code.base and run.code.dirty and made.has_diff:
        assert tree_of_diff(top, run) == run.code.tree


def made_for(name: str, repo_dir: Path, request: pytest.FixtureRequest) -> tuple[Row, Made]:
    row = rows().get(name)
    assert row is not None, f"{name} has a scenario, and no row in {PAGE.name}"
    assert name in SCENARIOS, f"{name} has a row, and no scenario"
    return row, SCENARIOS[name](repo_dir, request)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", sorted({*rows(), *SCENARIOS}))
def test_row_is_true(name, repo_dir, request, monkeypatch, tmp_path):
    row, made = made_for(name, repo_dir, request)
    monkeypatch.chdir(made.folder)
    if refused := SLUG.fullmatch(row.tracking):
        check_refusal(made, row, refused[1])
        return
    assert row.tracking in (RECORDED, KEPT)
    before = state(made.folder)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run_id = start(made)
    words = [str(one.message) for one in told if one.category is not ResourceWarning]
    assert len(words) == (row.tracking == KEPT or row.code == NOTHING), words
    made.before_reading()
    assert state(made.folder) == before
    run = gitxp.get_run(run_id)
    assert (run.status, run.metrics["x"].count) == (Status.FINISHED, 1)
    assert gitxp.history(run_id)["value"].tolist() == [1.0]
    check_code(made, row, run, tmp_path / "checked out")
    complaint = subprocess.run(
        ["git", "fsck", "--full", "--strict", "--connectivity-only"],
        cwd=made.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert complaint.returncode == 0, complaint
    git("log", "--all", "--oneline", cwd=made.folder)


def check_refusal(made: Made, row: Row, slug: str) -> None:
    git_dir = made.folder / ".git"
    before = digest_of_folder(git_dir)
    with pytest.raises(GitxpError) as caught:
        start(made)
    assert caught.value.slug == slug
    assert row.code == NO_CODE
    assert str(caught.value)
    with contextlib.suppress(GitxpError):
        gitxp.runs()
    assert digest_of_folder(git_dir) == before
