"""The scan before freezing: what in a text that raters get could tell who or what wrote a script.

Scripts are looked through for everything, and all scripts of a language for marks by which one system's
could be known, in house typography; title, criteria, scale, consent, instructions and briefs for names
of models and of this study's systems, chat boilerplate, machine tokens and hidden or look-alike letters. So
are the briefs of practice and checks. A consent or an instruction may say in general that language models
wrote some of the scripts, unless raters are to learn it in the debriefing only. The debriefing itself is not
looked through: raters get it when all is judged, and it is there to reveal.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.core.cache import cache
from django.utils.crypto import salted_hmac

import evalsite
from annotations.models import DraftScan, LeakFinding, Study
from annotations.spec.study_texts import (
    Names,
    brief_for_raters,
    render_for_raters,
    series_name_map,
    typeset_for_raters,
)
from annotations.spec.values import AliasesSpec, MarksSpec, ScriptKey, StudySpec, Text
from annotations.spec.warmup_pairs import load_extra_scripts
from evalsite.core.clock import database_now
from evalsite.core.digests import json_digest
from generation.models import Brief, Script
from generation.screenplay import Script as Parsed
from generation.screenplay import check_format, source_text
from generation.screenplay.leaks.scanning import Finding, scan
from generation.screenplay.leaks.tells import system_tells
from generation.screenplay.names import rename_text

FoundText = tuple[str, str]
"""Kind and excerpt."""
FoundPlace = tuple[str, str, str, str]
"""Place, kind, excerpt, and the key of the text."""

ALL_SCRIPTS = "study:scripts:"
"""Before a language: the place of what is found over all scripts of it."""

EXTRA_SCRIPT = "more:"
"""Before a brief's slug: a script that raters read and do not compare."""

TYPOGRAPHY = "typography"
"""The kind of finding that may be gone in house typography: then it is none."""

KINDS_OUTSIDE_SCRIPTS = ("model", "system", "boilerplate", "machine", "hidden", "look-alike")
"""What is looked for outside scripts."""
GENERAL_TERMS = ("language model", "语言模型", "语言大模型")
"""What a consent or an instruction may speak of."""
PLACES_OF_GENERAL_TERMS = ("study:consent", "study:instructions")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is looked for in every script of a study besides what is looked for everywhere."""

    names: tuple[str, ...]
    titles: tuple[str, ...]
    writers: tuple[str, ...]
    maps: Mapping[str, Names]
    """The name map of each series: all is looked through as raters read it."""


def scan_rules(spec: StudySpec, briefs: Mapping[str, Brief], writers: Iterable[str]) -> Rules:
    """By all briefs of a study and the writers of all its scripts."""
    other = spec.aliases or AliasesSpec()
    titles = {title for brief in briefs.values() for title in series_titles(brief)}
    people = {writer for writer in writers if len(writer) > 2}
    return Rules(
        names=tuple(name for system in spec.systems for name in (system.slug, *system.name.values())),
        titles=tuple(sorted(titles | set(other.series))),
        writers=tuple(sorted(people | set(other.writers))),
        maps=spec.materials.names,
    )


def _writers(scripts: Mapping[ScriptKey, Script]) -> Iterator[str]:
    return (script.writer for script in scripts.values())


def series_titles(brief: Brief) -> list[str]:
    return [brief.series.title, *brief.series.aliases]


def _salt(study: Study) -> str:
    """What stays the same when a study is renamed."""
    return study.findings_salt or str(study.pk)


def text_key(study: Study, text: str) -> str:
    """The key of a text in a finding; without the site's secret it does not lead to the text."""
    return text_keys(study)(text)


def text_keys(study: Study) -> Callable[[str], str]:
    """The function that gives the key of a text; faster where there are many."""
    return _keyed_digests(f"finding {_salt(study)}")


def _keyed_digests(salt: str) -> Callable[[str], str]:
    keyed = salted_hmac(salt, "", algorithm="sha256")

    def digest(value: str) -> str:
        one = keyed.copy()
        one.update(value.encode())
        return one.hexdigest()

    return digest


def system_order(study: Study, spec: StudySpec, brief: str) -> list[str]:
    """The study's systems in the order in which a brief's scripts are called Script 1, 2, ..."""
    systems = sorted(system.slug for system in spec.systems)
    # With the systems in the key: places in versions of a draft with other systems must not fit together.
    drawn = _keyed_digests(f"order of scripts {_salt(study)} {brief} {' '.join(systems)}")
    return sorted(systems, key=drawn)


