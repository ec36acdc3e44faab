"""The look at what would leave: each object that a remote does not have is searched once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from gitxp.model.finding import Finding, Unsearched
from gitxp.policy.secrets.code import find_in_bytes, is_text, may_hold_secret
from gitxp.policy.secrets.diff_lines import without_binary_patches
from gitxp.policy.secrets.files import HEAD_BYTES, looks_secret_by_name
from gitxp.policy.secrets.findings import NOTHING, Allowed
from gitxp.policy.settings import Settings
from gitxp.storage import layout
from gitxp.storage.codecs.pointer import LONGEST_POINTER, Pointer, decode_pointer
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.repository import Repository
from gitxp.sync.outgoing.blobs import contents
from gitxp.sync.outgoing.commits import Role, Roles, parse_commit
from gitxp.sync.outgoing.found import (
    LargeFile,
    Outgoing,
    OutgoingSecret,
    Oversized,
    Unpublished,
    shown_path,
    shown_text,
    told_secrets,
)
from gitxp.sync.outgoing.large import LargeContents
from gitxp.sync.outgoing.listing import Listed, outgoing_objects

# The memory of a search is many times that of what is searched at once.
_AT_ONCE: Final = 1 << 20
# Files of a record by these names are gitxp's own, and look like no file of secrets.
_OF_RECORDS: Final = frozenset(
    {
        *(layout.RUN, layout.PARAMS, layout.METRICS, layout.ENVIRONMENT, layout.DATASETS),
        *(layout.CODE_DIFF, layout.OUTPUT, layout.CHECKPOINT),
    }
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may leave.

    Attributes:
        file_bytes: How large a file may be.
        allowed: Words that the team knows to be no secret.
        paths: Files, and folders of files, that may go whatever they hold.
    """

    file_bytes: int
    allowed: Allowed = NOTHING
    paths: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, settings: Settings, allowed_paths: Iterable[str] = ()) -> Bounds:
        """Return the bounds that settings set, with the paths that a person allows."""
        words = Allowed.of(settings.secrets_allowed)
        paths = frozenset(path.strip("/") for path in allowed_paths)
        return cls(settings.push_max_file_size, words, paths)

    def lets_go(self, path: str) -> bool:
        """Return whether a file may go whatever it holds; `path` may be as it was shown."""
        if not self.paths:
            return False
        places = {path, shown_path(path)}
        folders = {str(folder) for place in places for folder in PurePosixPath(place).parents}
        return not self.paths.isdisjoint(places | folders)


def look_over(
    repository: Repository,
    tips: Collection[str],
    known: Iterable[str],
    bounds: Bounds,
) -> Outgoing:
    """Return what is to be known of all that `tips` lead to and a remote does not have.

    Takes time that grows with what goes; of the files a bounded part is in memory at once.

    Args:
        tips: The records to send.
        known: Commits that the remote has, all of them here.

    Raises:
        GitFailed: If one of them is missing, or a commit that a tip leads to.
    """
    look = _Look(repository, bounds, Roles(tips))
    for _ in _gone_through(look, repository, tips, known):
        pass
    return look.outgoing()


def is_plain(
    repository: Repository, tips: Collection[str], near: Iterable[str], bounds: Bounds
) -> bool:
    """Return whether nothing is to be known of all that `tips` lead to beyond `near`.

    Then there is nothing of what goes, which is a part of that. It ends at the first find.

    Args:
        near: Some of the commits that the remote has: Git takes a while to be told of thousands.
    """
    look = _Look(repository, bounds, Roles(tips))
    for _ in _gone_through(look, repository, tips, near):
        if look.outgoing() != Outgoing():
            return False
    return look.outgoing() == Outgoing()


def _gone_through(
    look: _Look, repository: Repository, tips: Collection[str], known: Iterable[str]
) -> Iterator[None]:
    """Show it all that `tips` lead to, some at a time."""
    with object_stream(repository) as objects:
        for some in outgoing_objects(repository, tips, known):
            commits = [one for one in some if one.kind == "commit"]
            for one, content in contents(repository, objects, commits):
                look.at_commit(one, content or b"")
            for one, content in contents(repository, objects, look.worth_reading(some)):
                look.at_file(one, content)
            look.forget_commits()
            yield
    look.search_waiting()


class _Text(NamedTuple):
    """What is to be searched.

    Attributes:
        path: Of a file whose name may tell that it is secret; None for any other.
    """

    listed: Listed
    content: bytes
    path: str | None = None


