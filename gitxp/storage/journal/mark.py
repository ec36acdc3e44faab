"""The mark that a recovery leaves in a journal: up to here the record holds what was said.

A process that is taken for dead may live. It reads the mark through the file that it still has
open, and so knows what of its words is not in the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gitxp.storage.journal.reader import Journal, WriterJournal, read_journal
from gitxp.storage.layout import lines_path

RECORDED = "recorded"


def marked(journal: Journal, clock: int) -> Journal:
    """Mark what each writer has said so far, and return the journal up to there.

    Args:
        clock: UTC milliseconds.
    """
    for writer in journal.writers:
        if not writer.has_ended:
            with lines_path(journal.folder, writer.id).open("ab") as file:
                # On a line of its own, whatever a crash has torn before it.
                file.write(f"\n{json.dumps({'kind': RECORDED, 'clock': clock})}\n".encode())
    again = read_journal(journal.run, journal.folder)
    assert again is not None
    return replace(again, writers=tuple(_up_to_mark(writer) for writer in again.writers))


def last_mark(lines: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the place of the latest mark among a writer's lines; None where there is none."""
    places = [place for place, line in enumerate(lines) if line["kind"] == RECORDED]
    return places[-1] if places else None


def _up_to_mark(writer: WriterJournal) -> WriterJournal:
    place = last_mark(writer.lines)
    return writer if place is None else replace(writer, lines=writer.lines[:place])