def script_for_raters(script: Script, rules: Rules) -> Parsed:
    """A script as raters read it."""
    return typeset_for_raters(script, rules.maps.get(script.brief.series.slug, ()))


def rescan(
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, Brief],
    scripts: Mapping[ScriptKey, Script],
    on_progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Look through all texts, bring the study's findings up to date, and say that it was done.

    Where the last look had the same texts and rules, its findings are up to date and nothing is done.
    """
    digest = texts_digest(spec, briefs, scripts)
    if DraftScan.objects.filter(study=study, texts_digest=digest, ended_at__isnull=False).exists():
        return
    store_findings(study, scan_texts(study, spec, briefs, scripts, on_progress))
    total, now = count_texts(spec, briefs, scripts), database_now()
    done = {"spec_digest": study.spec_digest, "done": total, "total": total, "beat_at": now, "ended_at": now}
    DraftScan.objects.update_or_create(study=study, defaults={**done, "texts_digest": digest})


def texts_digest(spec: StudySpec, briefs: Mapping[str, Brief], scripts: Mapping[ScriptKey, Script]) -> str:
    """One digest of all that findings follow from: the study, its texts by their digests, what else is looked
    for in them, and the version of the software."""
    rules = scan_rules(spec, briefs, _writers(scripts))
    outside = sorted(title for brief in _outside(spec).values() for title in series_titles(brief))
    return json_digest([evalsite.__version__, spec.digest, rules.titles, rules.writers, outside])


def scan_texts(
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, Brief],
    scripts: Mapping[ScriptKey, Script],
    on_progress: Callable[[int], None] = lambda done: None,
) -> set[FoundPlace]:
    """Find what all texts for raters hold, storing nothing. `on_progress` gets the number of texts done."""
    found: set[FoundPlace] = set()
    for done, each in enumerate(_everything(study, spec, briefs, scripts), start=1):
        found |= _keyed(study, [each])
        on_progress(done)
    return found


def _keyed(study: Study, found: Iterable[tuple[str, str, list[FoundText]]]) -> set[FoundPlace]:
    return {
        (place, kind, excerpt, text_key(study, text))
        for place, text, inside in found
        for kind, excerpt in inside
    }


def _found(places: Iterable[Finding]) -> list[FoundText]:
    return [(place.kind, place.excerpt) for place in places]


def count_texts(spec: StudySpec, briefs: Mapping[str, Brief], scripts: Mapping[ScriptKey, Script]) -> int:
    """How many texts `scan_texts` goes through."""
    languages = {brief.language for brief in briefs.values()}
    more = len(spec.materials.warmup) + sum(map(len, spec.materials.second.values()))
    texts = (*_of_study(spec), *_of_briefs(briefs, spec), *_of_briefs(_outside(spec), spec, EXTRA_SCRIPT))
    return len(scripts) + more + len(languages) + len(texts)


def rescan_brief(
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, Brief],
    scripts: Mapping[ScriptKey, Script],
    brief: str,
    language: str,
) -> None:
    """After a change of one brief's scripts: look through these, and all of its language for tells.

    A brief that the study has left out has no findings any more.
    """
    near = {slug: row for slug, row in briefs.items() if row.language == language}
    rules = scan_rules(spec, briefs, _writers(scripts))
    here = {brief: near[brief]} if brief in near else {}
    read = {key: script_for_raters(script, rules) for key, script in scripts.items() if key[0] in near}
    found = [
        (
            brief,
            scripts[key].digest,
            _found(scan_script(scripts[key], read[key], rules, cast_names(near[brief]))),
        )
        for key in read
        if key[0] == brief
    ]
    found += _of_systems(near, scripts, read, study)
    names = giveaway_names(spec)
    found += [
        (place, text, scan_text(place, said, text, names)) for place, said, text in _of_briefs(here, spec)
    ]
    old = study.findings.filter(brief_slug__startswith=f"brief:{brief}:")
    places = {brief, f"{ALL_SCRIPTS}{language}", *old.values_list("brief_slug", flat=True)}
    places |= {place for place, _, _ in found}
    store_findings(study, _keyed(study, found), places=places)


def store_findings(
    study: Study, found: Collection[FoundPlace], *, places: Collection[str] | None = None
) -> None:
    """Store what was found, in all places or in some; what is still there keeps its decision.

    A finding's `brief_slug` says where: a brief's slug for one of its scripts (not whose), `brief:SLUG:field`
    for a text of the brief, `study:field` for a text of the study file.
    """
    rows = study.findings.all() if places is None else study.findings.filter(brief_slug__in=places)
    kept = {(f.brief_slug, f.kind, f.excerpt, f.text_digest): f.pk for f in rows}
    wanted = set(found)
    study.findings.filter(pk__in=[pk for key, pk in kept.items() if key not in wanted]).delete()
    new = [
        LeakFinding(study=study, brief_slug=place, kind=kind, excerpt=excerpt, text_digest=key)
        for place, kind, excerpt, key in wanted - set(kept)
    ]
    # The order of keys must not be the order of systems.
    random.SystemRandom().shuffle(new)
    LeakFinding.objects.bulk_create(new)


def _everything(
    study: Study, spec: StudySpec, briefs: Mapping[str, Brief], scripts: Mapping[ScriptKey, Script]
) -> Iterator[tuple[str, str, list[FoundText]]]:
    """Every text that a rater gets: its place, its key in a finding's digest, what was found."""
    rules = scan_rules(spec, briefs, _writers(scripts))
    read: dict[ScriptKey, Parsed] = {}
    for key, script in scripts.items():
        read[key] = script_for_raters(script, rules)
        inside = scan_script(script, read[key], rules, cast_names(briefs[key[0]]))
        yield key[0], script.digest, _found(inside)
    yield from _of_more(study, spec, rules)
    yield from _of_systems(briefs, scripts, read, study)
    names, general = giveaway_names(spec), _may_be_general(spec)
    texts = (*_of_study(spec), *_of_briefs(briefs, spec), *_of_briefs(_outside(spec), spec, EXTRA_SCRIPT))
    for place, language, text in texts:
        yield place, text, scan_text(place, language, text, names, general)


