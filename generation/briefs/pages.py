"""What the pages of briefs show: lists with where each is used, and a brief as raters and systems get it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from generation.briefs.series_names import cleaned, content_renamed
from generation.briefs.uses import BriefUse, uses_of
from generation.briefs.warnings import Hint, warnings_of
from generation.models import Brief, Language, Script, Series, System
from generation.pipelines import shipped_names
from generation.systems import pages
from generation.systems.pages import StagePreview, preview
from generation.yaml_files import SLUG

BRIEFS_A_PAGE = 100
SHOWN_TO = "direct"
"""The system whose messages stand for those of all: it gets the brief in one prompt."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """A brief in a list: how many scripts it has, and the studies it stands in, drafts and frozen ones."""

    brief: Brief
    written: int
    uses: tuple[BriefUse, ...]


@dataclass(frozen=True, slots=True)
class BriefFilter:
    """Which briefs a list is to hold; what is not known is left out."""

    language: str = ""
    series: str = ""
    search: str = ""

    @classmethod
    def from_request(cls, given: Any) -> "BriefFilter":
        language, series = given.get("language", ""), given.get("series", "")
        return cls(
            language if language in Language.values else "",
            series if SLUG.match(series) and Series.objects.filter(slug=series).exists() else "",
            " ".join(given.get("q", "").replace("\x00", "").split())[:100],
        )

    def query(self) -> str:
        """The same as the query of an address, for links to other pages of the list."""
        given = {"q": self.search, "language": self.language, "series": self.series}
        return urlencode({name: value for name, value in given.items() if value})


def brief_page(wanted: BriefFilter, number: Any) -> Page[Brief]:
    """One page of the list, by series and in story order."""
    briefs = Brief.objects.select_related("series").order_by("series__slug", "order", "slug")
    if wanted.language:
        briefs = briefs.filter(language=wanted.language)
    if wanted.series:
        briefs = briefs.filter(series__slug=wanted.series)
    if wanted.search:
        where = [f"{name}__icontains" for name in ("slug", "series__title", "outline")]
        briefs = briefs.filter(reduce(or_, (Q(**{name: wanted.search}) for name in where)))
    return Paginator(briefs, BRIEFS_A_PAGE).get_page(number)


def brief_rows(briefs: Sequence[Brief]) -> list[BriefRow]:
    uses: dict[str, list[BriefUse]] = defaultdict(list)
    for use in uses_of([brief.slug for brief in briefs]):
        uses[use.brief].append(use)
    # Counted for these alone: there may be fifty thousand.
    scripts = Script.objects.filter(brief__in=briefs).order_by().values_list("brief")
    written = dict(scripts.annotate(n=Count("pk")))
    return [BriefRow(brief, written.get(brief.pk, 0), tuple(uses[brief.slug])) for brief in briefs]


def by_series(rows: Sequence[BriefRow]) -> list[tuple[Series, list[BriefRow]]]:
    """Rows in groups, in the order in which they come."""
    groups: dict[int, tuple[Series, list[BriefRow]]] = {}
    for row in rows:
        groups.setdefault(row.brief.series_id, (row.brief.series, []))[1].append(row)
    return list(groups.values())


def series_with_counts() -> Any:
    return Series.objects.annotate(
        scenes=Count("briefs", distinct=True), written=Count("briefs__scripts", distinct=True)
    ).order_by("title", "slug")


@dataclass(frozen=True, slots=True)
class ShownBrief:
    """A brief as raters read it, with the names of its series' name map, and as a system gets it."""

    content: dict[str, Any]
    text_lang: str
    stages: list[StagePreview]
    renamed: bool


def shown_brief(content: dict[str, Any]) -> ShownBrief:
    text_lang = "zh-Hans" if content["language"] == "zh" else "en"
    series = Series.objects.filter(slug=content["series"]["slug"]).first()
    read = content_renamed(content, cleaned(series.names if series else []))
    stages = preview(pages.shipped_spec(SHOWN_TO), content)
    return ShownBrief(read, text_lang, stages, read != content)


def hints_of(content: dict[str, Any]) -> list[Hint]:
    """Warnings of a brief, beside those of its neighbours in the series."""
    others = Brief.objects.filter(series__slug=content["series"]["slug"]).exclude(slug=content["slug"])
    known: list[str] = []
    for characters in others.values_list("characters", flat=True)[:200]:
        known += [person["name"] for person in characters]
    found = warnings_of(content, list(dict.fromkeys(known)))
    same = others.filter(order=content["order"]).values_list("slug", flat=True).first()
    if same:
        text = _("%(slug)s has the same scene number. A study uses only one of them.") % {"slug": same}
        found.append(Hint("order", text))
    return found


def overview_counts() -> dict[str, int]:
    """What there is: briefs, series, systems, scripts by people."""
    people = Script.objects.filter(system__kind=System.Kind.HUMAN)
    return {
        "briefs": Brief.objects.count(),
        "series": Brief.objects.values("series").distinct().count(),
        "shipped": len([name for name in shipped_names() if not name.startswith("fake-")]),
        "pipelines": System.objects.filter(kind=System.Kind.PIPELINE).exclude(spec={}).count(),
        "people": people.count(),
        "people_briefs": people.order_by().values("brief").distinct().count(),
    }
