"""What the pages of briefs show: lists with where each is used, and a brief as raters and systems get it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from generation.access import rows_in
from generation.briefs.series_names import cleaned, content_renamed
from generation.briefs.warnings import Hint, warnings_of
from generation.extensions import BriefUse, uses_of
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
    def from_request(cls, given: Any, teams: Collection[int]) -> "BriefFilter":
        language, series = given.get("language", ""), given.get("series", "")
        return cls(
            language if language in Language.values else "",
            series if SLUG.match(series) and rows_in(Series, teams).filter(slug=series).exists() else "",
            " ".join(given.get("q", "").replace("\x00", "").split())[:100],
        )

    def query(self) -> str:
        """The same as the query of an address, for links to other pages of the list."""
        given = {"q": self.search, "language": self.language, "series": self.series}
        return urlencode({name: value for name, value in given.items() if value})


def brief_page(wanted: BriefFilter, number: Any, teams: Collection[int]) -> Page[Brief]:
    """One page of the briefs of some teams, by series and in story order."""
    briefs = rows_in(Brief, teams).select_related("series").order_by("series__slug", "order", "slug")
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


def series_with_counts(teams: Collection[int]) -> Any:
    counts = {"scenes": Count("briefs", distinct=True), "written": Count("briefs__scripts", distinct=True)}
    return rows_in(Series, teams).annotate(**counts).order_by("title", "slug")


@dataclass(frozen=True, slots=True)
class ShownBrief:
    """A brief as raters read it, with the names of its series' name map, and as a system gets it."""

    content: dict[str, Any]
    text_lang: str
    stages: list[StagePreview]
    renamed: bool


def shown_brief(content: dict[str, Any], team: int) -> ShownBrief:
    text_lang = "zh-Hans" if content["language"] == "zh" else "en"
    series = rows_in(Series, [team]).filter(slug=content["series"]["slug"]).first()
    read = content_renamed(content, cleaned(series.names if series else []))
    stages = preview(pages.shipped_spec(SHOWN_TO), content)
    return ShownBrief(read, text_lang, stages, read != content)


def hints_of(content: dict[str, Any], team: int) -> list[Hint]:
    """Warnings of a brief of a team, beside those of its neighbours in the series."""
    others = (
        rows_in(Brief, [team]).filter(series__slug=content["series"]["slug"]).exclude(slug=content["slug"])
    )
    known: list[str] = []
    for characters in others.values_list("characters", flat=True)[:200]:
        known += [person["name"] for person in characters]
    found = warnings_of(content, list(dict.fromkeys(known)))
    same = others.filter(order=content["order"]).values_list("slug", flat=True).first()
    if same:
        text = _("%(slug)s has the same scene number. A study uses only one of them.") % {"slug": same}
        found.append(Hint("order", text))
    return found


def overview_counts(teams: Collection[int]) -> dict[str, int]:
    """What some teams have: briefs, series, systems, scripts by people."""
    briefs = rows_in(Brief, teams)
    people = rows_in(Script, teams).filter(system__kind=System.Kind.HUMAN)
    return {
        "briefs": briefs.count(),
        "series": briefs.values("series").distinct().count(),
        "shipped": len([name for name in shipped_names() if not name.startswith("fake-")]),
        "pipelines": rows_in(System, teams).filter(kind=System.Kind.PIPELINE).exclude(spec={}).count(),
        "people": people.count(),
        "people_briefs": people.order_by().values("brief").distinct().count(),
    }
