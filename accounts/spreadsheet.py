"""CSV files that a spreadsheet opens as text, never as a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), the full-width twins included."""


def cell(value: Any) -> str:
    """A value as the text of a cell. Numbers stay numbers; text that could start a formula gets an apostrophe in front."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case date():
            return value.isoformat()
        case dict() | list() | tuple():
            value = json.dumps(value, ensure_ascii=False, default=str)
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(STARTS) or text.startswith(STARTS) else text


def csv_table(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file (RFC 4180): a header, lines that end in CR LF, quotes where they are needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([cell(value) for value in head])
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return text.getvalue()
