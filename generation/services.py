"""Writes of this app that concern more than one row: briefs, systems, scripts.

Each is atomic, takes keywords, and may be called inside another transaction. Runs are planned in
`runs.services`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from evalsite.core.digests import json_digest
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Team, only_team, record
from evalsite.core.reason_codes import sentence
from generation import extensions
from generation.briefs.files import BriefSpec, CharacterSpec
from generation.extensions import uses_of
from generation.models import Brief, Job, Script, Series, System
from generation.pipelines import SystemSpec, find_system, shipped_names
from generation.screenplay import check_format, digest, measure, parse, script_text

_KEPT = ("language", "order", "outline", "previous_context", "characters", "guideline", "target_length")


@dataclass(frozen=True, slots=True)
class StoredBrief:
    """A brief as it now stands in the database. `outcome` is `created`, `changed` or `unchanged`."""

    brief: Brief
    outcome: str


@transaction.atomic
def store_briefs(
    specs: Sequence[BriefSpec], *, by: str = "console", alone: bool = False, team: int | None = None
) -> list[StoredBrief]:
    """Take briefs in, all or none. Raises `InputErrors` when two of them, or one and what is stored, do not
    agree, or where a slug belongs to another team.

    `team` is the key of the team that they are for, by default the site's only one.

    A brief that a run has been planned for cannot change: its scripts would answer another brief. Of briefs
    that come `alone`, without the scripts that a study's files bring along, neither can one that has scripts
    or that a study has frozen.
    """
    team = only_team() if team is None else team
    if taken := [*_taken_elsewhere(specs, team)]:  # reveals nothing else about another team's rows
        raise InputErrors(taken)
    faults = [*_same_slug(specs), *_series_faults(specs)]
    stored: list[StoredBrief] = []
    for spec in specs:
        brief = (
            Brief.objects.select_for_update(of=("self",))
            .select_related("series")
            .filter(slug=spec.slug)
            .first()
        )
        if brief is not None and brief.digest == json_digest(spec.content()):
            stored.append(StoredBrief(brief, "unchanged"))
        elif brief is not None and (why := _why_fixed(brief, alone)):
            fix = "use a new slug for the changed brief."
            faults.append(_at(spec, f"brief {spec.slug} has changed, but {why}.", fix))
        elif not faults:
            stored.append(_store_brief(spec, brief, by, team))
    if faults:
        raise InputErrors(faults)
    for spec, each in zip(specs, stored, strict=True):
        _add_aliases(each.brief.series, spec.series_aliases)
    return stored


def taken_slug(slug: str, path: str = "", *, line: int = 1, column: int = 1) -> InputError:
    """Return that a slug is another team's. No more is told: neither whose it is nor what it stands for."""
    message = sentence("the slug %(slug)s is taken on this site.", slug=slug)
    return InputError(path or slug, line, column, message, sentence("use another slug."))


def _taken_elsewhere(specs: Sequence[BriefSpec], team: int) -> Iterator[InputError]:
    """Slugs of briefs and series that another team has: slugs are unique on the site."""
    series = Series.objects.exclude(team=team).filter(slug__in={spec.series_slug for spec in specs})
    briefs = Brief.objects.exclude(series__team=team).filter(slug__in={spec.slug for spec in specs})
    taken = {*series.values_list("slug", flat=True)}, {*briefs.values_list("slug", flat=True)}
    for spec in specs:
        for slug, known in zip((spec.series_slug, spec.slug), taken, strict=True):
            if slug in known:
                yield taken_slug(slug, spec.path)


def _add_aliases(series: Series, aliases: Sequence[str]) -> None:
    """Add other titles to those of a series; a file takes none away."""
    if new := [alias for alias in aliases if alias not in series.aliases]:
        series.aliases = [*series.aliases, *new]
        series.save(update_fields=["aliases"])


