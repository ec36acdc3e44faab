"""Generated pages are fresh, and links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from generate import PAGES as GENERATED

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
MODULE = re.compile(r"`([a-z_]+/[a-z_/]+\.py)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("name", list(GENERATED))
def test_generated_page_is_fresh(name):
    written = (TOP / "docs" / name).read_text()
    assert written == GENERATED[name](), "stale: python tests/docs/generate.py"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_links_lead_somewhere(path):
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_modules_that_are_named_are_there(path):
    for named in MODULE.findall(path.read_text()):
        assert (TOP / named).exists() or (TOP / "gitxp" / named).exists(), named
