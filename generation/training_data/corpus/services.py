"""Taking works in, all or none, and taking one out again while nothing hangs on it.

imported = import_folder(Path("screenplays"), by="rae")
imported.slugs, imported.scenes, imported.alike, imported.warnings
delete_work(work=work, by="rae")                                    # raises InUse
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import only_team, record
from evalsite.core.reason_codes import sentence
from generation.access import team_key
from generation.briefs.services import InUse
from generation.models import Run, Series
from generation.services import taken_slug
from generation.training_data.corpus.cutting import WorkUpload, faults_of, scene_rows, warnings_of
from generation.training_data.corpus.folder import WorkSpec, look_at_folder
from generation.training_data.corpus.minhash import folded
from generation.training_data.corpus.similar_scenes import BATCH, mark_again, mark_alike
from generation.training_data.models import Candidate, Example, Scene, Work

MAY_CHANGE = ("title", "genre", "origin", "version", "rights", "credit")
"""Details of a work that may change at any time; a run goes on with the genre that it was planned
with, by which it balances. An empty one changes nothing."""
RIGHTS = "rights"
"""Decides what may be passed on, so that it changes only where a person has asked for that change alone."""
MOST_WARNINGS = 500
Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import. `works` are new, `replaced` took the place of others; `scenes` are those
    of both; `known` were there already, and `changed` are those of them with new details; `alike` are new
    scenes that nearly repeat an earlier one. `slugs` are all works that were handed in, in story order.
    `warnings` are lines that were not understood and the like: nothing was left out for them.
    """

    works: int
    scenes: int
    known: int
    alike: int
    slugs: tuple[str, ...] = ()
    warnings: tuple[InputError, ...] = ()
    replaced: tuple["Replaced", ...] = ()
    changed: tuple["Changed", ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """New details of a stored work: by field, before and after."""

    slug: str
    fields: Mapping[str, tuple[str, str]]

    @property
    def has_rights(self) -> bool:
        return RIGHTS in self.fields

    def __str__(self) -> str:
        return ", ".join(f"{field} {was!r} -> {now!r}" for field, (was, now) in self.fields.items())


@dataclass(frozen=True, slots=True)
class Replaced:
    """A work that another one of its slug takes the place of: as it was."""

    slug: str
    title: str
    file_name: str
    imported_at: datetime
    imported_by: str

    def __str__(self) -> str:
        when = timezone.localtime(self.imported_at)
        return f"{self.file_name}, imported {when:%Y-%m-%d %H:%M %Z} by {self.imported_by or 'console'}"


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """What hangs on a work."""

    runs: tuple[str, ...]
    examples: int

    @property
    def is_free(self) -> bool:
        return not (self.runs or self.examples)


def standing_of(work: Work) -> WorkStanding:
    """The runs that were planned with a work (codes), and the examples that were made of it."""
    key = {"frozen_settings__corpus__works__has_key": work.slug}
    runs = set(Run.objects.filter(kind=Run.Kind.SYNTHESIZE, **key).values_list("code", flat=True))
    runs |= set(Run.objects.filter(jobs__source__scene__work=work).values_list("code", flat=True))
    runs |= set(Candidate.objects.filter(scene__work=work).values_list("run__code", flat=True))
    return WorkStanding(tuple(sorted(runs)), Example.objects.filter(scene__work=work).count())


def import_folder(
    path: Path,
    by: str = "console",
    *,
    dry_run: bool = False,
    replace: bool = False,
    change_rights: bool = False,
    tell: Tell | None = None,
    team: int | None = None,
) -> Imported:
    """The works of a folder with a manifest, for a team (by default the site's only one). Raises
    `InputErrors` with every fault, and stores nothing then.

    A stored work whose file is another one now is replaced only with `replace`, and one with other rights now
    gets these only with `change_rights`; a dry run says which.
    `tell` is called with each work's slug and its number of scenes (0: known already).
    """
    folder, wrong = look_at_folder(path)
    given = (WorkUpload.from_file(spec) for spec in folder.works)
    unnamed = [
        InputError(str(each), 1, 1, "the manifest does not list this file.", "add it if it is a work.")
        for each in folder.unnamed[:MOST_WARNINGS]
    ]
    return import_works(
        given,
        by=by,
        dry_run=dry_run,
        replace=replace,
        change_rights=change_rights,
        tell=tell,
        warnings=unnamed,
        faults=wrong,
        team=team,
    )


def import_works(
    given: Iterable[WorkUpload],
    *,
    by: str,
    dry_run: bool = False,
    replace: bool = False,
    change_rights: bool = False,
    tell: Tell | None = None,
    warnings: Sequence[InputError] = (),
    faults: Sequence[InputError] = (),
    team: int | None = None,
) -> Imported:
    """Works of a team (by default the site's only one) in story order, all or none. Raises `InputErrors`,
    with the `faults` that are known already and those that the files have besides."""
    with transaction.atomic():
        advisory_lock("corpus")
        intake = _Intake(
            by,
            tell,
            list(warnings),
            team=only_team() if team is None else team,
            replace=replace or dry_run,
            change_rights=change_rights or dry_run,
        )
        intake.faults += faults
        for each in given:
            intake.take(each)
        if intake.faults:
            raise InputErrors(intake.faults)
        imported = intake.end()
        if dry_run:
            transaction.set_rollback(True)
    return imported


class _Intake:
    """One import under way: no more than one work is in memory at a time."""

    def __init__(
        self,
        by: str,
        tell: Tell | None,
        warnings: list[InputError],
        *,
        team: int,
        replace: bool,
        change_rights: bool,
    ) -> None:
        self.team = team
        self.by, self.tell = by, tell or (lambda slug, scenes: None)
        self.faults: list[InputError] = []
        self.warnings = warnings
        self.slugs: list[str] = []
        self.may_replace, self.replaced = replace, list[Replaced]()
        self.may_change_rights, self.changed = change_rights, list[Changed]()
        self.works = self.scenes = self.known = 0
        self.languages: set[str] = set()
        self.first = (Scene.objects.aggregate(last=Max("pk"))["last"] or 0) + 1

    def take(self, given: WorkUpload) -> None:
        spec = given.spec
        try:
            there = Work.objects.select_related("series").filter(slug=spec.slug).first()
            self.slugs.append(spec.slug)
            if taken := _taken_elsewhere(spec, there, self.team):  # reveals nothing else of another team's
                self.faults += taken
                return
            if there is not None and _is_same(there, spec, given.file_digest):
                self._tell_anew(there, spec)
                self.known += 1
                self.tell(spec.slug, 0)
                return
            faults = [*_clashes(spec, given.file_digest, there, self.team)]
            if there is not None and not faults and not self.may_replace:
                faults.append(_would_replace(spec, there))
            changed = _changed(there, spec) if there is not None else None
            if changed is not None and changed.has_rights and not (faults or self.may_change_rights):
                faults.append(_other_rights(spec, changed))
            understood = given.understood()
            faults += faults_of(understood, spec, given.name)
            self.warnings += list(warnings_of(understood, given.name))[: MOST_WARNINGS - len(self.warnings)]
            self.faults += faults
        except InputErrors as refused:
            self.faults += refused.errors
            return
        if self.faults:  # go on reading, for what else is wrong; nothing will be stored
            return
        if there is not None:
            self.replaced.append(replaced_by(there))
            _take_out(there, self.by, "replace work")
        series, created = Series.objects.get_or_create(
            slug=spec.series_slug,
            defaults={"title": spec.series_title, "language": spec.language, "team_id": self.team},
        )
        if series.team_id != self.team:  # made meanwhile
            raise InputErrors([_taken(spec, spec.series_slug)])
        if created and (others := known_titles(spec.series_title, self.team, but=spec.series_slug)):
            self.warnings.append(_same_title(spec, others))
        rows = scene_rows(understood)
        work = _store(spec, series, given, understood.format, rows, self.by)
        self.works += there is None
        self.scenes += len(rows)
        self.languages.add(spec.language)
        self.tell(work.slug, len(rows))

    def _tell_anew(self, work: Work, spec: WorkSpec) -> None:
        changed = _changed(work, spec)
        if changed is None:
            return
        if changed.has_rights and not self.may_change_rights:
            self.faults.append(_other_rights(spec, changed))
        if self.faults:
            return
        for field, (_was, now) in changed.fields.items():
            setattr(work, field, now)
        work.save(update_fields=list(changed.fields))
        record(who=self.by, verb="change work", about=work.slug, changed=dict(changed.fields))
        self.changed.append(changed)

    def end(self) -> Imported:
        alike = sum(mark_alike(language, self.first, self.team) for language in sorted(self.languages))
        return Imported(
            self.works,
            self.scenes,
            self.known,
            alike,
            tuple(self.slugs),
            tuple(self.warnings),
            tuple(self.replaced),
            tuple(self.changed),
        )


def known_titles(title: str, team: int, *, but: str) -> list[str]:
    """The slugs of a team's other series that have this title, whatever its case and points."""
    wanted = folded(title)
    rows = Series.objects.filter(team=team).exclude(slug=but).order_by("slug").values_list("slug", "title")
    return [slug for slug, each in rows if folded(each) == wanted]


def _same_title(spec: WorkSpec, others: Sequence[str]) -> InputError:
    message = f"series {spec.series_slug} has the title of {', '.join(others)}, which already exists."
    fix = "if it is the same series, use that slug, because scenes are held out from training by series."
    return spec.fault(message, fix)


def _is_same(work: Work, spec: WorkSpec, file_digest: str) -> bool:
    """Whether a stored work is this very one; its details may differ."""
    place = (work.file_digest, work.series.slug, work.order, work.language)
    return place == (file_digest, spec.series_slug, spec.order, spec.language)


def replaced_by(there: Work) -> Replaced:
    """What would be lost if another file took a stored work's place."""
    return Replaced(there.slug, there.title, there.file_name, there.imported_at, there.imported_by)


def replacing(spec: WorkSpec, file_digest: str, team: int) -> Replaced | None:
    """The team's stored work that a work would take the place of; None where it is new or known."""
    there = _stored(spec, team)
    return None if there is None or _is_same(there, spec, file_digest) else replaced_by(there)


def _stored(spec: WorkSpec, team: int) -> Work | None:
    return Work.objects.select_related("series").filter(slug=spec.slug, series__team=team).first()


def changing(spec: WorkSpec, file_digest: str, team: int) -> Changed | None:
    """The changed details of a work that the team has stored; None where it is new or unchanged."""
    there = _stored(spec, team)
    return _changed(there, spec) if there is not None and _is_same(there, spec, file_digest) else None


def _changed(work: Work, spec: WorkSpec) -> Changed | None:
    pairs = {field: (str(getattr(work, field)), str(getattr(spec, field))) for field in MAY_CHANGE}
    fields = {field: (was, now) for field, (was, now) in pairs.items() if now and now != was}
    return Changed(work.slug, fields) if fields else None


def _other_rights(spec: WorkSpec, changed: Changed) -> InputError:
    was, now = changed.fields[RIGHTS]
    return spec.fault(
        sentence(
            "work %(work)s is stored with the rights “%(stored)s”, but you entered “%(now)s”.",
            work=spec.slug,
            stored=was,
            now=now,
        ),
        sentence("confirm the change (import_corpus --change-rights), or enter the stored rights."),
    )


def _would_replace(spec: WorkSpec, there: Work) -> InputError:
    message = sentence(
        "work %(work)s already exists, imported from %(source)s.", work=spec.slug, source=replaced_by(there)
    )
    return spec.fault(
        message,
        sentence(
            "confirm that this file replaces it (import_corpus --replace), or choose another slug and"
            " position."
        ),
    )


def _taken_elsewhere(spec: WorkSpec, there: Work | None, team: int) -> list[InputError]:
    """Slugs of the work and its series that another team has: slugs are unique on the site."""
    series = Series.objects.filter(slug=spec.series_slug).exclude(team=team)
    faults = [_taken(spec, spec.series_slug)] if series.exists() else []
    if there is not None and there.series.team_id != team:
        faults.append(_taken(spec, spec.slug))
    return faults


def _taken(spec: WorkSpec, slug: str) -> InputError:
    path, line, column = spec.told_at
    return taken_slug(slug, path, line=line, column=column)


def _clashes(spec: WorkSpec, file_digest: str, there: Work | None, team: int) -> list[InputError]:
    """Where a work does not agree with what its team has stored."""
    faults = []
    series = Series.objects.filter(slug=spec.series_slug).first()
    if series is not None and series.language != spec.language:
        message = sentence(
            "series %(series)s is in %(stored)s, but this work is in %(language)s.",
            series=spec.series_slug,
            stored=series.language,
            language=spec.language,
        )
        faults.append(spec.fault(message, sentence("create a separate series for the other language.")))
    elif series is not None and series.title != spec.series_title:
        first = series.works.order_by("order", "slug").first()
        where = f"work {first.slug}, from {replaced_by(first)}" if first else "its briefs"
        message = sentence(
            "series %(series)s is already called %(stored)s, not %(title)s: see %(where)s.",
            series=spec.series_slug,
            stored=f"{series.title!r}",
            title=f"{spec.series_title!r}",
            where=where,
        )
        fix = sentence(
            "use one title. To change the title of an existing series, edit it on its page under"
            " Generation, Briefs."
        )
        faults.append(spec.fault(message, fix))
    others = Work.objects.filter(series__team=team).exclude(slug=spec.slug)
    place = others.filter(series__slug=spec.series_slug, order=spec.order).first()
    if place is not None:
        message = sentence(
            "%(work)s is already in position %(order)s of series %(series)s.",
            work=place.slug,
            order=spec.order,
            series=spec.series_slug,
        )
        faults.append(
            spec.fault(message, sentence("choose another position, or use the slug of the existing work."))
        )
    if (same := others.filter(file_digest=file_digest).first()) is not None:
        fix = sentence("remove it from the manifest, or use the slug of the existing work.")
        faults.append(
            spec.fault(sentence("this file is already stored as work %(work)s.", work=same.slug), fix)
        )
    if there is not None and not (standing := standing_of(there)).is_free:
        runs = ", ".join(standing.runs[:3])
        message = sentence(
            "work %(work)s has changed, but existing runs use it (%(runs)s).", work=spec.slug, runs=runs
        )
        faults.append(spec.fault(message, sentence("give the changed work a new slug and position.")))
    return faults


def _store(spec: WorkSpec, series: Series, given: WorkUpload, kind: str, rows: list[Scene], by: str) -> Work:
    work = Work.objects.create(
        slug=spec.slug,
        series=series,
        order=spec.order,
        language=spec.language,
        **{field: getattr(spec, field) for field in MAY_CHANGE},
        file_name=Path(given.name).name[:200],
        file_digest=given.file_digest,
        format=kind,
        digest=json_digest([row.digest for row in rows]),
        imported_by=by,
    )
    for row in rows:
        row.work = work
    Scene.objects.bulk_create(rows, batch_size=BATCH)
    record(who=by, verb="import work", about=work.slug, digest=work.digest, scenes=len(rows))
    return work


@transaction.atomic
def delete_work(*, work: Work, by: str) -> None:
    """Delete a work on which nothing hangs. Raises InUse."""
    advisory_lock("corpus")
    work = Work.objects.select_for_update().get(pk=work.pk)
    if not standing_of(work).is_free:
        raise InUse
    _take_out(work, by, "delete work")


def _take_out(work: Work, by: str, verb: str) -> None:
    """Delete it; scenes that were marked as like one of its own are compared with the others again."""
    orphans = list(Scene.objects.filter(like__work=work).exclude(work=work).values_list("pk", flat=True))
    record(who=by, verb=verb, about=work.slug, digest=work.digest)
    team = team_key(work.series)
    work.delete()
    if orphans:
        mark_again(work.language, orphans, team)
