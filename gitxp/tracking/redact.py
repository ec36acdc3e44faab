"""What a record is about to hold, without what looks secret in it.

Done once, where the record is written: whatever way a word came (a param, an argument, a recovered
journal, another writer), it passes here. The detector is loaded at the first record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from gitxp.model.dataset import Dataset
from gitxp.model.run import Run, Session, Tag


def redact_run(run: Run) -> Run:
    """Return the run with `<redacted>` in place of secrets in all that people typed or printed.

    Of data sets the sources are looked at; names of metrics and artifacts, and times and ids, are
    as they were.

    Example:
        >>> from datetime import UTC, datetime
        >>> from gitxp.model.identity import ExperimentName, RunId
        >>> day, argv = datetime(2026, 1, 2, tzinfo=UTC), ("train.py", "--password=hunter2")
        >>> run = Run(RunId("0" * 32), ExperimentName("lr"), (Session(day, argv=argv),))
        >>> run = redact_run(replace(run, params={"api_key": "hunter2"}))
        >>> run.params, run.sessions[0].argv
        ({'api_key': '<redacted>'}, ('train.py', '--password=<redacted>'))
    """
    from gitxp.policy.secrets.text import redact_text
    from gitxp.policy.secrets.values import redact_value

    def text(words: str) -> str:
        return redact_text(words).value if words else words

    return replace(
        run,
        name=text(run.name),
        title=text(run.title),
        group=text(run.group) if run.group else run.group,
        hypothesis=text(run.hypothesis),
        description=text(run.description),
        params=redact_value((), run.params).value,
        param_changes=tuple(
            replace(change, before=redact_value(change.path, change.before).value)
            for change in run.param_changes
        ),
        tags={key: _tag(key, tag) for key, tag in run.tags.items()},
        datasets=tuple(_dataset(dataset) for dataset in run.datasets),
        sessions=tuple(_session(session, text) for session in run.sessions),
    )


@lru_cache(maxsize=4)
def redact_environment(content: bytes) -> bytes:
    """Return `environment.toml` without its secrets; runs of one process share it."""
    return redact_content(content)


def redact_content(content: bytes) -> bytes:
    """Return text of any length without its secrets."""
    from gitxp.policy.secrets.stream import StreamRedactor

    redactor = StreamRedactor()
    return redactor.feed(content) + redactor.close()


def mask_code(diff: bytes) -> bytes:
    """Return a difference of code with its secrets masked, line for line."""
    from gitxp.policy.secrets.code import mask_diff

    return mask_diff(diff).value


def secret_file(path: str, head: bytes) -> str | None:
    """Return why an untracked file looks like keys or credentials; None where it does not."""
    from gitxp.policy.secrets.files import looks_secret_file

    return looks_secret_file(path, head)


def _tag(key: str, tag: Tag) -> Tag:
    from gitxp.policy.secrets.values import redact_value

    return replace(tag, value=redact_value((key,), tag.value).value)


def _dataset(dataset: Dataset) -> Dataset:
    from gitxp.policy.secrets.text import redact_url

    if not dataset.source:
        return dataset
    return replace(dataset, source=redact_url(dataset.source).value)


def _session(session: Session, text: Callable[[str], str]) -> Session:
    from gitxp.policy.secrets.arguments import redact_arguments

    return replace(
        session, argv=tuple(redact_arguments(session.argv).value), error=text(session.error)
    )
