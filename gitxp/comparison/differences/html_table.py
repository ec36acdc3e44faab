"""A comparison as a table of HTML: for notebooks, and as a page of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gitxp.comparison.differences.comparison import Comparison, Row, Section
from gitxp.comparison.differences.spelling import cell_texts, gain_text, parted, seed_notes
from gitxp.text import html_text

# Of a section; a page of thousands of params is read by nobody, and slow.
MOST_ROWS: Final = 100
_LONGEST: Final = 200
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: 2px 10px; border-bottom: 1px solid #8884; vertical-align: top; }}
thead th {{ position: sticky; top: 0; background: Canvas; }}
:root {{ color-scheme: light dark; }}
</style>
</head>
<body>
{table}
</body>
</html>
"""


def comparison_page(comparison: Comparison) -> str:
    """Return a page that shows a comparison, and needs nothing beside it."""
    title = f"gitxp: {', '.join(comparison.labels)}"
    return _PAGE.format(title=html_text(title), table=comparison_table(comparison))


def comparison_table(comparison: Comparison) -> str:
    """Return a table: a column a run, and a body of rows a section.

    All text is anybody's, and escaped. Colours are those of the page around it.
    """
    heads = "".join(
        f"<th title='{run.id}'>{_shown(label)}</th>"
        for run, label in zip(comparison.runs, comparison.labels, strict=True)
    )
    bodies = "".join(_body(one, columns=len(comparison.runs)) for one in comparison.sections)
    return (
        f"<table><caption>{_told(comparison)}</caption>"
        f"<thead><tr><th></th>{heads}</tr></thead>{bodies}</table>"
    )


def _told(comparison: Comparison) -> str:
    told = seed_notes(comparison)
    if comparison.same:
        told.append(f"the same in all: {', '.join(comparison.same)}")
    elif not comparison.sections:
        told.append("nothing is recorded")
    return "; ".join(told)


def _body(section: Section, *, columns: int) -> str:
    rows = "".join(map(_row, section.rows[:MOST_ROWS]))
    left = len(section.rows) - MOST_ROWS
    more = f"<tr><td colspan='{columns + 1}'>and {left:,} more</td></tr>" if left > 0 else ""
    head = f"<tr><th colspan='{columns + 1}' style='text-align:left'>{section.title}</th></tr>"
    return f"<tbody>{head}{rows}{more}</tbody>"


def _row(row: Row) -> str:
    mark = f" {row.goal.mark(has_unicode=True)}" if row.goal else ""
    field = f"{_shown(row.field)}{mark}"
    return f"<tr><td style='text-align:left'>{field}</td>{''.join(_cells(row))}</tr>"


def _cells(row: Row) -> Iterator[str]:
    texts = parted(cell_texts(row), _LONGEST, dots="…")
    for cell, text in zip(row.cells, texts, strict=True):
        gain = gain_text(cell)
        yield f"<td>{_shown(text)}{f' <small>({html_text(gain)})</small>' if gain else ''}</td>"


def _shown(text: str) -> str:
    """Return text as HTML, cut where it is long."""
    return html_text(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
