"""The scan before freezing: what in a text that raters get could tell who or what wrote a script.

Scripts are looked through for everything; title, criteria, scale, consent, instructions and briefs for names
of models and of this study's systems, chat boilerplate, machine tokens and hidden or look-alike letters. A
consent or an instruction may say in general that language models wrote some of the scripts.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.crypto import salted_hmac

from annotations.models import LeakFinding, Study
from annotations.spec import StudySpec, Text
from generation.leaks import scan
from generation.models import Brief, Script
from generation.screenplay import check_format, parse

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
    for (brief, _), script in scripts.items():
        yield brief, script.digest, _in_script(script, names, titles)
    # What people are called ("screenwriters") stands in every consent, and tells nothing.
    machines = [system for system in spec.systems if system.kind != "human"]
    names = [
        *(system.slug for system in spec.systems),
        *(name for system in machines for name in system.name.values()),
    ]
    for place, language, text in (*_of_study(spec), *_of_briefs(briefs)):
        yield place, text, _in_text(place, language, text, names)


def _in_script(script: Script, names: Sequence[str], titles: Sequence[str]) -> list[Found]:
    parsed = parse(script.text, script.language)
    shown = "\n".join(element.text for element in parsed.elements if element.printed)
    found = [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(script.text, script.language, system_names=names, series_titles=titles)
    ]
    found += [("layout", problem.message[:300]) for problem in check_format(parsed) if problem.serious]
    return found if shown else [*found, ("empty", "nothing of this script would be printed")]


def _in_text(place: str, language: str, text: str, names: Sequence[str]) -> list[Found]:
    return [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(text, language, system_names=names)
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
