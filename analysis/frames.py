"""An unblinded study's rows as the tables of the public interface.

Each function gives one data frame of text cells, its columns in the published order and its rows in a fixed
order, so that the same rows always make the same bytes. Nothing here runs on a sealed study.

Pandas and the statistics are imported where a table is made: the web server starts without them, here and in
the modules that import this one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis.imputed import imputed_rows
from annotations.flow import rejected_scripts
from annotations.models import Assignment, Judgment, Mark, RevealedEntry, Score, Slot, Study
from generation.fitness.measuring import measure_script
from generation.fitness.words import NUMBERS
from generation.models import Script

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, str]


class Sealed(Exception):
    """The study is not unblinded: nothing that tells results or systems may leave it."""

    def __init__(self, study: Study) -> None:
        super().__init__(
            f"study {study.slug} is {study.state}: its results stay sealed until two people have unblinded it"
        )


def require_unblinded(study: Study) -> None:
    """Raises Sealed unless two people have opened the seal."""
    if study.is_sealed:
        raise Sealed(study)


def cell(value: Any) -> str:
    """One value as the tables write it; what was not asked is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


class _Lookup:
    """What stands behind the slots of one study, read once."""

    def __init__(self, study: Study) -> None:
        require_unblinded(study)
        self.study = study
        revealed = RevealedEntry.objects.filter(entry__study_brief__study=study).select_related("entry")
        self.entries = {row.entry_id: row for row in revealed}
        self.slots = {
            slot.pk: slot
            for slot in Slot.objects.filter(seat__study=study).select_related("pairing__study_brief")
        }

    def entry(self, slot: Slot, side: str) -> RevealedEntry:
        first = slot.first_on_left == (side == "left")
        return self.entries[slot.pairing.first_id if first else slot.pairing.second_id]


def _common(found: _Lookup, assignment: Assignment) -> Row:
    slot = found.slots[assignment.slot_id]
    brief = slot.pairing.study_brief
    return {
        "study": found.study.slug,
        "assignment": assignment.code,
        "item": brief.slug,
        "series": brief.series_slug,
        "language": brief.language,
        "rater": assignment.rater.code,
        "rater_kind": assignment.rater.kind,
        "sitting": cell(assignment.sitting.number if assignment.sitting else None),
        "position": cell(slot.position),
        "seconds": cell(assignment.seconds),
        "kind": slot.pairing.kind,
        "excluded": assignment.excluded,
        "submitted_at": cell(assignment.submitted_at),
    }


def _frame(columns: Iterable[str], rows: list[Row]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=list(columns))


def _names(table: str) -> list[str]:
    from analysis.stats.tables.columns import COLUMNS

    return [column.name for column in COLUMNS[table]]


def judgments(study: Study) -> "pd.DataFrame":
    """One row per criterion of a submitted or late assignment, and of every slot that counts as lost
    (`analysis.imputed`). The column `imputed` is there where such rows are.
    """
    found = _Lookup(study)
    rows = (
        Judgment.objects.filter(assignment__rater__study=study)
        .select_related("criterion", "assignment__rater", "assignment__sitting")
        .order_by("assignment__rater__code", "assignment__slot__position", "criterion__order", "pk")
    )
    lost = imputed_rows(study)
    columns = [name for name in _names("judgments") if lost or name != "imputed"]
    return _frame(columns, [*(_judgment(found, row) for row in rows), *lost])


def _judgment(found: _Lookup, row: Judgment) -> Row:
    assignment = row.assignment
    slot = found.slots[assignment.slot_id]
    sides = {side: found.entry(slot, side) for side in ("left", "right")}
    by_side = {
        f"{side}_{name}": value
        for side, revealed in sides.items()
        for name, value in (
            ("system", revealed.system_slug),
            ("script", revealed.script_digest),
            ("length", cell(revealed.entry.length)),
        )
    }
    measured = {
        name: cell(getattr(assignment, name))
        for name in (
            "read_left_s",
            "read_right_s",
            "share_read_left",
            "share_read_right",
            "layout",
            "knew_left",
            "knew_right",
        )
    }
    return (
        _common(found, assignment)
        | by_side
        | measured
        | {
            "criterion": row.criterion.slug,
            "choice": row.choice,
            "strength": cell(row.strength),
            "first_choice": row.first_choice,
            "reading": "1",
        }
    )


