"""The codebook: every column of every exported table, with its type, unit, values, origin and meaning.

The columns of the analysed tables are those that the statistics check. The columns of the other tables are
defined here. `analysis.tables.frames` builds all tables from these definitions, so there is no second list.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import override

from analysis.stats.tables import columns
from analysis.stats.tables.columns import (
    BOOLEANS,
    JUDGMENTS,
    SCRIPT,
    Column,
    Number,
    OneOf,
    Rule,
    SeveralOf,
    WholeNumber,
    check_time,
)
from analysis.translation import LANGS, Lang, Text
from analysis.translation import gettext_lazy as _
from annotations.desk.forms import CREDITS, FORMS, ROLES, YEARS
from annotations.desk.judging_form import SKIP_REASONS
from annotations.models import Assignment
from generation.models import Source
from generation.script_metrics.labels import NUMBERS

LENGTH_UNITS = ("words", "han_characters")
METRIC_UNITS = {"share": "proportion (0 to 1)", "ratio": "ratio", "count": "occurrences", "truth": ""}
_judgment = {column.name: column for column in JUDGMENTS}
_boolean = OneOf(BOOLEANS)
METRIC_RULES: dict[str, Rule] = {
    "share": Number(0, 1),
    "ratio": Number(0),
    "count": WholeNumber(0),
    "truth": _boolean,
}


def _codes(choices: Iterable[tuple[str, object]]) -> OneOf:
    return OneOf(tuple(code for code, _label in choices))


def _words(choices: Iterable[tuple[str, object]], meaning: Text, name: str) -> Column:
    return Column(name=name, made_by="rater", exported=SeveralOf(_codes(choices).choices), meaning=meaning)


def _english(text: object) -> str:
    """The text that Django would translate."""
    with override("en"):
        return str(text)


RATERS = (
    *columns.RATERS,
    Column(
        name="profile_years",
        made_by="rater",
        rule=_codes(YEARS),
        unit="years",
        meaning=_("Years of professional experience."),
    ),
    Column(
        name="profile_credits",
        made_by="rater",
        rule=_codes(CREDITS),
        unit="scripts",
        meaning=_("Number of produced scripts."),
    ),
    Column(name="profile_role", made_by="rater", rule=_codes(ROLES), meaning=_("Professional role.")),
    _words(FORMS, _("Kinds of scripts the rater has written, separated by spaces."), "profile_forms_written"),
)

ASSIGNMENTS = (
    *(
        _judgment[name]
        for name in (
            "study",
            "assignment",
            "item",
            "series",
            "language",
            "rater",
            "rater_kind",
            "sitting",
            "position",
        )
    ),
    replace(
        _judgment["left_system"],
        meaning=_("System that wrote Script A, or the script that was shown alone."),
    ),
    replace(
        _judgment["right_system"],
        meaning=_("System that wrote Script B. Empty if a script was shown alone."),
    ),
    columns.KIND,
    Column(
        name="state",
        rule=_codes(Assignment.State.choices),
        meaning=_(
            "Status of the assignment. submitted: on time. late: submitted too late. practised:"
            " submitted during practice. skipped: skipped by the rater or the platform. expired,"
            " released, open: not submitted."
        ),
    ),
    Column(name="opened_at", rule=check_time, meaning=_("Time when the script was first displayed.")),
    Column(
        name="leased_until", rule=check_time, meaning=_("Time when the reservation for this rater expires.")
    ),
    Column(
        name="skip_reason",
        made_by="rater",
        exported=OneOf((*_codes(SKIP_REASONS).choices, "conflict")),
        meaning=_(
            "Reason for skipping. conflict: skipped by the platform because the rater worked on the series."
        ),
    ),
    Column(name="reason", made_by="rater", meaning=_("The rater's answer to “Why?”.")),
    columns.SECONDS,
    columns.EXCLUDED,
    columns.SUBMITTED_AT,
    columns.LAYOUT,
    *(
        _judgment[name]
        for name in (
            "read_left_s",
            "read_right_s",
            "share_read_left",
            "share_read_right",
            "read_first",
            "switches",
        )
    ),
    Column(
        name="revisions",
        exported=WholeNumber(0),
        meaning=_(
            "How often the rater changed the submitted answer. The tables have the last answer; earlier ones "
            "are in revisions.csv."
        ),
    ),
    columns.AFTER_NEW_LINK,
)

SCRIPTS = (
    Column(name="code", meaning=_("Random code of the script in this study.")),
    columns.ITEM,
    columns.LANGUAGE,
    replace(
        columns.SYSTEM,
        meaning=_(
            "System that wrote the script. Damaged scripts in practice and checks are labelled"
            " practice:DAMAGE or check:DAMAGE."
        ),
    ),
    Column(
        name="sample",
        exported=WholeNumber(0),
        meaning=_("Number of this script among those by the same system for the same brief."),
    ),
    Column(
        name="redraws", exported=WholeNumber(0), meaning=_("Number of rejected answers before this script.")
    ),
    Column(
        name="length",
        made_by="statistics",
        unit="see length_unit",
        rule=Number(0),
        meaning=_("Length of the text."),
    ),
    Column(name="length_unit", rule=OneOf(LENGTH_UNITS), meaning=_("Unit of the length.")),
    Column(name="writer", made_by="researcher", meaning=_("Code of the writer, as entered at import.")),
    Column(name="finish_reason", meaning=_("Reason why the model stopped, as reported by its server.")),
    replace(SCRIPT, name="digest", meaning=_("SHA-256 digest of the text.")),
    Column(
        name="origin",
        made_by="researcher",
        rule=_codes(Source.Origin.choices),
        meaning=_("Origin of the script, as entered at import."),
    ),
    Column(
        name="version",
        made_by="researcher",
        rule=_codes(Source.Version.choices),
        meaning=_("Version of the script, as entered at import."),
    ),
    Column(
        name="rights",
        made_by="researcher",
        rule=_codes(Source.Rights.choices),
        meaning=_("Permitted use of the script, as entered at import."),
    ),
    *(
        Column(
            name=number.name,
            made_by="statistics",
            unit=METRIC_UNITS[number.form],
            rule=METRIC_RULES[number.form],
            meaning=Text(_english(number.meaning)),
        )
        for number in NUMBERS
    ),
)

REJECTIONS = (
    Column(name="code", meaning=_("Random code of the rejected script in the draft.")),
    columns.ITEM,
    columns.SYSTEM,
    Column(name="sample", exported=WholeNumber(0), meaning=_("Sample number of the rejected script.")),
    Column(name="digest", meaning=_("SHA-256 digest of the rejected script.")),
    Column(
        name="next_sample",
        exported=WholeNumber(0),
        meaning=_("Sample number of the replacement."),
    ),
    Column(name="next_digest", meaning=_("SHA-256 digest of the replacement.")),
    Column(
        name="found",
        meaning=_("Findings of the giveaway check in the rejected script, in the form “kind: excerpt”."),
    ),
    Column(name="reason", made_by="researcher", meaning=_("Reason for the rejection.")),
    Column(name="rejected_by", meaning=_("Username of the person who rejected the script.")),
    Column(name="rejected_at", rule=check_time, meaning=_("Time of the rejection.")),
)

EXCLUSIONS = (
    *(_judgment[name] for name in ("study", "assignment", "item", "rater", "position")),
    Column(
        name="event",
        exported=WholeNumber(1),
        meaning=_("Number of the event for this answer: 1 for the first exclusion."),
    ),
    Column(
        name="excluded",
        rule=_boolean,
        made_by="researcher",
        meaning=_("Whether the event excludes the answer, or includes it again. The last event counts."),
    ),
    Column(
        name="role",
        meaning=_("Role of the person in the study's team, or console for a command."),
    ),
    Column(name="reason", made_by="researcher", meaning=_("Reason for the event.")),
    Column(name="at", rule=check_time, meaning=_("Time of the event.")),
)

REVISIONS = (
    *(_judgment[name] for name in ("study", "assignment", "item", "rater")),
    Column(
        name="revision",
        exported=WholeNumber(0),
        meaning=_("Number of the earlier answer: 0 for the first, 1 after one change."),
    ),
    Column(
        name="field",
        meaning=_("The question, such as choice-overall, strength-overall, score-left or knew-left."),
    ),
    Column(name="value", made_by="rater", meaning=_("The earlier answer to this question.")),
    replace(columns.SUBMITTED_AT, meaning=_("Time when the earlier answer was submitted.")),
    Column(name="replaced_at", rule=check_time, meaning=_("Time when the next answer replaced it.")),
    Column(
        name="seconds",
        made_by="page",
        unit="seconds",
        rule=Number(0),
        meaning=_("Active time on the page on which the answer was changed."),
    ),
)

TABLES: Mapping[str, tuple[Column, ...]] = columns.COLUMNS | {
    "raters": RATERS,
    "assignments": ASSIGNMENTS,
    "scripts": SCRIPTS,
    "rejections": REJECTIONS,
    "revisions": REVISIONS,
    "exclusions": EXCLUSIONS,
}

TITLES: Mapping[str, Text] = {
    "judgments": _(
        "One row per criterion for each submitted assignment, including practice, and for each pair"
        " that counts as a loss because a script is missing."
    ),
    "scores": _("One row per scored script for each submitted assignment, including practice."),
    "marks": _("One row per marked error or good line."),
    "raters": _("One row per enrolled rater."),
    "assignments": _("One row per assignment, including skipped and unfinished ones."),
    "scripts": _(
        "One row per script that raters could see, including damaged ones. The text is not included."
    ),
    "rejections": _("One row per script that was rejected before freezing, in chronological order."),
    "revisions": _("One row per question for each earlier answer that a rater changed after submitting it."),
    "exclusions": _(
        "One row per answer that a person excluded by hand, or included again, in order of time."
    ),
}

TYPES: Mapping[str, Text] = {
    "text": _("text"),
    "category": _("category"),
    "categories": _("categories"),
    "boolean": _("true or false"),
    "integer": _("whole number"),
    "number": _("number"),
    "time": _("time, ISO 8601, UTC"),
}

UNITS: Mapping[str, Text] = {
    "": Text(""),
    "seconds": _("seconds"),
    "years": _("years"),
    "scripts": _("scripts"),
    "occurrences": _("occurrences"),
    "ratio": _("ratio"),
    "proportion (0 to 1)": _("proportion (0 to 1)"),
    "code points": _("code points"),
    "scale points": _("scale points"),
    "words (en) or Han characters (zh)": _("words (en) or Han characters (zh)"),
    "see length_unit": _("see length_unit"),
}

ORIGINS: Mapping[str, tuple[Text, Text]] = {
    "researcher": (_("researchers"), _("written in the study file or a brief, or entered at import")),
    "server": (_("platform"), _("assignment, codes and times")),
    "page": (_("page"), _("measured in the browser while the rater works")),
    "rater": (_("rater"), _("chosen or written by the rater")),
    "statistics": (_("statistics"), _("computed from the script text")),
}
"""Who makes the values of a column: a short name, and its meaning."""

HEADER = ("table", "column", "type", "unit", "values", "made_by", "meaning", "meaning_zh")


def column_names(table: str) -> list[str]:
    return [column.name for column in TABLES[table]]


def column_rule(column: Column) -> Rule | None:
    """What the platform's own exports obey; empty cells are always allowed."""
    return column.exported or column.rule


