r"""A table of the report to take away: as CSV for a spreadsheet, as LaTeX (booktabs) for a paper.

The CSV of a table of estimates holds the entries of report.json behind its rows, key by key and at full
precision: proportions from 0 to 1, what could not be computed empty with its reason. The LaTeX holds what
the page shows, rounded, with the caption and the notes.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.render.document import Paper, Table
from evalsite.core.spreadsheets import safe_cell

FORMS = ("csv", "tex")
WIDE = 7  # columns; beyond that a page of a paper is too narrow for its usual type


def table_csv(table: Table) -> str:
    """The table as CSV: UTF-8, a header row, LF."""
    if table.records:
        return records_csv(table.records)
    heads = [column.heading for column in table.columns]
    return _csv(heads, [[cell.text if cell.raw is None else cell.raw for cell in row] for row in table.rows])


def records_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Entries of report.json as CSV at full precision: the data of a table or of a chart."""
    return _csv(*_of_records(records))


def _of_records(records: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Every key that any entry has a value for."""
    keys = [key for key in _keys(records) if any(record.get(key) is not None for record in records)]
    return keys, [[record.get(key) for key in keys] for record in records]


# What a row is about, its number, the list's own keys by name (a database may give them back in another
# order), and what else every entry has, in the order of report.json.
FIRST = (
    *(
        "step",
        "table",
        "criterion",
        "language",
        "family",
        "system",
        "opponent",
        "other",
        "human",
        "baseline",
        "definition",
    ),
    *("of", "by", "name", "rater", "scope", "measure", "term", "class", "per", "context", "rule", "look"),
)
NUMBER = ("estimate", "low", "high")
LAST = (
    *("level", "method", "n", "raters", "items", "series", "cluster"),
    *("other_cluster", "other_low", "other_high", "reason"),
)


def _keys(records: Sequence[Mapping[str, Any]]) -> list[str]:
    every = {key for record in records for key in record if not key.endswith(("_code", "_params"))}
    own = sorted(every - {*FIRST, *NUMBER, *LAST})
    return [key for key in (*FIRST, *NUMBER, *own, *LAST) if key in every]


def _csv(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_field(head) for head in heads])
    writer.writerows([_field(value) for value in row] for row in rows)
    return file.getvalue()


def _field(value: Any) -> str:
    """Numbers as they are; text that would be taken for a formula behind an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, Mapping):  # a code with its params: what the params say stands in other columns
        value = value.get("code", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, int):
        return str(value)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return safe_cell(text)


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "`": r"\textasciigrave{}",
    # After the end of a row these would be read as its options.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{MINUS SIGN}": "$-$",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{EN DASH}": "--",
}
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
# Two hyphens would become a dash: an empty group keeps them apart.
_MARKED = re.compile("-(?=-)|[" + re.escape("".join(_LATEX)) + "]")


def latex(text: str) -> str:
    """Text that means itself in LaTeX; letters of any script pass through."""
    plain = _UNSEEN.sub("", re.sub(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+", " ", text))
    return _MARKED.sub(lambda found: _LATEX.get(found[0], "-{}"), plain)


def table_latex(table: Table, study: str = "") -> str:
    """The table as the page shows it, for a paper: needs the package booktabs and nothing else."""
    columns = "".join("r" if column.numeric else "l" for column in table.columns)
    heads = [latex(column.heading) for column in table.columns]
    name = re.sub(r"[^a-z0-9]+", "-", f"{study}-{table.id}".lower()).strip("-")
    lines = [
        r"% needs \usepackage{booktabs}; Chinese also needs ctex or xeCJK and XeLaTeX or LuaLaTeX",
        r"\begin{table}",
        r"\centering",
        *([r"\footnotesize\setlength{\tabcolsep}{3pt}"] if len(columns) > WIDE else []),
        rf"\caption{{{latex(table.caption)}}}",
        rf"\label{{tab:{name}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _line(heads),
        r"\midrule",
        *(_line([latex(cell.text) for cell in row]) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if table.notes:
        notes = [rf"\par\smallskip{{\footnotesize {latex(note)}\par}}" for note in table.notes]
        lines += [r"\par\raggedright", *notes]
    return "\n".join([*lines, r"\end{table}", ""])


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def table_text(table: Table, form: str, study: str = "") -> str:
    """The table in one of FORMS. Raises ValueError for another."""
    if form == "csv":
        return table_csv(table)
    if form == "tex":
        return table_latex(table, study)
    raise ValueError(f"no table as {form!r}; there are {', '.join(FORMS)}")


PAPER_FORMS = ("txt", "md", "tex")


def paper_text(paper: Paper, form: str) -> str:
    """The text of a paper in one of PAPER_FORMS. Raises ValueError for another."""
    from analysis.render.markdown import escape

    if form not in PAPER_FORMS:
        raise ValueError(f"no text as {form!r}; there are {', '.join(PAPER_FORMS)}")
    said, head, cited = paper.paragraphs, paper.references_title, paper.references
    if form == "tex":
        items = [rf"\item {latex(reference)}" for reference in cited]
        listed = [r"\begin{itemize}", *items, r"\end{itemize}"] if items else []
        blocks = [latex(text) for text in said]
        blocks += [rf"\paragraph{{{latex(head)}}}", "\n".join(listed)] if listed else []
    elif form == "md":
        blocks = [escape(text) for text in said]
        blocks += [f"**{escape(head)}**", "\n".join(f"- {escape(ref)}" for ref in cited)] if cited else []
    else:
        blocks = [*said, *([f"{head}\n" + "\n".join(cited)] if cited else [])]
    return "\n\n".join(blocks) + "\n"
