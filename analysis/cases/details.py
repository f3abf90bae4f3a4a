"""All that belongs to a case: texts with their origin, judgments in terms of systems, marks with quotes.

`load_cases` needs the same number of queries for any number of cases.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from analysis.cases.queries import case_code
from annotations.models import (
    Assignment,
    Choice,
    Criterion,
    Entry,
    Judgment,
    Mark,
    Pairing,
    RevealedEntry,
    Score,
    Study,
    StudyBrief,
)
from evalsite.core.models import AuditEvent
from generation.models import Script, Source

FIRST, SECOND = "first", "second"
STUDY_RIGHTS, SCRIPT_RIGHTS = "study-rights", "script-rights"
"""Why a text may not be passed on: by the study file, or by the import of the script."""


@dataclass(frozen=True, slots=True)
class CaseMark:
    """A mark in one script of a case. `number` counts through the case."""

    number: int
    anchor: str
    assignment: str
    rater: str
    error_class: str
    severity: str
    scene: int | None
    start: int | None
    end: int | None
    quote: str
    note: str
    erased: bool


@dataclass(slots=True)
class CaseScript:
    """One script of a case, with what is known of its origin. `withheld` says why its text may not be passed
    on; empty where it may."""

    entry: Entry
    system: str
    system_name: dict[str, str] | str
    kind: str
    sample: int
    digest: str
    length: int
    language: str
    writer: str
    origin: str
    rights: str
    run: str
    models: list[str]
    withheld: str
    marks: list[CaseMark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """A choice on one criterion. `choice` is first, second, tie or neither; empty if it was not asked."""

    criterion: Criterion
    choice: str
    strength: int | None
    first_choice: str


@dataclass(frozen=True, slots=True)
class CaseJudgment:
    """One rater's answers about a case. Mappings have a value for `first` and `second` where there is one."""

    assignment: str
    rater: str
    rater_kind: str
    repeat: bool
    left: str
    layout: str
    answers: list[CaseAnswer]
    scores: dict[str, int]
    guesses: dict[str, tuple[str, int | None]]
    knew: dict[str, bool | None]
    read_seconds: dict[str, float | None]
    share_read: dict[str, float | None]
    seconds: float | None
    reason: str
    erased: bool
    excluded: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """A pairing, or a script that was judged alone, with all answers of its raters."""

    code: str
    brief: StudyBrief
    scripts: dict[str, CaseScript]
    judgments: list[CaseJudgment]

    @property
    def layouts(self) -> Counter[str]:
        return Counter(judgment.layout for judgment in self.judgments)

    @property
    def first_on_left(self) -> int:
        return sum(judgment.left == FIRST for judgment in self.judgments)


def load_cases(study: Study, keys: Sequence[int]) -> list[CaseDetails]:
    """The cases of these pairings, in this order."""
    stored = Pairing.objects.select_related("study_brief", "first__revealed", "second__revealed").in_bulk(
        keys
    )
    pairings = [stored[key] for key in keys]
    scripts = _scripts(pairings)
    assignments = _assignments(study, pairings)
    criteria = list(study.criteria.all())
    erased = erased_raters(study)
    cases = []
    for pairing in pairings:
        sides = _sides(study, pairing, scripts)
        own = assignments[pairing.first_id, pairing.second_id]
        _add_marks(sides, own, erased)
        judgments = [_judgment(each, criteria, erased) for each in own]
        cases.append(CaseDetails(case_code(pairing), pairing.study_brief, sides, judgments))
    return cases


def erased_raters(study: Study) -> set[str]:
    """Codes of raters whose words were erased at their own request."""
    rows = AuditEvent.objects.filter(
        Q(verb="erase") | Q(verb="withdraw", detail__erase=True), about=study.slug
    )
    return set(rows.order_by().values_list("detail__rater", flat=True))


def mark_anchor(mark: Mark, assignment: Assignment) -> str:
    """Where the page of a case has this mark. Equal marks of one rater have one place."""
    place = f"{mark.start}-{mark.end}" if mark.start is not None else "whole"
    return f"mark-{assignment.code}-{mark.side}-{mark.error_class}-{place}"


def _scripts(pairings: Sequence[Pairing]) -> dict[tuple[str, str, str], Script]:
    """The stored scripts by brief, system and digest, without their texts."""
    digests = {entry.revealed.script_digest for pairing in pairings for entry in _entries(pairing).values()}
    rows = Script.objects.filter(digest__in=digests).select_related("system", "brief", "source").defer("text")
    rows = rows.annotate(run_code=F("job__run__code"), run_systems=F("job__run__frozen_settings__systems"))
    return {(script.brief.slug, script.system.slug, script.digest): script for script in rows}


def _entries(pairing: Pairing) -> dict[str, Entry]:
    return {side: entry for side, entry in ((FIRST, pairing.first), (SECOND, pairing.second)) if entry}


def _sides(
    study: Study, pairing: Pairing, scripts: Mapping[tuple[str, str, str], Script]
) -> dict[str, CaseScript]:
    systems = {row["slug"]: row for row in study.spec["systems"]}
    brief = pairing.study_brief
    found = {}
    for side, entry in _entries(pairing).items():
        revealed: RevealedEntry = entry.revealed
        slug = revealed.system_slug
        script = scripts.get((brief.slug, slug, revealed.script_digest))
        source: Source | None = getattr(script, "source", None)
        found[side] = CaseScript(
            entry=entry,
            system=slug,
            system_name=systems.get(slug, {}).get("name") or slug,
            kind=script.system.kind if script else "",
            sample=revealed.script_sample,
            digest=revealed.script_digest,
            length=entry.length,
            language=brief.language,
            writer=script.writer if script else "",
            origin=source.origin if source else "",
            rights=source.rights if source else "",
            run=getattr(script, "run_code", None) or "",
            models=_models(script),
            withheld=text_withheld(study, source),
        )
    return found


