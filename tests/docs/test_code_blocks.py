"""What the pages tell their readers to type works, and prints what they show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).parent
TOP = HERE.parents[1]
# What they import is not there in every environment: tests/frameworks does them.
OF_FRAMEWORKS = {"pytorch.md"}
ALL_PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
PAGES = [path for path in ALL_PAGES if path.name not in OF_FRAMEWORKS]
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")
# The two commands for a fresh clone at the README's top are run as they stand by `.ci/run`.
RUN_BY_THE_GATE = {"README.md": 2}


def do(page, folder, skip=0):
    return subprocess.run(
        [sys.executable, "-W", "error", str(HERE / "run_page.py"), str(page), str(skip)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def fenced(*blocks):
    return "\n".join(f"```{info}\n{content}\n```\n" for info, content in blocks)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_page_is_true(path, repo_dir):
    done = do(path, repo_dir, RUN_BY_THE_GATE.get(path.name, 0))
    assert done.returncode == 0, done.stdout + done.stderr
    assert stale_pictures(path, repo_dir) == []


def stale_pictures(page, folder):
    """Name the pictures of a page that its lines draw otherwise now, or do not draw.

    Compared are size, title and note, which says what bands and intervals are. Places of points
    depend on the machine that trained, and letters on its fonts.
    """
    links = [page.parent / link for link in PICTURE.findall(page.read_text("utf-8"))]
    return [one.name for one in links if told(one) != told(folder / one.name)]


def told(path):
    """Return what a picture tells about itself; of one that is not there that it is not."""
    if not path.exists():
        return f"no {path}"
    with Image.open(path) as picture:
        return picture.size, [picture.info.get(name) for name in ("Title", "Description")]


def test_picture_that_its_page_draws_otherwise_is_found(tmp_path):
    def drawn(name, note):
        text = PngInfo()
        text.add_itxt("Title", "loss ↓")
        text.add_itxt("Description", note)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("1", (4, 4)).save(tmp_path / name, pnginfo=text)

    page = tmp_path / "page.md"
    page.write_text("![One](images/one.png)\n![Two](images/two.png)\n![Three](images/gone.png)\n")
    for name in ("images/one.png", "one.png", "two.png", "images/gone.png"):
        drawn(name, "95% interval by Student's t")
    drawn("images/two.png", "95% interval by the bootstrap")
    assert stale_pictures(page, tmp_path) == ["two.png", "gone.png"]


TRUE_PAGES = {
    "blocks share a namespace": fenced(("python", "x = 1"), ("python", "assert x == 1")),
    "blocks share a folder": fenced(
        ("console", "$ mkdir deep && cd deep\n$ touch made"),
        ("python", "from pathlib import Path\nassert Path('made').exists()"),
        ("console", "$ ls\nmade"),
    ),
    "shown results are compared": fenced(
        ("python", ">>> x = 2\n>>> x + 1\n3"), ("python", "assert x == 2")
    ),
    "dots stand for text": fenced(("console", "$ echo one two three\none ... three")),
    "dots alone stand for lines": fenced(("console", "$ seq 5\n1\n...\n5\n$ seq 2\n...\n1\n2")),
    "errors are printed": fenced(("console", "$ echo oh >&2\noh")),
    "a line goes on": fenced(("console", "$ for i in 1 2\n> do echo $i\n> done\n1\n2")),
    "a variable is kept": fenced(("console", "$ x=1\n$ echo $x\n1")),
    "a titled block is a file": fenced(
        ('python title="src/train.py"', "print('trained')"),
        ("console", "$ python src/train.py\ntrained"),
    ),
    "gitxp is there": fenced(("console", "$ git xp list --json\n[]")),
    "blocks with a reason are not run": "<!-- not run: it would end -->\n"
    + fenced(("python", "raise SystemExit(1)"))
    + "<!-- not run: nor would this -->\n\n"
    + fenced(("console", "$ false")),
    "a status is expected": "<!-- exit 128 -->\n" + fenced(("console", "$ true\n$ (exit 128)")),
    "other text is only shown": fenced(("toml", "="), ("", "$ false"), ("text", "$ false")),
    "a block in a list": "- like so:\n\n  ```console\n  $ echo a\n  a\n  ```\n",
}
UNTRUE_PAGES = {
    "Python that raises": (fenced(("python", "\nraise ValueError('no')")), 'page.md", line 3'),
    "another result": (fenced(("python", ">>> 1 + 1\n3")), "page.md:2: an example does not"),
    "a line that fails": (fenced(("console", "$ true\n$ false")), "exit status 1 in place of 0"),
    "a line that fails first": (fenced(("console", "$ false\n$ true")), "exit status 1"),
    "a shell that ends": (fenced(("console", "$ exit 0\n$ echo a")), "exit status none"),
    "a line that succeeds": (
        "<!-- exit 1 -->\n" + fenced(("console", "$ true")),
        "exit status 0 in place of 1",
    ),
    "another output": (fenced(("console", "$ echo a\nb")), "--- shown\n  b\n--- printed\n  a"),
    "more output": (fenced(("console", "$ seq 3\n1\n2")), "--- printed"),
    "less output": (fenced(("console", "$ seq 3\n...\n3\n4")), "--- printed"),
    "output before a line": (fenced(("console", "oh\n$ true")), "must begin with '$ '"),
    "another language": (fenced(("bash", "true")), "no blocks of 'bash'"),
    "no reason": ("<!-- not run: -->\n" + fenced(("console", "$ false")), "exit status 1"),
    "a comment of another block": (
        "<!-- not run: hard -->\n\nText between.\n\n" + fenced(("console", "$ false")),
        "exit status 1",
    ),
    "a warning": (
        fenced(("python", "import warnings\nwarnings.warn('oh')")),
        "UserWarning: oh",
    ),
}


@pytest.mark.parametrize("page", TRUE_PAGES.values(), ids=list(TRUE_PAGES))
def test_true_page_passes(page, repo_dir, tmp_path):
    (tmp_path / "page.md").write_text(page)
    done = do(tmp_path / "page.md", repo_dir)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "said"), UNTRUE_PAGES.values(), ids=list(UNTRUE_PAGES))
def test_untrue_page_fails_and_says_where(page, said, repo_dir, tmp_path):
    (tmp_path / "page.md").write_text(page)
    done = do(tmp_path / "page.md", repo_dir)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr


def test_first_blocks_can_be_passed_over(repo_dir, tmp_path):
    (tmp_path / "page.md").write_text(fenced(("console", "$ false"), ("console", "$ true")))
    assert do(tmp_path / "page.md", repo_dir, 1).returncode == 0