def _why_fixed(brief: Brief, alone: bool) -> str:
    """What keeps a brief from being changed; empty where nothing does."""
    if brief.jobs.exists():
        return "runs use it"
    if alone and brief.scripts.exists():
        return "scripts were written for it"
    frozen = [use.study for use in uses_of([brief.slug]) if use.frozen] if alone else []
    return f"study {frozen[0]} has frozen it" if frozen else ""


def spec_of_brief(brief: Brief) -> BriefSpec:
    """A stored brief as the value that its file would give."""
    return BriefSpec(
        slug=brief.slug,
        series_slug=brief.series.slug,
        series_title=brief.series.title,
        series_aliases=tuple(brief.series.aliases),
        language=brief.language,
        order=brief.order,
        target_length=brief.target_length,
        outline=brief.outline,
        previous_context=brief.previous_context,
        characters=tuple(CharacterSpec(each["name"], each["profile"]) for each in brief.characters),
        guideline=brief.guideline,
    )


def _at(spec: BriefSpec, message: str, fix: str) -> InputError:
    return InputError(spec.path or spec.slug, 1, 1, message, fix)


def _same_slug(specs: Sequence[BriefSpec]) -> list[InputError]:
    seen: dict[str, BriefSpec] = {}
    faults = []
    for spec in specs:
        if spec.slug in seen:
            first = seen[spec.slug].path or "another brief"
            faults.append(
                _at(
                    spec,
                    f"the slug {spec.slug} is also used in {first}.",
                    "use a different slug for each brief.",
                )
            )
        seen.setdefault(spec.slug, spec)
    return faults


def _series_faults(specs: Sequence[BriefSpec]) -> list[InputError]:
    """One series has one title and one language, in the files and in the database."""
    known = {
        series.slug: (series.title, series.language)
        for series in Series.objects.filter(slug__in={spec.series_slug for spec in specs})
    }
    faults = []
    for spec in specs:
        title, language = known.setdefault(spec.series_slug, (spec.series_title, spec.language))
        if language != spec.language:
            message = f"series {spec.series_slug} is in {language}, this brief in {spec.language}."
            faults.append(_at(spec, message, sentence("use a separate series for each language.")))
        elif title != spec.series_title:
            message = f"series {spec.series_slug} is called {title!r} elsewhere, {spec.series_title!r} here."
            faults.append(_at(spec, message, "use one title."))
    return faults


def _store_brief(spec: BriefSpec, brief: Brief | None, by: str, team: int) -> StoredBrief:
    before = brief.content() if brief is not None else {}
    series, _ = Series.objects.get_or_create(
        slug=spec.series_slug,
        defaults={"title": spec.series_title, "language": spec.language, "team_id": team},
    )
    if series.team_id != team:  # made meanwhile
        raise InputErrors([taken_slug(series.slug, spec.path)])
    outcome = "created" if brief is None else "changed"
    brief = brief or Brief(slug=spec.slug)
    brief.series = series
    content = spec.content()
    for key in _KEPT:
        setattr(brief, key, content[key])
    brief.save()
    changed = sorted(key for key, value in content.items() if before and before[key] != value)
    told = {"digest": brief.digest, **({"changed": changed} if changed else {})}
    record(who=by, verb=f"load brief ({outcome})", about=brief.slug, **told)
    return StoredBrief(brief, outcome)


