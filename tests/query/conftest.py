"""What tests of the index have in common."""

from __future__ import annotations

import pytest

from gitxp.storage.reader import RecordReader


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The tips of the records that this process decoded; the reader itself goes on as it is."""
    tips: list[str] = []
    read = RecordReader.run

    def noting(reader, tip, *also):
        tips.append(tip)
        return read(reader, tip, *also)

    monkeypatch.setattr(RecordReader, "run", noting)
    return tips
