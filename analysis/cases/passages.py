"""Marked passages: marks of one class that overlap in one script, those of most raters first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from analysis.cases.details import erased_raters, mark_anchor
from analysis.cases.queries import (
    COUNTED,
    CaseFilters,
    case_code,
    counted_marks,
    of_class,
    scene_filter,
    with_system,
)
from analysis.tables.frames import require_readable
from annotations.desk.pair_page import scene_title
from annotations.models import Assignment, Entry, Mark, Pairing, Study, StudyBrief

AROUND = {"en": 60, "zh": 24}
"""Code points of context on each side of a quote, by language; at most two lines before it and one after."""
LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """One mark with what grouping needs; `start` and `end` are None where no passage was selected."""

    pk: int
    entry: int
    system: str
    error_class: str
    start: int | None
    end: int | None
    rater: int


@dataclass(slots=True)
class Passage:
    """Marks of one class in one script that overlap, directly or through others.

    A mark without a place is a separate passage.
    """

    marks: list[PlacedMark] = field(default_factory=list)
    start: int | None = None
    end: int | None = None

    @property
    def raters(self) -> int:
        return len({mark.rater for mark in self.marks})

    def add(self, mark: PlacedMark) -> None:
        self.marks.append(mark)
        self.start = mark.start if self.start is None else self.start
        if mark.end is not None:
            self.end = max(mark.end, self.end or 0)


@dataclass(frozen=True, slots=True)
class RaterMark:
    """A mark of a passage: who made it, what was written, and where its case shows it."""

    rater: str
    rater_kind: str
    note: str
    erased: bool
    case: str
    anchor: str


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage as a list shows it. `readers` is the number of raters who judged the script."""

    error_class: str
    system: str
    scene: str
    item: str
    language: str
    raters: int
    readers: int
    placed: bool
    before: str
    quote: str
    after: str
    marks: list[RaterMark]


def find_passages(study: Study, filters: CaseFilters) -> list[Passage]:
    """All passages that match: those of most raters first, then those of most marks, then by place.

    How many raters marked a passage says most about its weight, since severity is optional. Good lines are
    shown when the filter asks for them. Raises Sealed before unblinding.
    """
    require_readable(study)
    rows = with_system(counted_marks().filter(assignment__rater__study=study))
    if filters.system:
        rows = rows.filter(Q(system=filters.system))
    rows = of_class(rows, filters.marks)
    rows = rows.filter(scene_filter(filters, "assignment__slot__pairing__study_brief__"))
    columns = ("pk", "entry", "system", "error_class", "start", "end", "assignment__rater")
    found = group_marks(PlacedMark(*row) for row in rows.order_by("pk").values_list(*columns))
    return sorted(found, key=lambda each: (each.start is None, -each.raters, -len(each.marks)))


def group_marks(marks: Iterable[PlacedMark]) -> list[Passage]:
    """Marks of the same entry and class that overlap become one passage."""
    passages: list[Passage] = []
    last: dict[tuple[int, str], Passage] = {}
    for mark in sorted(marks, key=lambda mark: (mark.start or 0, mark.pk)):
        key = mark.entry, mark.error_class
        open_passage = last.get(key)
        if mark.start is None:
            passages.append(Passage([mark]))
        elif open_passage is not None and open_passage.end is not None and mark.start < open_passage.end:
            open_passage.add(mark)
        else:
            last[key] = Passage([mark], mark.start, mark.end)
            passages.append(last[key])
    return passages


def show_passages(study: Study, passages: Sequence[Passage]) -> list[PassageView]:
    """What a page shows of these passages, from the same number of queries for any number of them."""
    keys = [mark.pk for each in passages for mark in each.marks]
    marks = Mark.objects.select_related(
        "assignment__rater", "assignment__slot__pairing__first", "assignment__slot__pairing__second"
    ).in_bulk(keys)
    entries = Entry.objects.select_related("study_brief").in_bulk({each.marks[0].entry for each in passages})
    readers = _readers(list(entries))
    erased = erased_raters(study)
    views = []
    for each in passages:
        entry = entries[each.marks[0].entry]
        rows = [_rater_mark(marks[mark.pk], erased) for mark in each.marks]
        views.append(_view(each, entry, rows, len(readers[entry.pk])))
    return views


def _readers(entries: Sequence[int]) -> dict[int, set[int]]:
    """The raters who judged each script, in any pair."""
    slot = "slot__pairing__"
    rows = Assignment.objects.filter(
        Q(**{f"{slot}first__in": entries}) | Q(**{f"{slot}second__in": entries}),
        slot__pairing__kind=Pairing.Kind.MAIN,
        **COUNTED,
    ).values_list(f"{slot}first", f"{slot}second", "rater")
    found: dict[int, set[int]] = {entry: set() for entry in entries}
    for first, second, rater in rows:
        for entry in (first, second):
            if entry in found:
                found[entry].add(rater)
    return found


def _rater_mark(mark: Mark, erased: set[str]) -> RaterMark:
    rater = mark.assignment.rater
    return RaterMark(
        rater=rater.code,
        rater_kind=rater.kind,
        note=mark.note,
        erased=rater.code in erased,
        case=case_code(mark.assignment.slot.pairing),
        anchor=f"{'' if mark.start is None else 'text-'}{mark_anchor(mark, mark.assignment)}",
    )


def _view(each: Passage, entry: Entry, marks: list[RaterMark], readers: int) -> PassageView:
    brief: StudyBrief = entry.study_brief
    start, end, around = each.start or 0, each.end or 0, AROUND[brief.language]
    quote = entry.text[start:end]
    return PassageView(
        error_class=each.marks[0].error_class,
        system=each.marks[0].system,
        scene=scene_title(brief.content),
        item=brief.slug,
        language=brief.language,
        raters=each.raters,
        readers=readers,
        placed=each.start is not None,
        before=_text_before(entry.text, start, around),
        quote=quote[:LONGEST_QUOTE] + ("…" if len(quote) > LONGEST_QUOTE else ""),
        after=_text_after(entry.text, end, around),
        marks=marks,
    )


def _text_before(text: str, start: int, around: int) -> str:
    """The line of a quote up to it, and the line before that: who speaks, for instance."""
    line = text.rfind("\n", 0, max(0, text.rfind("\n", 0, start))) + 1
    first = max(line, start - around)
    return ("…" if first > line else "") + text[first:start]


def _text_after(text: str, end: int, around: int) -> str:
    """The rest of the line in which a quote ends."""
    rest = text[end:].partition("\n")[0]
    return rest[:around] + ("…" if len(rest) > around else "")
