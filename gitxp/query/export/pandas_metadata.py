"""What a Parquet file tells pandas, so that reading it makes the frame of `gitxp.runs()`.

Whole numbers and truth values that are missing somewhere would else come back as floats and
objects. The layout is pandas' own: https://pandas.pydata.org/docs/development/developer.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from gitxp.query.column_type import ColumnType

# By type: what it is to pandas, and the dtype.
_DTYPES: Final = {
    ColumnType.TIME: ("datetimetz", "datetime64[us, UTC]"),
    ColumnType.DURATION: ("timedelta", "timedelta64[us]"),
    ColumnType.INTEGER: ("int64", "Int64"),
    ColumnType.FLOAT: ("float64", "float64"),
    ColumnType.TRUTH: ("bool", "boolean"),
    ColumnType.TEXT: ("unicode", "object"),
    ColumnType.MIXED: ("unicode", "object"),
}
_INDEX: Final = "run"


def pandas_metadata(types: Mapping[str, ColumnType]) -> dict[bytes, bytes]:
    """Return the metadata of a schema whose columns are of these types; `run` is the index."""
    told = {
        "index_columns": [_INDEX] if _INDEX in types else [],
        "column_indexes": [],
        "columns": [_column(name, kind) for name, kind in types.items()],
    }
    return {b"pandas": json.dumps(told).encode()}


def _column(name: str, kind: ColumnType) -> dict[str, Any]:
    pandas_type, dtype = _DTYPES[kind]
    zone = {"timezone": "UTC"} if kind is ColumnType.TIME else None
    return {
        "name": name,
        "field_name": name,
        "pandas_type": pandas_type,
        "numpy_type": dtype,
        "metadata": zone,
    }