def _of_more(study: Study, spec: StudySpec, rules: Rules) -> Iterator[tuple[str, str, list[FoundText]]]:
    """Scripts of practice and checks, and second samples: they are not compared, and have no page each."""
    more = load_extra_scripts(study, spec)
    named = [(f"{EXTRA_SCRIPT}{slug}:script", each.script) for slug, each in sorted(more.warmup.items())]
    named += [(f"{EXTRA_SCRIPT}{brief}:second", script) for (brief, _), script in sorted(more.second.items())]
    for place, script in named:
        titles = (*rules.titles, *series_titles(script.brief))
        here = replace(rules, titles=tuple(sorted(set(titles))))
        inside = scan_script(script, script_for_raters(script, rules), here, cast_names(script.brief))
        yield place, script.digest, _found(inside)


def giveaway_names(spec: StudySpec) -> list[str]:
    """Names of systems that no text but a script's may hold either."""
    # What people are called ("screenwriters") is in every consent, and reveals nothing.
    machines = [system for system in spec.systems if system.kind != "human"]
    return [
        *(system.slug for system in spec.systems),
        *(name for system in machines for name in system.name.values()),
    ]


def cast_names(brief: Brief) -> list[str]:
    return [person["name"] for person in brief.characters]


def scan_script(script: Script, parsed: Parsed, rules: Rules, cast: Sequence[str]) -> list[Finding]:
    """All places of one script, with offsets into its text with the names set (`render_for_raters`). What is
    about the whole of it is at 0. `parsed` is the script as raters read it.
    """
    names = rules.maps.get(script.brief.series.slug, ())
    text = render_for_raters(script, names)
    found = scan(
        text,
        script.language,
        system_names=rules.names,
        series_titles=rules.titles,
        people=rules.writers,
        replaced=[row["from"] for row in names],
        characters=[*cast, *(rename_text(name, names) for name in cast), *(row["to"] for row in names)],
    )
    if any(place.kind == TYPOGRAPHY for place in found) and not _stands_out(parsed):
        found = [place for place in found if place.kind != TYPOGRAPHY]
    problems = [problem for problem in check_format(parsed) if problem.serious]
    found += [Finding(0, 0, "layout", problem.message) for problem in problems]
    if not any(element.text for element in parsed.elements if element.printed):
        found.append(Finding(0, 0, "empty", "nothing of this script would be printed"))
    return [replace(place, excerpt=place.excerpt[:300]) for place in found]


def scan_script_once(script: Script, parsed: Parsed, rules: Rules, cast: Sequence[str]) -> list[Finding]:
    """`scan_script`, cached for a day or until the text, the rules or the software change."""
    names = list(rules.maps.get(script.brief.series.slug, ()))
    looked_for = [rules.names, rules.titles, rules.writers, names, cast]
    key = f"findings-{json_digest([evalsite.__version__, script.digest, script.language, looked_for])}"
    if (found := cache.get(key)) is None:
        cache.set(key, found := scan_script(script, parsed, rules, cast), 24 * 60 * 60)
    return list(found)


