"""What is done to a series: its names set, its title changed, an empty one deleted."""

from collections.abc import Sequence

from django.db import transaction

from evalsite.core.models import record
from generation.briefs.series_names import Names, RowError, as_lines, cleaned, faults_of
from generation.briefs.services import InUse, standing_of
from generation.models import Series


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
