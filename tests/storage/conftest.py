"""Records that somebody made by hand."""

from __future__ import annotations

import pygit2
import pytest


@pytest.fixture
def put_files(repo_dir):
    """Put files into the record that a ref holds, as a new commit, and return its id."""

    def put(ref: str, files: dict[str, bytes], *, without: tuple[str, ...] = ()) -> str:
        repository = pygit2.Repository(str(repo_dir))
        tip = repository.references[ref].target
        index = pygit2.Index()
        index.read_tree(repository[tip].tree)
        for path in without:
            index.remove(path)
        for path, content in files.items():
            blob = repository.create_blob(content)
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        who = pygit2.Signature("Eve", "eve@example.org")
        tree = index.write_tree(repository)
        commit = repository.create_commit(None, who, who, "by hand\n", tree, [tip])
        repository.references.create(ref, commit, force=True)
        return str(commit)

    return put