def scores(study: Study) -> "pd.DataFrame":
    """One row per scored script of a submitted or late assignment."""
    found = _Lookup(study)
    rows = (
        Score.objects.filter(assignment__rater__study=study)
        .select_related("assignment__rater", "assignment__sitting")
        .order_by("assignment__rater__code", "assignment__slot__position", "side", "pk")
    )
    rubric = study.spec.get("score") or {}
    scale = {
        "scale_min": cell(rubric.get("min")),
        "scale_max": cell(rubric.get("max")),
        "context": "pair",
    }

    def row_of(row: Score) -> Row:
        revealed = found.entry(found.slots[row.assignment.slot_id], row.side)
        return (
            _common(found, row.assignment)
            | scale
            | {
                "side": row.side,
                "system": revealed.system_slug,
                "script": revealed.script_digest,
                "score": cell(row.value),
                "rubric": row.rubric,
            }
        )

    return _frame(_names("scores"), [row_of(row) for row in rows])


def marks(study: Study) -> "pd.DataFrame":
    """One row per error mark."""
    found = _Lookup(study)
    rows = (
        Mark.objects.filter(assignment__rater__study=study)
        .select_related("assignment__rater", "assignment__sitting")
        .order_by("assignment__rater__code", "assignment__slot__position", "side", "pk")
    )

    def row_of(row: Mark) -> Row:
        revealed = found.entry(found.slots[row.assignment.slot_id], row.side)
        return _common(found, row.assignment) | {
            "system": revealed.system_slug,
            "script": revealed.script_digest,
            "class": row.error_class,
            "scene": cell(row.scene),
            "start": cell(row.start),
            "end": cell(row.end),
            "note": row.note,
            "submitted_at": cell(row.submitted_at),
        }

    return _frame(_names("marks"), [row_of(row) for row in rows])


def raters(study: Study) -> "pd.DataFrame":
    """Everyone who was enrolled: public code, kind, languages, answers of the profile in bands."""
    require_unblinded(study)
    found = list(study.raters.order_by("code"))
    asked = sorted({key for rater in found for key in rater.profile})
    rows = [
        {
            "code": rater.code,
            "kind": rater.kind,
            "languages": " ".join(rater.languages),
            "series_known": " ".join(rater.series_known),
            "enrolled_at": cell(rater.enrolled_at),
            "finished_at": cell(rater.finished_at),
            "withdrawn_at": cell(rater.withdrawn_at),
            **{f"profile_{key}": cell(rater.profile.get(key)) for key in asked},
        }
        for rater in found
    ]
    columns = ["code", "kind", "languages", "series_known", "enrolled_at", "finished_at", "withdrawn_at"]
    return _frame([*columns, *(f"profile_{key}" for key in asked)], rows)


def assignments(study: Study) -> "pd.DataFrame":
    """Every assignment, also those that were never finished."""
    found = _Lookup(study)
    rows = (
        Assignment.objects.filter(rater__study=study)
        .select_related("rater", "sitting")
        .order_by("rater__code", "slot__position", "pk")
    )
    own = ("state", "opened_at", "leased_until", "skip_reason", "reason")
    columns = [
        "study", "assignment", "item", "series", "language", "rater", "rater_kind", "sitting", "position",
        "left_system", "right_system", "kind", *own, "seconds", "excluded", "submitted_at",
    ]  # fmt: skip

    def row_of(row: Assignment) -> Row:
        slot = found.slots[row.slot_id]
        systems = {f"{side}_system": found.entry(slot, side).system_slug for side in ("left", "right")}
        return _common(found, row) | systems | {name: cell(getattr(row, name)) for name in own}

    return _frame(columns, [row_of(row) for row in rows])


