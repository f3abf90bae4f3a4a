"""What people do to a brief: write, change, delete it. All of it goes into the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from evalsite.core.models import record
from generation.briefs.files import BriefSpec
from generation.briefs.series_names import Names, RowError, as_lines, cleaned, faults_of
from generation.extensions import BriefUse, uses_of
from generation.models import Brief, Series
from generation.services import StoredBrief, store_briefs


class SlugTaken(Exception):
    """There is a brief of this slug, and this was to be a new one."""


class ChangedMeanwhile(Exception):
    """Somebody has changed or deleted the brief since it was opened; their change stands."""


class InUse(Exception):
    """Something hangs on it."""


@dataclass(frozen=True, slots=True)
class BriefUsage:
    """What hangs on a brief."""

    jobs: int
    scripts: int
    uses: tuple[BriefUse, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether a change would make history false: something was written or judged for it as it is."""
        return bool(self.jobs or self.scripts or self.frozen)

    @property
    def is_free(self) -> bool:
        """Whether nothing would miss it."""
        return not (self.jobs or self.scripts or self.uses)

    @property
    def frozen(self) -> list[BriefUse]:
        return [use for use in self.uses if use.frozen]

    @property
    def drafts(self) -> list[BriefUse]:
        return [use for use in self.uses if not use.frozen]


def standing_of(brief: Brief) -> BriefUsage:
    return BriefUsage(brief.jobs.count(), brief.scripts.count(), tuple(uses_of([brief.slug])))


@transaction.atomic
def write_brief(*, spec: BriefSpec, expected: str, by: str, team: int | None = None) -> StoredBrief:
    """Store what was written in the browser, as files are stored.

    `expected` is the digest of the brief as it was opened, empty for a new one; `team` the key of the team
    that it belongs to, or the site's only one. Raises SlugTaken, ChangedMeanwhile, and `InputErrors` as
    `store_briefs` does.
    """
    found = Brief.objects.select_for_update().filter(slug=spec.slug).first()
    if expected and (found is None or found.digest != expected):
        raise ChangedMeanwhile
    if found is not None and not expected:
        raise SlugTaken
    return store_briefs([spec], by=by, alone=True, team=team)[0]


@transaction.atomic
def delete_brief(*, brief: Brief, by: str) -> None:
    """Delete a brief on which nothing hangs. Raises InUse."""
    brief = Brief.objects.select_for_update().get(pk=brief.pk)
    if not standing_of(brief).is_free:
        raise InUse
    record(who=by, verb="delete brief", about=brief.slug, digest=brief.digest)
    brief.delete()


class BadNames(Exception):
    """A name map that is refused, with every reason."""

    def __init__(self, faults: Sequence[RowError]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.text for fault in self.faults))


@transaction.atomic
def set_names(*, series: Series, names: Names, by: str) -> bool:
    """Set the name map; whether it has changed. Raises BadNames.

    A frozen study is untouched: its texts are stored. A draft takes the map when it is loaded again.
    """
    series = Series.objects.select_for_update().get(pk=series.pk)
    rows = [{"from": row["from"], "to": row["to"]} for row in names]
    if faults := faults_of(rows, series):
        raise BadNames(faults)
    before = cleaned(series.names)
    if rows == before:
        return False
    series.names = rows
    series.save(update_fields=["names"])
    record(who=by, verb="set names", about=series.slug, before=as_lines(before), after=as_lines(rows))
    return True


@transaction.atomic
def retitle(*, series: Series, title: str, by: str) -> bool:
    """Give a series another title; whether it has changed. Raises InUse.

    The title is part of each of its briefs, so it stands once something was written for one of them.
    """
    series = Series.objects.select_for_update().get(pk=series.pk)
    if title == series.title:
        return False
    briefs = list(series.briefs.select_for_update(of=("self",)))
    if any(standing_of(brief).is_fixed for brief in briefs):
        raise InUse
    before, series.title = series.title, title
    series.save(update_fields=["title"])
    for brief in briefs:
        brief.series = series
        brief.save()
    record(who=by, verb="change title", about=series.slug, before=before, after=title)
    return True


@transaction.atomic
def set_aliases(*, series: Series, aliases: Sequence[str], by: str) -> bool:
    """Set the other titles of a series, which the leak scan looks for; whether they have changed."""
    series = Series.objects.select_for_update().get(pk=series.pk)
    before, series.aliases = series.aliases, list(aliases)
    if before == series.aliases:
        return False
    series.save(update_fields=["aliases"])
    record(who=by, verb="set aliases", about=series.slug, before=before, after=series.aliases)
    return True


@transaction.atomic
def delete_series(*, series: Series, by: str) -> None:
    """Delete a series without briefs and works. Raises InUse."""
    series = Series.objects.select_for_update().get(pk=series.pk)
    if series.briefs.exists() or series.works.exists():
        raise InUse
    record(who=by, verb="delete series", about=series.slug, text=series.title)
    series.delete()
