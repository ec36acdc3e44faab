"""Each row of the table of repositories is true: the run, its code, and that nothing is harmed.

A row without a scenario, and a scenario without a row, both fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
from kinds.made import SCENARIOS, Made, git
from kinds.submodules import bring_submodule

import gitxp
from gitxp.errors import GitxpError
from gitxp.model.run import Status
from gitxp.storage.repository import open_repository
from gitxp.upkeep.verify.verify import verify

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "repositories.md"
SLUG = re.compile(r"refused: \[([a-z-]+)\]\(errors\.md#\1\)")
RECORDED, KEPT = "recorded", "kept, recorded later"
EXACT, CONVERTED, NOTHING, NO_CODE = "byte for byte", "as Git adds it", "none", "\N{EN DASH}"
ALL_BUT = "all but "


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
        "config": [path.read_bytes() for path in configurations(common, git_dir) if path.exists()],
        "hooks": digest_of_folder(common / "hooks"),
        "info": digest_of_folder(common / "info"),
        "logs": logs(common) | logs(git_dir),
        "modules": digest_of_folder(common / "modules"),
        "stash": git("stash", "list", cwd=folder, check=False),
        "status": git("status", "--porcelain=v2", "--branch", cwd=folder, check=False),
        "refs": [one for one in refs.splitlines() if not one.startswith(OURS)],
        "entries": {path.name for path in git_dir.iterdir()} - {"gitxp", "packed-refs"},
        "files": tree_below(repository.work_tree) if repository.work_tree else None,
    }


OURS = ("refs/experiments/", "refs/gitxp/")


def configurations(common: Path, git_dir: Path) -> list[Path]:
    user = Path(os.environ["HOME"]) / ".gitconfig"
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "git" / "config"
    return [common / "config", git_dir / "config.worktree", user, own]


def logs(git_dir: Path) -> dict[str, str]:
    return {
        f"{git_dir.name}/{name}": digest
        for name, digest in digest_of_folder(git_dir / "logs").items()
        if not name.startswith(OURS)
    }


def checked_out(folder: Path, run: gitxp.Run, to: Path) -> dict[str, tuple[str, bytes]]:
    """Check the code of a run out elsewhere with its submodules, by plain Git."""
    to.mkdir()
    variables = {
        "GIT_INDEX_FILE": str(to.parent / "index of the checkout"),
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    plain = ("-c", "core.sparseCheckout=false")
    git(*plain, "read-tree", f"{run.tip}^2", cwd=folder, **variables)
    git(*plain, "checkout-index", "--all", f"--prefix={to}/", cwd=folder, **variables)
    for submodule in run.code.submodules:
        bring_submodule(folder, run, submodule, to / submodule.path)
    return tree_below(to)


def size_of(place: Path) -> int | None:
    """Return the bytes of a file, or of all files below a folder that is no repository."""
    if (place / ".git").exists():
        return None
    below = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
    return sum(path.stat().st_size for path in below)


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
    assert {left.path for left in run.code.left_out} == {*made.left_out, *made.raw}
    assert {left.path: left.size for left in run.code.left_out} == {
        **{path: size_of(top / path) for path in made.left_out},
        **dict.fromkeys(made.raw),
    }
    wanted = {
        path: content
        for path, content in tree_below(top).items()
        if not any(path.startswith(left) for left in made.left_out)
    }
    wanted |= {path: ("file", content) for path, content in made.differs.items()}
    assert checked_out(top, run, to) == wanted
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
        run_id = made.start()
    words = [str(one.message) for one in told if one.category is not ResourceWarning]
    assert len(words) == (row.tracking == KEPT or row.code == NOTHING), words
    made.before_reading()
    assert state(made.folder) == before
    made.to_read()
    run = gitxp.get_run(run_id)
    assert (run.status, run.metrics["x"].count) == (Status.FINISHED, 1)
    assert gitxp.history(run_id)["value"].tolist() == [1.0]
    check_code(made, row, run, tmp_path / "checked out")
    verified = verify(open_repository(), home=run.home, is_deep=True)
    assert verified.failures == ()
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
        made.start()
    assert caught.value.slug == slug
    assert row.code == NO_CODE
    assert str(caught.value)
    with contextlib.suppress(GitxpError):
        gitxp.runs()
    assert digest_of_folder(git_dir) == before
