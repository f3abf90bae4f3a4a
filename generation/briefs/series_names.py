"""The name map of a series as people edit it: what is wrong with one, and every place where it would act.

The acting itself is `generation.screenplay.names`. Nothing here says which system wrote a script.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from generation.models import Brief, Script, Series
from generation.screenplay.names import find_names, rename_text

MOST_ROWS, MOST_NAME, MOST_SCRIPTS, MOST_PLACES = 60, 80, 2_000, 300
BESIDE = 36

Names = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class RowError:
    """What forbids a map: the number of its row (from 0), and why."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class NameOccurrence:
    """One place in a brief: where, and what stands on both sides of the name."""

    where: str
    before: str
    old: str
    new: str
    after: str


@dataclass(frozen=True, slots=True)
class BriefPlaces:
    """All places of one brief, and how many each of its scripts has, the most first: none is told apart."""

    slug: str
    language: str
    places: tuple[NameOccurrence, ...]
    scripts: tuple[int, ...]

    @property
    def in_scripts(self) -> int:
        return sum(self.scripts)


@dataclass(frozen=True, slots=True)
class NameMapPreview:
    """Where a map acts in a series. `looked_through` is less than `scripts` where there are too many."""

    briefs: tuple[BriefPlaces, ...]
    scripts: int
    looked_through: int
    title: str
    hints: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(len(each.places) + each.in_scripts for each in self.briefs)


def cleaned(names: object) -> list[dict[str, str]]:
    """A stored map as rows of text."""
    rows = names if isinstance(names, list) else []
    return [{"from": str(row.get("from", "")), "to": str(row.get("to", ""))} for row in rows]


def faults_of(names: Names, series: Series) -> list[RowError]:
    """What forbids this map for a series; empty where nothing does."""
    return [*_of_rows(names), *_of_chains(names), *_of_casts(names, series)]


def _of_rows(names: Names) -> Iterator[RowError]:
    seen: set[str] = set()
    for number, row in enumerate(names):
        old, new = row["from"], row["to"]
        if not old or not new:
            yield RowError(number, _("Fill in both names, or leave the row empty."))
        elif max(len(old), len(new)) > MOST_NAME or "\n" in old + new:
            yield RowError(number, _("Use one line of at most %(most)d characters.") % {"most": MOST_NAME})
        elif old == new:
            yield RowError(number, _("Both names are the same."))
        elif old in seen:
            yield RowError(number, _("%(name)s is replaced above.") % {"name": old})
        seen.add(old)


def _of_chains(names: Names) -> Iterator[RowError]:
    """A new name that the map would itself replace: what is read would depend on who reads it again."""
    whole = [row for row in names if row["from"] and row["to"] and row["from"] != row["to"]]
    for number, row in enumerate(names):
        for other in whole if row in whole else ():
            if any(find_names(text, [other]) for text in (row["to"], row["to"].upper())):
                told = {"new": row["to"], "old": other["from"]}
                text = (
                    _("%(new)s is replaced too. Choose another name.")
                    if row["to"] == other["from"]
                    else _("%(new)s contains %(old)s, which is replaced too. Choose another name.")
                )
                yield RowError(number, text % told)
                break


def _of_casts(names: Names, series: Series) -> Iterator[RowError]:
    """Two characters of one brief with one name."""
    for brief in series.briefs.order_by("order", "slug"):
        called: dict[str, str] = {}
        for person in brief.characters:
            new = rename_text(person["name"], names)
            other = called.setdefault(new, person["name"])
            if other != person["name"]:
                told = {"brief": brief.slug, "one": other, "other": person["name"], "new": new}
                text = _("In %(brief)s, both %(one)s and %(other)s would become %(new)s.") % told
                yield RowError(_row_of(names, (other, person["name"])), text)


def _row_of(names: Names, people: Sequence[str]) -> int:
    """The last row that renames one of some people."""
    rows = [at for at, row in enumerate(names) if any(rename_text(name, [row]) != name for name in people)]
    return rows[-1] if rows else 0


