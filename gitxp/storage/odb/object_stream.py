"""Reading objects while one `git cat-file` process waits for questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, cast

from gitxp.errors import GitFailed
from gitxp.storage.git import abandon_git
from gitxp.storage.repository import Repository

# Names of this many objects fit into a pipe: nobody waits for a reader who waits in turn.
_NAMES_AT_A_TIME = 500
_PIECE = 1 << 20


class ObjectStream:
    """A conversation with `git cat-file --batch`; whole objects are held in memory."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        """Talk through the two ends of a process that runs already."""
        self._questions = questions
        self._answers = answers

    def read(
        self, names: Sequence[str], *, most: int | None = None
    ) -> list[tuple[str, bytes] | None]:
        """Return id and content of each object, in order; None for one that is missing.

        Args:
            names: Ids or revisions; none with a line feed.
            most: None stands for larger ones, too, which are never held whole.

        Raises:
            GitFailed: If Git ends before it has answered.
        """
        found: list[tuple[str, bytes] | None] = []
        for start in range(0, len(names), _NAMES_AT_A_TIME):
            asked = names[start : start + _NAMES_AT_A_TIME]
            try:
                self._questions.write("".join(f"{name}\n" for name in asked).encode())
                self._questions.flush()
            except BrokenPipeError as error:
                raise GitFailed("git cat-file ended early") from error
            found += [self._next(most) for _ in asked]
        return found

    def _next(self, most: int | None) -> tuple[str, bytes] | None:
        head = self._answers.readline()
        if not head.endswith(b"\n"):
            raise GitFailed("git cat-file ended early")
        words = head.decode().split()
        if len(words) != 3 or words[1] not in ("commit", "tree", "blob", "tag"):
            return None  # "… missing" or "… ambiguous"
        size = int(words[2])
        if most is not None and size > most:
            self._pass_over(size + 1)
            return None
        return words[0], self._answers.read(size + 1)[:-1]

    def _pass_over(self, left: int) -> None:
        while left and (piece := self._answers.read(min(left, _PIECE))):
            left -= len(piece)


@contextmanager
def object_stream(
    repository: Repository, environment: Mapping[str, str] | None = None
) -> Iterator[ObjectStream]:
    """Start a conversation that ends with the block.

    Args:
        environment: For Git, such as where objects lie beside the store.
    """
    words = ("cat-file", "--batch")
    process = repository.start_git(*words, environment=environment, reads_input=True)
    try:
        questions, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        yield ObjectStream(questions, answers)
    finally:
        abandon_git(process)