@transaction.atomic
def store_system(
    *,
    slug: str,
    name: str,
    kind: str,
    spec: SystemSpec | None = None,
    renew: bool = True,
    team: int | None = None,
) -> System:
    """The system of this slug, created where there is none: for `team` (a key), or for all teams where it is
    None. Systems for scripts by people are always for all teams.

    Raises `InputErrors` where this slug belongs to something else, because stored scripts must stay those of
    the system that wrote them, or to another team; and where a stage names a trained model that isn't
    registered for this team. A system that all teams share may be used by each. With `renew`, the name and
    how the system asks (address, limits) are replaced, and its stages until it has worked. Versions that were
    made in the browser never change.
    """
    team = None if kind == System.Kind.HUMAN else team  # people may write for all teams
    teams = None if team is None else [team]
    if spec is not None and (faults := extensions.lineage().faults(spec, teams)):
        raise InputErrors(faults)
    system, created = System.objects.select_for_update().get_or_create(
        slug=slug,
        defaults={"name": name, "kind": kind, "spec": spec.as_record() if spec else {}, "team_id": team},
    )
    if created:
        return system
    # On a site with one team its systems are as good as shared.
    if system.team_id not in (None, team) and (team is not None or Team.objects.count() > 1):
        raise InputErrors([taken_slug(slug)])
    if System.Kind.HUMAN in (system.kind, kind) and system.kind != kind:
        message = f"system {slug} is of kind {system.kind}, not {kind}."
        raise InputErrors.single(slug, message, "use another slug for the new system.")
    if spec is not None:
        if fault := _other_system(system, kind, spec):
            raise InputErrors([fault])
        if system.kind == kind and system.spec and (not renew or system.spec.get("family")):
            return system
        system.name, system.kind, system.spec = name, kind, spec.as_record()
        system.save()
    return system


def clash_of(spec: SystemSpec, team: int | None) -> InputError | None:
    """What keeps a team's pipeline from being stored under its slug, where something has it already."""
    system = System.objects.filter(slug=spec.slug).first()
    if system is None:
        return None
    if system.team_id not in (None, team):
        return taken_slug(spec.slug)
    if system.kind == System.Kind.HUMAN:
        message = f"system {spec.slug} is of kind human, not pipeline."
        return InputError(spec.slug, 1, 1, message, "use another slug for the new system.")
    return _other_system(system, System.Kind.PIPELINE, spec)


def _other_system(system: System, kind: str, spec: SystemSpec) -> InputError | None:
    """What keeps a pipeline from being the stored system of its slug."""
    fix = f"use another slug, as in `generate --system {system.slug} --as my-{system.slug}`."
    if system.kind != kind:
        # A study that names its systems before they have written brings in no more than names.
        if not (system.jobs.exists() or system.scripts.exists()):
            return None
        message = f"the stored system {system.slug} is {system.kind}, not a {kind}."
        return InputError(system.slug, 1, 1, message, fix)
    if (
        kind == System.Kind.RECIPE
    ):  # Its runs keep what they were planned with, and nothing is compared by it.
        return None
    known = SystemSpec.from_record(system.spec) if system.spec else None
    same = known is not None and _who_answers(known) == _who_answers(spec)
    fixed = known is not None and known.family
    if not same and (fixed or system.jobs.exists() or system.scripts.exists()):
        message = f"the stored system {system.slug} has other stages or weights and can't change."
        return InputError(system.slug, 1, 1, message, fix)
    return None


def _who_answers(spec: SystemSpec) -> tuple[object, ...]:
    """What makes a pipeline the one that it is: its stages, and the weights where it loads them itself."""
    backend = spec.backend
    return spec.stages, backend.kind, backend.model_path, backend.model_name, backend.adapters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScript:
    """A text that is to be a script. Without a sample, or where its number is taken, it gets the next one."""

    brief: Brief
    system: System
    text: str
    sample: int | None = None
    writer: str = ""
    path: str = ""
    finish_reason: str = ""
    redraws: int = 0
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class AddedScript:
    """A script and whether it is new: an equal text of one system for one brief is one script."""

    script: Script
    created: bool