def content_renamed(content: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The content of a brief (`Brief.content`) as raters read it: texts, people and the series' title."""
    people = [person["name"] for person in content["characters"]]
    shown = dict(content)
    for name in ("outline", "previous_context", "guideline"):
        shown[name] = rename_text(content.get(name) or "", names, people)
    shown["characters"] = [
        {
            key: rename_text(value, names, people) if isinstance(value, str) else value
            for key, value in person.items()
        }
        for person in content["characters"]
    ]
    shown["series"] = {**content["series"], "title": rename_text(content["series"]["title"], names)}
    return shown


# Where it acts


def found_in(series: Series, names: Names) -> NameMapPreview:
    """Every place in the briefs of a series, and counts in its scripts."""
    briefs = list(series.briefs.order_by("order", "slug"))
    pairs = [row for row in names if row["from"] and row["to"] and row["from"] != row["to"]]
    counts: dict[int, list[int]] = defaultdict(list)
    met, already = set[int](), defaultdict[str, int](int)
    texts = Script.objects.filter(brief__series=series).order_by("pk").values_list("brief_id", "text")
    total, looked = texts.count(), 0
    for key, text in texts[:MOST_SCRIPTS].iterator(chunk_size=200):
        acted = find_names(text, pairs)
        counts[key].append(len(acted))
        met.update(place.row for place in acted)
        _count_new(text, pairs, already)
        looked += 1
    shown = []
    for brief in briefs:
        places = list(_places(brief, pairs, met))
        for _where, text in _texts(brief):
            _count_new(text, pairs, already)
        shown.append(
            BriefPlaces(
                brief.slug, brief.language, tuple(places), tuple(sorted(counts[brief.pk], reverse=True))
            )
        )
    title = rename_text(series.title, names)
    met.update(place.row for place in find_names(series.title, pairs))
    hints = tuple(_hints(pairs, met, already))
    return NameMapPreview(tuple(shown), total, looked, title if title != series.title else "", hints)


def _texts(brief: Brief) -> Iterator[tuple[str, str]]:
    yield _("Outline"), brief.outline
    yield _("Previous context"), brief.previous_context
    yield _("Guideline"), brief.guideline
    for person in brief.characters:
        yield pgettext("character", "Name"), person["name"]
        yield _("Profile"), person["profile"]


def _places(brief: Brief, pairs: Names, met: set[int]) -> Iterator[NameOccurrence]:
    count = 0
    people = [person["name"] for person in brief.characters]
    for where, text in _texts(brief):
        for place in find_names(text, pairs, people):
            met.add(place.row)
            count += 1
            if count <= MOST_PLACES:
                before, after = text[: place.start], text[place.end :]
                cut = "…" if len(before) > BESIDE else ""
                more = "…" if len(after) > BESIDE else ""
                old = text[place.start : place.end]
                yield NameOccurrence(where, cut + before[-BESIDE:], old, place.new, after[:BESIDE] + more)


def _count_new(text: str, pairs: Names, already: dict[str, int]) -> None:
    """Count how often each new name occurs in the texts before the map is applied."""
    for row in pairs:
        if row["to"] in text:
            already[row["to"]] += len(find_names(text, [{"from": row["to"], "to": row["from"]}]))


def _hints(pairs: Names, met: set[int], already: Mapping[str, int]) -> Iterator[str]:
    for number, row in enumerate(pairs):
        if number not in met:
            yield _("%(name)s doesn't occur in any text.") % {"name": row["from"]}
    for new in dict.fromkeys(row["to"] for row in pairs):
        if count := already.get(new, 0):
            yield ngettext(
                "%(name)s already occurs in %(n)d place. Is it another character?",
                "%(name)s already occurs in %(n)d places. Is it another character?",
                count,
            ) % {"name": new, "n": count}


def as_lines(names: Names) -> list[str]:
    """For the audit trail."""
    return [f"{row['from']} → {row['to']}" for row in names]


def typed_rows(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """The fields `from-0`, `to-0`, ... of a form, in order; empty rows are left out. Nothing is checked."""
    rows = []
    for number in range(MOST_ROWS):
        old, new = (str(data.get(f"{name}-{number}", "")).strip() for name in ("from", "to"))
        if old or new:
            rows.append({"from": old, "to": new})
    return rows