def text_withheld(study: Study, source: Source | None) -> str:
    """Why the text of a script may not be passed on. The stricter of the study file and the import counts.
    A script that was not imported has only the rights of the study."""
    if study.spec["rights"] != Source.Rights.REDISTRIBUTE:
        return STUDY_RIGHTS
    if source is not None and source.rights != Source.Rights.REDISTRIBUTE:
        return SCRIPT_RIGHTS
    return ""


def _models(script: Script | None) -> list[str]:
    """The models or adapters that a run asked for this script, each once, in the order of stages."""
    systems = getattr(script, "run_systems", None) or {}
    stages = systems.get(script.system.slug, {}).get("stages", []) if script else []
    return list(dict.fromkeys(stage.get("adapter") or stage.get("model", "") for stage in stages))


def _assignments(
    study: Study, pairings: Sequence[Pairing]
) -> Mapping[tuple[int, int | None], list[Assignment]]:
    """Judgments by pair of entries: those that count first, then late ones and second readings."""
    kinds = (Pairing.Kind.MAIN, Pairing.Kind.REPEAT)
    rows: QuerySet[Assignment] = Assignment.objects.filter(
        slot__pairing__study_brief__study=study,
        slot__pairing__kind__in=kinds,
        slot__pairing__first__in=[pairing.first_id for pairing in pairings],
        state__in=[Assignment.State.SUBMITTED, Assignment.State.LATE],
    )
    rows = rows.select_related("rater", "slot__pairing").prefetch_related("guesses")
    rows = rows.prefetch_related(
        Prefetch("judgments", Judgment.objects.current().select_related("criterion"))
    )
    rows = rows.prefetch_related(Prefetch("scores", Score.objects.current()))
    rows = rows.prefetch_related(Prefetch("marks", Mark.objects.current()))
    found: dict[tuple[int, int | None], list[Assignment]] = defaultdict(list)
    for row in rows.order_by("slot__pairing__kind", "excluded", "submitted_at", "pk"):
        found[row.slot.pairing.first_id, row.slot.pairing.second_id].append(row)
    return found


def _position(assignment: Assignment, side: str) -> str:
    """The script that this rater had on a side: first or second."""
    return FIRST if (side == "left") == assignment.slot.first_on_left else SECOND


def _by_position(assignment: Assignment, left: Any, right: Any) -> dict[str, Any]:
    return {_position(assignment, "left"): left, _position(assignment, "right"): right}


def _chosen(assignment: Assignment, choice: str) -> str:
    return _position(assignment, choice) if choice in (Choice.LEFT, Choice.RIGHT) else choice


def _judgment(each: Assignment, criteria: Sequence[Criterion], erased: set[str]) -> CaseJudgment:
    given = {judgment.criterion_id: judgment for judgment in each.judgments.all()}
    scores: list[Score] = list(each.scores.all())
    return CaseJudgment(
        assignment=each.code,
        rater=each.rater.code,
        rater_kind=each.rater.kind,
        repeat=each.slot.pairing.kind == Pairing.Kind.REPEAT,
        left=_position(each, "left"),
        layout=each.layout,
        answers=[_answer(each, criterion, given.get(criterion.pk)) for criterion in criteria],
        scores={_position(each, score.side): score.value for score in scores},
        guesses={
            _position(each, guess.side): (guess.origin, guess.confidence) for guess in each.guesses.all()
        },
        knew=_by_position(each, each.knew_left, each.knew_right),
        read_seconds=_by_position(each, each.read_left_s, each.read_right_s),
        share_read=_by_position(each, each.share_read_left, each.share_read_right),
        seconds=each.seconds,
        reason=each.reason,
        erased=each.rater.code in erased,
        excluded=each.excluded,
        submitted_at=each.submitted_at,
    )


def _answer(each: Assignment, criterion: Criterion, given: Judgment | None) -> CaseAnswer:
    if given is None:
        return CaseAnswer(criterion, "", None, "")
    choice, first_choice = _chosen(each, given.choice), _chosen(each, given.first_choice)
    return CaseAnswer(criterion, choice, given.strength, first_choice)


def _add_marks(sides: Mapping[str, CaseScript], assignments: Sequence[Assignment], erased: set[str]) -> None:
    """Number the marks of a case: by script, then by place; those without a place come last."""
    number = 0
    seen: Counter[str] = Counter()
    rows = [(mark, each) for each in assignments for mark in each.marks.all()]
    rows.sort(key=lambda row: (row[0].start is None, row[0].start or 0, row[0].pk))
    for position, script in sides.items():
        for mark, each in rows:
            if _position(each, mark.side) != position:
                continue
            number += 1
            anchor = mark_anchor(mark, each)
            seen[anchor] += 1
            again = f"-{seen[anchor]}" if seen[anchor] > 1 else ""
            script.marks.append(_mark(mark, each, script, number, anchor + again, erased))


def _mark(
    mark: Mark, each: Assignment, script: CaseScript, number: int, anchor: str, erased: set[str]
) -> CaseMark:
    placed = mark.start is not None and mark.end is not None
    return CaseMark(
        number=number,
        anchor=anchor,
        assignment=each.code,
        rater=each.rater.code,
        error_class=mark.error_class,
        severity=mark.severity,
        scene=mark.scene,
        start=mark.start,
        end=mark.end,
        quote=script.entry.text[mark.start : mark.end] if placed else "",
        note=mark.note,
        erased=each.rater.code in erased,
    )