@transaction.atomic
def add_scripts(new: Sequence[NewScript]) -> list[AddedScript | InputError]:
    """Store many texts for good, in order: a fault stands in the place of one with nothing in it to print."""
    # Numbers of samples are given one at a time. All who write take the systems in one order.
    keys = sorted({each.system.pk for each in new})
    list(System.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    texts = [script_text(each.text) for each in new]
    digests = [digest(text) for text in texts]
    known, taken = _scripts_there(new, digests)
    last: dict[tuple[int, int], int] = {}
    made: list[Script] = []
    results: list[AddedScript | InputError] = []
    for each, text, code in zip(new, texts, digests, strict=True):
        pair = (each.brief.pk, each.system.pk)
        if (script := known.get((*pair, code))) is not None:
            results.append(AddedScript(script, False))
            continue
        parsed = parse(text, each.brief.language)
        if any(problem.code in ("empty", "unreadable") for problem in check_format(parsed)):
            message, fix = sentence("this text contains no script."), sentence("add at least one scene.")
            results.append(InputError(each.path or each.brief.slug, 1, 1, message, fix))
            continue
        sample = each.sample
        if sample is None or sample in taken[pair]:
            last = last or _last_samples(new)
            sample = max(last.get(pair, 0), *taken[pair], 0) + 1
        taken[pair].add(sample)
        script = _script(each, text, code, sample, measure(parsed).length)
        known[*pair, code] = script
        made.append(script)
        results.append(AddedScript(script, True))
    Script.objects.bulk_create(made)
    return results


def _scripts_there(
    new: Sequence[NewScript], digests: Sequence[str]
) -> tuple[dict[tuple[int, int, str], Script], dict[tuple[int, int], set[int]]]:
    """Scripts with one of these texts, by brief, system and digest; and which wanted samples are taken."""
    near = Script.objects.filter(
        Q(digest__in=digests) | Q(sample__in=[each.sample for each in new if each.sample is not None]),
        brief__in={each.brief.pk for each in new},
        system__in={each.system.pk for each in new},
    )
    known: dict[tuple[int, int, str], Script] = {}
    taken: dict[tuple[int, int], set[int]] = defaultdict(set)
    for script in near:
        known[script.brief_id, script.system_id, script.digest] = script
        taken[script.brief_id, script.system_id].add(script.sample)
    return known, taken


def _last_samples(new: Sequence[NewScript]) -> dict[tuple[int, int], int]:
    """The highest number of a sample that is stored, by brief and system."""
    scripts = Script.objects.filter(
        brief__in={each.brief.pk for each in new}, system__in={each.system.pk for each in new}
    )
    rows = scripts.order_by().values_list("brief", "system").annotate(last=Max("sample"))
    return {(brief, system): last for brief, system, last in rows}


def _script(new: NewScript, text: str, code: str, sample: int, length: int) -> Script:
    return Script(
        # By chance: keys that count up would tell systems by the order in which they came.
        pk=randbelow(2**52) + 1,
        brief=new.brief,
        system=new.system,
        sample=sample,
        text=text,
        digest=code,
        language=new.brief.language,
        length=length,
        writer=new.writer,
        finish_reason=new.finish_reason,
        redraws=new.redraws,
        job=new.job,
    )


def keep_systems(*, sender: Any, instance: Team, created: bool, raw: bool = False, **_: Any) -> None:
    """Leave to the first team the systems that it has stored while it was alone.

    What ships stays shared, and so do systems for scripts by people. Recipes are those of training data.
    """
    earlier = earlier_team(instance, created=created and not raw)
    if earlier is None:
        return
    systems = System.objects.filter(team=None).exclude(kind__in=(System.Kind.HUMAN, System.Kind.RECIPE))
    own = [system.pk for system in systems if not _ships(system)]
    System.objects.filter(pk__in=own).update(team=earlier)


def earlier_team(new: Team, *, created: bool) -> int | None:
    """The key of the only team that there was before a new one."""
    earlier = list(Team.objects.exclude(pk=new.pk).values_list("pk", flat=True)[:2]) if created else []
    return earlier[0] if len(earlier) == 1 else None


def _ships(system: System) -> bool:
    if system.slug not in shipped_names() or not system.spec:
        return False
    return SystemSpec.from_record(system.spec).stages == find_system(system.slug).stages
