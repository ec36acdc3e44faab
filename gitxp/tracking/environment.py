"""What the runs of one process find around them: looked at once, told to each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitxp.artifacts.files import stage_content
from gitxp.errors import GitFailed, InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.model.run import Code
from gitxp.storage.codecs.toml import dumps
from gitxp.storage.layout import lock_file_path, lock_files_dir
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.redact import Redactor

if TYPE_CHECKING:
    from gitxp.capture.lock_files import LockFile

# How `git ls-tree` begins the entry of a plain file; a link holds no content.
_FILE = b"100"


class Environment:
    """The environment of a process's runs.

    What takes long is learned later in a thread, and told by `learn`. Two threads may be here at
    once: each takes what it finds, and at worst does anew what the other does.
    """

    def __init__(
        self, repository: Repository, variables: Mapping[str, str], also: Sequence[str]
    ) -> None:
        """Look at nothing yet.

        Args:
            variables: The process's own.
            also: Further names of variables that the team allows.
        """
        self._repository = repository
        self._variables = variables
        self._also = also
        self._found: Mapping[str, Any] | None = None
        self._facts: Mapping[str, Any] | None = None
        self._lock_files: Sequence[LockFile] = ()
        # By tree of the code, the texts also by whether the facts were known.
        self._held: dict[str, frozenset[str]] = {}
        self._texts: dict[tuple[str | None, bool], str] = {}

    @property
    def has_learned(self) -> bool:
        """Whether what takes long is known."""
        return self._facts is not None

    def look(self) -> None:
        """Look at what costs next to nothing, anew where that was done before."""
        from gitxp.capture.environment import capture_environment
        from gitxp.capture.lock_files import find_lock_files

        if self._repository.work_tree is not None:
            prefix = self._repository.prefix or ""
            self._lock_files = find_lock_files(self._repository.work_tree, prefix)
        self._found = capture_environment(self._variables, also=self._also)
        self._held, self._texts = {}, {}

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take what NVML tells, for this run and those to come."""
        self._facts = facts

    def text(self, code: Code) -> str:
        """Return the content of `environment.toml` as far as it is known.

        Args:
            code: What the run's snapshot holds.
        """
        key = (code.tree, self.has_learned)
        told = self._texts.get(key)
        if told is None:
            told = self._texts[key] = dumps(self._told(self._held_by(code))).decode()
        return told

    def keep_lock_files(self, code: Code, journal: Path) -> None:
        """Set those lock files aside that the code lacks, for the record to hold.

        Args:
            journal: The folder of the run.
        """
        held = self._held_by(code)
        for lock_file in self._lock_files:
            if lock_file.content is not None and lock_file.path not in held:
                with suppress(InvalidValue):  # no path that Git would take
                    path = checked_artifact_path(lock_file.path)
                    stage_content(lock_file.content, lock_files_dir(journal) / path)

    def _told(self, held: frozenset[str]) -> dict[str, Any]:
        from gitxp.capture.environment import readable

        found, facts = self._found or {}, self._facts or {}
        lock_files = [
            {
                "path": readable(one.path),
                "digest": one.digest,
                "size": one.size,
                "in_code": one.path in held,
            }
            for one in self._lock_files
        ]
        more = {"cuda": found.get("cuda", {}) | facts.get("cuda", {}), "lock_files": lock_files}
        return {**found, **facts, **{name: content for name, content in more.items() if content}}

    def _held_by(self, code: Code) -> frozenset[str]:
        """Return the paths of the lock files that the code holds."""
        if self._found is None:
            self.look()
        if code.tree is None or not self._lock_files:
            return frozenset()
        held = self._held.get(code.tree)
        if held is None:
            held = self._held[code.tree] = self._in_tree(code.tree)
        return held

    def _in_tree(self, tree: str) -> frozenset[str]:
        paths = [one.path for one in self._lock_files]
        try:
            listed = self._repository.git("ls-tree", "-z", "--full-tree", tree, "--", *paths)
        except GitFailed:  # the snapshot waits outside of the store
            return frozenset()
        entries = (entry.partition(b"\t") for entry in listed.split(b"\0"))
        names = (path for mode, _, path in entries if mode.startswith(_FILE))
        return frozenset(name.decode(errors="surrogateescape") for name in names)


def lock_files(journal: Path, redactor: Redactor) -> dict[str, bytes]:
    """Return the lock files that were set aside, by path in the record, without their secrets."""
    folder = lock_files_dir(journal)
    return {
        lock_file_path(path.relative_to(folder).as_posix()): redactor.environment(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