def column_type(column: Column) -> str:
    """A key of `TYPES`."""
    rule = column_rule(column)
    if isinstance(rule, OneOf):
        return "boolean" if rule.choices == BOOLEANS else "category"
    if isinstance(rule, SeveralOf):
        return "categories"
    if isinstance(rule, Number | WholeNumber):
        return "number" if isinstance(rule, Number) else "integer"
    return "time" if rule is check_time else "text"


def column_values(column: Column) -> str:
    """The allowed values: words separated by |, or the bounds of a number."""
    rule = column_rule(column)
    if isinstance(rule, OneOf | SeveralOf):
        return " | ".join(rule.choices)
    if isinstance(rule, Number | WholeNumber):
        low, high = (None if abs(each) >= 1e9 else f"{each:g}" for each in (rule.low, rule.high))
        if low is not None and high is not None:
            return f"{low} – {high}"
        return f"≥ {low}" if low is not None else ""
    return ""


@dataclass(frozen=True, slots=True)
class Row:
    """One column of a table in one language."""

    name: str
    type: str
    unit: str
    values: str
    made_by: str
    meaning: str


def table_rows(table: str, lang: Lang) -> list[Row]:
    """The columns of one table, in a reader's language."""
    return [
        Row(
            column.name,
            TYPES[column_type(column)].translate(lang),
            UNITS[column.unit].translate(lang) if column.unit else "",
            column_values(column),
            ORIGINS[column.made_by][0].translate(lang),
            column.meaning.translate(lang),
        )
        for column in TABLES[table]
    ]


def codebook_csv(tables: Iterable[str]) -> bytes:
    """`codebook.csv`: one row per column of these tables, with its meaning in each language."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for table in tables:
        for column in TABLES[table]:
            made = (column_type(column), column.unit, column_values(column), column.made_by)
            writer.writerow([table, column.name, *made, *(column.meaning.translate(lang) for lang in LANGS)])
    return out.getvalue().encode()