class _Look:
    """Takes in objects one after the other, and knows what was found so far."""

    def __init__(self, repository: Repository, bounds: Bounds, roles: Roles) -> None:
        self._repository = repository
        self._bounds = bounds
        self._roles = roles
        # The record whose files are being listed may have begun in the objects before.
        self._records: set[str] = set()
        self._latest_record = ""
        self._secrets: list[OutgoingSecret] = []
        self._oversized: list[Oversized] = []
        self._unpublished: list[Unpublished] = []
        self._unsearched: list[Unsearched] = []
        self._large = LargeContents(repository)
        self._large_files: dict[Pointer, LargeFile] = {}
        self._waiting: list[_Text] = []
        self._waiting_bytes = 0

    def outgoing(self) -> Outgoing:
        """Return all that was found."""
        secrets = sorted(self._secrets, key=lambda one: (one.path, one.commit, one.line))
        return Outgoing(
            tuple(secrets),
            tuple(self._oversized),
            tuple(self._unpublished),
            tuple(self._unsearched),
            tuple(self._large_files.values()),
        )

    def at_commit(self, one: Listed, content: bytes) -> None:
        """Take in a commit; its message may hold a secret as well."""
        commit = parse_commit(content)
        role = self._roles.role_of(one.oid, commit)
        self._latest_record = ""
        if role is Role.RECORD:
            self._records.add(one.oid)
            self._latest_record = one.oid
        elif role is Role.HISTORY:
            self._unpublished.append(
                Unpublished(one.oid, shown_text(commit.subject), shown_text(commit.author))
            )
        if role is not Role.SNAPSHOT:
            self._take(_Text(one, commit.message))

    def forget_commits(self) -> None:
        """Forget all records but the one whose files may go on."""
        self._records &= {self._latest_record}

    def worth_reading(self, some: Iterable[Listed]) -> Iterator[Listed]:
        """Yield the files that are to be read, and take in those that are not."""
        for one in some:
            if one.kind == "missing":
                self._unsearched.append(Unsearched(one.oid, "is not in this clone"))
            if one.kind != "blob":
                continue
            if one.size > self._bounds.file_bytes:
                self._oversized.append(Oversized(shown_path(one.path), one.commit, one.size))
            elif one.commit in self._records and layout.parse_bundle_path(one.path):
                self._unsearched.append(
                    Unsearched(shown_path(one.path), "commits of a submodule, in a bundle")
                )
            elif self._may_be_pointer(one) or not (self._holds_points(one) or self._may_go(one)):
                yield one

    def _may_be_pointer(self, one: Listed) -> bool:
        return one.size <= LONGEST_POINTER

    def _may_go(self, one: Listed) -> bool:
        """Whether a person lets a file go whatever it holds."""
        return self._bounds.lets_go(self._path(one))

    def _holds_points(self, one: Listed) -> bool:
        """Whether a file holds the points of a run: compressed numbers, which tell nothing."""
        return one.commit in self._records and layout.parse_segment_path(one.path) is not None

    def _path(self, one: Listed) -> str:
        """Return the path of a file as its user knows it: of an artifact that in the run."""
        if one.commit in self._records:
            return one.path.removeprefix(f"{layout.ARTIFACTS}/")
        return one.path

    def at_file(self, one: Listed, content: bytes | None) -> None:
        """Search a file."""
        if content is None:
            self._unsearched.append(Unsearched(shown_path(one.path), "is not in this clone"))
            return
        if len(content) < one.size:
            self._not_to_its_end(one, len(content))
        pointer = decode_pointer(content) if self._may_be_pointer(one) else None
        if pointer is not None:
            large = LargeFile(pointer, shown_path(one.path), one.commit)
            self._large_files.setdefault(pointer, large)
        if self._holds_points(one) or self._may_go(one):
            return
        if one.path == layout.CODE_DIFF and one.commit in self._records:
            content = without_binary_patches(content)
        named = None if one.path in _OF_RECORDS else self._path(one)
        beginning = None if pointer is None else self._large.beginning(pointer)
        if pointer is None or beginning is None:
            self._take(_Text(one, content, named))
            return
        self._judge(_Text(one, beginning, named), is_clean=False)
        if len(beginning) < pointer.size and is_text(beginning):
            self._not_to_its_end(one, len(beginning))

    def _not_to_its_end(self, one: Listed, searched: int) -> None:
        reason = f"only its first {searched >> 20} MiB were searched"
        self._unsearched.append(Unsearched(shown_path(one.path), reason))

    def search_waiting(self) -> None:
        """Search what waits, all of it at once: in nearly every case nothing is found."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        is_clean = not may_hold_secret((one.content for one in waiting), self._bounds.allowed)
        for text in waiting:
            self._judge(text, is_clean=is_clean)

    def _take(self, text: _Text) -> None:
        """Search a text soon, together with others where it is short."""
        if len(text.content) > _AT_ONCE or not is_text(text.content):
            self._judge(text, is_clean=False)
            return
        self._waiting.append(text)
        self._waiting_bytes += len(text.content)
        if self._waiting_bytes > _AT_ONCE:
            self.search_waiting()

    def _judge(self, text: _Text, *, is_clean: bool) -> None:
        """Note what is found in a text, or else what its name says of it."""
        one, content, path = text
        if (not is_clean and self._search(one, content)) or path is None:
            return
        reason_by_name = looks_secret_by_name(path, content[:HEAD_BYTES], self._bounds.allowed)
        if reason_by_name is not None:
            self._secrets.append(OutgoingSecret(shown_path(one.path), one.commit, reason_by_name))

    def _search(self, one: Listed, content: bytes) -> bool:
        """Search the content of a file, or a message, and return whether anything was found."""
        found: list[Finding] = []
        line = 0
        for piece in _pieces(content):
            here = find_in_bytes(piece, one.path, self._bounds.allowed)
            found += (replace(finding, line=line + finding.line) for finding in here)
            line += piece.count(b"\n")
        self._secrets += told_secrets(found, content, one.path, one.commit) if found else ()
        return bool(found)


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield content in pieces that end with a line wherever one ends."""
    start = 0
    while len(content) - start > _AT_ONCE:
        end = content.rfind(b"\n", start, start + _AT_ONCE) + 1 or start + _AT_ONCE
        yield content[start:end]
        start = end
    yield content[start:]
