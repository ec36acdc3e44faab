"""What a record is about to hold, without what looks secret in it.

Done once, where the record is written: whatever way a word came (a param, an argument, a recovered
journal, another writer), it passes here. The detector is loaded at the first record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from gitxp.model.dataset import Dataset
from gitxp.model.run import ParamChange, Run, Session, Tag

if TYPE_CHECKING:
    from gitxp.model.event import Statement
    from gitxp.policy.secrets.findings import Allowed, Redacted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Puts `<redacted>` in place of secrets.

    Attributes:
        words: What the team knows to be no secret: names of params and variables, and what
            findings say a secret looks like.
    """

    words: tuple[str, ...] = ()

    @property
    def _allowed(self) -> Allowed:
        from gitxp.policy.secrets.findings import Allowed

        return Allowed.of(self.words)

    def run(self, run: Run) -> Run:
        """Return the run without secrets in all that people typed or their programs printed.

        Names of metrics and artifacts, times and ids are as they were.

        Example:
            >>> from datetime import UTC, datetime
            >>> from gitxp.model.identity import ExperimentName, RunId
            >>> day, argv = datetime(2026, 1, 2, tzinfo=UTC), ("train.py", "--password=hunter2")
            >>> run = Run(RunId("0" * 32), ExperimentName("lr"), (Session(day, argv=argv),))
            >>> run = Redactor().run(replace(run, params={"api_key": "hunter2"}))
            >>> run.params, run.sessions[0].argv
            ({'api_key': '<redacted>'}, ('train.py', '--password=<redacted>'))
        """
        from gitxp.policy.secrets.values import redact_value

        return replace(
            run,
            name=self.text(run.name),
            title=self.text(run.title),
            group=self.text(run.group) if run.group else run.group,
            hypothesis=self.text(run.hypothesis),
            description=self.text(run.description),
            params=redact_value((), run.params, self._allowed).value,
            param_changes=tuple(self._change(change) for change in run.param_changes),
            tags=self._named({key: self._tag(key, tag) for key, tag in run.tags.items()}),
            seeds=self._named(run.seeds),
            datasets=tuple(self._dataset(dataset) for dataset in run.datasets),
            sessions=tuple(self._session(session) for session in run.sessions),
        )

    def statement(self, statement: Statement) -> Statement:
        """Return what is said of a run or an experiment without secrets.

        Example:
            >>> from gitxp.model.event import Tagging
            >>> Redactor().statement(Tagging("api_key", "hunter2"))
            Tagging(key='api_key', value='<redacted>')
        """
        from gitxp.model.event import (  # of most runs nothing is said while they are recorded
            Describing,
            Judging,
            Noting,
            Renaming,
            Tagging,
            Untagging,
        )

        match statement:
            case Tagging(key, value):
                return Tagging(self.text(key), self._tag(key, Tag(value, 0)).value)
            case Untagging(key):
                return Untagging(self.text(key))
            case Noting(text) | Judging(_, text) | Describing(text):
                return replace(statement, text=self.text(text))
            case Renaming(name):
                return replace(statement, name=self.text(name))
        return statement

    def text(self, words: str) -> str:
        """Return a few words without secrets."""
        from gitxp.policy.secrets.text import redact_text

        return redact_text(words, self._allowed).value if words else words

    def content(self, content: bytes) -> bytes:
        """Return text of any length without its secrets."""
        from gitxp.policy.secrets.stream import StreamRedactor

        redactor = StreamRedactor(self._allowed)
        return redactor.feed(content) + redactor.close()

    def environment(self, content: bytes) -> bytes:
        """Return `environment.toml`, or a lock file, without its secrets."""
        return _environment(self, content)

    def code(self, diff: bytes) -> Redacted[bytes]:
        """Return a difference of code with its secrets masked, line for line, and where they are.

        In lines that go they are masked alone.
        """
        from gitxp.policy.secrets.code import mask_diff

        return mask_diff(diff, self._allowed)

    def objection(self, path: str, head: bytes) -> str | None:
        """Return why an untracked file looks like keys or credentials; None where it does not."""
        from gitxp.policy.secrets.files import looks_secret_file

        return looks_secret_file(path, head, self._allowed)

    def _change(self, change: ParamChange) -> ParamChange:
        from gitxp.policy.secrets.values import redact_value

        return replace(change, before=redact_value(change.path, change.before, self._allowed).value)

    def _named(self, values: Mapping[str, T]) -> dict[str, T]:
        """Return values under names without secrets, which stay as many."""
        from gitxp.policy.secrets.values import unused_key

        named: dict[str, T] = {}
        for name, value in values.items():
            named[unused_key(self.text(name), named)] = value
        return named

    def _tag(self, key: str, tag: Tag) -> Tag:
        from gitxp.policy.secrets.values import redact_value

        return replace(tag, value=redact_value((key,), tag.value, self._allowed).value)

    def _dataset(self, dataset: Dataset) -> Dataset:
        from gitxp.policy.secrets.text import redact_url

        split, filters = dataset.split, dataset.filters
        return replace(
            dataset,
            source=redact_url(dataset.source, self._allowed).value,
            version=self.text(dataset.version),
            split=self.text(split) if isinstance(split, str) else split,
            filters=self.text(filters)
            if isinstance(filters, str)
            else tuple(map(self.text, filters)),
        )

    def _session(self, session: Session) -> Session:
        from gitxp.policy.secrets.arguments import redact_arguments
        from gitxp.policy.secrets.text import redact_path

        argv = tuple(redact_arguments(session.argv, self._allowed).value)
        submodules = tuple(
            replace(one, url=self._address(one.url)) for one in session.code.submodules
        )
        left_out = tuple(
            replace(one, path=redact_path(one.path, self._allowed).value)
            for one in session.code.left_out
        )
        code = replace(session.code, submodules=submodules, left_out=left_out)
        return replace(session, argv=argv, error=self.text(session.error), code=code)

    def _address(self, url: str) -> str:
        """Return a URL without its login, so that Git still takes it."""
        from gitxp.policy.secrets.findings import REDACTED
        from gitxp.policy.secrets.text import redact_url

        return redact_url(url, self._allowed).value.replace(f"{REDACTED}@", "", 1)


@lru_cache(maxsize=16)  # the runs of one process have the same
def _environment(redactor: Redactor, content: bytes) -> bytes:
    return redactor.content(content)
