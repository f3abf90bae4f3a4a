"""An unblinded study's rows as the tables of the public interface.

Each function gives the rows of one table as text cells in a fixed order, so that the same rows always make
the same bytes. Nothing here runs on a sealed study.

Pandas and the statistics are imported where a table is made: the web server starts without them, here and in
the modules that import this one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast, Collate
from django.utils.translation import gettext as _

from analysis.tables.table_rows import Row, TableRows, imputed_rows
from annotations.blinding.unblinding import find_withholding_studies
from annotations.desk.forms import PROFILE
from annotations.desk.services import ENDED_STATES
from annotations.desk.submitting import assignment_measures
from annotations.models import (
    Answer,
    AnswerRevision,
    Assignment,
    Consent,
    ExclusionEvent,
    Guess,
    Judgment,
    Mark,
    Pairing,
    RaterStatement,
    RevealedEntry,
    Score,
    Slot,
    Study,
)
from annotations.staff.studies.exclusions import exclusion_events
from annotations.staff.studies.flow import rejected_scripts
from annotations.staff.studies.monitoring import assignments_after_new_link
from generation.models import Script
from generation.script_metrics.labels import NUMBERS
from generation.script_metrics.measuring import measure_script

SOURCE = ("origin", "version", "rights")
FITNESS = tuple(number.name for number in NUMBERS)


class Sealed(Exception):
    """The study is not unblinded: nothing that tells results or systems may leave it."""

    def __init__(self, study: Study) -> None:
        super().__init__(
            f"study {study.slug} is {study.state}: its results are sealed until two people unblind it"
        )


def require_unblinded(study: Study) -> None:
    """Raises Sealed unless two people have opened the seal."""
    if study.is_sealed:
        raise Sealed(study)


class Withheld(Sealed):
    """The study is unblinded, and others that are still blinded use some of its scripts."""

    def __init__(self, study: Study, others: Sequence[Study]) -> None:
        text = _(
            "The results of study %(study)s are withheld. Studies that are still blinded use some of its "
            "scripts: %(others)s. Unblind those first."
        )
        Exception.__init__(self, text % {"study": study, "others": ", ".join(map(str, others))})


def require_readable(study: Study, *, report_only: bool = False) -> None:
    """Raises Sealed where single scripts and judgments may not be read beside their systems.

    With `report_only`, studies that an earlier version unblinded are readable: people know their reports. In
    later ones reports are refused too, because lengths and counts of few scripts could identify a text.
    """
    require_unblinded(study)
    if others := find_withholding_studies(study, recorded_only=report_only):
        raise Withheld(study, others)


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


class ShownScript(NamedTuple):
    """What an entry was."""

    system: str
    digest: str
    length: int


class _Lookup:
    """What the rows of one study refer to, read once. Slots are not in it: a large study has too many."""

    def __init__(self, study: Study) -> None:
        require_unblinded(study)
        self.study = study
        revealed = RevealedEntry.objects.filter(entry__study_brief__study=study)
        values = revealed.values_list("entry", "system_slug", "script_digest", "entry__length")
        self.scripts = {entry: ShownScript(*script) for entry, *script in values.iterator()}  # type: ignore[arg-type]
        self.briefs = {brief.pk: brief for brief in study.briefs.defer("content")}
        self.is_single = study.spec["design"]["kind"] == "single"
        self.after_new_link = assignments_after_new_link(study)

    def script(self, slot: Slot, side: str) -> ShownScript:
        first = slot.first_on_left == (side == "left")
        key = slot.pairing.first_id if first else slot.pairing.second_id
        assert key is not None
        return self.scripts[key]


def _common(found: _Lookup, assignment: Assignment) -> Row:
    slot = assignment.slot
    brief = found.briefs[slot.pairing.study_brief_id]
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
        "after_new_link": "true" if assignment.pk in found.after_new_link else "",
    }


MEASURED = (
    "read_left_s", "read_right_s", "share_read_left", "share_read_right", "read_first", "switches",
)  # fmt: skip

IN_ORDER = ("assignment__rater__code", "-assignment__slot__phase", "assignment__slot__position")
"""Practice before the rest."""
JOINED = ("assignment__rater", "assignment__sitting", "assignment__slot__pairing")


def judgments(study: Study) -> TableRows:
    """One row per criterion of a submitted, late or practised assignment, and of every slot that counts as
    lost (`analysis.tables.table_rows`).

    Practice, checks, `same` and `repeat` are rows of their own kind. In the place of the systems of practice
    and checks stand `check:original` and `check:DAMAGE`; a repeated pairing is `reading` 2.
    """
    found = _Lookup(study)
    stored = (
        Judgment.objects.current()
        .filter(assignment__rater__study=study)
        .select_related("criterion", *JOINED)
        .order_by(*IN_ORDER, "criterion__order", "pk")
    )

    def render(rows: Sequence[Judgment]) -> list[Row]:
        guesses = _guesses(rows)
        return [_judgment(found, row) | guesses.get(row.assignment_id, {}) for row in rows]

    return TableRows("judgments", imputed_rows(study), stored, render)


def _guesses(rows: Iterable[Judgment | Score]) -> dict[int, Row]:
    """What raters took the origin of scripts to be, by assignment, in the columns of its rows."""
    found: dict[int, Row] = {}
    for guess in Guess.objects.filter(assignment__in={row.assignment_id for row in rows}).order_by("pk"):
        row = found.setdefault(guess.assignment_id, {})
        row[f"guess_{guess.side}"] = guess.origin
        row[f"guess_{guess.side}_confidence"] = cell(guess.confidence)
    return found


def _judgment(found: _Lookup, row: Judgment) -> Row:
    assignment = row.assignment
    slot = assignment.slot
    sides = {side: found.script(slot, side) for side in ("left", "right")}
    by_side = {
        f"{side}_{name}": value
        for side, script in sides.items()
        for name, value in (
            ("system", script.system),
            ("script", script.digest),
            ("length", cell(script.length)),
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
            "switches",
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
            "read_first": assignment.read_first,
            "reading": "2" if slot.pairing.kind == Pairing.Kind.REPEAT else "1",
        }
    )


def scores(study: Study) -> TableRows:
    """One row per scored script of a submitted, late or practised assignment. It has a side only where two
    scripts stood beside each other."""
    found = _Lookup(study)
    stored = (
        Score.objects.current()
        .filter(assignment__rater__study=study)
        .select_related(*JOINED)
        .order_by(*IN_ORDER, "side", "pk")
    )
    rubric = study.spec.get("score") or {}
    scale = {
        "scale_min": cell(rubric.get("min")),
        "scale_max": cell(rubric.get("max")),
        "context": "single" if found.is_single else "pair",
    }

    def row_of(row: Score, guess: Row) -> Row:
        script = found.script(row.assignment.slot, row.side)
        return (
            _common(found, row.assignment)
            | scale
            | {
                "side": "" if found.is_single else row.side,
                "system": script.system,
                "script": script.digest,
                "score": cell(row.value),
                "rubric": row.rubric,
            }
            | (_alone(row.assignment, script, guess) if found.is_single else {})
        )

    def render(rows: Sequence[Score]) -> list[Row]:
        guesses = _guesses(rows) if found.is_single else {}
        return [row_of(row, guesses.get(row.assignment_id, {})) for row in rows]

    return TableRows("scores", stored=stored, render=render)


def _alone(assignment: Assignment, script: ShownScript, guess: Row) -> Row:
    """What was measured and guessed of a script that stood alone; it is stored as the left one."""
    return {
        "layout": assignment.layout,
        "read_s": cell(assignment.read_left_s),
        "share_read": cell(assignment.share_read_left),
        "length": cell(script.length),
        "knew": cell(assignment.knew_left),
        "guess": guess.get("guess_left", ""),
        "guess_confidence": guess.get("guess_left_confidence", ""),
    }


def marks(study: Study) -> TableRows:
    """One row per mark of an error or a good line, also in practice, checks and repeated pairings."""
    found = _Lookup(study)
    stored = (
        Mark.objects.current()
        .filter(assignment__rater__study=study)
        .select_related(*JOINED)
        .order_by(*IN_ORDER, "side", "pk")
    )

    def row_of(row: Mark) -> Row:
        script = found.script(row.assignment.slot, row.side)
        return _common(found, row.assignment) | {
            "system": script.system,
            "script": script.digest,
            "class": row.error_class,
            "severity": row.severity,
            "scene": cell(row.scene),
            "start": cell(row.start),
            "end": cell(row.end),
            "note": row.note,
            "submitted_at": cell(row.submitted_at),
        }

    return TableRows("marks", stored=stored, render=lambda rows: [row_of(row) for row in rows])


def raters(study: Study) -> TableRows:
    """Everyone who was enrolled: public code, kind, languages, answers of the profile in bands.

    `training_use` is what was said last of the use for training; empty where nobody consented.
    """
    require_unblinded(study)
    found = list(study.raters.order_by("code"))
    consents = Consent.objects.filter(rater__study=study).order_by("at", "pk")
    opted: dict[int, bool] = dict(consents.values_list("rater", "training_use"))
    later = RaterStatement.objects.filter(
        rater__study=study, about=RaterStatement.About.TRAINING_USE
    ).order_by("pk")
    opted |= {row.rater_id: row.content["training_use"] for row in later}
    rows = [
        {
            "code": rater.code,
            "kind": rater.kind,
            "languages": " ".join(rater.languages),
            "series_known": " ".join(rater.series_known),
            "enrolled_at": cell(rater.enrolled_at),
            "finished_at": cell(rater.finished_at),
            "withdrawn_at": cell(rater.withdrawn_at),
            "training_use": cell(opted.get(rater.pk)),
            **{f"profile_{key}": _profile_cell(rater.profile.get(key)) for key in PROFILE},
        }
        for rater in found
    ]
    return TableRows("raters", rows)


def _profile_cell(answer: Any) -> str:
    return " ".join(answer) if isinstance(answer, list) else cell(answer)


def assignments(study: Study) -> TableRows:
    """Every assignment, also those that were never finished, with what the page had measured of each."""
    found = _Lookup(study)
    stored = (
        Assignment.objects.filter(rater__study=study)
        .select_related("rater", "sitting", "slot__pairing")
        .order_by("rater__code", "-slot__phase", "slot__position", "pk")
    )
    own = ("state", "opened_at", "leased_until", "skip_reason", "reason")

    def row_of(row: Assignment, reading: dict[str, Any]) -> Row:
        shown = ("left",) if found.is_single else ("left", "right")
        systems = {f"{side}_system": found.script(row.slot, side).system for side in shown}
        # Of what was never sent or skipped only the unsent answer knows.
        far = {} if row.state in ENDED_STATES else assignment_measures(reading)
        measured = {name: cell(far.get(name, getattr(row, name))) for name in ("seconds", *MEASURED)}
        told = {name: cell(getattr(row, name)) for name in ("layout", *own)}
        return _common(found, row) | systems | told | measured | {"revisions": cell(row.revision)}

    def render(rows: Sequence[Assignment]) -> list[Row]:
        readings = dict(Answer.objects.filter(assignment__in=rows).values_list("assignment", "reading"))
        return [row_of(row, readings.get(row.pk) or {}) for row in rows]

    return TableRows("assignments", stored=stored, render=render)


def available_tables(study: Study) -> tuple[str, ...]:
    """The tables that a study has: scores and marks only where raters were asked for them, judgments only
    where they saw pairs, rejections, revisions and exclusions only where there are any.

    A table without rows would say that nobody found an error, where nobody was asked.
    """
    unasked = {name for name, key in (("scores", "score"), ("marks", "marks")) if not study.spec.get(key)}
    if study.spec["design"]["kind"] == "single":
        unasked.add("judgments")
    if not study.rejections.exists():
        unasked.add("rejections")
    if not AnswerRevision.objects.filter(assignment__rater__study=study).exists():
        unasked.add("revisions")
    if not ExclusionEvent.objects.filter(assignment__rater__study=study).exists():
        unasked.add("exclusions")
    return tuple(name for name in TABLES if name not in unasked)


def scripts(study: Study) -> TableRows:
    """Every entry with what it was, its length and its digest; the texts stay where they are."""
    require_unblinded(study)
    sample = Cast("script_sample", TextField())
    in_order = [Collate(each, "C") for each in ("entry__study_brief__slug", "system_slug", sample)]
    stored = (
        RevealedEntry.objects.filter(entry__study_brief__study=study)
        .select_related("entry__study_brief")
        .defer("entry__html", "entry__text", "entry__pages", "entry__study_brief__content")
        .order_by(*in_order, "script_digest", "pk")
    )
    return TableRows("scripts", stored=stored, render=_scripts)


def _scripts(entries: Sequence[RevealedEntry]) -> list[Row]:
    # By brief too: another brief, of another team perhaps, may have the same text.
    texts = Script.objects.filter(
        digest__in={row.script_digest for row in entries},
        brief__slug__in={row.entry.study_brief.slug for row in entries},
    )
    texts = texts.select_related("brief", "system", "source", "measurement").defer("text")
    known = {(script.brief.slug, script.system.slug, script.digest): script for script in texts}
    rows = []
    for revealed in entries:
        brief = revealed.entry.study_brief
        script = known.get((brief.slug, revealed.system_slug, revealed.script_digest))
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
                **_script_metrics(script),
            }
        )
    return rows


def rejections(study: Study) -> TableRows:
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
    return TableRows("rejections", rows)


def revisions(study: Study) -> TableRows:
    """The answers that raters changed after submitting them, one row per question."""
    require_unblinded(study)
    changes = AnswerRevision.objects.filter(assignment__rater__study=study).select_related(
        "assignment__rater", "assignment__slot__pairing__study_brief"
    )
    rows: list[Row] = []
    for change in changes.order_by("assignment__rater__code", "assignment__slot__position", "number"):
        held, number = change.assignment, change.number - 1
        common = {
            "study": study.slug,
            "assignment": held.code,
            "item": held.slot.pairing.study_brief.slug,
            "rater": held.rater.code,
            "revision": cell(number),
            "replaced_at": cell(change.submitted_at),
            "seconds": cell(change.seconds),
        }
        earlier = change.assignment.revisions.filter(number=number).first()
        common["submitted_at"] = cell(earlier.submitted_at if earlier else held.submitted_at)
        values = _earlier_answers(held, number) | {
            "knew-left": cell(change.earlier_knew_left),
            "knew-right": cell(change.earlier_knew_right),
        }
        rows += [common | {"field": name, "value": value} for name, value in values.items() if value]
    return TableRows("revisions", rows)


def exclusions(study: Study) -> TableRows:
    """The answers that a person excluded by hand, or included again: one row per event, in order of time."""
    require_unblinded(study)
    rows = [
        {
            "study": study.slug,
            "assignment": event.assignment.code,
            "item": event.assignment.slot.pairing.study_brief.slug,
            "rater": event.assignment.rater.code,
            "position": cell(event.assignment.slot.position),
            "event": cell(event.number),
            "excluded": cell(event.excluded),
            "role": event.role,
            "reason": event.reason,
            "at": cell(event.at),
        }
        for event in exclusion_events(study)
    ]
    return TableRows("exclusions", rows)


def _earlier_answers(held: Assignment, number: int) -> Row:
    found: Row = {}
    for judgment in held.judgments.filter(revision=number).select_related("criterion"):
        found[f"choice-{judgment.criterion.slug}"] = judgment.choice
        found[f"strength-{judgment.criterion.slug}"] = cell(judgment.strength)
    found |= {f"score-{score.side}": cell(score.value) for score in held.scores.filter(revision=number)}
    return found | {"marks": cell(held.marks.filter(revision=number).count())}


def _script_metrics(script: Script | None) -> Row:
    """What was measured of the script as it was written (`generation.script_metrics.measures`)."""
    values = measure_script(script).values if script else {}
    return {name: cell(values.get(name)) for name in FITNESS}


def _source(script: Script | None) -> Row:
    """What was told of an imported script; empty for others."""
    source = getattr(script, "source", None)
    return {name: getattr(source, name, "") for name in SOURCE}


TABLES: Mapping[str, Callable[[Study], TableRows]] = {
    "judgments": judgments,
    "scores": scores,
    "marks": marks,
    "raters": raters,
    "assignments": assignments,
    "scripts": scripts,
    "rejections": rejections,
    "revisions": revisions,
    "exclusions": exclusions,
}
