"""The number of the record format, which every reader checks first."""

from __future__ import annotations

from gitxp.errors import DamagedRecord, UnsupportedFormat
from gitxp.storage.layout import FORMAT


def check_format(number: int, where: str) -> None:
    """Return if this gitxp reads the format `number`.

    Args:
        where: What the number stands in, for the error.

    Raises:
        DamagedRecord: If there never was such a format.
        UnsupportedFormat: If a newer gitxp wrote it.
    """
    if number < 1:
        raise DamagedRecord(f"{where}: format is {number}: expected 1 or more")
    if number > FORMAT:
        raise UnsupportedFormat(
            f"the record has format {number}: this gitxp reads up to {FORMAT}",
            hint="pip install --upgrade gitxp",
        )
