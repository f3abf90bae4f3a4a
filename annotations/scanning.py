"""The scan before freezing: what in a text that raters get could tell who or what wrote a script.

Scripts are looked through for everything, and all scripts of a language for marks by which one system's
could be known; title, criteria, scale, consent, instructions and briefs for names
of models and of this study's systems, chat boilerplate, machine tokens and hidden or look-alike letters. A
consent or an instruction may say in general that language models wrote some of the scripts.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.crypto import salted_hmac

from annotations.models import LeakFinding, Study
from annotations.spec import StudySpec, Text
from generation.leaks import scan
from generation.models import Brief, Script
from generation.screenplay import Script as Parsed
from generation.screenplay import check_format, parse
from generation.tells import system_tells

Key = tuple[str, str]
"""A brief's slug and a system's slug."""
Found = tuple[str, str]
"""Kind and excerpt."""

TOLD = ("model", "system", "boilerplate", "machine", "hidden", "look-alike")
"""What is looked for outside scripts."""
GENERAL = ("language model", "语言模型", "语言大模型")
"""What a consent or an instruction may speak of."""
MAY_BE_GENERAL = ("study:consent", "study:instructions")


def rescan(study: Study, spec: StudySpec, briefs: Mapping[str, Brief], scripts: Mapping[Key, Script]) -> None:
    """Bring the study's findings up to date; those that are still there keep what was said about them.

    A finding's `brief_slug` says where: a brief's slug for one of its scripts (not whose), `brief:SLUG:field`
    for a text of the brief, `study:field` for a text of the study file.
    """
    kept = {(f.brief_slug, f.kind, f.excerpt, f.text_digest): f for f in study.findings.all()}
    fresh: dict[tuple[str, str, str, str], LeakFinding] = {}
    for place, text, found in _everything(spec, briefs, scripts):
        blind = salted_hmac(f"finding {study.slug}", text, algorithm="sha256").hexdigest()
        for kind, excerpt in found:
            fresh[place, kind, excerpt, blind] = LeakFinding(
                study=study, brief_slug=place, kind=kind, excerpt=excerpt, text_digest=blind
            )
    gone = [finding.pk for key, finding in kept.items() if key not in fresh]
    study.findings.filter(pk__in=gone).delete()
    new = [finding for key, finding in fresh.items() if key not in kept]
    # The order of keys must not be the order of systems.
    random.SystemRandom().shuffle(new)
    LeakFinding.objects.bulk_create(new)


def _everything(
    spec: StudySpec, briefs: Mapping[str, Brief], scripts: Mapping[Key, Script]
) -> Iterator[tuple[str, str, list[Found]]]:
    """Every text that a rater gets: its place, what stands for it in a finding's digest, what was found."""
    names = [name for system in spec.systems for name in (system.slug, *system.name.values())]
    titles = sorted({brief.series.title for brief in briefs.values()})
    writers = sorted({script.writer for script in scripts.values() if len(script.writer) > 2})
    read = {key: parse(script.text, script.language) for key, script in scripts.items()}
    for key, script in scripts.items():
        cast = [person["name"] for person in briefs[key[0]].characters]
        yield key[0], script.digest, _in_script(script, read[key], names, titles, writers, cast)
    yield from _of_systems(briefs, scripts, read)
    # What people are called ("screenwriters") stands in every consent, and tells nothing.
    machines = [system for system in spec.systems if system.kind != "human"]
    names = [
        *(system.slug for system in spec.systems),
        *(name for system in machines for name in system.name.values()),
    ]
    for place, language, text in (*_of_study(spec), *_of_briefs(briefs)):
        yield place, text, _in_text(place, language, text, names)


def _in_script(
    script: Script,
    parsed: Parsed,
    names: Sequence[str],
    titles: Sequence[str],
    writers: Sequence[str],
    cast: Sequence[str],
) -> list[Found]:
    shown = "\n".join(element.text for element in parsed.elements if element.printed)
    found = [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(
            script.text,
            script.language,
            system_names=names,
            series_titles=titles,
            people=writers,
            characters=cast,
        )
    ]
    found += [("layout", problem.message[:300]) for problem in check_format(parsed) if problem.serious]
    return found if shown else [*found, ("empty", "nothing of this script would be printed")]


def _of_systems(
    briefs: Mapping[str, Brief], scripts: Mapping[Key, Script], read: Mapping[Key, Parsed]
) -> Iterator[tuple[str, str, list[Found]]]:
    """Per language, marks by which one system's scripts could be known; which system it is, is not said."""
    for language in sorted({brief.language for brief in briefs.values()}):
        groups: dict[str, list[Parsed]] = defaultdict(list)
        for key in sorted(scripts):
            if briefs[key[0]].language == language:
                groups[key[1]].append(read[key])
        digests = "\n".join(sorted(scripts[key].digest for key in scripts))
        told = [
            (
                "tell",
                f"{tell.mark}: in {tell.held} of {tell.scripts} scripts of one system, "
                f"in {tell.held_elsewhere} of {tell.scripts_elsewhere} of the others",
            )
            for tell in system_tells(groups)
        ]
        yield f"study:scripts:{language}", digests, told


def _in_text(place: str, language: str, text: str, names: Sequence[str]) -> list[Found]:
    return [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(text, language, system_names=names, of_script=False)
        if finding.kind in TOLD
        and not (place in MAY_BE_GENERAL and text[finding.start : finding.end].lower().endswith(GENERAL))
    ]


def _of_study(spec: StudySpec) -> Iterator[tuple[str, str, str]]:
    """Place, language and text. The study's question is not there: raters do not get it."""
    texts: list[tuple[str, Text]] = [
        ("study:title", spec.title),
        ("study:consent", spec.consent.text),
        ("study:instructions", spec.instructions),
    ]
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


def _of_briefs(briefs: Mapping[str, Brief]) -> Iterator[tuple[str, str, str]]:
    for slug, brief in sorted(briefs.items()):
        content: dict[str, Any] = brief.content()
        for name in ("outline", "previous_context", "guideline"):
            yield f"brief:{slug}:{name}", brief.language, content.get(name) or ""
        for person in content["characters"]:
            yield f"brief:{slug}:characters", brief.language, "\n".join(map(str, person.values()))
        yield f"brief:{slug}:series", brief.language, brief.series.title
