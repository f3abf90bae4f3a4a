"""Cells of CSV files that no spreadsheet runs as a formula.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`, perhaps behind a tab or a line break. Such a
text gets an apostrophe in front, and so does one that begins with apostrophes and one of these signs: then
taking one apostrophe away gives each text back. Numbers stay as they are.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")
_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def safe_cell[Value](value: Value) -> Value | str:
    """A cell for a CSV file. What is no text stays as it is."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def raw_cell(text: str) -> str:
    """The text of which `safe_cell` has made this one."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
