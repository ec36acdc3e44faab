"""What it costs to upload a large file: by git-lfs, and by our own client where that is missing.

`python tests/benchmarks/large_upload.py [MEBIBYTES]`; 1,000 where none is said. The floor is `cp`
and `sha256sum` of the same file.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from figures import Row, git, make_repository, print_table, spent_ms

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))
from servers.large_objects import LargeObjectServer, serve_large_objects

import gitxp

_MEBIBYTE = 1 << 20
_REPORT = """
import resource, sys
from gitxp.cli import main
sys.argv = ["git-xp", "push"]
try:
    main()
finally:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(max(resource.getrusage(one).ru_maxrss for one in whose), file=sys.stderr)
"""


def _push(top: Path, path: str) -> int:
    """Push in a process of its own, and return the most memory of it or of a child, in KiB."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT],
        cwd=top,
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stderr.split()[-1])


def _record(top: Path, file: Path) -> None:
    os.chdir(top)
    with gitxp.start_run("large", snapshot="each") as run:
        run.log_artifact(file)


def _rows(folder: Path, server: LargeObjectServer, mebibytes: int) -> Iterator[Row]:
    file = folder / "model.pt"
    with file.open("wb") as written:
        for _ in range(mebibytes):
            written.write(secrets.token_bytes(_MEBIBYTE))
    copy = folder / "copy"
    floor = spent_ms(lambda: shutil.copyfile(file, copy))
    floor += spent_ms(lambda: subprocess.run(["sha256sum", copy], check=True, capture_output=True))
    copy.unlink()
    for what, path in (("git-lfs", os.environ["PATH"]), ("our own client", _without_lfs(folder))):
        if what == "git-lfs" and shutil.which("git-lfs") is None:
            continue
        top, bare = folder / f"clone of {what}", folder / "bare.git"
        shutil.rmtree(bare, ignore_errors=True)
        shutil.rmtree(server.objects("bare"), ignore_errors=True)
        make_repository(top, 1)
        git("init", "--quiet", "--bare", str(bare), folder=folder)
        git("remote", "add", "origin", str(bare), folder=top)
        git("config", "lfs.url", server.url("bare"), folder=top)
        git("push", "--quiet", "origin", "HEAD", folder=top)
        _record(top, folder / "readme")
        least = _push(top, path)
        _record(top, file)
        most = 0

        def push(top: Path = top, path: str = path) -> None:
            nonlocal most
            most = _push(top, path)

        spent = spent_ms(push)
        [stored] = [one for one in server.objects("bare").iterdir() if one.is_file()]
        assert stored.stat().st_size == file.stat().st_size
        yield Row(
            f"upload of {mebibytes:,} MiB by {what}",
            f"{floor / spent:.2f} x of `cp` and `sha256sum`, {(most - least) / 1024:.0f} MB more",
            ">= 0.5 x, <= 64 MB",
            f"{floor / 1e3:.1f} s",
        )


def _without_lfs(folder: Path) -> str:
    """Return a PATH on which there is Git and no git-lfs."""
    programs = folder / "programs"
    programs.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for one in Path(place).glob("*") if Path(place).is_dir() else ():
            if one.name != "git-lfs" and not (programs / one.name).exists():
                (programs / one.name).symlink_to(one)
    return str(programs)


def main() -> None:
    """Print the table."""
    mebibytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "folder", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        (folder / "readme").write_text("small\n")
        with serve_large_objects(home) as server:
            print_table(_rows(folder, server, mebibytes))


if __name__ == "__main__":
    main()