def scripts(study: Study) -> "pd.DataFrame":
    """Every entry with what it was, its length and its digest; the texts stay where they are."""
    found = _Lookup(study)
    briefs = {brief.pk: brief for brief in study.briefs.all()}
    digests = [row.script_digest for row in found.entries.values()]
    texts = Script.objects.filter(digest__in=digests).select_related("system", "source")
    known = {(script.digest, script.system.slug): script for script in texts}
    rows = []
    for revealed in found.entries.values():
        brief = briefs[revealed.entry.study_brief_id]
        script = known.get((revealed.script_digest, revealed.system_slug))
        rows.append(
            {
                "code": revealed.entry.code,
                "item": brief.slug,
                "language": brief.language,
                "system": revealed.system_slug,
                "sample": cell(revealed.script_sample),
                "redraws": cell(script.redraws if script else None),
                "length": cell(revealed.entry.length),
                "length_unit": "han_characters" if brief.language == "zh" else "words",
                "writer": script.writer if script else "",
                "finish_reason": script.finish_reason if script else "",
                "digest": revealed.script_digest,
                **_source(script),
                **_fitness(script),
            }
        )
    columns = [
        "code", "item", "language", "system", "sample", "redraws", "length", "length_unit", "writer",
        "finish_reason", "digest", *SOURCE, *FITNESS,
    ]  # fmt: skip
    return _frame(columns, sorted(rows, key=lambda row: (row["item"], row["system"])))


def rejections(study: Study) -> "pd.DataFrame":
    """Every script that the draft rejected, in order, with what had been found in it and what came then."""
    require_unblinded(study)
    found = rejected_scripts(study)
    stored = Script.objects.filter(
        digest__in=[digest for row, _ in found for digest in (row.script_digest, row.next_digest)]
    )
    samples = {
        (script.brief.slug, script.system.slug, script.digest): script.sample
        for script in stored.select_related("brief", "system")
    }
    rows = [
        {
            "code": row.code,
            "item": row.brief_slug,
            "system": system,
            "sample": cell(samples.get((row.brief_slug, system, row.script_digest))),
            "digest": row.script_digest,
            "next_sample": cell(samples.get((row.brief_slug, system, row.next_digest))),
            "next_digest": row.next_digest,
            "found": "; ".join(f"{each['kind']}: {each['excerpt']}" for each in row.found),
            "reason": row.reason,
            "rejected_by": row.rejected_by,
            "rejected_at": cell(row.rejected_at),
        }
        for row, system in found
    ]
    columns = [
        "code", "item", "system", "sample", "digest", "next_sample", "next_digest", "found", "reason",
        "rejected_by", "rejected_at",
    ]  # fmt: skip
    return _frame(columns, rows)


SOURCE = ("origin", "version", "rights")
FITNESS = tuple(number.name for number in NUMBERS)


def _fitness(script: Script | None) -> Row:
    """What was measured of the script as it was written (`generation.fitness.measures`)."""
    values = measure_script(script).values if script else {}
    return {name: cell(values.get(name)) for name in FITNESS}


def _source(script: Script | None) -> Row:
    """What was told of an imported script; empty for others."""
    source = getattr(script, "source", None)
    return {name: getattr(source, name, "") for name in SOURCE}


TABLES: Mapping[str, Callable[[Study], "pd.DataFrame"]] = {
    "judgments": judgments,
    "scores": scores,
    "marks": marks,
    "raters": raters,
    "assignments": assignments,
    "scripts": scripts,
    "rejections": rejections,
}


def asked(study: Study) -> tuple[str, ...]:
    """The tables that a study has: scores and marks only where raters were asked for them, rejections only
    where a script was rejected.

    A table without rows would say that nobody found an error, where nobody was asked.
    """
    unasked = {name for name, key in (("scores", "score"), ("marks", "marks")) if not study.spec.get(key)}
    if not study.rejections.exists():
        unasked.add("rejections")
    return tuple(name for name in TABLES if name not in unasked)