def _stands_out(parsed: Parsed) -> bool:
    """Whether typography that the layout does not have is left when all that can be is set alike."""
    shown = source_text(parsed)
    return any(place.kind == TYPOGRAPHY for place in scan(shown, parsed.language))


def _of_systems(
    briefs: Mapping[str, Brief],
    scripts: Mapping[ScriptKey, Script],
    read: Mapping[ScriptKey, Parsed],
    study: Study,
) -> Iterator[tuple[str, str, list[FoundText]]]:
    """Per language, marks by which one system's scripts could be known; the system is not named.

    A system has a letter, by a draw that is fixed for the study and the language.
    """
    for language in sorted({briefs[key[0]].language for key in read}):
        groups: dict[str, list[Parsed]] = defaultdict(list)
        for key in sorted(read):
            if briefs[key[0]].language == language:
                groups[key[1]].append(read[key])
        digests = "\n".join(
            sorted(scripts[key].digest for key in read if briefs[key[0]].language == language)
        )
        drawn = f"letters {language} {' '.join(sorted(groups))}"
        told = [
            (
                "tell",
                f"{tell.mark}: in {tell.held} of {tell.scripts} scripts of system {tell.letter}, "
                f"in {tell.held_elsewhere} of {tell.scripts_elsewhere} of the others",
            )
            for tell in system_tells(groups, seed=int(text_key(study, drawn)[:12], 16))
        ]
        yield f"{ALL_SCRIPTS}{language}", digests, told


def _outside(spec: StudySpec) -> dict[str, Brief]:
    """The briefs of practice and checks."""
    rows = Brief.objects.filter(slug__in=list(spec.materials.warmup)).select_related("series")
    return {brief.slug: brief for brief in rows}


def _may_be_general(spec: StudySpec) -> Collection[str]:
    """Places that may speak of language models in general: none, where only the debriefing mentions them."""
    return () if spec.consent.machines == "debriefing" else PLACES_OF_GENERAL_TERMS


def scan_text(
    place: str,
    language: str,
    text: str,
    names: Sequence[str],
    general: Collection[str] = PLACES_OF_GENERAL_TERMS,
) -> list[FoundText]:
    return [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(text, language, system_names=names, of_script=False)
        if finding.kind in KINDS_OUTSIDE_SCRIPTS
        and not (place in general and text[finding.start : finding.end].lower().endswith(GENERAL_TERMS))
    ]


def _of_study(spec: StudySpec) -> Iterator[tuple[str, str, str]]:
    """Place, language and text. The study's question is not there: raters do not get it."""
    texts: list[tuple[str, Text]] = [
        ("study:title", spec.title),
        ("study:consent", spec.consent.text),
        ("study:instructions", spec.instructions),
    ]
    points = ("approval", "contact", "withdraw_until", "transfer", "confidentiality", "measures")
    texts += [("study:consent", getattr(spec.consent, point)) for point in points]
    if spec.pay is not None:
        texts.append(("study:pay", spec.pay.payer))
    if isinstance(spec.marks, MarksSpec):
        texts += [(f"study:marks:{kind.slug}", kind.label) for kind in spec.marks.kinds]
    for each in spec.criteria:
        where = f"study:criteria:{each.slug}"
        texts += [
            (f"{where}:label", each.label),
            (f"{where}:question", each.question),
            (f"{where}:guidance", each.guidance),
        ]
    if spec.score is not None:
        texts += [("study:score", tier.label) for tier in spec.score.tiers]
    return ((place, language, text) for place, both in texts for language, text in sorted(both.items()))


def _of_briefs(
    briefs: Mapping[str, Brief], spec: StudySpec, begins: str = "brief:"
) -> Iterator[tuple[str, str, str]]:
    for slug, brief in sorted(briefs.items()):
        content = brief_for_raters(brief, series_name_map(spec, brief.series.slug))
        for name in ("outline", "previous_context", "guideline"):
            yield f"{begins}{slug}:{name}", brief.language, content.get(name) or ""
        for person in content["characters"]:
            yield f"{begins}{slug}:characters", brief.language, "\n".join(map(str, person.values()))
        yield f"{begins}{slug}:series", brief.language, content["series"]["title"]
